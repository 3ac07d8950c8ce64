package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.Operation.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads entries, with what a read entails: its access moves the deadline, its miss may load. Thread-safe. */
final class Reads<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(Reads.class);

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
        StoredItem item = outages.orAbsent(() -> parts.table().readDeadline(keyText));
        return item != null && item.isLiveAt(now());
    }

    @Nullable V get(K key, String keyText) {
        long start = parts.observers().startNanos();
        long loadsBefore = loadsEnded.get();
        V value = find(key, keyText);
        parts.observers().countGets(value == null ? 0 : 1, value == null ? 1 : 0, start);
        if (value != null || !parts.loading().isReadThrough()) {
            return value;
        }
        // What is loaded while the store is down is not stored, so nobody gains by waiting for another one's load.
        return outages.isDown() ? parts.loading().readThrough(key) : loadOnce(key, keyText, loadsBefore);
    }

    private @Nullable V find(K key, String keyText) {
        return found(key, keyText, outages.orAbsent(() -> parts.table().read(keyText)));
    }

    /** Threads of this JVM that miss the same key wait for the first, and then find what it has loaded. */
    private @Nullable V loadOnce(K key, String keyText, long loadsBefore) {
        try (KeyLocks.Held held = parts.locks().lock(keyText)) {
            boolean missIsOld = held.waited() || loadsEnded.get() != loadsBefore;
            V value = missIsOld
                    ? found(
                            key,
                            keyText,
                            outages.ifAvailable(() -> parts.table().read(keyText)))
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
    @SuppressWarnings("try") // the lock is held, not used
    private V store(K key, String keyText, V loaded) {
        boolean listening = parts.observers().isListening();
        try (KeyLocks.Held held = listening ? parts.locks().lock(keyText) : null) {
            Result result = mutations.applyWrittenThrough(Operation.PUT_IF_ABSENT, key, keyText, loaded, listening);
            if (result.present() && result.before() != null) {
                return parts.codec().decode(result.before());
            }
            parts.observers().publish(key, loaded, result);
            return loaded;
        }
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
            outages.ifAvailable(() -> expire(key, keyText, item, now));
            return null;
        }
        return read(key, item, now);
    }

    /** Returns the value of an entry that is there; this is an access. */
    V read(K key, StoredItem item, long now) {
        V value = parts.codec().decode(item);
        // The value is there, whether or not its deadline can be moved.
        outages.ifAvailable(() -> observing(item.keyText(), () -> {
            boolean expired = mutations.access(key, item, () -> value, now);
            if (expired) {
                parts.observers().expired(key, value);
            }
            return expired;
        }));
        return value;
    }

    /** With listeners, what happens to a key and what is told of it must not overtake each other. */
    @SuppressWarnings("try") // the lock is held, not used
    private boolean observing(String keyText, BooleanSupplier work) {
        try (KeyLocks.Held held =
                parts.observers().isListening() ? parts.locks().lock(keyText) : null) {
            return work.getAsBoolean();
        }
    }

    /**
     * Tells the listeners that an item has expired. It is told once, by the node that removes the item; without a
     * listener, or where nobody could be told the value, the removal is left to DynamoDB, which does it for nothing.
     *
     * @return whether this node has removed the item
     */
    boolean expire(K key, String keyText, StoredItem item, long now) {
        if (!parts.observers().isListeningForExpiry()) {
            return false;
        }
        V value;
        try {
            value = parts.codec().decode(item);
        } catch (CacheException e) {
            LOG.debug("An expired item cannot be decoded, and stays as it is", e);
            return false;
        }
        return observing(keyText, () -> {
            boolean removed = mutations.removeExpired(keyText, item, now);
            if (removed) {
                parts.observers().expired(key, value);
            }
            return removed;
        });
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
        if (parts.expiry().mayMoveOnAccess()) {
            parts.forEach(items.entrySet(), find);
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
        readAll(keyTexts, false).forEach((keyText, item) -> {
            if (item.isLiveAt(now)) {
                present.add(keyText);
            }
        });
        return present;
    }

    private Map<String, StoredItem> readAll(Collection<String> keyTexts, boolean withValues) {
        Map<String, StoredItem> items = new ConcurrentHashMap<>();
        parts.parallel().forEach(chunks(keyTexts, CacheTable.MAX_BATCH_GET), chunk -> {
            List<StoredItem> found =
                    outages.orAbsent(chunk.size(), () -> parts.table().read(chunk, withValues));
            if (found != null) {
                found.forEach(item -> items.put(item.keyText(), item));
            }
        });
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
