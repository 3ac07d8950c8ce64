package dev.tidepool.cache;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Keeps the steps of something at least a time apart; a step that comes late gives the next no right to hurry. */
final class Pace {
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
