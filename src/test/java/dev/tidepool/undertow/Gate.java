package dev.tidepool.undertow;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Where something stands still until the test lets it go on. Once open, it stays so; a test that fails opens it too, or
 * the nodes would wait for whoever stands there.
 */
final class Gate implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    /** Stands still. */
    void pass() throws InterruptedException {
        reached.countDown();
        if (!opened.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the gate was never opened");
        }
    }

    /** Returns when somebody stands before it. */
    void awaitArrival() throws InterruptedException {
        if (!reached.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody has come to the gate");
        }
    }

    void open() {
        opened.countDown();
    }

    @Override
    public void close() {
        open();
    }
}
