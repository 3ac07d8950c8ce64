package dev.tidepool.session;

import java.util.concurrent.atomic.AtomicLong;

/** The figures of {@code SessionManagerStatistics} that are counted. Thread-safe. */
final class SessionCounts {
    private final AtomicLong created = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();
    private final AtomicLong longestLife = new AtomicLong();
    private volatile long startTime;
    private long ended;
    private long lives;

    /** Begins anew, but for the records that were set. */
    synchronized void start(long now) {
        created.set(0);
        rejected.set(0);
        ended = 0;
        lives = 0;
        startTime = now;
    }

    void created() {
        created.incrementAndGet();
    }

    void rejected() {
        rejected.incrementAndGet();
    }

    void active(long count) {
        highest.accumulateAndGet(count, Math::max);
    }

    synchronized void ended(long life) {
        ended++;
        lives += life;
        longestLife.accumulateAndGet(life, Math::max);
    }

    long createdCount() {
        return created.get();
    }

    long rejectedCount() {
        return rejected.get();
    }

    long highestCount() {
        return highest.get();
    }

    long longest() {
        return longestLife.get();
    }

    long startTime() {
        return startTime;
    }

    synchronized long endedCount() {
        return ended;
    }

    synchronized long averageLife() {
        return ended == 0 ? 0 : lives / ended;
    }
}
