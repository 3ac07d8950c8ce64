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

    private final List<Throwable> all = new ArrayList<>();

    void add(RuntimeException failure) {
        keep(failure);
    }

    private synchronized void keep(Throwable failure) {
        if (all.size() < MAX && !all.contains(failure)) {
            all.add(failure);
        }
    }

    /** Does some of the work, and goes on when it fails, be it for want of a class that is gone with its application. */
    void trying(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            keep(e);
        }
    }

    /**
     * Ends the work.
     *
     * @throws RuntimeException the first failure, with the others suppressed
     * @throws LinkageError when the first failure is one
     */
    synchronized void throwIfAny() {
        if (!all.isEmpty()) {
            Throwable first = all.get(0);
            all.stream().skip(1).forEach(first::addSuppressed);
            if (first instanceof LinkageError error) {
                throw error;
            }
            throw (RuntimeException) first;
        }
    }
}
