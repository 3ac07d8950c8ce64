package dev.tidepool.session;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is counted of a manager's sessions, for {@code SessionManagerStatistics}, whose figures begin anew with the
 * manager, and for metrics, whose totals never go back. Thread-safe.
 */
final class SessionCounts {
    private final AtomicLong created = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();
    private final AtomicLong longestLife = new AtomicLong();
    private final LongAdder flushes = new LongAdder();
    private final LongAdder sparedTouches = new LongAdder();
    private final LongAdder conflicts = new LongAdder();
    private long ended;
    private long lives;
    private volatile long createdBefore;
    private volatile long rejectedBefore;
    private long endedBefore;
    private volatile long startTime;

    /** Begins the statistics anew, but for the records that were set. */
    synchronized void start(long now) {
        createdBefore = created.get();
        rejectedBefore = rejected.get();
        endedBefore = ended;
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

    /** A session was written, be it for the first time, for a change or for an access. */
    void flushed() {
        flushes.increment();
    }

    /** An access was not written, as one was not long ago. */
    void sparedTouch() {
        sparedTouches.increment();
    }

    /** A change is merged and tried again, as somebody else's came first. */
    void conflicted() {
        conflicts.increment();
    }

    long createdCount() {
        return created.get() - createdBefore;
    }

    long rejectedCount() {
        return rejected.get() - rejectedBefore;
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
        return ended - endedBefore;
    }

    synchronized long averageLife() {
        return ended == endedBefore ? 0 : lives / (ended - endedBefore);
    }

    long totalCreated() {
        return created.get();
    }

    long totalRejected() {
        return rejected.get();
    }

    synchronized long totalEnded() {
        return ended;
    }

    long totalFlushes() {
        return flushes.sum();
    }

    long totalSparedTouches() {
        return sparedTouches.sum();
    }

    long totalConflicts() {
        return conflicts.sum();
    }
}
