package dev.tidepool.session;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;

/** How long a change is tried again that others' changes get in the way of. For one change by one thread. */
final class Patience {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(32);

    private final long begin = System.nanoTime();
    private long bound = FIRST_PAUSE_NANOS;

    /** Waits for a random time, which grows with each call. */
    void pause() {
        if (System.nanoTime() - begin > LIMIT_NANOS) {
            throw new CacheException("A session could not be saved within "
                    + TimeUnit.NANOSECONDS.toSeconds(LIMIT_NANOS)
                    + " s, as other nodes change it all the time; try again with fewer requests at once");
        }
        sleep(bound);
        bound = Math.min(bound * 2, LONGEST_PAUSE_NANOS);
    }

    /**
     * Waits before a change is tried for the first time, where another node wants to change the session too: who comes
     * again at once would always win against who has to read first.
     *
     * @param writeNanos how long a write takes
     */
    void giveWay(long writeNanos) {
        sleep(Math.min(2 * writeNanos, LONGEST_PAUSE_NANOS));
    }

    private static void sleep(long mostNanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(mostNanos + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException("Interrupted while a session was being saved", e);
        }
    }
}
