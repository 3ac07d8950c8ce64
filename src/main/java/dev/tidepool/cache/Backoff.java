package dev.tidepool.cache;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;

/** Waits that grow with each try, at random below their bound so that contenders part. For one thread. */
final class Backoff {
    private final long firstMillis;
    private final long maxMillis;
    private int tries;

    private Backoff(long firstMillis, long maxMillis) {
        this.firstMillis = firstMillis;
        this.maxMillis = maxMillis;
    }

    /** Between two tries of a compare-and-set: in the order of one request's time. */
    static Backoff afterConflict() {
        return new Backoff(4, 64);
    }

    /** Before sending again what the server did not get to: it is short of capacity. */
    static Backoff afterThrottling() {
        return new Backoff(50, 3_200);
    }

    /** While a table is being made. */
    static Backoff whileTableChanges() {
        return new Backoff(100, 2_000);
    }

    int tries() {
        return tries;
    }

    void reset() {
        tries = 0;
    }

    void pause() {
        long bound = Math.min(maxMillis, firstMillis << Math.min(tries, 20));
        tries++;
        sleep(1 + ThreadLocalRandom.current().nextLong(TimeUnit.MILLISECONDS.toNanos(bound)));
    }

    /** Waits; for others who send a request later than they could. */
    static void sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException("Interrupted while waiting to send a request again", e);
        }
    }
}
