package dev.tidepool.cache;

import java.security.SecureRandom;

/**
 * The tokens of logical writes, at random. Thread-safe.
 *
 * <p>Two nodes that drew the same token would take each other's writes for their own, and JVMs that were restored from
 * one snapshot have all their state in common. So tokens are of the operating system's randomness, and a JVM that is
 * told of its restoration begins anew.
 */
final class Etags {
    private static final int SEED_BYTES = 32;

    private static volatile SecureRandom random = new SecureRandom();

    private Etags() {}

    static long next() {
        return random.nextLong();
    }

    /** Draws from fresh randomness of the operating system from now on. */
    static void renew() {
        SecureRandom fresh = new SecureRandom();
        // Also where the platform's source keeps a buffer of what it has read before.
        fresh.setSeed(fresh.generateSeed(SEED_BYTES));
        random = fresh;
    }
}
