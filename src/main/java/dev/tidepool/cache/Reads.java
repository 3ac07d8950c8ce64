package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads entries, with what a read entails: its access moves the deadline, its miss may load. Thread-safe. */
final class Reads<K, V> {
    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;

    Reads(CacheParts<K, V> parts, Mutations<K, V> mutations) {
        this.parts = parts;
        this.mutations = mutations;
    }

    boolean contains(String keyText) {
        StoredItem item = parts.table().readDeadline(keyText);
        return item != null && item.isLiveAt(now());
    }

    @Nullable V get(K key, String keyText) {
        long start = parts.observers().startNanos();
        StoredItem item = parts.table().read(keyText);
        V value = found(key, keyText, item);
        parts.observers().countGets(value == null ? 0 : 1, value == null ? 1 : 0, start);
        return value == null && parts.loading().isReadThrough() ? loadOnce(key, keyText) : value;
    }

    /** Threads of this JVM that miss the same key wait for the first, and then find what it has loaded. */
    private @Nullable V loadOnce(K key, String keyText) {
        try (KeyLocks.Held held = parts.locks().lock(keyText)) {
            V value = held.waited() ? found(key, keyText, parts.table().read(keyText)) : null;
            if (value == null) {
                V loaded = parts.loading().readThrough(key);
                value = loaded == null ? null : store(key, keyText, loaded);
            }
            return value;
        }
    }

    /**
     * Stores what was loaded, unless another node has been faster; never over what somebody put since.
     *
     * @return the value to answer with
     */
    private @Nullable V store(K key, String keyText, V loaded) {
        Result result = mutations.applyWrittenThrough(
                Operation.PUT_IF_ABSENT, key, keyText, loaded, parts.observers().isListening());
        if (result.present() && result.before() != null) {
            return parts.codec().decode(result.before());
        }
        parts.observers().publish(key, loaded, result);
        return loaded;
    }

    /**
     * Returns an entry's value for a reader.
     *
     * @return the value, or null when the item is absent or expired
     */
    @Nullable V found(K key, String keyText, @Nullable StoredItem item) {
        if (item == null) {
            return null;
        }
        long now = now();
        if (!item.isLiveAt(now)) {
            expire(key, keyText, item, now);
            return null;
        }
        V value = parts.codec().decode(item);
        if (mutations.access(key, keyText, item, now)) {
            parts.observers().expired(key, value);
        }
        return value;
    }

    /**
     * Tells the listeners that an item has expired. It is told once, by the node that removes the item; without a
     * listener the removal is left to DynamoDB, which does it for nothing.
     */
    void expire(K key, String keyText, StoredItem item, long now) {
        if (parts.observers().isListeningForExpiry() && mutations.removeExpired(keyText, item, now)) {
            parts.observers().expired(key, parts.codec().decode(item));
        }
    }

    Map<K, V> getAll(Map<String, K> keys) {
        long start = parts.observers().startNanos();
        Map<K, V> values = new ConcurrentHashMap<>();
        Map<String, StoredItem> items = readAll(keys.keySet(), true);
        Consumer<Map.Entry<String, StoredItem>> find = item -> {
            K key = requireNonNull(keys.get(item.getKey()));
            V value = found(key, item.getKey(), item.getValue());
            if (value != null) {
                values.put(key, value);
            }
        };
        if (parts.expiry().mayMoveOnAccess() || parts.observers().isListeningForExpiry()) {
            parts.parallel().forEach(items.entrySet(), find);
        } else {
            items.entrySet().forEach(find);
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
        parts.parallel().forEach(missing.entrySet(), entry -> {
            V value = loaded.get(entry.getValue());
            V stored = value == null ? null : store(entry.getValue(), entry.getKey(), value);
            if (stored != null) {
                values.put(entry.getValue(), stored);
            }
        });
    }

    /** Returns which of some entries are there. */
    Set<String> present(Collection<String> keyTexts) {
        Set<String> present = new HashSet<>();
        long now = now();
        readAll(keyTexts, false).forEach((keyText, item) -> {
            if (item.isLiveAt(now)) {
                present.add(keyText);
            }
        });
        return present;
    }

    private Map<String, StoredItem> readAll(Collection<String> keyTexts, boolean withValues) {
        Map<String, StoredItem> items = new ConcurrentHashMap<>();
        parts.parallel()
                .forEach(
                        chunks(keyTexts, CacheTable.MAX_BATCH_GET),
                        chunk ->
                                parts.table().read(chunk, withValues).forEach(item -> items.put(item.keyText(), item)));
        return items;
    }

    static <T> List<List<T>> chunks(Collection<T> elements, int size) {
        List<T> all = List.copyOf(elements);
        List<List<T>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            chunks.add(all.subList(from, Math.min(all.size(), from + size)));
        }
        return chunks;
    }

    private long now() {
        return parts.clock().millis();
    }
}
