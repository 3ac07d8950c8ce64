package dev.tidepool.undertow;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what no one announces. */
final class Polling {
    private static final long PATIENCE_NANOS = 20_000_000_000L;
    private static final long PAUSE_NANOS = 5_000_000L;

    private Polling() {}

    /** Waits until a condition holds. */
    static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new AssertionError("The condition never held");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
