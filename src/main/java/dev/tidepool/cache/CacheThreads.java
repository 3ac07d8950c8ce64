package dev.tidepool.cache;

import java.lang.ref.WeakReference;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one cache manager, all of them daemons; those of the pools end when they are idle.
 *
 * @param requests sends the requests of bulk operations; refuses work when all its threads are busy, so that the caller
 *     does it itself
 * @param tasks runs what may take as long as it likes: loads, asynchronous listeners, the next page of a scan
 * @param reapers makes the thread that a cache keeps for deleting expired items; the cache ends it
 */
record CacheThreads(ExecutorService requests, ExecutorService tasks, ThreadFactory reapers) implements AutoCloseable {
    private static final int MAX_REQUEST_THREADS = 64;
    private static final long IDLE_SECONDS = 30;

    /**
     * Makes the pools of a manager.
     *
     * @param loader the application's class loader, which loaders and listeners may expect in their thread
     */
    static CacheThreads create(WeakReference<ClassLoader> loader) {
        return new CacheThreads(
                new ThreadPoolExecutor(
                        0,
                        MAX_REQUEST_THREADS,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        named("tidepool-requests-", loader)),
                Executors.newCachedThreadPool(named("tidepool-tasks-", loader)),
                named("tidepool-reaper-", loader));
    }

    private static ThreadFactory named(String prefix, WeakReference<ClassLoader> loader) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(loader.get());
            return thread;
        };
    }

    @Override
    public void close() {
        requests.shutdown();
        tasks.shutdown();
    }
}
