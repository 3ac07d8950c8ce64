package dev.tidepool.cache;

import dev.tidepool.cache.StoreFailure.StoreUnavailable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What reads of a cache that only accelerates do while its store is unavailable: they answer as if there were no entry.
 * Thread-safe.
 *
 * <p>While the store is down one read at a time asks it, and the others answer at once: an outage then costs one
 * waiting thread and not all of them, and ends with the first answer. A store that throttles is asked by all, as other
 * keys than the one that is refused have capacity left.
 */
final class Outages {
    private static final Logger LOG = LoggerFactory.getLogger(Outages.class);

    /** An outage that comes and goes is one outage, until reads have succeeded for so long. */
    static final Duration QUIET = Duration.ofMinutes(1);

    private final String cacheName;
    private final boolean tolerated;
    private final InstantSource clock;
    private final Runnable missed;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile boolean down;
    private volatile boolean lasting;

    /** Written under this object's lock. */
    private volatile int failures;

    private long lastFailure;
    private final LongAdder misses = new LongAdder();

    private Outages(String cacheName, boolean tolerated, InstantSource clock, Runnable missed) {
        this.cacheName = cacheName;
        this.tolerated = tolerated;
        this.clock = clock;
        this.missed = missed;
    }

    /** Of a cache whose reads throw. */
    static Outages thrown(String cacheName, InstantSource clock) {
        return new Outages(cacheName, false, clock, () -> {});
    }

    /**
     * Of a cache whose reads answer as if there were no entry.
     *
     * @param missed hears of each entry that was not read
     */
    static Outages missed(String cacheName, InstantSource clock, Runnable missed) {
        return new Outages(cacheName, true, clock, missed);
    }

    /** Whether the store was down when it was last asked. */
    boolean isDown() {
        return down;
    }

    /**
     * Does what a reader can do without, such as storing what was loaded for it; null also when it cannot be done. Not
     * even tried while the store is down.
     */
    <T> @Nullable T ifAvailable(Supplier<? extends @Nullable T> work) {
        return down ? null : orAbsent(0, work);
    }

    /** Reads a number of entries; null also when the store is unavailable. */
    <T> @Nullable T orAbsent(int entries, Supplier<? extends @Nullable T> work) {
        if (!tolerated) {
            return work.get();
        }
        boolean wasDown = down;
        if (wasDown && !asking.compareAndSet(false, true)) {
            count(entries);
            return null;
        }
        int failuresBefore = failures;
        try {
            T answer = work.get();
            answered(failuresBefore);
            return answer;
        } catch (StoreUnavailable e) {
            failed(e);
            count(entries);
            return null;
        } catch (RuntimeException e) {
            // A store that refuses is not down: whoever reads must hear of it. An interrupted thread has heard nothing.
            if (!Thread.currentThread().isInterrupted()) {
                down = false;
            }
            throw e;
        } finally {
            if (wasDown) {
                asking.set(false);
            }
        }
    }

    private void count(int entries) {
        misses.add(entries);
        for (int i = 0; i < entries; i++) {
            missed.run();
        }
    }

    private synchronized void failed(StoreUnavailable failure) {
        lastFailure = clock.millis();
        failures++;
        down = failure.isDown();
        if (!lasting) {
            lasting = true;
            misses.reset();
            LOG.warn(
                    "Cache '{}' answers reads as if there were no entry, as its store is unavailable (option 'onStoreFailure'): {}",
                    cacheName,
                    failure.getMessage());
        }
    }

    /** What was asked before the last failure says nothing of what is now. */
    private void answered(int failuresBefore) {
        if (lasting && failuresBefore == failures) {
            endIfQuiet();
        }
    }

    private synchronized void endIfQuiet() {
        down = false;
        if (lasting && clock.millis() - lastFailure >= QUIET.toMillis()) {
            lasting = false;
            LOG.info("The store of cache '{}' is available again; {} reads found it was not", cacheName, misses.sum());
        }
    }
}
