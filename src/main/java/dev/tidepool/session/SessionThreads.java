package dev.tidepool.session;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of an engine, apart by what they are for, so that none of it waits for another: keeping sessions alive is
 * never behind their ends, nor is either behind the writing of access times. Thread-safe.
 */
final class SessionThreads {
    private static final int KEEPING = 16;

    /** With two calls of the store for an end, enough for two thousand ends a second and some listeners that block. */
    private static final int ENDING = 48;

    private static final int WRITING = 16;

    final Lane keepAlive = new Lane("tidepool-sessions-alive", KEEPING);
    final Lane ends = new Lane("tidepool-sessions-ends", ENDING);
    final Lane writes = new Lane("tidepool-sessions-writes", WRITING);

    /** Lets what is under way come to its end, for some time, and leaves no thread on. */
    void stop(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        writes.stop(until);
        keepAlive.stop(until);
        ends.stop(until);
    }

    /** Some threads for one kind of work; they end when there is none. */
    static final class Lane {
        private static final long IDLE_SECONDS = 5;

        private final String name;
        private final int threads;
        private @Nullable ThreadPoolExecutor pool;
        private int pending;

        private Lane(String name, int threads) {
            this.name = name;
            this.threads = threads;
        }

        synchronized void execute(Runnable task) {
            pending++;
            if (pool == null) {
                pool = newPool();
            }
            boolean isBegun = false;
            try {
                pool.execute(() -> {
                    try {
                        task.run();
                    } finally {
                        done();
                    }
                });
                isBegun = true;
            } finally {
                pending -= isBegun ? 0 : 1;
            }
        }

        private ThreadPoolExecutor newPool() {
            ThreadPoolExecutor made = new ThreadPoolExecutor(
                    threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                        Thread thread = new Thread(task, name);
                        thread.setDaemon(true);
                        return thread;
                    });
            made.allowCoreThreadTimeOut(true);
            return made;
        }

        private synchronized void done() {
            pending--;
            notifyAll();
        }

        /** Waits until nothing is left to be done; returns false when the time is over before. */
        synchronized boolean awaitIdle(long untilNanos) {
            try {
                while (pending > 0) {
                    long left = untilNanos - System.nanoTime();
                    if (left <= 0) {
                        return false;
                    }
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private void stop(long untilNanos) {
            awaitIdle(untilNanos);
            synchronized (this) {
                if (pool != null) {
                    pool.shutdown();
                    pool = null;
                }
            }
        }
    }
}
