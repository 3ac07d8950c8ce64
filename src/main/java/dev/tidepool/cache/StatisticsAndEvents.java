package dev.tidepool.cache;

import dev.tidepool.cache.Operation.Result;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes statistics and events of what was done; the one place for JSR-107's rules about both. Thread-safe. */
final class StatisticsAndEvents<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(StatisticsAndEvents.class);

    private final Cache<K, V> cache;
    private final EntryCodec<K, V> codec;
    private final EventDispatcher<K, V> dispatcher;
    private final CacheStatistics statistics;
    private volatile boolean counting;

    StatisticsAndEvents(
            Cache<K, V> cache, EntryCodec<K, V> codec, EventDispatcher<K, V> dispatcher, CacheStatistics statistics) {
        this.cache = cache;
        this.codec = codec;
        this.dispatcher = dispatcher;
        this.statistics = statistics;
    }

    void setCounting(boolean enabled) {
        counting = enabled;
    }

    boolean isCounting() {
        return counting;
    }

    boolean isListening() {
        return !dispatcher.isEmpty();
    }

    boolean isListeningForExpiry() {
        return dispatcher.wants(EventType.EXPIRED);
    }

    long startNanos() {
        return counting ? System.nanoTime() : 0;
    }

    /** Counts an operation on one entry. */
    void count(Operation operation, Result result, long startNanos) {
        if (!counting) {
            return;
        }
        long nanos = System.nanoTime() - startNanos;
        if (operation.countsAsGet()) {
            statistics.addGets(result.present() ? 1 : 0, result.present() ? 0 : 1, nanos);
        }
        countEffect(result, startNanos);
    }

    /** Counts what an entry processor, or one operation of a bulk, did to an entry. */
    void countEffect(Result result, long startNanos) {
        if (!counting || !result.applied()) {
            return;
        }
        long nanos = System.nanoTime() - startNanos;
        if (result.effect() == Result.Effect.REMOVED) {
            statistics.addRemovals(1, nanos);
        } else {
            statistics.addPuts(1, nanos);
        }
    }

    void countGets(long hits, long misses, long startNanos) {
        if (counting) {
            statistics.addGets(hits, misses, System.nanoTime() - startNanos);
        }
    }

    void countPuts(long puts, long startNanos) {
        if (counting) {
            statistics.addPuts(puts, System.nanoTime() - startNanos);
        }
    }

    /**
     * Tells the listeners what happened to an entry, in the order in which it did.
     *
     * @param value the value written, or null when none was
     */
    void publish(K key, @Nullable V value, Result result) {
        if (dispatcher.isEmpty()) {
            return;
        }
        V before = result.before() == null ? null : decode(result.before());
        V old = result.present() ? before : null;
        if (!result.present() && before != null && result.applied()) {
            expired(key, before);
        }
        switch (result.effect()) {
            case CREATED -> publish(EventType.CREATED, key, value, null);
            case UPDATED -> publish(EventType.UPDATED, key, value, old);
            case REMOVED -> publish(EventType.REMOVED, key, old, old);
            case NOTHING -> {}
        }
        if (result.expired()) {
            expired(key, value == null || !result.applied() ? before : value);
        }
    }

    /** What cannot be decoded is not available; the change has been made, so it is no time to fail. */
    private @Nullable V decode(StoredItem item) {
        try {
            return codec.decode(item);
        } catch (CacheException e) {
            LOG.debug("The value before a change cannot be decoded", e);
            return null;
        }
    }

    /** Tells the listeners that an entry has expired. */
    void expired(K key, @Nullable V value) {
        publish(EventType.EXPIRED, key, value, value);
    }

    private void publish(EventType type, K key, @Nullable V value, @Nullable V oldValue) {
        dispatcher.publish(new CacheEvent<>(cache, type, key, value, oldValue));
    }
}
