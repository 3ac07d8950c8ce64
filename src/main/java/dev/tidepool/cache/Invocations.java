package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.Change.Outcome;
import dev.tidepool.cache.Change.Precondition;
import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.Operation.Result;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.cache.CacheException;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * Runs entry processors: read, process, write on the condition that nothing else has written, and again from the start
 * when something has. There is no bound to the tries; each lost one means that another node got on. Thread-safe.
 */
final class Invocations<K, V> {
    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;

    /** The keys on which processors are at work, each under its lock. */
    private final Set<String> processing = ConcurrentHashMap.newKeySet();

    Invocations(CacheParts<K, V> parts, Mutations<K, V> mutations) {
        this.parts = parts;
        this.mutations = mutations;
    }

    /** Runs a processor on one entry, under its lock so that the threads of this JVM do not undo each other's work. */
    <T> @Nullable T invoke(K key, String keyText, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
        refuseFromProcessor(keyText);
        long start = parts.observers().startNanos();
        parts.observers().awaitRoom();
        return parts.change(
                        keyText,
                        true,
                        () -> processed(key, keyText, processor, arguments),
                        done -> count(done, start),
                        done -> tell(done))
                .answer();
    }

    /**
     * Runs a processor on many entries. One that would have been in a deadlock runs again when all others have ended,
     * as one of them may have been the other.
     *
     * @param keys the keys by their texts
     * @return what the processor answered for each key, or how it failed; nothing for a key where it answered null
     */
    <T> Map<K, EntryProcessorResult<T>> invokeAll(
            Map<String, K> keys, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
        Map<K, Answer<T>> answers = new ConcurrentHashMap<>();
        Consumer<Map.Entry<String, K>> invoke =
                each -> answers.put(each.getValue(), answer(each.getValue(), each.getKey(), processor, arguments));
        parts.forEach(keys.entrySet(), invoke);
        keys.entrySet().stream()
                .filter(each -> requireNonNull(answers.get(each.getValue())).isDeadlock())
                .forEach(invoke);
        answers.values().removeIf(Answer::isNothing);
        return new HashMap<>(answers);
    }

    private <T> Answer<T> answer(
            K key, String keyText, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
        try {
            return new Answer<>(invoke(key, keyText, processor, arguments), null);
        } catch (EntryProcessorException e) {
            return new Answer<>(null, e);
        } catch (RuntimeException e) {
            return new Answer<>(null, new EntryProcessorException(e));
        }
    }

    /** What a processor of many entries answered for one of them, or how it failed. */
    private record Answer<T>(@Nullable T value, @Nullable EntryProcessorException failure)
            implements EntryProcessorResult<T> {
        boolean isNothing() {
            return value == null && failure == null;
        }

        boolean isDeadlock() {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof KeyLocks.DeadlockException) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public T get() {
            if (failure != null) {
                throw failure;
            }
            return requireNonNull(value);
        }
    }

    /** What a processor came to, and what of it was done. */
    private record Processed<K, V, T>(
            ProcessorEntry<K, V> entry,
            Result result,
            @Nullable T answer) {}

    private <T> Processed<K, V, T> processed(
            K key, String keyText, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
        Backoff backoff = Backoff.afterConflict();
        StoredItem current = mutations.readForChange(keyText);
        while (true) {
            StoredItem live = StoredItem.isLive(current, parts.clock().millis()) ? current : null;
            ProcessorEntry<K, V> entry = new ProcessorEntry<>(
                    key, live == null ? null : () -> parts.codec().decode(live), parts.loading());
            T answer = process(keyText, processor, entry, arguments);
            Result result = commit(entry, keyText, current, live);
            if (result != null) {
                return new Processed<>(entry, result, answer);
            }
            current = mutations.afterConflict(keyText, backoff);
        }
    }

    private <T> @Nullable T process(
            String keyText,
            EntryProcessor<K, V, T> processor,
            ProcessorEntry<K, V> entry,
            @Nullable Object... arguments) {
        processing.add(keyText);
        try {
            return processor.process(entry, arguments);
        } catch (CacheException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new EntryProcessorException(e);
        } finally {
            processing.remove(keyText);
        }
    }

    /**
     * Refuses a change of an entry through the cache by the very processor that works on it: the processor's own change
     * would then meet a conflict, run it again, and so for ever.
     */
    void refuseFromProcessor(String keyText) {
        if (processing.contains(keyText) && parts.locks().isHeldByCurrentThread(keyText)) {
            throw new IllegalStateException(
                    "An entry processor changes its own entry through the cache; use the MutableEntry that it is given");
        }
    }

    /** Refuses what changes every entry by a processor that works on one of them; as {@link #refuseFromProcessor}. */
    void refuseFromAnyProcessor() {
        processing.forEach(this::refuseFromProcessor);
    }

    /** Returns null when something else has been written since the item was read. */
    private @Nullable Result commit(
            ProcessorEntry<K, V> entry, String keyText, @Nullable StoredItem current, @Nullable StoredItem live) {
        return switch (entry.effect()) {
            case NONE -> Result.nothing(live != null, current);
            case ACCESS -> {
                StoredItem item = requireNonNull(live);
                long now = parts.clock().millis();
                boolean expired = mutations.access(entry.getKey(), item, entry::getValue, now);
                yield new Result(Result.Effect.NOTHING, true, item, false, expired);
            }
            case REMOVE -> remove(entry, keyText, current, live);
            case LOAD, CREATE, UPDATE -> write(entry, keyText, current, live);
        };
    }

