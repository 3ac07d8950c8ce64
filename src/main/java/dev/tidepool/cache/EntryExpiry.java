package dev.tidepool.cache;

import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import javax.cache.CacheException;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the expiry policy of a cache; the one place that does.
 *
 * <p>A policy that throws is answered as JSR-107 wants it (Javadoc of {@link ExpiryPolicy}): a created entry then never
 * expires, any other keeps its deadline. An {@link EntryExpiryPolicy} that throws fails the operation instead.
 */
final class EntryExpiry<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(EntryExpiry.class);

    /** They answer the same however often they are asked, so a request can be made before it is known which counts. */
    private static final Set<Class<?>> FORESEEABLE = Set.of(
            EternalExpiryPolicy.class,
            CreatedExpiryPolicy.class,
            ModifiedExpiryPolicy.class,
            AccessedExpiryPolicy.class,
            TouchedExpiryPolicy.class);

    private static final Set<Class<?>> MOVED_BY_ACCESS = Set.of(AccessedExpiryPolicy.class, TouchedExpiryPolicy.class);

    private final ExpiryPolicy policy;
    private final long touchMillis;
    private final @Nullable EntryExpiryPolicy<K, V> perEntry;

    /**
     * An expiry that asks a policy.
     *
     * @param touchInterval how far a stored deadline may lie from the one that an access asks for, zero for not at all
     */
    @SuppressWarnings("unchecked") // the configuration's types are those that the policy was given for
    EntryExpiry(ExpiryPolicy policy, java.time.Duration touchInterval) {
        this.policy = policy;
        this.touchMillis = touchInterval.toMillis();
        this.perEntry = policy instanceof EntryExpiryPolicy ? (EntryExpiryPolicy<K, V>) policy : null;
    }

    /** Whether the policy may be asked for an outcome that then does not come about. */
    boolean isForeseeable() {
        return perEntry != null || FORESEEABLE.contains(policy.getClass());
    }

    /** Whether reading an entry may move its deadline. */
    boolean mayMoveOnAccess() {
        return !FORESEEABLE.contains(policy.getClass()) || MOVED_BY_ACCESS.contains(policy.getClass());
    }

    Deadline onCreation(K key, V value, long now) {
        Deadline deadline = perEntry == null
                ? ask(policy::getExpiryForCreation, Deadline.NEVER, now)
                : lifetime(perEntry, key, value, now);
        return withHeadroom(key, value, deadline.ofCreation(), now);
    }

    Deadline onUpdate(K key, V value, long now) {
        Deadline deadline = perEntry == null
                ? ask(policy::getExpiryForUpdate, Deadline.UNCHANGED, now)
                : lifetime(perEntry, key, value, now);
        return withHeadroom(key, value, deadline, now);
    }

    /**
     * What a write comes to.
     *
     * @param created the deadline if it creates the entry
     * @param updated the deadline if it updates the entry
     */
    record Deadlines(Deadline created, Deadline updated) {}

    /** Returns the answers of {@link #onCreation} and {@link #onUpdate}; a lifetime is asked for once. */
    Deadlines onWrite(K key, V value, long now) {
        if (perEntry == null) {
            return new Deadlines(onCreation(key, value, now), onUpdate(key, value, now));
        }
        Deadline lifetime = withHeadroom(key, value, lifetime(perEntry, key, value, now), now);
        return new Deadlines(lifetime.ofCreation(), lifetime);
    }

    /** Whether the cache gives no entry a deadline, so that an update has none to keep. */
    boolean isEternal(Deadlines deadlines) {
        return perEntry == null
                && deadlines.created().kind() == Deadline.Kind.NEVER
                && deadlines.updated().isUnchanged();
    }

    /** JSR-107's leniency is for its own methods; an entry whose lifetime nobody knows must not live for ever. */
    private static <K, V> Deadline lifetime(EntryExpiryPolicy<K, V> perEntry, K key, V value, long now) {
        try {
            return Deadline.of(perEntry.getExpiry(key, value, Instant.ofEpochMilli(now)), now);
        } catch (RuntimeException e) {
            throw new CacheException(
                    perEntry.getClass() + " gives no lifetime to an entry with a key of " + key.getClass(), e);
        }
    }

    /**
     * Asks for the deadline after an access.
     *
     * @param value decoded only for a policy that looks at it
     * @param stored the deadline that the entry has
     * @return what is to be written, {@link Deadline#UNCHANGED} when the stored deadline will do
     */
    Deadline onAccess(K key, Supplier<V> value, long stored, long now) {
        if (!mayMoveOnAccess()) {
            return Deadline.UNCHANGED;
        }
        Deadline asked = afterAccess(key, value, now);
        return switch (asked.kind()) {
            case AT -> throttled(asked, stored);
            case NEVER -> stored == StoredItem.NEVER ? Deadline.UNCHANGED : asked;
            default -> asked;
        };
    }

    private Deadline afterAccess(K key, Supplier<V> value, long now) {
        return ask(
                () -> perEntry == null
                        ? policy.getExpiryForAccess()
                        : perEntry.getExpiryAfterAccess(key, Objects.requireNonNull(value.get())),
                Deadline.UNCHANGED,
                now);
    }

    private Deadline throttled(Deadline asked, long stored) {
        long ahead = stored - asked.millis();
        return ahead >= 0 && ahead <= touchMillis ? Deadline.UNCHANGED : ahead(asked);
    }

    /** A write gives what an access does, where accesses follow that move the deadline; only a policy of ours tells. */
    private Deadline withHeadroom(K key, V value, Deadline written, long now) {
        if (touchMillis == 0 || written.kind() != Deadline.Kind.AT || !mayMoveOnAccess()) {
            return written;
        }
        boolean moves = perEntry == null || afterAccess(key, () -> value, now).kind() == Deadline.Kind.AT;
        return moves ? ahead(written) : written;
    }

    /** A deadline that is written lies ahead by the interval, so that the accesses within it need no write. */
    private Deadline ahead(Deadline asked) {
        long millis = asked.millis() + touchMillis;
        return millis < 0 ? Deadline.NEVER : new Deadline(Deadline.Kind.AT, millis);
    }

    private Deadline ask(Supplier<@Nullable Duration> question, Deadline whenItThrows, long now) {
        try {
            return Deadline.of(question.get(), now);
        } catch (RuntimeException e) {
            LOG.warn(
                    "The expiry policy {} threw; the entry's deadline is {}",
                    policy.getClass(),
                    whenItThrows.kind(),
                    e);
            return whenItThrows;
        }
    }
}
