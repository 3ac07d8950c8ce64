package dev.tidepool.cache;

import dev.tidepool.cache.Operation.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    private final Invocations<K, V> invocations;
    private final Executor executor;

    BulkChanges(CacheParts<K, V> parts, Mutations<K, V> mutations, Invocations<K, V> invocations, Executor executor) {
        this.parts = parts;
        this.mutations = mutations;
        this.invocations = invocations;
        this.executor = executor;
    }

    /** An entry to write, encoded. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Encoded<K, V>(K key, String keyText, V value, byte[] bytes) {}

    /** Writes entries, telling the writer before and counting them as puts. */
    void putAll(Map<? extends K, ? extends V> entries) {
        long start = parts.observers().startNanos();
        List<Encoded<K, V>> encoded = encoded(entries);
        encoded.forEach(entry -> invocations.refuseFromProcessor(entry.keyText()));
        WriteThrough.Done<K> done = parts.writing().writeAll(entries);
        encoded.removeIf(entry -> !done.keys().contains(entry.key()));
        List<CacheTable.NewItem> batch = batch(encoded);
        if (batch == null) {
            oneByOne(
                    "putAll",
                    Operation.PUT,
                    encoded,
                    result -> parts.observers().countEffect(result, start));
        } else {
            write("putAll", batch, encoded, written -> parts.observers().countPuts(written, start));
        }
        done.throwFailure();
    }

    /** Writes what a loader has loaded over whatever is there; a load is no put and no writer hears of it. */
    void replaceWithLoaded(Map<K, V> entries) {
        List<Encoded<K, V>> encoded = encoded(entries);
        List<CacheTable.NewItem> batch = batch(encoded);
        if (batch == null) {
            oneByOne("loadAll", Operation.PUT, encoded, result -> {});
        } else {
            write("loadAll", batch, encoded, written -> {});
        }
    }

    /** Writes what a loader has loaded where there is nothing yet. */
    void addLoaded(Map<K, V> entries) {
        oneByOne("loadAll", Operation.PUT_IF_ABSENT, encoded(entries), result -> {});
    }

    /** Encodes all values before the first is written, so that one that cannot be stored keeps all from being. */
    private List<Encoded<K, V>> encoded(Map<? extends K, ? extends V> entries) {
        List<Encoded<K, V>> encoded = new ArrayList<>(entries.size());
        entries.forEach((key, value) -> {
            String keyText = parts.codec().keyText(key);
            encoded.add(new Encoded<>(key, keyText, value, mutations.encoded(key, keyText, value)));
        });
        return encoded;
    }

    /**
     * Returns the items of entries that may be written without regard to what was there, or null when one may not: a
     * listener must be told, or the policy's answer depends on it. Entries that never expire, and keep their deadline
     * when they are updated, have none to keep.
     */
    private @Nullable List<CacheTable.NewItem> batch(List<Encoded<K, V>> encoded) {
        if (parts.observers().isListening() || !parts.expiry().isForeseeable()) {
            return null;
        }
        long now = parts.clock().millis();
        // By text, as two keys that are not equal may still name one item (arrays of the same bytes).
        Map<String, CacheTable.NewItem> batch = new LinkedHashMap<>();
        for (Encoded<K, V> entry : encoded) {
            EntryExpiry.Deadlines deadlines = parts.expiry().onWrite(entry.key(), entry.value(), now);
            Deadline created = deadlines.created();
            if (created.isNow() || !(parts.expiry().isEternal(deadlines) || created.equals(deadlines.updated()))) {
                return null;
            }
            batch.put(entry.keyText(), new CacheTable.NewItem(entry.keyText(), entry.bytes(), created));
        }
        return List.copyOf(batch.values());
    }

    private void write(
            String operation,
            List<CacheTable.NewItem> batch,
            List<Encoded<K, V>> encoded,
            Consumer<Integer> countWritten) {
        Pending<K> pending = pending(operation, encoded);
        try {
            parts.parallel()
                    .forEach(
                            Reads.chunks(batch, CacheTable.MAX_BATCH_WRITE),
                            chunk -> parts.table().write(chunk, pending::done));
        } catch (RuntimeException e) {
            throw pending.failure(e);
        } finally {
            countWritten.accept(batch.size() - pending.size());
        }
    }

    private void oneByOne(String operation, Operation each, List<Encoded<K, V>> encoded, Consumer<Result> count) {
        Pending<K> pending = pending(operation, encoded);
        changeEach(pending, encoded, entry -> apply(pending, each, entry.key(), entry.keyText(), entry.value(), count));
    }

    private <T> void changeEach(Pending<K> pending, Collection<T> entries, Consumer<? super T> change) {
        try {
            parts.forEach(entries, change);
        } catch (RuntimeException e) {
            throw pending.failure(e);
        }
    }

    private Pending<K> pending(String operation, List<Encoded<K, V>> encoded) {
        Map<String, K> keys = new LinkedHashMap<>();
        encoded.forEach(entry -> keys.put(entry.keyText(), entry.key()));
        return new Pending<>(parts.table().itemNames(), operation, keys);
    }

    @SuppressWarnings("try") // the lock is held, not used
    private void apply(
            Pending<K> pending, Operation operation, K key, String keyText, @Nullable V value, Consumer<Result> count) {
        boolean listening = parts.observers().isListening();
        try (KeyLocks.Held held = listening ? parts.locks().lock(keyText) : null) {
            Result result = mutations.applyWrittenThrough(operation, key, keyText, value, listening);
            pending.done(keyText);
            count.accept(result); // before a listener may throw
            parts.observers().publish(key, value, result);
        }
    }

    /** Removes entries, telling the writer before. */
    void removeAll(Set<? extends K> keys) {
        WriteThrough.Done<K> done = parts.writing().deleteAll(checked(keys));
        Map<String, K> byText = new LinkedHashMap<>();
        done.keys().forEach(key -> byText.put(parts.codec().keyText(key), key));
        remove(byText);
        done.throwFailure();
    }

    private Set<? extends K> checked(Set<? extends K> keys) {
        keys.forEach(key -> invocations.refuseFromProcessor(parts.codec().keyText(key)));
        return keys;
    }

    /** Removes all entries, page by page, telling the writer before. */
    void removeAll() {
        invocations.refuseFromAnyProcessor();
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
        invocations.refuseFromAnyProcessor();
        PageReader pages = PageReader.ofKeys(parts.table(), executor);
        while (pages.hasNext()) {
            removeBatches(pages.next().stream().map(StoredItem::keyText).toList(), keyText -> {});
        }
    }

    private void remove(Map<String, K> byText) {
        Pending<K> pending = new Pending<>(parts.table().itemNames(), "removeAll", byText);
        if (needsOldEntries()) {
            long start = parts.observers().startNanos();
            changeEach(
                    pending,
                    byText.entrySet(),
                    entry -> apply(
                            pending,
                            Operation.REMOVE,
                            entry.getValue(),
                            entry.getKey(),
                            null,
                            result -> parts.observers().countEffect(result, start)));
            return;
        }
        try {
            removeBatches(byText.keySet(), pending::done);
        } catch (RuntimeException e) {
            throw pending.failure(e);
        }
    }

    private void removeBatches(Collection<String> keyTexts, Consumer<String> done) {
        parts.parallel()
                .forEach(
                        Reads.chunks(keyTexts, CacheTable.MAX_BATCH_WRITE),
                        chunk -> parts.table().remove(chunk, done));
    }

    /** Removals are counted, and told, only of entries that were there. */
    private boolean needsOldEntries() {
        return parts.observers().isListening() || parts.observers().isCounting();
    }

    /** The entries that an operation on many of them has still to change, so that a failure can name them. Thread-safe. */
    static final class Pending<K> {
        private final ItemNames names;
        private final String operation;
        private final int all;
        private final Map<String, K> left;

        Pending(ItemNames names, String operation, Map<String, K> keysByText) {
            this.names = names;
            this.operation = operation;
            this.all = keysByText.size();
            this.left = new ConcurrentHashMap<>(keysByText);
        }

        void done(String keyText) {
            left.remove(keyText);
        }

        int size() {
            return left.size();
        }

        /** Returns what to throw: where every entry was changed, what failed was something else, such as a listener. */
        RuntimeException failure(RuntimeException cause) {
            if (left.isEmpty()) {
                return cause;
            }
            String message = "Cache '" + names.cache() + "': " + operation + " on table '" + names.table() + "' left "
                    + left.size() + " of " + all
                    + " entries that are not known to be changed (see keys() of this exception): "
                    + cause.getMessage();
            return new IncompleteBatchException(message, Set.copyOf(left.values()), cause);
        }
    }
}
