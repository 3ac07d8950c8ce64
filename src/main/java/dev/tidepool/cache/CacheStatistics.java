package dev.tidepool.cache;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.cache.management.CacheStatisticsMXBean;

/** What this node did with a cache, counted as JSR-107's table of statistics wants it. Thread-safe. */
final class CacheStatistics implements CacheStatisticsMXBean {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final LongAdder removals = new LongAdder();
    private final LongAdder getNanos = new LongAdder();
    private final LongAdder putNanos = new LongAdder();
    private final LongAdder removeNanos = new LongAdder();
    private final List<LongAdder> all = List.of(hits, misses, puts, removals, getNanos, putNanos, removeNanos);

    void addGets(long hitCount, long missCount, long nanos) {
        hits.add(hitCount);
        misses.add(missCount);
        getNanos.add(nanos);
    }

    void addPuts(long count, long nanos) {
        puts.add(count);
        putNanos.add(nanos);
    }

    void addRemovals(long count, long nanos) {
        removals.add(count);
        removeNanos.add(nanos);
    }

    @Override
    public void clear() {
        all.forEach(LongAdder::reset);
    }

    @Override
    public long getCacheHits() {
        return hits.sum();
    }

    @Override
    public float getCacheHitPercentage() {
        return percentage(getCacheHits(), getCacheGets());
    }

    @Override
    public long getCacheMisses() {
        return misses.sum();
    }

    @Override
    public float getCacheMissPercentage() {
        return percentage(getCacheMisses(), getCacheGets());
    }

    @Override
    public long getCacheGets() {
        return getCacheHits() + getCacheMisses();
    }

    @Override
    public long getCachePuts() {
        return puts.sum();
    }

    @Override
    public long getCacheRemovals() {
        return removals.sum();
    }

    /** Always 0: DynamoDB has no bound that it would evict for. */
    @Override
    public long getCacheEvictions() {
        return 0;
    }

    @Override
    public float getAverageGetTime() {
        return averageMicros(getNanos, getCacheGets());
    }

    @Override
    public float getAveragePutTime() {
        return averageMicros(putNanos, getCachePuts());
    }

    @Override
    public float getAverageRemoveTime() {
        return averageMicros(removeNanos, getCacheRemovals());
    }

    private static float percentage(long part, long whole) {
        return whole == 0 ? 0f : (float) (100.0 * part / whole);
    }

    private static float averageMicros(LongAdder nanos, long count) {
        return count == 0 ? 0f : (float) nanos.sum() / TimeUnit.MICROSECONDS.toNanos(1) / count;
    }
}