    private @Nullable Result remove(
            ProcessorEntry<K, V> entry, String keyText, @Nullable StoredItem current, @Nullable StoredItem live) {
        parts.writing().delete(entry.getKey());
        if (live == null) {
            return Result.nothing(false, current);
        }
        Change removal = Change.removal(Precondition.ANY, false).ifUnchanged(live);
        Outcome outcome = parts.table().apply(keyText, removal, parts.clock().millis());
        return outcome.applied() ? new Result(Result.Effect.REMOVED, true, live, false, false) : null;
    }

    private @Nullable Result write(
            ProcessorEntry<K, V> entry, String keyText, @Nullable StoredItem current, @Nullable StoredItem live) {
        NewItem item = mutations.newItem(entry.getKey(), keyText, entry.newValue());
        if (entry.effect() != ProcessorEntry.Effect.LOAD) {
            parts.writing().write(entry.getKey(), entry.newValue());
        }
        // Not before: the entry's life must not pay for what the processor, a loader or the writer takes.
        long now = parts.clock().millis();
        return live == null ? create(entry, item, current, now) : update(entry, item, live, now);
    }

    private @Nullable Result update(ProcessorEntry<K, V> entry, NewItem item, StoredItem live, long now) {
        Deadline deadline = parts.expiry().onUpdate(entry.getKey(), entry.newValue(), now);
        Change update = Change.of(Precondition.ANY, item, deadline, false).ifUnchanged(live);
        return parts.table().apply(item.keyText(), update, now).applied()
                ? new Result(Result.Effect.UPDATED, true, live, false, deadline.isNow())
                : null;
    }

    private @Nullable Result create(ProcessorEntry<K, V> entry, NewItem item, @Nullable StoredItem current, long now) {
        Deadline deadline = parts.expiry().onCreation(entry.getKey(), entry.newValue(), now);
        if (deadline.isNow()) {
            return Result.nothing(false, current);
        }
        Change creation =
                Change.of(Precondition.ABSENT, item, deadline, parts.observers().isListening());
        Outcome outcome = parts.table().apply(item.keyText(), creation, now);
        return outcome.applied() ? new Result(Result.Effect.CREATED, false, outcome.before(), false, false) : null;
    }

    /** A load is no put (JSR-107's table of statistics). */
    private void count(Processed<K, V, ?> done, long start) {
        boolean hit = done.result().present();
        parts.observers().countGets(hit ? 1 : 0, hit ? 0 : 1, start);
        if (done.entry().effect() != ProcessorEntry.Effect.LOAD) {
            parts.observers().countEffect(done.result(), start);
        }
    }

    private void tell(Processed<K, V, ?> done) {
        Result result = done.result();
        boolean writes = result.effect() == Result.Effect.CREATED || result.effect() == Result.Effect.UPDATED;
        parts.observers().publish(done.entry().getKey(), writes ? done.entry().newValue() : null, result);
    }

    /**
     * The entry that an entry processor works on. It changes nothing itself; it remembers what all the processor's
     * calls come to, and that alone is done to the table. For one thread.
     */
    @SuppressWarnings("NullAway") // JSR-107 answers null for a value that there is not
    private static final class ProcessorEntry<K, V> implements MutableEntry<K, V> {
        /** What a processor's calls come to. */
        enum Effect {
            NONE,
            ACCESS,
            LOAD,
            CREATE,
            UPDATE,
            REMOVE
        }

        private final K key;
        private final @Nullable Supplier<V> stored;
        private final ReadThrough<K, V> loading;
        private @Nullable V value;
        private Effect effect = Effect.NONE;

        /**
         * Makes an entry.
         *
         * @param stored decodes the value that is in the table, or null when the entry is absent
         * @param loading loads the value of an absent entry when the processor asks for it
         */
        ProcessorEntry(K key, @Nullable Supplier<V> stored, ReadThrough<K, V> loading) {
            this.key = key;
            this.stored = stored;
            this.loading = loading;
        }

        Effect effect() {
            return effect;
        }

        /** Returns the value that is to be written. */
        V newValue() {
            return requireNonNull(value);
        }

        @Override
        public K getKey() {
            return key;
        }

        /** Looks, without loading: a processor that only asks whether there is an entry gets none made. */
        @Override
        public boolean exists() {
            return effect == Effect.NONE ? stored != null : effect != Effect.REMOVE;
        }

        @Override
        public V getValue() {
            if (effect == Effect.NONE) {
                if (stored != null) {
                    value = stored.get();
                    effect = Effect.ACCESS;
                } else {
                    value = loading.readThrough(key);
                    effect = value == null ? Effect.NONE : Effect.LOAD;
                }
            }
            return value;
        }

        @Override
        public void setValue(V newValue) {
            value = requireNonNull(newValue, "value");
            effect = stored == null ? Effect.CREATE : Effect.UPDATE;
        }

        @Override
        public void remove() {
            value = null;
            effect = effect == Effect.CREATE || effect == Effect.LOAD ? Effect.NONE : Effect.REMOVE;
        }

        @Override
        public <T> T unwrap(Class<T> type) {
            return Unwrap.to(type, this);
        }
    }
}
