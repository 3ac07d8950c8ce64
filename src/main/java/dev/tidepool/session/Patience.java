package dev.tidepool.session;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;

/** How long a change is tried again that others' changes get in the way of. For one change by one thread. */
final class Patience {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_PAUSE_MILLIS = 64;

    private final long begin = System.nanoTime();
    private int bound = 1;

    /** Waits for a random time, which grows with each call. */
    void pause() {
        if (System.nanoTime() - begin > LIMIT_NANOS) {
            throw new CacheException("A session could not be saved within "
                    + TimeUnit.NANOSECONDS.toSeconds(LIMIT_NANOS)
                    + " s, as other nodes change it all the time; try again with fewer requests at once");
        }
        try {
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(bound + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException("Interrupted while a session was being saved", e);
        }
        bound = Math.min(bound * 2, MAX_PAUSE_MILLIS);
    }
}
