package dev.tidepool.session;

import dev.tidepool.codec.CodecException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session while somebody on this node uses it: its attributes as objects, and what was changed of
 * them. Thread-safe: the attributes are guarded by itself, the fields that are not private by their
 * {@link LiveSession}.
 *
 * <p>Objects are encoded and decoded under no lock, as that runs code of the application's, which may have locks of its
 * own, or ask for the session.
 */
final class SessionUse {
    private static final long NO_ACCESS = Long.MIN_VALUE;
    private static final long CONTENDED_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final byte[] NOTHING = {};

    /** Fair, so that no thread of this node waits for ever while others come again. */
    final ReentrantLock saveLock = new ReentrantLock(true);

    /** The requests that are on the session. */
    final Set<RequestState> requests = new HashSet<>();

    /** The entry with the content; null when it is not stored yet, or has not been read. */
    @Nullable StoredSession base;

    @Nullable Integer newInterval;

    /** When the last request came that is or was on the session. */
    long access = NO_ACCESS;

    /** How often changes of attributes were saved by this node. */
    volatile long attributeChanges;

    /** The thread that has ended the session without naming the request for which it did. */
    volatile @Nullable Thread ender;

    private volatile boolean isContended;
    private volatile long contendedNanos;

    /** When the store last said that the session lives. */
    private volatile long seenNanos = System.nanoTime();

    private final SessionAttributes codec;
    private final Supplier<SessionId> id;
    private final Map<String, Attribute> attributes = new HashMap<>();

    /** The attributes as they are stored. */
    private SortedMap<String, byte[]> stored;

    /** @param id asked for the session's id, which may change */
    SessionUse(SessionAttributes codec, Supplier<SessionId> id, SortedMap<String, byte[]> stored) {
        this.codec = codec;
        this.id = id;
        this.stored = stored;
    }

    /** One attribute that was read or changed. Immutable, but for the application's object. */
    static final class Attribute {
        private final @Nullable Object value;
        private final byte[] encoded;
        private final boolean isSet;

        Attribute(@Nullable Object value, byte[] encoded, boolean isSet) {
            this.value = value;
            this.encoded = encoded;
            this.isSet = isSet;
        }

        /** The object that the application holds; null when the attribute was removed. */
        @Nullable Object value() {
            return value;
        }

        /**
         * The object's encoding when it was decoded, set or last saved; not the stored bytes, as a set that another JVM
         * has written is encoded in another order here without having changed.
         */
        byte[] encoded() {
            return encoded;
        }

        /** Whether the application has set or removed it since the session was last saved. */
        boolean isSet() {
            return isSet;
        }
    }

    /**
     * A write that is under way.
     *
     * @param base what it goes by; null for a session that is not stored yet
     * @param saved what will have been saved, by the attribute's name
     * @param interval the timeout that will have been saved; null for the one that it had
     */
    record Save(
            @Nullable StoredSession base,
            StoredSession session,
            Map<String, Attribute> saved,
            @Nullable Integer interval) {}

    void accessed(RequestState request, long time) {
        access = Math.max(access, time);
        requests.add(request);
    }

    boolean isAccessed() {
        return access != NO_ACCESS;
    }

    /** Takes over an entry that was read as the one that the next change goes by. */
    void read(StoredSession read) {
        if (base != null && !base.equals(read)) {
            isContended = true;
            contendedNanos = System.nanoTime();
        }
        base = read;
    }

    /** Takes note that the store says that the session lives. */
    void seen() {
        seenNanos = System.nanoTime();
    }

