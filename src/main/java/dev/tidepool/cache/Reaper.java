package dev.tidepool.cache;

import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.TableScans.FoundItem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the expired items of one cache, slowly: at each call, and where there is an interval, in the background.
 * Several nodes may do so at once, as each item is deleted on the condition that it is as it was read. Thread-safe.
 */
final class Reaper<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);

    /** 128 read units for a page that is full. */
    private static final Duration BETWEEN_PAGES = Duration.ofSeconds(1);

    private static final Duration BETWEEN_REMOVALS = Duration.ofMillis(40);

    private static final long MILLIS_BETWEEN_REPORTS = 60_000;
    private static final long PATIENCE_SECONDS = 60;

    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;
    private final Runnable requireOpen;
    private final String cache;
    private final String table;
    private final TableScans scans;
    private final ReentrantLock running = new ReentrantLock();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Pace pages = new Pace(BETWEEN_PAGES, System::nanoTime, this::pause);
    private final Pace removals = new Pace(BETWEEN_REMOVALS, System::nanoTime, this::pause);

    /**
     * Makes a reaper that does nothing by itself.
     *
     * @param requireOpen throws when the cache is closed
     */
    Reaper(CacheParts<K, V> parts, Mutations<K, V> mutations, Runnable requireOpen) {
        this.parts = parts;
        this.mutations = mutations;
        this.requireOpen = requireOpen;
        this.cache = parts.table().names().cache();
        this.table = parts.table().names().table();
        this.scans = parts.table().scans();
    }

    /** Equal for those that one scan can reap for. */
    Object scanned() {
        return scans.scanned();
    }

    /**
     * Reaps for this cache, and for others of the table by the same scan. It goes on whatever happens: an application's
     * listeners and codecs may throw anything.
     */
    void reapInBackground(List<Reaper<?, ?>> others) {
        try {
            reap(others);
        } catch (RuntimeException | Error e) {
            if (!isStopped()) {
                LOG.warn(
                        "Cache '{}': the expired items of table '{}' could not all be reaped, which is tried again at"
                                + " the next interval: {}",
                        cache,
                        table,
                        e.getMessage());
                LOG.debug("Reaping failed", e);
            }
        }
    }

    /** What {@link CacheItems#reap} says. */
    long reap() {
        return reap(List.of());
    }

    private long reap(List<Reaper<?, ?>> others) {
        if (running.isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "Cache '" + cache + "' is being reaped by this thread: a listener must not call reap()");
        }
        try {
            running.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try {
            return new Run(others).toTheEnd();
        } finally {
            running.unlock();
        }
    }

    /** One way through the table. For one thread. */
    private final class Run {
        private final List<Reaper<?, ?>> others;

        /** For whom it is, as the log tells it. */
        private final String caches;

        private final long start = System.nanoTime();
        private long lastReport = parts.clock().millis();
        private long examined;
        private long expired;
        private long reaped;
        private final Failures failures = new Failures();
        private @Nullable DamagedItem damaged;
        private long damagedItems;

        /**
         * Begins.
         *
         * @param others what is theirs is deleted, too, unless they are at it themselves
         */
        Run(List<Reaper<?, ?>> others) {
            this.others = others;
            String and = others.stream().map(other -> ", '" + other.cache + "'").collect(Collectors.joining());
            this.caches = (others.isEmpty() ? "Cache '" : "Caches '") + cache + "'" + and;
        }

        long toTheEnd() {
            requireOpen.run();
            LOG.info("{}: reaping of table '{}' begins", caches, table);
            try {
                readToTheEnd();
                reportEnd();
            } catch (RuntimeException e) {
                failures.addFirst(e);
            }
            warnOfDamage();
            failures.throwIfAny();
            return reaped;
        }

        private void readToTheEnd() {
            Supplier<TableScans.Page> next = () -> scans.expired(parts.clock().millis(), !others.isEmpty());
            while (next != null) {
                pages.step();
                requireOpen.run();
                TableScans.Page page = next.get();
                examined += page.examined();
                page.items().forEach(this::reap);
                next = page.next();
                if (next != null) {
                    reportIfDue();
                }
            }
        }

        private void reportEnd() {
            LOG.info(
                    "{}: reaping of table '{}' has ended after {} ms: {} items examined, {} of {} expired ones"
                            + " deleted",
                    caches,
                    table,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
                    examined,
                    reaped,
                    expired);
        }

        private void warnOfDamage() {
            if (damaged != null) {
                LOG.warn(
                        "{}. It has expired and stays, as do {} more such items (which are logged at DEBUG)",
                        damaged.getMessage(),
                        damagedItems - 1);
            }
        }

        private void reportIfDue() {
            long now = parts.clock().millis();
            if (now - lastReport >= MILLIS_BETWEEN_REPORTS) {
                lastReport = now;
                LOG.info(
                        "{}: reaping of table '{}' goes on: {} items examined, {} of {} expired ones deleted",
                        caches,
                        table,
                        examined,
                        reaped,
                        expired);
            }
        }

        private void reap(FoundItem item) {
            Reaper<?, ?> owner = ownerOf(item);
            if (owner == null) {
                return;
            }
            expired++;
            removals.step();
            requireOpen.run();
            try {
                reaped += owner.removeIfFree(item) ? 1 : 0;
            } catch (CacheEntryListenerException e) {
                reaped++;
                failures.add(e);
            } catch (DamagedItem e) {
                LOG.debug("An expired item cannot be read, and stays as it is", e);
                damaged = damaged == null ? e : damaged;
                damagedItems++;
            }
        }

        private @Nullable Reaper<?, ?> ownerOf(FoundItem item) {
            if (scans.isOwn(item)) {
                return Reaper.this;
            }
            return others.stream()
                    .filter(other -> other.scans.isOwn(item))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Deletes an expired item, unless another thread is reaping for the cache, or it is closed. */
    private boolean removeIfFree(FoundItem item) {
        if (!running.tryLock()) {
            return false;
        }
        try {
            return !isStopped() && remove(scans.read(item));
        } finally {
            running.unlock();
        }
    }

    private boolean remove(StoredItem item) {
        long now = parts.clock().millis();
        boolean isEmpty = item.value().length == 0; // there is nothing to tell of it
        if (isEmpty || !parts.observers().isListeningForExpiry()) {
            return mutations.removeExpired(item, now);
        }
        return mutations.expireReadable(parts.codec().key(item), item, now);
    }

    /** Returns earlier when the cache is closed. */
    private void pause(long nanos) {
        try {
            if (stopped.await(nanos, TimeUnit.NANOSECONDS)) {
                requireOpen.run();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private CacheException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CacheException("Cache '" + cache + "': interrupted while reaping table '" + table + "'", e);
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /**
     * Ends what is under way, of a cache that is closed already, and returns when the request that was being made is
     * done: whoever hears of the item that it deletes is closed next.
     */
    void stop() {
        stopped.countDown();
        try {
            if (!running.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn(
                        "Cache '{}' is closed while a listener has been told of an expired item for more than {} s",
                        cache,
                        PATIENCE_SECONDS);
                return;
            }
            running.unlock();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Keeps the steps of something at least a time apart; a step that comes late gives the next no right to hurry. */
    static final class Pace {
        private final long gapNanos;
        private final LongSupplier nanoTime;
        private final LongConsumer pause;
        private long next;
        private boolean begun;

        /**
         * Makes a pace whose first step waits for nothing.
         *
         * @param gap how long after one step the next may come
         * @param nanoTime a clock as {@link System#nanoTime} is one
         * @param pause waits for a number of nanoseconds, which is positive
         */
        Pace(Duration gap, LongSupplier nanoTime, LongConsumer pause) {
            this.gapNanos = gap.toNanos();
            this.nanoTime = nanoTime;
            this.pause = pause;
        }

        /** Waits until the next step may come. */
        void step() {
            long left = next - nanoTime.getAsLong();
            while (begun && left > 0) {
                pause.accept(left);
                left = next - nanoTime.getAsLong();
            }
            begun = true;
            next = nanoTime.getAsLong() + gapNanos;
        }
    }
}
