package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Changes many entries: by BatchWriteItem where nothing needs to know what was there before, else by the requests of
 * single operations, several at a time. Thread-safe.
 */
final class BulkChanges<K, V> {
    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;
    private final Executor executor;

    BulkChanges(CacheParts<K, V> parts, Mutations<K, V> mutations, Executor executor) {
        this.parts = parts;
        this.mutations = mutations;
        this.executor = executor;
    }

    /** Writes entries, telling the writer before and counting them as puts. */
    void putAll(Map<? extends K, ? extends V> entries) {
        long start = parts.observers().startNanos();
        Map<K, byte[]> encoded = encoded(entries);
        CacheWriting.Done<K> done = parts.writing().writeAll(entries);
        encoded.keySet().retainAll(done.keys());
        List<CacheTable.NewItem> batch = batch(entries, encoded);
        if (batch == null) {
            parts.forEach(encoded.keySet(), key -> put(key, requireNonNull(entries.get(key))));
        } else {
            write(batch);
            parts.observers().countPuts(batch.size(), start);
        }
        done.throwFailure();
    }

    /** Writes what a loader has loaded over whatever is there; a load is no put and no writer hears of it. */
    void replaceWithLoaded(Map<K, V> entries) {
        List<CacheTable.NewItem> batch = batch(entries, encoded(entries));
        if (batch == null) {
            parts.forEach(entries.entrySet(), entry -> store(Operation.PUT, entry));
        } else {
            write(batch);
        }
    }

    /** Encodes all values before the first is written, so that one that cannot be stored keeps all from being. */
    private Map<K, byte[]> encoded(Map<? extends K, ? extends V> entries) {
        Map<K, byte[]> encoded = new LinkedHashMap<>();
        entries.forEach((key, value) -> {
            byte[] bytes = parts.codec().encode(key, value);
            parts.table().checkSize(parts.codec().keyText(key), bytes);
            encoded.put(key, bytes);
        });
        return encoded;
    }

    /** Writes what a loader has loaded where there is nothing yet. */
    void addLoaded(Map<K, V> entries) {
        parts.forEach(entries.entrySet(), entry -> store(Operation.PUT_IF_ABSENT, entry));
    }

    private void store(Operation operation, Map.Entry<K, V> entry) {
        K key = entry.getKey();
        apply(operation, key, parts.codec().keyText(key), entry.getValue(), result -> {});
    }

    private void put(K key, V value) {
        counted(Operation.PUT, key, parts.codec().keyText(key), value);
    }

    private void counted(Operation operation, K key, String keyText, @Nullable V value) {
        long start = parts.observers().startNanos();
        apply(operation, key, keyText, value, result -> parts.observers().countEffect(result, start));
    }

    @SuppressWarnings("try") // the lock is held, not used
    private void apply(Operation operation, K key, String keyText, @Nullable V value, Consumer<Result> count) {
        boolean listening = parts.observers().isListening();
        try (KeyLocks.Held held = listening ? parts.locks().lock(keyText) : null) {
            Result result = mutations.applyWrittenThrough(operation, key, keyText, value, listening);
            count.accept(result); // before a listener may throw
            parts.observers().publish(key, value, result);
        }
    }

    /**
     * Returns the items of entries that may be written without regard to what was there, or null when one may not: a
     * listener must be told, or the policy's answer depends on it. Entries that never expire, and keep their deadline
     * when they are updated, have none to keep.
     */
    private @Nullable List<CacheTable.NewItem> batch(Map<? extends K, ? extends V> entries, Map<K, byte[]> encoded) {
        if (parts.observers().isListening() || !parts.expiry().isForeseeable()) {
            return null;
        }
        long now = parts.clock().millis();
        // By text, as two keys that are not equal may still name one item (arrays of the same bytes).
        Map<String, CacheTable.NewItem> batch = new LinkedHashMap<>();
        for (Map.Entry<K, byte[]> entry : encoded.entrySet()) {
            K key = entry.getKey();
            V value = requireNonNull(entries.get(key));
            EntryExpiry.Deadlines deadlines = parts.expiry().onWrite(key, value, now);
            Deadline created = deadlines.created();
            if (created.isNow() || !(parts.expiry().isEternal(deadlines) || created.equals(deadlines.updated()))) {
                return null;
            }
            String keyText = parts.codec().keyText(key);
            batch.put(keyText, new CacheTable.NewItem(keyText, entry.getValue(), created));
        }
        return List.copyOf(batch.values());
    }

    private void write(List<CacheTable.NewItem> batch) {
        parts.parallel().forEach(Reads.chunks(batch, CacheTable.MAX_BATCH_WRITE), parts.table()::write);
    }

    /** Removes entries, telling the writer before. */
    void removeAll(Set<? extends K> keys) {
        CacheWriting.Done<K> done = parts.writing().deleteAll(keys);
        Map<String, K> byText = new LinkedHashMap<>();
        done.keys().forEach(key -> byText.put(parts.codec().keyText(key), key));
        remove(byText);
        done.throwFailure();
    }

    /** Removes all entries, page by page, telling the writer before. */
    void removeAll() {
        if (!parts.writing().isEnabled() && !needsOldEntries()) {
            clear();
            return;
        }
        PageReader pages = PageReader.ofDeadlines(parts.table(), executor);
        while (pages.hasNext()) {
            long now = parts.clock().millis();
            Map<String, K> live = new LinkedHashMap<>();
            pages.next().stream()
                    .filter(item -> item.isLiveAt(now))
                    .forEach(item -> live.put(item.keyText(), parts.codec().key(item)));
            removeAll(Set.copyOf(live.values()));
        }
    }

    /** Removes all items; neither the writer nor listeners nor statistics hear of it. */
    void clear() {
        PageReader pages = PageReader.ofKeys(parts.table(), executor);
        while (pages.hasNext()) {
            removeBatches(pages.next().stream().map(StoredItem::keyText).toList());
        }
    }

    private void remove(Map<String, K> byText) {
        if (needsOldEntries()) {
            parts.forEach(
                    byText.entrySet(), entry -> counted(Operation.REMOVE, entry.getValue(), entry.getKey(), null));
        } else {
            removeBatches(byText.keySet());
        }
    }

    private void removeBatches(Collection<String> keyTexts) {
        parts.parallel().forEach(Reads.chunks(keyTexts, CacheTable.MAX_BATCH_WRITE), parts.table()::remove);
    }

    /** Removals are counted, and told, only of entries that were there. */
    private boolean needsOldEntries() {
        return parts.observers().isListening() || parts.observers().isCounting();
    }
}
