package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.Change.Outcome;
import dev.tidepool.cache.Change.Precondition;
import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.Operation.Result;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.cache.CacheException;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
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
        return parts.change(
                        keyText,
                        true,
                        () -> processed(key, keyText, processor, arguments),
                        done -> count(done, start),
                        done -> tell(done))
                .answer();
    }

    /** What a processor came to, and what of it was done. */
    private record Processed<K, V, T>(
            ProcessorEntry<K, V> entry,
            Result result,
            @Nullable T answer) {}

    private <T> Processed<K, V, T> processed(
            K key, String keyText, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
        Backoff backoff = Backoff.afterConflict();
        StoredItem current = parts.table().readForChange(keyText);
        while (true) {
            long now = parts.clock().millis();
            StoredItem live = StoredItem.isLive(current, now) ? current : null;
            ProcessorEntry<K, V> entry = new ProcessorEntry<>(
                    key, live == null ? null : () -> parts.codec().decode(live), parts.loading());
            T answer = process(keyText, processor, entry, arguments);
            Attempt attempt = commit(entry, keyText, current, live, now);
            if (attempt.result() != null) {
                return new Processed<>(entry, attempt.result(), answer);
            }
            parts.table().sender().observers().conflict();
            backoff.pause();
            current = attempt.current();
        }
    }

    /**
     * One try of a commit.
     *
     * @param result what was done, or null when something else had written first
     * @param current what it had written
     */
    private record Attempt(
            @Nullable Result result, @Nullable StoredItem current) {
        static Attempt done(Result result) {
            return new Attempt(result, null);
        }

        static Attempt of(Outcome outcome, Result result) {
            return outcome.applied() ? done(result) : new Attempt(null, outcome.before());
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

    private Attempt commit(
            ProcessorEntry<K, V> entry,
            String keyText,
            @Nullable StoredItem current,
            @Nullable StoredItem live,
            long now) {
        return switch (entry.effect()) {
            case NONE -> Attempt.done(Result.nothing(live != null, current));
            case ACCESS -> {
                StoredItem item = requireNonNull(live);
                boolean expired = mutations.access(entry.getKey(), item, entry::getValue, now);
                yield Attempt.done(new Result(Result.Effect.NOTHING, true, item, false, expired));
            }
            case REMOVE -> remove(entry, keyText, current, live, now);
            case LOAD, CREATE, UPDATE -> write(entry, keyText, current, live, now);
        };
    }

    private Attempt remove(
            ProcessorEntry<K, V> entry,
            String keyText,
            @Nullable StoredItem current,
            @Nullable StoredItem live,
            long now) {
        parts.writing().delete(entry.getKey());
        if (live == null) {
            return Attempt.done(Result.nothing(false, current));
        }
        Change removal = Change.removal(Precondition.ANY, false).ifUnchanged(live);
        Outcome outcome = parts.table().apply(keyText, removal, now);
        return Attempt.of(outcome, new Result(Result.Effect.REMOVED, true, live, false, false));
    }

    private Attempt write(
            ProcessorEntry<K, V> entry,
            String keyText,
            @Nullable StoredItem current,
            @Nullable StoredItem live,
            long now) {
        K key = entry.getKey();
        V value = entry.newValue();
        NewItem item = mutations.newItem(key, keyText, value);
        if (entry.effect() != ProcessorEntry.Effect.LOAD) {
            parts.writing().write(key, value);
        }
        if (live != null) {
            Deadline deadline = parts.expiry().onUpdate(key, value, now);
            Change update = Change.of(Precondition.ANY, item, deadline, false).ifUnchanged(live);
            Outcome outcome = parts.table().apply(keyText, update, now);
            return Attempt.of(outcome, new Result(Result.Effect.UPDATED, true, live, false, deadline.isNow()));
        }
        Deadline deadline = parts.expiry().onCreation(key, value, now);
        if (deadline.isNow()) {
            return Attempt.done(Result.nothing(false, current));
        }
        Change creation =
                Change.of(Precondition.ABSENT, item, deadline, parts.observers().isListening());
        Outcome outcome = parts.table().apply(keyText, creation, now);
        return Attempt.of(outcome, new Result(Result.Effect.CREATED, false, outcome.before(), false, false));
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
