package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.Change.Outcome;
import dev.tidepool.cache.Change.Precondition;
import dev.tidepool.cache.Operation.Result.Effect;
import dev.tidepool.cache.Operation.Result;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Changes single entries: finds the fewest requests that do what an {@link Operation} asks under the cache's policy and
 * writer. Thread-safe.
 *
 * <p>Where everything that the request must say is known beforehand, one conditional request does it ("directly"). An
 * arbitrary expiry policy may be asked for one outcome only, and a writer must be called before the change and only if
 * there will be one; then the entry is read first and changed on the condition that it is as it was read.
 */
final class Mutations<K, V> {
    private final CacheTable table;
    private final EntryCodec<K, V> codec;
    private final EntryExpiry<K, V> expiry;
    private final WriteThrough<K, V> writing;
    private final InstantSource clock;

    Mutations(CacheParts<K, V> parts) {
        this.table = parts.table();
        this.codec = parts.codec();
        this.expiry = parts.expiry();
        this.writing = parts.writing();
        this.clock = parts.clock();
    }

    /** One operation on one entry. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Task<K, V>(
            Operation operation,
            K key,
            String keyText,
            @Nullable V expected,
            @Nullable V value,
            byte @Nullable [] bytes,
            boolean wantsBefore,
            boolean writesThrough) {

        Change change(Precondition precondition, Deadline deadline) {
            return bytes == null
                    ? Change.removal(precondition, wantsBefore)
                    : Change.write(precondition, bytes, deadline, wantsBefore);
        }
    }

    /**
     * Performs an operation.
     *
     * @param expected the value that the entry must have, for the operations that compare
     * @param value the value to write, for the operations that write
     * @param wantsBefore whether the result must tell what was there before
     */
    Result apply(
            Operation operation, K key, String keyText, @Nullable V expected, @Nullable V value, boolean wantsBefore) {
        byte[] bytes = value == null ? null : encoded(key, keyText, value);
        Task<K, V> task = new Task<>(operation, key, keyText, expected, value, bytes, wantsBefore, true);
        if (readsFirst(operation)) {
            return afterReading(task);
        }
        writeThrough(task);
        return directly(task);
    }

    /** Performs an operation that the writer, if there is one, has heard of already. */
    Result applyWrittenThrough(Operation operation, K key, String keyText, @Nullable V value, boolean wantsBefore) {
        byte[] bytes = value == null ? null : encoded(key, keyText, value);
        Task<K, V> task = new Task<>(operation, key, keyText, null, value, bytes, wantsBefore, false);
        return operation.writes() && !expiry.isForeseeable() ? afterReading(task) : directly(task);
    }

    /** Encodes a value, and refuses one that is too large before anything is sent or a writer called. */
    byte[] encoded(K key, String keyText, V value) {
        byte[] bytes = codec.encode(key, value);
        int size = table.sizeOf(keyText, bytes);
        if (size > ItemSize.MAX_BYTES) {
            throw new CacheException("Cache '" + table.itemNames().cache() + "': a value of " + value.getClass()
                    + " for a key of " + key.getClass() + " has " + bytes.length + " bytes, and its item " + size
                    + "; DynamoDB takes items of at most " + ItemSize.MAX_BYTES + " bytes");
        }
        return bytes;
    }

    private boolean readsFirst(Operation operation) {
        return (operation.writes() && !expiry.isForeseeable())
                || (writing.isEnabled() && !operation.writesThroughAlways());
    }

    private void writeThrough(Task<K, V> task) {
        if (task.value() == null) {
            writing.delete(task.key());
        } else {
            writing.write(task.key(), task.value());
        }
    }

    private Result directly(Task<K, V> task) {
        return switch (task.operation().precondition()) {
            case ANY -> putDirectly(task);
            case ABSENT -> createDirectly(task);
            case EQUALS -> compareDirectly(task);
            default -> changePresent(task);
        };
    }

