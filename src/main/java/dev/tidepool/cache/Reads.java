package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.Operation.Result;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads entries, with what a read entails: its access moves the deadline, its miss may load. Thread-safe. */
final class Reads<K, V> {
    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;
    private final Outages outages;

    /** The reads that may load, by key, while they are under way. */
    private final ConcurrentHashMap<String, Readers> underWay = new ConcurrentHashMap<>();

    /** The threads that read one key; a load of it that ends after a read missed may have brought what it missed. */
    private static final class Readers {
        private final AtomicInteger loadsEnded = new AtomicInteger();

        /** Guarded by the map's own atomicity. */
        private int count;
    }

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
        Readers readers = parts.loading().isReadThrough() ? join(keyText) : null;
        try {
            int loadsBefore = readers == null ? 0 : readers.loadsEnded.get();
            V value = found(key, outages.orAbsent(1, () -> parts.table().read(keyText)));
            parts.observers().countGets(value == null ? 0 : 1, value == null ? 1 : 0, start);
            return value != null || readers == null ? value : load(key, keyText, readers, loadsBefore);
        } finally {
            if (readers != null) {
                underWay.compute(keyText, (text, known) -> --readers.count == 0 ? null : known);
            }
        }
    }

    private Readers join(String keyText) {
        return underWay.compute(keyText, (text, known) -> {
            Readers joined = known == null ? new Readers() : known;
            joined.count++;
            return joined;
        });
    }

    /** What is loaded while the store is down is not stored, so nobody gains by waiting for another one's load. */
    private @Nullable V load(K key, String keyText, Readers readers, int loadsBefore) {
        return outages.isDown() ? parts.loading().readThrough(key) : loadOnce(key, keyText, readers, loadsBefore);
    }

    /** Threads of this JVM that miss the same key wait for the first, and then find what it has loaded. */
    private @Nullable V loadOnce(K key, String keyText, Readers readers, int loadsBefore) {
        parts.observers().awaitRoom();
        try (KeyLocks.Held held = parts.locks().lock(keyText)) {
            boolean missIsOld = held.waited() || readers.loadsEnded.get() != loadsBefore;
            V value = missIsOld
                    ? found(key, outages.ifAvailable(() -> parts.table().read(keyText)))
                    : null;
            if (value == null) {
                V loaded = parts.loading().readThrough(key);
                value = loaded == null ? null : stored(key, keyText, loaded);
                readers.loadsEnded.incrementAndGet();
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
        V value = parts.codec().decode(item);
        accessed(key, item, value);
        return value;
    }

    /** Says that an entry has been read, which is an access. Under {@code onStoreFailure=miss} it need not succeed. */
    void accessed(K key, StoredItem item, V value) {
        outages.ifAvailable(() -> mutations.accessRead(key, item, value, now()));
    }

    /** The entries of one operation that are damaged; it goes on with the others. Thread-safe. */
    static final class Damaged<K> {
        private final ItemNames names;
        private final String operation;
        private final int all;
        private final Set<K> keys = ConcurrentHashMap.newKeySet();
        private final Failures failures = new Failures();

        /**
         * Begins with none.
         *
         * @param all how many entries the operation is about
         */
        Damaged(ItemNames names, String operation, int all) {
            this.names = names;
            this.operation = operation;
            this.all = all;
        }

        Set<K> keys() {
            return keys;
        }

        /** Reads an entry; null when it is damaged, or there is none. */
        <T> @Nullable T trying(K key, Supplier<? extends @Nullable T> reading) {
            try {
                return reading.get();
            } catch (DamagedItem e) {
                keys.add(key);
                failures.add(e);
                return null;
            }
        }

        /** Ends the operation; where an entry was damaged, the failure names all that were. */
        void throwIfAny() {
            try {
                failures.throwIfAny();
            } catch (DamagedItem e) {
                String message = "Cache '" + names.cache() + "': " + operation + " on table '" + names.table()
                        + "' cannot read " + keys.size() + " of " + all + " entries (see keys() of this exception): "
                        + e.getMessage();
                throw new IncompleteBatchException(message, keys, e);
            }
        }
    }

    Map<K, V> getAll(Map<String, K> keys) {
        long start = parts.observers().startNanos();
        Map<K, V> values = new ConcurrentHashMap<>();
        Damaged<K> damaged = damaged("getAll", keys);
        findAll(keys, values, damaged);
        int misses = keys.size() - values.size() - damaged.keys().size();
        parts.observers().countGets(values.size(), misses, start);
        if (parts.loading().isReadThrough() && misses > 0) {
            loadMissing(keys, values, damaged);
        }
        damaged.throwIfAny();
        return new HashMap<>(values);
    }

    private void findAll(Map<String, K> keys, Map<K, V> values, Damaged<K> damaged) {
        Map<String, Supplier<StoredItem>> items = readAll(keys.keySet(), true);
        Consumer<String> find = keyText -> {
            K key = requireNonNull(keys.get(keyText));
            V value = damaged.trying(
                    key, () -> found(key, requireNonNull(items.get(keyText)).get()));
            if (value != null) {
                values.put(key, value);
            }
        };
        if (parts.expiry().mayMoveOnAccess()) {
            parts.forEach(items.keySet(), find);
        } else {
            items.keySet().forEach(find);
        }
    }

    /** Begins to read several entries. */
    Damaged<K> damaged(String operation, Map<String, K> keys) {
        return new Damaged<>(parts.table().names(), operation, keys.size());
    }

    private void loadMissing(Map<String, K> keys, Map<K, V> values, Damaged<K> damaged) {
        Map<String, K> missing = new HashMap<>(keys);
        missing.values().removeAll(values.keySet());
        missing.values().removeAll(damaged.keys());
        Map<K, V> loaded = parts.loading().loadAll(List.copyOf(missing.values()));
        parts.forEach(missing.entrySet(), entry -> {
            V value = loaded.get(entry.getValue());
            V stored = value == null ? null : stored(entry.getValue(), entry.getKey(), value);
            if (stored != null) {
                values.put(entry.getValue(), stored);
            }
        });
    }

    /** Returns which of some entries are absent; one that is damaged is not. */
    Collection<K> absent(Map<String, K> keys, Damaged<K> damaged) {
        Map<String, K> absent = new HashMap<>(keys);
        long now = now();
        readAll(keys.keySet(), false).forEach((keyText, item) -> {
            StoredItem read = damaged.trying(requireNonNull(keys.get(keyText)), item);
            if (read == null || read.isLiveAt(now)) {
                absent.remove(keyText);
            }
        });
        return absent.values();
    }

    private Map<String, Supplier<StoredItem>> readAll(Collection<String> keyTexts, boolean withValues) {
        Map<String, Supplier<StoredItem>> items = new ConcurrentHashMap<>();
        parts.parallel().forEachOf(keyTexts, DynamoDbLimits.BATCH_GET, chunk -> {
            Map<String, Supplier<StoredItem>> found =
                    outages.orAbsent(chunk.size(), () -> parts.table().batches().read(chunk, withValues));
            if (found != null) {
                items.putAll(found);
            }
        });
        return items;
    }

    private long now() {
        return parts.clock().millis();
    }
}
