package dev.tidepool.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reaps in the background, again and again: the caches of one table together, as the scan is what costs. Each table has
 * a thread for it as long as there are such caches. Thread-safe.
 */
final class BackgroundReaping {
    private static final long PATIENCE_MILLIS = 10_000;

    private final ThreadFactory threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** By table; guarded by the lock. */
    private final Map<Object, Group> groups = new HashMap<>();

    BackgroundReaping(ThreadFactory threads) {
        this.threads = threads;
    }

    /**
     * Begins to reap for a cache, at the latest when the interval has passed since its table was reaped.
     *
     * @param interval how long to wait after each search; that of the cache with the shortest holds for all of a table
     */
    void join(Reaper<?, ?> reaper, Duration interval) {
        lock.lock();
        try {
            groups.computeIfAbsent(reaper.scanned(), table -> new Group()).join(reaper, interval);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends it for a cache, whose reaper has been stopped; returns when the thread has ended, if that was the last cache
     * of its table.
     */
    void leave(Reaper<?, ?> reaper) {
        Thread ending = left(reaper);
        if (ending != null && ending != Thread.currentThread()) {
            try {
                ending.join(PATIENCE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the thread that nothing is left for. */
    private @Nullable Thread left(Reaper<?, ?> reaper) {
        lock.lock();
        try {
            Group group = groups.get(reaper.scanned());
            if (group == null || group.intervals.remove(reaper) == null || !group.intervals.isEmpty()) {
                return null;
            }
            groups.remove(reaper.scanned());
            changed.signalAll();
            return group.thread;
        } finally {
            lock.unlock();
        }
    }

    /** The caches of one table. */
    private final class Group {
        private final Map<Reaper<?, ?>, Duration> intervals = new LinkedHashMap<>();
        private final Thread thread = threads.newThread(this::run);
        private long lastNanos = System.nanoTime();

        void join(Reaper<?, ?> reaper, Duration interval) {
            intervals.put(reaper, interval);
            if (thread.getState() == Thread.State.NEW) {
                thread.start();
            }
        }

        private void run() {
            try {
                for (List<Reaper<?, ?>> due = awaitDue(); !due.isEmpty(); due = awaitDue()) {
                    due.get(0).reapInBackground(due.subList(1, due.size()));
                    lastNanos = System.nanoTime();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Waits for the interval, and returns the caches that there are then; none when all have left. */
        private List<Reaper<?, ?>> awaitDue() throws InterruptedException {
            lock.lock();
            try {
                while (!intervals.isEmpty()) {
                    Duration shortest = Collections.min(intervals.values());
                    long left = lastNanos + TimeUnit.MILLISECONDS.toNanos(shortest.toMillis()) - System.nanoTime();
                    if (left <= 0) {
                        break;
                    }
                    changed.await(left, TimeUnit.NANOSECONDS);
                }
                return new ArrayList<>(intervals.keySet());
            } finally {
                lock.unlock();
            }
        }
    }
}