    private Result putDirectly(Task<K, V> task) {
        while (true) {
            long now = clock.millis();
            EntryExpiry.Deadlines deadlines = expiry.onWrite(task.key(), valueOf(task), now);
            Deadline created = deadlines.created();
            Deadline updated = deadlines.updated();
            if (created.equals(updated)) {
                return created.isNow() ? putExpiring(task, now) : written(task, Precondition.ANY, created, now);
            }
            // The update keeps the deadline, as under every foreseeable policy that answers differently for the two.
            Precondition unlessExpired =
                    created.kind() == Deadline.Kind.NEVER ? Precondition.NOT_EXPIRED : Precondition.PRESENT;
            Result kept = written(task, unlessExpired, updated, now);
            if (kept.applied()) {
                return kept;
            }
            Result fresh = create(task, created, now);
            if (fresh.applied() || created.isNow()) {
                return fresh;
            }
            table.observers().conflict();
        }
    }

    /** Nothing is stored by a put whose policy says zero, and what was there is updated and expires. */
    private Result putExpiring(Task<K, V> task, long now) {
        Outcome outcome = table.apply(task.keyText(), Change.removal(Precondition.ANY, true), now);
        StoredItem before = outcome.before();
        boolean present = before != null && before.isLiveAt(now);
        return new Result(present ? Effect.UPDATED : Effect.NOTHING, present, before, false, before != null);
    }

    private Result written(Task<K, V> task, Precondition precondition, Deadline deadline, long now) {
        Outcome outcome = table.apply(task.keyText(), task.change(precondition, deadline), now);
        return outcome.applied() ? applied(task, outcome, precondition, deadline, now) : refused(outcome, now);
    }

    private Result createDirectly(Task<K, V> task) {
        long now = clock.millis();
        Deadline created = expiry.onCreation(task.key(), valueOf(task), now);
        if (created.isNow()) {
            StoredItem current = table.readDeadline(task.keyText());
            return Result.nothing(current != null && current.isLiveAt(now), null);
        }
        return create(task, created, now);
    }

    private Result create(Task<K, V> task, Deadline created, long now) {
        if (created.isNow()) {
            return Result.nothing(false, null);
        }
        return written(task, Precondition.ABSENT, created, now);
    }

    private Result changePresent(Task<K, V> task) {
        long now = clock.millis();
        return written(task, Precondition.PRESENT, deadlineOfUpdate(task, now), now);
    }

    /** Equal bytes are equal values; only when they differ is the value that is there decoded and asked. */
    private Result compareDirectly(Task<K, V> task) {
        V expected = requireNonNull(task.expected());
        byte[] expectedBytes = codec.encode(task.key(), expected);
        Backoff backoff = Backoff.afterConflict();
        long now = clock.millis();
        Deadline deadline = deadlineOfUpdate(task, now);
        Change change = task.change(Precondition.PRESENT, deadline);
        Outcome outcome = table.apply(task.keyText(), change.ifEqual(expectedBytes), now);
        boolean again = false;
        while (!outcome.applied()) {
            StoredItem current = outcome.before();
            if (current == null || !current.isLiveAt(now)) {
                return Result.nothing(false, current);
            }
            if (!expected.equals(codec.decode(current))) {
                return mismatch(task, current, now);
            }
            if (again) {
                giveWay(backoff);
            }
            again = true;
            now = clock.millis();
            outcome = table.apply(task.keyText(), change.ifUnchanged(current), now);
        }
        return applied(task, outcome, Precondition.EQUALS, deadline, now);
    }

    private Deadline deadlineOfUpdate(Task<K, V> task, long now) {
        return task.value() == null ? Deadline.NOW : expiry.onUpdate(task.key(), task.value(), now);
    }

