package dev.tidepool.session;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** Runs each task in a thread of its own: those of a pool, on a machine of two processors, wait for each other. */
public final class InThread {
    private InThread() {}

    public static <T> FutureTask<T> call(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future, "of-the-test");
        thread.setDaemon(true);
        thread.start();
        return future;
    }
}
