package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.Change.Outcome;
import dev.tidepool.cache.Change.Precondition;
import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.Operation.Result;
import dev.tidepool.cache.Operation.Result.Effect;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes single entries: finds the fewest requests that do what an {@link Operation} asks under the cache's policy and
 * writer. Thread-safe.
 *
 * <p>Where everything that the request must say is known beforehand, one conditional request does it ("directly"). An
 * arbitrary expiry policy may be asked for one outcome only, and a writer must be called before the change and only if
 * there will be one; then the entry is read first and changed on the condition that it is as it was read.
 */
final class Mutations<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(Mutations.class);

    /** How long a lost race lets expect another one: about as many tries as are won in between. */
    private static final long CONTENDED_MILLIS = 1_000;

    private final CacheParts<K, V> parts;
    private final CacheTable table;
    private final EntryCodec<K, V> codec;
    private final EntryExpiry<K, V> expiry;
    private final WriteThrough<K, V> writing;
    private final InstantSource clock;

    /** Until when an entry counts as contended, by the text of its key; of those that were lately. */
    private final Map<String, Long> contended = new ConcurrentHashMap<>();

    Mutations(CacheParts<K, V> parts) {
        this.parts = parts;
        this.table = parts.table();
        this.codec = parts.codec();
        this.expiry = parts.expiry();
        this.writing = parts.writing();
        this.clock = parts.clock();
    }

    /** One operation on one entry. */
    private record Task<K, V>(
            Operation operation,
            K key,
            String keyText,
            @Nullable V expected,
            @Nullable V value,
            @Nullable NewItem item,
            boolean wantsBefore,
            boolean writesThrough) {

        Change change(Precondition precondition, Deadline deadline) {
            return Change.of(precondition, item, deadline, wantsBefore);
        }
    }

    /**
     * Performs an operation.
     *
     * @param expected the value that the entry must have, for the operations that compare
     * @param value the value to write, for the operations that write
     * @param count counts what it did
     */
    Result apply(
            Operation operation,
            K key,
            String keyText,
            @Nullable V expected,
            @Nullable V value,
            Consumer<Result> count) {
        NewItem item = value == null ? null : newItem(key, keyText, value);
        Result result =
                change(new Task<>(operation, key, keyText, expected, value, item, wantsBefore(operation), true), count);
        if (result.beforeLost() && operation.returnsBefore()) { // made, counted and told: only what was there is lost
            throw StoreFailure.mayHaveBeenApplied(table.names(), operation.name(), null);
        }
        if (!result.applied() && !result.present() && !result.expired() && result.before() != null) {
            expire(key, result.before(), clock.millis());
        }
        return result;
    }

    /**
     * Performs an operation that the writer, if there is one, has heard of already.
     *
     * @param item the item to write, for the operations that write
     */
    Result applyWrittenThrough(
            Operation operation,
            K key,
            String keyText,
            @Nullable V value,
            @Nullable NewItem item,
            Consumer<Result> count) {
        return change(new Task<>(operation, key, keyText, null, value, item, wantsBefore(operation), false), count);
    }

    private boolean wantsBefore(Operation operation) {
        return operation.returnsBefore() || parts.observers().isListening();
    }

    private Result change(Task<K, V> task, Consumer<Result> count) {
        parts.observers().awaitRoom();
        return parts.change(
                task.keyText(),
                false,
                () -> performed(task),
                count,
                result -> parts.observers().publish(task.key(), task.value(), result));
    }

    /** Encodes an entry, and refuses one that is too large before anything is sent or a writer called. */
    NewItem newItem(K key, String keyText, V value) {
        byte[] bytes = codec.encode(key, value);
        NewItem item = table.newItem(keyText, bytes);
        int size = table.sizeOf(item);
        if (size > DynamoDbLimits.ITEM_BYTES) {
            throw new CacheException("Cache '" + table.names().cache() + "': a value of " + value.getClass()
                    + " for a key of " + key.getClass() + " has " + bytes.length + " bytes, and its item " + size
                    + "; DynamoDB takes items of at most " + DynamoDbLimits.ITEM_BYTES + " bytes");
        }
        return item;
    }

    private Result performed(Task<K, V> task) {
        Operation operation = task.operation();
        boolean writerDecides = task.writesThrough() && writing.isEnabled() && !operation.writesThroughAlways();
        if (writerDecides || (operation.writes() && !expiry.isForeseeable())) {
            return compareAndSet(task, readForChange(task.keyText()));
        }
        if (task.writesThrough()) {
            writeThrough(task);
        }
        return directly(task);
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
        Backoff backoff = Backoff.afterConflict();
        while (true) {
            long now = clock.millis();
            EntryExpiry.Deadlines deadlines = expiry.onWrite(task.key(), valueOf(task), now);
            Deadline created = deadlines.created();
            if (created.equals(deadlines.updated())) {
                return created.isNow() ? putExpiring(task, now) : written(task, Precondition.ANY, created, now);
            }
            Result result = putKeeping(task, created, now);
            if (result.applied() || created.isNow()) {
                return result;
            }
            giveWay(backoff);
        }
    }

    /**
     * An update keeps the deadline, as under every foreseeable policy that answers differently for it and a creation.
     * One request is both unless there is an expired item, or a deadline to be given to what is there without one.
     */
    private Result putKeeping(Task<K, V> task, Deadline created, long now) {
        Result result = switch (created.kind()) {
            case AT -> written(task, Precondition.MISSING_OR_DATED, created, now);
            case NEVER -> written(task, Precondition.NOT_EXPIRED, Deadline.UNCHANGED, now);
            default -> written(task, Precondition.PRESENT, Deadline.UNCHANGED, now);
        };
        if (result.applied()) {
            return result;
        }
        return result.present()
                ? written(task, Precondition.PRESENT, Deadline.UNCHANGED, now)
                : create(task, created, now);
    }

    /** Nothing is stored by a put whose policy says zero, and what was there is updated and expires. */
    private Result putExpiring(Task<K, V> task, long now) {
        Outcome outcome = table.apply(task.keyText(), Change.removal(Precondition.ANY, true), now);
        StoredItem before = outcome.before();
        boolean present = StoredItem.isLive(before, now);
        return new Result(present ? Effect.UPDATED : Effect.NOTHING, present, before, false, before != null);
    }

    private Result written(Task<K, V> task, Precondition precondition, Deadline deadline, long now) {
        Outcome outcome = table.apply(task.keyText(), task.change(precondition, deadline), now);
        return outcome.applied()
                ? applied(task, outcome, precondition, deadline, now)
                : Result.nothing(StoredItem.isLive(outcome.before(), now), outcome.before());
    }

    private Result createDirectly(Task<K, V> task) {
        long now = clock.millis();
        Deadline created = expiry.onCreation(task.key(), valueOf(task), now);
        return created.isNow()
                ? Result.nothing(StoredItem.isLive(table.readDeadline(task.keyText()), now), null)
                : create(task, created, now);
    }

    private Result create(Task<K, V> task, Deadline created, long now) {
        return created.isNow() ? Result.nothing(false, null) : written(task, Precondition.ABSENT, created, now);
    }

    private Result changePresent(Task<K, V> task) {
        long now = clock.millis();
        return written(task, Precondition.PRESENT, deadline(task, true, now), now);
    }

    /** Equal bytes are equal values; only when they differ is the value that is there decoded and asked. */
    private Result compareDirectly(Task<K, V> task) {
        byte[] expectedBytes = codec.encode(task.key(), requireNonNull(task.expected()));
        long now = clock.millis();
        Deadline deadline = deadline(task, true, now);
        Change change = task.change(Precondition.PRESENT, deadline).ifEqual(expectedBytes);
        Outcome outcome = table.apply(task.keyText(), change, now);
        return outcome.applied()
                ? applied(task, outcome, Precondition.EQUALS, deadline, now)
                : compareAndSet(task, outcome.before());
    }

    /** Decides by what was read, and changes it if it is still there; else again from what is there then. */
    private Result compareAndSet(Task<K, V> task, @Nullable StoredItem read) {
        Backoff backoff = Backoff.afterConflict();
        boolean writerDue = task.writesThrough();
        StoredItem current = read;
        while (true) {
            long now = clock.millis();
            StoredItem live = StoredItem.isLive(current, now) ? current : null;
            if (!isMet(task, live)) {
                return live != null && task.operation().precondition() == Precondition.EQUALS
                        ? mismatch(task, live, now)
                        : Result.nothing(live != null, current);
            }
            if (writerDue) {
                writeThrough(task);
                writerDue = false;
            }
            Result result = set(task, current, live, clock.millis());
            if (result != null) {
                return result;
            }
            current = afterConflict(task.keyText(), backoff);
        }
    }

    /** Returns null when something else has been written since the item was read. */
    private @Nullable Result set(Task<K, V> task, @Nullable StoredItem current, @Nullable StoredItem live, long now) {
        Deadline deadline = deadline(task, live != null, now);
        if (live == null && deadline.isNow()) {
            return Result.nothing(false, current);
        }
        Change change = task.change(Precondition.ABSENT, deadline);
        Outcome outcome = table.apply(task.keyText(), live == null ? change : change.ifUnchanged(live), now);
        if (!outcome.applied()) {
            return null;
        }
        // Of an expired item that was written over, only what was really there is told.
        return done(task, live != null, live == null ? outcome.before() : live, false, deadline);
    }

    /**
     * Reads what a change is to be founded on. Where this node has lost a race for the entry lately, another one writes
     * it, too, and would hardly get between our reads and writes if they followed each other at once.
     */
    @Nullable StoredItem readForChange(String keyText) {
        Long until = contended.get(keyText);
        if (until != null && clock.millis() < until) {
            Backoff.afterConflict().pause();
        }
        return table.readForChange(keyText);
    }

    /**
     * Lets others write, and reads after that, so that what is tried next is founded on a state that is one request old
     * and no older: two nodes that write an entry all the time then both get on.
     */
    @Nullable StoredItem afterConflict(String keyText, Backoff backoff) {
        long now = clock.millis();
        contended.values().removeIf(until -> until <= now);
        contended.put(keyText, now + CONTENDED_MILLIS);
        giveWay(backoff);
        return table.readForChange(keyText);
    }

    private void giveWay(Backoff backoff) {
        table.sender().observers().conflict();
        backoff.pause();
    }

    private boolean isMet(Task<K, V> task, @Nullable StoredItem live) {
        return switch (task.operation().precondition()) {
            case ANY -> true;
            case ABSENT -> live == null;
            case EQUALS -> live != null && holds(task, live);
            default -> live != null;
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

    private Result applied(Task<K, V> task, Outcome outcome, Precondition precondition, Deadline deadline, long now) {
        boolean present = switch (precondition) {
            case ABSENT -> false;
            case PRESENT, EQUALS -> true;
            default -> !outcome.beforeKnown() || StoredItem.isLive(outcome.before(), now);
        };
        return done(task, present, outcome.before(), !outcome.beforeKnown(), deadline);
    }

    private Result done(
            Task<K, V> task, boolean present, @Nullable StoredItem before, boolean beforeLost, Deadline deadline) {
        boolean removed = task.value() == null;
        Effect written = present ? Effect.UPDATED : Effect.CREATED;
        return new Result(
                removed ? Effect.REMOVED : written, present, before, beforeLost, !removed && deadline.isNow());
    }

    /**
     * Moves an entry's deadline as the policy wants it after an access.
     *
     * @param value the entry's value, asked for only when the policy looks at it
     * @return whether the entry expired by it
     */
    boolean access(K key, StoredItem item, Supplier<V> value, long now) {
        return moved(item, expiry.onAccess(key, value, item.expiresAt(), now), now);
    }

    private boolean moved(StoredItem item, Deadline deadline, long now) {
        return switch (deadline.kind()) {
            case UNCHANGED -> false;
            case NOW ->
                table.apply(
                                item.keyText(),
                                Change.removal(Precondition.ANY, false).ifUnchanged(item),
                                now)
                        .applied();
            case NEVER, AT -> {
                table.moveDeadline(item, deadline, now);
                yield false;
            }
        };
    }

    /**
     * Tells the listeners that an item has expired. It is told once, by the node that removes the item; without a
     * listener, or where nobody could be told the value, the removal is left to DynamoDB, which does it for nothing.
     *
     * @return whether this node has removed the item
     */
    boolean expire(K key, StoredItem item, long now) {
        try {
            return expireReadable(key, item, now);
        } catch (DamagedItem e) {
            LOG.debug("An expired item cannot be decoded, and stays as it is", e);
            return false;
        }
    }

    /**
     * As {@link #expire}, for one who wants to know what could not be told.
     *
     * @throws DamagedItem when the value cannot be decoded
     */
    boolean expireReadable(K key, StoredItem item, long now) {
        if (!parts.observers().isListeningForExpiry()) {
            return false;
        }
        V value = codec.decode(item);
        return expiring(key, item.keyText(), value, () -> removeExpired(item, now));
    }

    /** Does what may make an entry expire, and tells the listeners if it did. */
    private boolean expiring(K key, String keyText, V value, Supplier<Boolean> work) {
        parts.observers().awaitRoom();
        return parts.change(keyText, false, work, expired -> {}, expired -> {
            if (expired) {
                parts.observers().expired(key, value);
            }
        });
    }

    /**
     * As {@link #access} of a reader, who has decoded the value; the listeners hear if the entry expired by it. Only
     * then is the key locked: a reader has no need to wait for those who change the entry.
     */
    boolean accessRead(K key, StoredItem item, V value, long now) {
        Deadline deadline = expiry.onAccess(key, () -> value, item.expiresAt(), now);
        return deadline.isNow()
                ? expiring(key, item.keyText(), value, () -> moved(item, deadline, now))
                : moved(item, deadline, now);
    }

    /** Removes an item that is expired, unless something has been written since; true when this node did it. */
    boolean removeExpired(StoredItem item, long now) {
        Change removal = Change.removal(Precondition.ANY, false).ifUnchangedAndExpired(item);
        return table.apply(item.keyText(), removal, now).applied();
    }

    private static <V> V valueOf(Task<?, V> task) {
        return requireNonNull(task.value());
    }
}