    private Result afterReading(Task<K, V> task) {
        Backoff backoff = Backoff.afterConflict();
        boolean writerDue = task.writesThrough();
        StoredItem current = table.readForChange(task.keyText());
        while (true) {
            long now = clock.millis();
            boolean present = current != null && current.isLiveAt(now);
            if (!isMet(task, current, present)) {
                return present && task.operation().precondition() == Precondition.EQUALS
                        ? mismatch(task, requireNonNull(current), now)
                        : Result.nothing(present, current);
            }
            if (writerDue) {
                writeThrough(task);
                writerDue = false;
            }
            Deadline deadline = deadline(task, present, now);
            if (!present && deadline.isNow()) {
                return Result.nothing(false, current);
            }
            Change change = task.change(Precondition.ABSENT, deadline);
            Outcome outcome =
                    table.apply(task.keyText(), present ? change.ifUnchanged(requireNonNull(current)) : change, now);
            if (outcome.applied()) {
                // Of an expired item that was written over, only what was really there is told.
                StoredItem before = present ? current : outcome.before();
                return new Result(
                        effect(task, present), present, before, false, task.value() != null && deadline.isNow());
            }
            giveWay(backoff);
            current = outcome.before();
        }
    }

    /** Lets others write before a change is tried again. */
    private void giveWay(Backoff backoff) {
        table.observers().conflict();
        backoff.pause();
    }

    private boolean isMet(Task<K, V> task, @Nullable StoredItem current, boolean present) {
        return switch (task.operation().precondition()) {
            case ANY -> true;
            case ABSENT -> !present;
            case EQUALS -> present && holds(task, requireNonNull(current));
            default -> present;
        };
    }

    /** As a condition on the bytes would have it, and where they differ by {@code equals}. */
    private boolean holds(Task<K, V> task, StoredItem current) {
        V expected = requireNonNull(task.expected());
        return Arrays.equals(codec.encode(task.key(), expected), current.value())
                || expected.equals(codec.decode(current));
    }

    private Deadline deadline(Task<K, V> task, boolean present, long now) {
        if (task.value() == null) {
            return Deadline.NOW;
        }
        return present
                ? expiry.onUpdate(task.key(), task.value(), now)
                : expiry.onCreation(task.key(), task.value(), now);
    }

    /** A comparison that fails has read the entry, and that counts as an access. */
    private Result mismatch(Task<K, V> task, StoredItem current, long now) {
        boolean expired = access(task.key(), current, () -> codec.decode(current), now);
        return new Result(Effect.NOTHING, true, current, false, expired);
    }

    /**
     * Moves an entry's deadline as the policy wants it after an access.
     *
     * @param value the entry's value, asked for only when the policy looks at it
     * @return whether the entry expired by it
     */
    boolean access(K key, StoredItem item, Supplier<V> value, long now) {
        String keyText = item.keyText();
        Deadline deadline = expiry.onAccess(key, value, item.expiresAt(), now);
        return switch (deadline.kind()) {
            case UNCHANGED -> false;
            case NOW ->
                table.apply(keyText, Change.removal(Precondition.ANY, false).ifUnchanged(item), now)
                        .applied();
            case NEVER, AT -> {
                table.moveDeadline(keyText, item, deadline, now);
                yield false;
            }
        };
    }

    /** Removes an item that is expired, unless something has been written since; true when this node did it. */
    boolean removeExpired(String keyText, StoredItem item, long now) {
        Change removal = new Change(Precondition.UNCHANGED_EXPIRED, null, item, null, Deadline.NOW, false);
        return table.apply(keyText, removal, now).applied();
    }

    private static Result refused(Outcome outcome, long now) {
        StoredItem current = outcome.before();
        return Result.nothing(current != null && current.isLiveAt(now), current);
    }

    private Result applied(Task<K, V> task, Outcome outcome, Precondition precondition, Deadline deadline, long now) {
        StoredItem before = outcome.before();
        boolean present = switch (precondition) {
            case ABSENT -> false;
            case PRESENT, EQUALS -> true;
            default -> !outcome.beforeKnown() || (before != null && before.isLiveAt(now));
        };
        boolean beforeLost = !outcome.beforeKnown() && precondition != Precondition.ABSENT;
        boolean expired = task.value() != null && deadline.isNow();
        return new Result(effect(task, present), present, before, beforeLost, expired);
    }

    private static Effect effect(Task<?, ?> task, boolean present) {
        if (task.value() == null) {
            return Effect.REMOVED;
        }
        return present ? Effect.UPDATED : Effect.CREATED;
    }

    private static <V> V valueOf(Task<?, V> task) {
        return requireNonNull(task.value());
    }
}
