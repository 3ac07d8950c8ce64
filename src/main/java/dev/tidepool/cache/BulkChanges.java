package dev.tidepool.cache;

import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.Operation.Result;
import dev.tidepool.cache.TableBatches.Write;
import dev.tidepool.cache.TableScans.Page;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.ObjLongConsumer;
import java.util.stream.Stream;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
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
    private record Encoded<K, V>(K key, V value, NewItem item) {
        String keyText() {
            return item.keyText();
        }
    }

    /** Writes entries, telling the writer before and counting them as puts. */
    void putAll(Map<? extends K, ? extends V> entries) {
        long start = parts.observers().startNanos();
        List<Encoded<K, V>> encoded = encoded(entries);
        WriteThrough.Done<K> done = parts.writing().writeAll(entries);
        encoded.removeIf(entry -> !done.keys().contains(entry.key()));
        done.follow(() -> write(
                "putAll",
                encoded,
                written -> parts.observers().countPuts(written, start),
                parts.observers()::countEffect));
    }

    /** Writes what a loader has loaded over whatever is there; a load is no put and no writer hears of it. */
    void replaceWithLoaded(Map<K, V> entries) {
        write("loadAll", encoded(entries), written -> {}, BulkChanges::uncounted);
    }

    /** Writes what a loader has loaded where there is nothing yet. */
    void addLoaded(Map<K, V> entries) {
        oneByOne("loadAll", Operation.PUT_IF_ABSENT, encoded(entries), BulkChanges::uncounted);
    }

    private static void uncounted(Result result, long startNanos) {
        // A load is no put (JSR-107's table of statistics).
    }

    /** Encodes all values before the first is written, so that one that cannot be stored keeps all from being. */
    private List<Encoded<K, V>> encoded(Map<? extends K, ? extends V> entries) {
        List<Encoded<K, V>> encoded = new ArrayList<>(entries.size());
        entries.forEach((key, value) -> encoded.add(
                new Encoded<>(key, value, mutations.newItem(key, parts.codec().keyText(key), value))));
        encoded.forEach(entry -> invocations.refuseFromProcessor(entry.keyText()));
        return encoded;
    }

    private void write(
            String operation, List<Encoded<K, V>> encoded, IntConsumer countBatch, ObjLongConsumer<Result> countEach) {
        if (!mayWriteOver(encoded)) {
            oneByOne(operation, Operation.PUT, encoded, countEach);
            return;
        }
        // By text, as two keys that are not equal may still name one item (arrays of the same bytes).
        Map<String, Encoded<K, V>> batch = new LinkedHashMap<>();
        encoded.forEach(entry -> batch.put(entry.keyText(), entry));
        Pending<K> pending = pending(operation, encoded);
        try {
            pending.naming(() -> parts.parallel()
                    .forEachOf(
                            batch.values(),
                            DynamoDbLimits.BATCH_WRITE,
                            chunk -> parts.table().batches().write(writes(chunk), pending::done)));
        } finally {
            countBatch.accept(batch.size() - pending.size());
        }
    }

    /**
     * Whether entries may be written without regard to what was there: no listener must be told, and the policy's
     * answer does not depend on it. Entries that never expire, and keep their deadline when they are updated, have none
     * to keep.
     */
    private boolean mayWriteOver(List<Encoded<K, V>> encoded) {
        if (parts.observers().isListening() || !parts.expiry().isForeseeable()) {
            return false;
        }
        long now = parts.clock().millis();
        return encoded.stream().allMatch(entry -> {
            EntryExpiry.Deadlines deadlines = parts.expiry().onWrite(entry.key(), entry.value(), now);
            Deadline created = deadlines.created();
            return !created.isNow() && (parts.expiry().isEternal(deadlines) || created.equals(deadlines.updated()));
        });
    }

    /** Returns what is sent now, so that no entry's life pays for the batches that are sent before its own. */
    private List<Write> writes(List<Encoded<K, V>> chunk) {
        long now = parts.clock().millis();
        return chunk.stream()
                .map(entry -> new Write(entry.item(), parts.expiry().onCreation(entry.key(), entry.value(), now)))
                .toList();
    }

    private void oneByOne(
            String operation, Operation each, List<Encoded<K, V>> encoded, ObjLongConsumer<Result> count) {
        Pending<K> pending = pending(operation, encoded);
        pending.naming(() -> parts.forEach(
                encoded,
                entry -> change(pending, each, entry.key(), entry.keyText(), entry.value(), entry.item(), count)));
    }

    private Pending<K> pending(String operation, List<Encoded<K, V>> encoded) {
        Map<String, K> keys = new LinkedHashMap<>();
        encoded.forEach(entry -> keys.put(entry.keyText(), entry.key()));
        return new Pending<>(parts.table().names(), operation, keys);
    }

    private void change(
            Pending<K> pending,
            Operation operation,
            K key,
            String keyText,
            @Nullable V value,
            @Nullable NewItem item,
            ObjLongConsumer<Result> count) {
        long start = parts.observers().startNanos();
        mutations.applyWrittenThrough(operation, key, keyText, value, item, result -> {
            pending.done(keyText);
            count.accept(result, start);
        });
    }

    /** Removes entries, telling the writer before. */
    void removeAll(Set<? extends K> keys) {
        WriteThrough.Done<K> done = parts.writing().deleteAll(checked(keys));
        Map<String, K> byText = new LinkedHashMap<>();
        done.keys().forEach(key -> byText.put(parts.codec().keyText(key), key));
        done.follow(() -> remove(byText));
    }

    private Set<? extends K> checked(Set<? extends K> keys) {
        keys.forEach(key -> invocations.refuseFromProcessor(parts.codec().keyText(key)));
        return keys;
    }

    /**
     * Removes all entries, page by page, telling the writer before. What a single entry or its listener does wrong
     * keeps no other from being removed.
     */
    void removeAll() {
        invocations.refuseFromAnyProcessor();
        if (!parts.writing().isEnabled() && !needsOldEntries()) {
            clear();
            return;
        }
        Iterator<Page> pages = parts.table().scans().liveKeys(parts.clock().millis(), executor);
        Failures failures = new Failures();
        try {
            while (pages.hasNext()) {
                remove(pages.next(), failures);
            }
        } catch (RuntimeException e) {
            failures.addFirst(e);
        }
        failures.throwIfAny();
    }

    private void remove(Page page, Failures failures) {
        Set<K> keys = new HashSet<>();
        TableScans scans = parts.table().scans();
        page.items()
                .forEach(item -> failures.trying(() -> keys.add(parts.codec().key(scans.read(item)))));
        try {
            removeAll(keys);
        } catch (CacheException e) {
            if (!isOfEntriesAlone(e)) {
                throw e;
            }
            failures.add(e);
        }
    }

    /** Whether what failed were entries and listeners, of which others may be sound, and neither store nor writer. */
    private static boolean isOfEntriesAlone(Throwable failure) {
        boolean isOfEntry = failure instanceof DamagedItem
                || failure instanceof Failures.Further
                || failure instanceof CacheEntryListenerException
                || (failure instanceof CacheException
                        && failure.getCause() != null
                        && isOfEntriesAlone(failure.getCause()));
        return isOfEntry && Stream.of(failure.getSuppressed()).allMatch(BulkChanges::isOfEntriesAlone);
    }

    /** Removes all items; neither the writer nor listeners nor statistics hear of it. */
    void clear() {
        invocations.refuseFromAnyProcessor();
        Iterator<Page> pages = parts.table().scans().keys(executor);
        while (pages.hasNext()) {
            parts.parallel()
                    .forEachOf(
                            pages.next().items(),
                            DynamoDbLimits.BATCH_WRITE,
                            parts.table().batches()::removeFound);
        }
    }

    private void remove(Map<String, K> byText) {
        Pending<K> pending = new Pending<>(parts.table().names(), "removeAll", byText);
        ObjLongConsumer<Result> count = parts.observers()::countEffect;
        if (needsOldEntries()) {
            pending.naming(() -> parts.forEach(
                    byText.entrySet(),
                    entry -> change(pending, Operation.REMOVE, entry.getValue(), entry.getKey(), null, null, count)));
        } else {
            pending.naming(() -> removeBatches(byText.keySet(), pending::done));
        }
    }

    private void removeBatches(Collection<String> keyTexts, Consumer<String> done) {
        parts.parallel()
                .forEachOf(
                        keyTexts,
                        DynamoDbLimits.BATCH_WRITE,
                        chunk -> parts.table().batches().remove(chunk, done));
    }

    /** Removals are counted, and told, only of entries that were there. */
    private boolean needsOldEntries() {
        return parts.observers().isListening() || parts.observers().isCounting();
    }

    /**
     * The entries that an operation on many of them has still to change, so that a failure can name them. Thread-safe.
     */
    private static final class Pending<K> {
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

        /** Does the work; where it fails before every entry was changed, the failure names the others. */
        void naming(Runnable work) {
            try {
                work.run();
            } catch (RuntimeException e) {
                throw left.isEmpty() ? e : failure(e);
            }
        }

        private IncompleteBatchException failure(RuntimeException cause) {
            String message = "Cache '" + names.cache() + "': " + operation + " on table '" + names.table() + "' left "
                    + left.size() + " of " + all
                    + " entries that are not known to be changed (see keys() of this exception): "
                    + cause.getMessage();
            return new IncompleteBatchException(message, Set.copyOf(left.values()), cause);
        }
    }
}
