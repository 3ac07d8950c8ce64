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
 * <p>Two pools have a bound, and no queue: what waited in one could be what its own threads wait for. They refuse work
 * when all their threads are busy, so that the caller does it itself.
 *
 * @param requests sends the requests of bulk operations, and reads the next page of a scan
 * @param loads runs what {@code loadAll} asks loaders for, which may take as long as it likes
 * @param listeners tells asynchronous listeners; as none is told by two threads, there are no more than listeners
 * @param reaping deletes expired items in the background, with a thread for each table
 */
record CacheThreads(
        ExecutorService requests, ExecutorService loads, ExecutorService listeners, BackgroundReaping reaping)
        implements AutoCloseable {
    private static final int MAX_THREADS = 64;
    private static final long IDLE_SECONDS = 30;

    /**
     * Makes the pools of a manager.
     *
     * @param loader the application's class loader, which loaders and listeners may expect in their thread
     */
    static CacheThreads create(WeakReference<ClassLoader> loader) {
        return new CacheThreads(
                bounded(named("tidepool-requests-", loader)),
                bounded(named("tidepool-loads-", loader)),
                Executors.newCachedThreadPool(named("tidepool-listeners-", loader)),
                new BackgroundReaping(named("tidepool-reaper-", loader)));
    }

    private static ExecutorService bounded(ThreadFactory threads) {
        return new ThreadPoolExecutor(
                0, MAX_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
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
        loads.shutdown();
        listeners.shutdown();
    }
}
