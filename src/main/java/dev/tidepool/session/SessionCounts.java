package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of an engine's sessions: figures for a container's statistics, which begin anew when the engine is
 * started, and totals for metrics, which never go back. Thread-safe.
 */
public final class SessionCounts {
    private final AtomicLong created = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();
    private final AtomicLong longestLife = new AtomicLong();
    private final LongAdder flushes = new LongAdder();
    private final LongAdder sparedTouches = new LongAdder();
    private final LongAdder conflicts = new LongAdder();
    private final LongAdder unreadable = new LongAdder();
    private final Map<SessionFailure, LongAdder> failures = new EnumMap<>(SessionFailure.class);
    private final Map<EndReason, LongAdder> ends = new EnumMap<>(EndReason.class);
    private long ended;
    private long lives;
    private volatile long createdBefore;
    private volatile long rejectedBefore;
    private long endedBefore;
    private volatile long startTime;

    SessionCounts() {
        for (SessionFailure failure : SessionFailure.values()) {
            failures.put(failure, new LongAdder());
        }
        for (EndReason reason : EndReason.values()) {
            ends.put(reason, new LongAdder());
        }
    }

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

    synchronized void ended(EndReason reason, long life) {
        requireNonNull(ends.get(reason)).increment();
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

    /** A session could not be read or saved; null is not counted. */
    void failed(@Nullable SessionFailure failure) {
        if (failure != null) {
            requireNonNull(failures.get(failure)).increment();
        }
    }

    /** An attribute could not be decoded. */
    void unreadable() {
        unreadable.increment();
    }

    /**
     * Returns how many sessions were created since the start.
     *
     * @return the number
     */
    public long createdCount() {
        return created.get() - createdBefore;
    }

    /**
     * Returns how many sessions were refused for lack of room since the start.
     *
     * @return the number
     */
    public long rejectedCount() {
        return rejected.get() - rejectedBefore;
    }

    /**
     * Returns how many sessions this node knew at most at a time.
     *
     * @return the number
     */
    public long highestCount() {
        return highest.get();
    }

    /**
     * Returns the longest life of a session that this node has ended.
     *
     * @return milliseconds
     */
    public long longest() {
        return longestLife.get();
    }

    /**
     * Returns when the engine was started.
     *
     * @return milliseconds since the epoch; zero before
     */
    public long startTime() {
        return startTime;
    }

    /**
     * Returns how many sessions this node has ended since the start.
     *
     * @return the number
     */
    public synchronized long endedCount() {
        return ended - endedBefore;
    }

    /**
     * Returns the average life of the sessions that this node has ended since the start.
     *
     * @return milliseconds; zero when there were none
     */
    public synchronized long averageLife() {
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

    long totalUnreadable() {
        return unreadable.sum();
    }

    long totalFailures(SessionFailure failure) {
        return requireNonNull(failures.get(failure)).sum();
    }

    long totalEnds(EndReason reason) {
        return requireNonNull(ends.get(reason)).sum();
    }
}
