package dev.tidepool.session;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of a {@link StoreGate}: none while there is nothing to do. */
final class StoreThreads {
    private static final long IDLE_SECONDS = 5;

    private StoreThreads() {}

    /** Returns threads that take a request at once, or refuse it when all are busy. */
    static ExecutorService start(int most) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            // A thread outlives the request that it was made for, and inherits nothing of its caller.
            Thread thread = new Thread(null, task, "tidepool-store-" + number.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(StoreThreads.class.getClassLoader());
            return thread;
        });
    }
}