    /** Returns how long ago the store last said that the session lives. */
    long millisSinceSeen() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - seenNanos);
    }

    /** Whether somebody else has written the session not long ago. */
    boolean isContended() {
        return isContended && System.nanoTime() - contendedNanos < CONTENDED_NANOS;
    }

    synchronized Set<String> names() {
        Set<String> names = new HashSet<>();
        stored.forEach((name, bytes) -> {
            if (!codec.isNull(bytes)) {
                names.add(name);
            }
        });
        attributes.forEach((name, attribute) -> {
            if (attribute.value() == null) {
                names.remove(name);
            } else {
                names.add(name);
            }
        });
        return names;
    }

    /** Returns an attribute; of two requests that decode one at a time, the object of the first is that of both. */
    @Nullable Object get(String name) {
        for (byte[] bytes = storedUnlessRead(name); bytes != null; bytes = storedUnlessRead(name)) {
            Object value = codec.decode(id.get(), name, bytes);
            if (value == null) {
                return null;
            }
            byte[] encoded = AttributeCodec.isImmutable(value) ? bytes : codec.encode(id.get(), name, value);
            synchronized (this) {
                if (!attributes.containsKey(name) && Arrays.equals(stored.get(name), bytes)) {
                    attributes.put(name, new Attribute(value, encoded, false));
                }
            }
        }
        synchronized (this) {
            Attribute known = attributes.get(name);
            return known == null ? null : known.value();
        }
    }

    private synchronized byte @Nullable [] storedUnlessRead(String name) {
        return attributes.containsKey(name) ? null : stored.get(name);
    }

    /** Returns an attribute, or null when it cannot be decoded. */
    @Nullable Object readable(String name) {
        try {
            return get(name);
        } catch (CodecException e) {
            return null;
        }
    }

    synchronized void set(String name, Object value, byte[] encoded) {
        attributes.put(name, new Attribute(value, encoded, true));
    }

    /** Removes an attribute, be it readable or not. */
    synchronized void remove(String name) {
        Attribute known = attributes.get(name);
        if (known == null ? stored.containsKey(name) : known.value() != null) {
            attributes.put(name, new Attribute(null, NOTHING, true));
        }
    }

    synchronized boolean isRead() {
        return !attributes.isEmpty();
    }

    synchronized boolean isSet() {
        return attributes.values().stream().anyMatch(Attribute::isSet);
    }

    /** Whether an object that was read has changed since; what can no longer be encoded has. */
    boolean isChangedInPlace(String name) {
        return encodings((known, attribute) -> known.equals(name), NOTHING).entrySet().stream()
                .anyMatch(entry -> !Arrays.equals(entry.getKey().encoded(), entry.getValue()));
    }

    /** Chooses attributes. */
    @FunctionalInterface
    private interface Choice {
        boolean includes(String name, Attribute attribute);
    }

    /**
     * Encodes objects that may have changed.
     *
     * @param otherwise stands for what cannot be encoded; null to throw
     */
    private Map<Attribute, byte[]> encodings(Choice choice, byte @Nullable [] otherwise) {
        Map<String, Attribute> chosen = new HashMap<>();
        synchronized (this) {
            attributes.forEach((name, attribute) -> {
                Object value = attribute.value();
                if (value != null && !AttributeCodec.isImmutable(value) && choice.includes(name, attribute)) {
                    chosen.put(name, attribute);
                }
            });
        }
        Map<Attribute, byte[]> encodings = new HashMap<>();
        chosen.forEach((name, attribute) -> {
            Object value = attribute.value();
            if (value != null) {
                encodings.put(attribute, encoding(name, value, otherwise));
            }
        });
        return encodings;
    }

    private byte[] encoding(String name, Object value, byte @Nullable [] otherwise) {
        try {
            return codec.encode(id.get(), name, value);
        } catch (IllegalArgumentException e) {
            if (otherwise == null) {
                throw e;
            }
            return otherwise;
        }
    }

    /** Encodes what may have changed since it was read or set, to be merged. */
    Map<Attribute, byte[]> encodings() {
        return encodings((name, attribute) -> true, null);
    }

    /** Encodes what would be outdated by other stored attributes, to tell whether it has changed here. */
    Map<Attribute, byte[]> encodingsOfOutdated(SortedMap<String, byte[]> newer) {
        return encodings(
                (name, attribute) -> !attribute.isSet() && !Arrays.equals(stored.get(name), newer.get(name)), NOTHING);
    }

    /** Objects that nobody has changed here, and somebody elsewhere has, are read anew. */
    synchronized void replaceStored(SortedMap<String, byte[]> newer, Map<Attribute, byte[]> encodings) {
        attributes.entrySet().removeIf(entry -> {
            Attribute attribute = entry.getValue();
            return !attribute.isSet()
                    && !Arrays.equals(stored.get(entry.getKey()), newer.get(entry.getKey()))
                    && Arrays.equals(attribute.encoded(), encodings.getOrDefault(attribute, attribute.encoded()));
        });
        stored = newer;
    }

    /**
     * Merges what was changed onto what is stored.
     *
     * @param next what is to be stored besides
     * @param encodings of the objects; one that has come since is as it was set
     * @param mustWrite whether to write even if nothing has changed
     * @return null when there is nothing to write
     */
    synchronized @Nullable Save prepare(
            SessionFormat format, SessionContent next, Map<Attribute, byte[]> encodings, boolean mustWrite) {
        SortedMap<String, byte[]> merged = new TreeMap<>(stored);
        Map<String, Attribute> saved = new HashMap<>();
        attributes.forEach((name, attribute) -> {
            byte[] encoded = encodings.getOrDefault(attribute, attribute.encoded());
            if (attribute.value() == null) {
                merged.remove(name);
                saved.put(name, attribute);
            } else if (attribute.isSet() || !Arrays.equals(encoded, attribute.encoded())) {
                merged.put(name, encoded);
                saved.put(name, attribute);
            }
        });
        boolean isChanged = !saved.isEmpty() && !isEqual(merged, stored);
        if (isChanged) {
            warnOfShared();
        } else if (!mustWrite && newInterval == null) {
            settle(saved, stored); // what was set is stored already: no change to be made later
            return null;
        }
        return new Save(base, StoredSession.of(format, next.withAttributes(merged)), saved, newInterval);
    }

    private void warnOfShared() {
        Map<String, Object> objects = new TreeMap<>();
        attributes.forEach((name, attribute) -> {
            Object value = attribute.value();
            if (value != null && !AttributeCodec.isImmutable(value)) {
                objects.put(name, value);
            }
        });
        codec.warnOfShared(objects);
    }

    private static boolean isEqual(SortedMap<String, byte[]> one, SortedMap<String, byte[]> other) {
        return one.size() == other.size()
                && one.entrySet().stream()
                        .allMatch(entry -> Arrays.equals(entry.getValue(), other.get(entry.getKey())));
    }

    /** Returns the write of an entry in which no attribute differs from what is stored. */
    Save touch(SessionFormat format, SessionContent next) {
        return new Save(base, StoredSession.of(format, next), Map.of(), newInterval);
    }

    /**
     * Takes note of what was written; what was changed meanwhile is still to be saved.
     *
     * @param isNewest false when a later entry has been read before this write was answered
     */
    void saved(Save save, StoredSession written, SortedMap<String, byte[]> now, boolean isNewest) {
        if (newInterval != null && newInterval.equals(save.interval())) {
            newInterval = null;
        }
        seen();
        if (isNewest) {
            base = written;
        }
        synchronized (this) {
            if (!isEqual(now, stored)) {
                attributeChanges = attributeChanges + 1;
            }
            settle(save.saved(), now);
            if (isNewest) {
                stored = now;
            } else {
                attributes
                        .entrySet()
                        .removeIf(entry -> save.saved().containsKey(entry.getKey())
                                && !entry.getValue().isSet()
                                && !Arrays.equals(now.get(entry.getKey()), stored.get(entry.getKey())));
            }
        }
    }

    private void settle(Map<String, Attribute> saved, SortedMap<String, byte[]> now) {
        saved.forEach((name, before) -> attributes.computeIfPresent(name, (key, known) -> {
            if (known != before) {
                return known;
            }
            byte[] encoded = now.get(name);
            return known.value() == null || encoded == null ? null : new Attribute(known.value(), encoded, false);
        }));
    }

    /** Drops all objects; the next one who asks for the session reads it anew. */
    void discard() {
        newInterval = null;
        base = null;
        synchronized (this) {
            attributes.clear();
        }
    }
}
