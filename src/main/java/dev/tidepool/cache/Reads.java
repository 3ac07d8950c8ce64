package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.Operation.Result;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads entries, with what a read entails: its access moves the deadline, its miss may load. Thread-safe. */
final class Reads<K, V> {
    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;
    private final Outages outages;

    /** How many loads of single keys have ended; one that did after a read missed may have brought what it missed. */
    private final AtomicLong loadsEnded = new AtomicLong();

    Reads(CacheParts<K, V> parts, Mutations<K, V> mutations, Outages outages) {
        this.parts = parts;
        this.mutations = mutations;
        this.outages = outages;
    }

    boolean contains(String keyText) {
        return StoredItem.isLive(outages.orAbsent(1, () -> parts.table().readDeadline(keyText)), now());
    }

    @Nullable V get(K key, String keyText) {
        long start = parts.observers().startNanos();
        long loadsBefore = loadsEnded.get();
        V value = found(key, outages.orAbsent(1, () -> parts.table().read(keyText)));
        parts.observers().countGets(value == null ? 0 : 1, value == null ? 1 : 0, start);
        if (value != null || !parts.loading().isReadThrough()) {
            return value;
        }
        // What is loaded while the store is down is not stored, so nobody gains by waiting for another one's load.
        return outages.isDown() ? parts.loading().readThrough(key) : loadOnce(key, keyText, loadsBefore);
    }

    /** Threads of this JVM that miss the same key wait for the first, and then find what it has loaded. */
    private @Nullable V loadOnce(K key, String keyText, long loadsBefore) {
        try (KeyLocks.Held held = parts.locks().lock(keyText)) {
            boolean missIsOld = held.waited() || loadsEnded.get() != loadsBefore;
            V value = missIsOld
                    ? found(key, outages.ifAvailable(() -> parts.table().read(keyText)))
                    : null;
            if (value == null) {
                V loaded = parts.loading().readThrough(key);
                value = loaded == null ? null : stored(key, keyText, loaded);
                loadsEnded.incrementAndGet();
            }
            return value;
        }
    }

    /** Returns what was loaded, stored or not, or what another node has stored first. */
    private V stored(K key, String keyText, V loaded) {
        V value = outages.ifAvailable(() -> store(key, keyText, loaded));
        return value == null ? loaded : value;
    }

    /**
     * Stores what was loaded, unless another node has been faster; never over what somebody put since.
     *
     * @return the value to answer with
     */
    private V store(K key, String keyText, V loaded) {
        NewItem item = mutations.newItem(key, keyText, loaded);
        Result result = mutations.applyWrittenThrough(Operation.PUT_IF_ABSENT, key, keyText, loaded, item, done -> {});
        return result.present() && result.before() != null ? parts.codec().decode(result.before()) : loaded;
    }

    /**
     * Returns an entry's value for a reader.
     *
     * @return the value, or null when the item is absent or expired
     */
    private @Nullable V found(K key, @Nullable StoredItem item) {
        if (item == null) {
            return null;
        }
        long now = now();
        if (!item.isLiveAt(now)) {
            outages.ifAvailable(() -> mutations.expire(key, item, now));
            return null;
        }
        return read(key, item, now);
    }

    /** Returns the value of an entry that is there; this is an access. */
    V read(K key, StoredItem item, long now) {
        V value = parts.codec().decode(item);
        // The value is there, whether or not its deadline can be moved.
        outages.ifAvailable(() -> mutations.accessRead(key, item, value, now));
        return value;
    }

    Map<K, V> getAll(Map<String, K> keys) {
        long start = parts.observers().startNanos();
        Map<K, V> values = new ConcurrentHashMap<>();
        Consumer<StoredItem> find = item -> {
            K key = requireNonNull(keys.get(item.keyText()));
            V value = found(key, item);
            if (value != null) {
                values.put(key, value);
            }
        };
        Collection<StoredItem> items = readAll(keys.keySet(), true);
        if (parts.expiry().mayMoveOnAccess()) {
            parts.forEach(items, find);
        } else {
            items.forEach(find);
        }
        parts.observers().countGets(values.size(), keys.size() - values.size(), start);
        if (parts.loading().isReadThrough() && values.size() < keys.size()) {
            loadMissing(keys, values);
        }
        return new HashMap<>(values);
    }

    private void loadMissing(Map<String, K> keys, Map<K, V> values) {
        Map<String, K> missing = new HashMap<>(keys);
        missing.values().removeAll(values.keySet());
        Map<K, V> loaded = parts.loading().loadAll(List.copyOf(missing.values()));
        parts.forEach(missing.entrySet(), entry -> {
            V value = loaded.get(entry.getValue());
            V stored = value == null ? null : stored(entry.getValue(), entry.getKey(), value);
            if (stored != null) {
                values.put(entry.getValue(), stored);
            }
        });
    }

    /** Returns which of some entries are there. */
    Set<String> present(Collection<String> keyTexts) {
        Set<String> present = new HashSet<>();
        long now = now();
        readAll(keyTexts, false).stream()
                .filter(item -> item.isLiveAt(now))
                .forEach(item -> present.add(item.keyText()));
        return present;
    }

    private Collection<StoredItem> readAll(Collection<String> keyTexts, boolean withValues) {
        Map<String, StoredItem> items = new ConcurrentHashMap<>();
        parts.parallel().forEachOf(keyTexts, DynamoDbLimits.BATCH_GET, chunk -> {
            List<StoredItem> found =
                    outages.orAbsent(chunk.size(), () -> parts.table().batches().read(chunk, withValues));
            if (found != null) {
                found.forEach(item -> items.put(item.keyText(), item));
            }
        });
        return items.values();
    }

    private long now() {
        return parts.clock().millis();
    }
}
