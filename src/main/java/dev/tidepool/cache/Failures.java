package dev.tidepool.cache;

import java.util.ArrayList;
import java.util.List;

/**
 * What went wrong with several things of which each is done whatever becomes of the others; at the end all of it is
 * told. Thread-safe.
 */
final class Failures {
    /** A table may have any number of items that fail, and memory has not. */
    private static final int MAX = 100;

    private final List<RuntimeException> all = new ArrayList<>();

    synchronized void add(RuntimeException failure) {
        if (all.size() < MAX && !all.contains(failure)) {
            all.add(failure);
        }
    }

    /** Does some of the work, and goes on when it fails. */
    void trying(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            add(e);
        }
    }

    /**
     * Ends the work.
     *
     * @throws RuntimeException the first failure, with the others suppressed
     */
    synchronized void throwIfAny() {
        if (!all.isEmpty()) {
            RuntimeException first = all.get(0);
            all.stream().skip(1).forEach(first::addSuppressed);
            throw first;
        }
    }
}
