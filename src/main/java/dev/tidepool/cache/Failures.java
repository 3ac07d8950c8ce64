package dev.tidepool.cache;

import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import javax.cache.CacheException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What went wrong with several things of which each is done whatever becomes of the others; at the end all of it is
 * told. Thread-safe.
 */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    /** A table may have any number of items that fail, and memory has not. */
    private static final int MAX = 100;

    private final List<Throwable> all = new ArrayList<>();
    private long further;

    /** Stands for the failures that are not kept. */
    static final class Further extends CacheException {
        @Serial
        private static final long serialVersionUID = 1L;

        private Further(long failures) {
            super("and " + failures + " more failures, which are logged at DEBUG");
        }
    }

    void add(RuntimeException failure) {
        keep(failure);
    }

    private synchronized void keep(Throwable failure) {
        if (all.contains(failure)) {
            return;
        }
        if (all.size() < MAX) {
            all.add(failure);
        } else {
            further++;
            LOG.debug("A further failure", failure);
        }
    }

    /** Adds what has ended the work, which is told before all that went wrong with parts of it. */
    synchronized void addFirst(RuntimeException failure) {
        all.remove(failure);
        all.add(0, failure);
    }

    /**
     * Does some of the work, and goes on when it fails, be it for want of a class that is gone with its application.
     */
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
     * @throws RuntimeException the first failure, with the others suppressed and at last the number of those not kept
     * @throws LinkageError when the first failure is one
     */
    synchronized void throwIfAny() {
        if (!all.isEmpty()) {
            Throwable first = all.get(0);
            all.stream().skip(1).forEach(first::addSuppressed);
            if (further > 0) {
                first.addSuppressed(new Further(further));
            }
            if (first instanceof LinkageError error) {
                throw error;
            }
            throw (RuntimeException) first;
        }
    }
}
