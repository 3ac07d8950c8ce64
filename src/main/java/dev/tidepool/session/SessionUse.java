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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session while somebody on this node uses it: its attributes as objects, what was changed of them,
 * and who is on it. Guarded by its {@link LiveSession}.
 */
final class SessionUse {
    private static final long NO_ACCESS = Long.MIN_VALUE;
    private static final long CONTENDED_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Fair, so that no thread of this node waits for ever while others come again. */
    final ReentrantLock saveLock = new ReentrantLock(true);

    /** The requests that are on the session. */
    final Set<RequestState> requests = new HashSet<>();

    private final SessionAttributes codec;
    private final Map<String, Attribute> attributes = new HashMap<>();

    /** The entry with the content; null when it is not stored yet, or has not been read. */
    @Nullable StoredSession base;

    @Nullable Integer newInterval;

    /** When the last request came that is or was on the session. */
    long access = NO_ACCESS;

    long attributeChanges;
    private boolean isContended;
    private long contendedNanos;

    /** When the store last said that the session lives. */
    private long seenNanos = System.nanoTime();

    SessionUse(SessionAttributes codec) {
        this.codec = codec;
    }

    /** One attribute that was read or changed. Immutable, but for the application's object. */
    private static final class Attribute {
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

    private static final byte[] NOTHING = {};

    /**
     * A write that is under way.
     *
     * @param base what it goes by; null for a session that is not stored yet
     * @param saved what will have been saved, by the attribute's name
     */
    record Save(
            @Nullable StoredSession base,
            StoredSession session,
            Map<String, Object> saved,
            @Nullable Integer interval) {}

    void accessed(RequestState request, long time) {
        access = Math.max(access, time);
        requests.add(request);
    }

    boolean isAccessed() {
        return access != NO_ACCESS;
    }

    /** Takes over an entry as the one that the next change goes by. */
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

    boolean isContended() {
        return isContended && System.nanoTime() - contendedNanos < CONTENDED_NANOS;
    }

    /** Objects that nobody has changed here, and somebody elsewhere has, are read anew. */
    void forgetOutdated(SessionId id, SortedMap<String, byte[]> known, SortedMap<String, byte[]> newer) {
        attributes.entrySet().removeIf(entry -> {
            String name = entry.getKey();
            return !entry.getValue().isSet()
                    && !Arrays.equals(known.get(name), newer.get(name))
                    && !isChangedInPlace(id, name);
        });
    }

    boolean isChangedInPlace(SessionId id, String name) {
        Attribute attribute = attributes.get(name);
        if (attribute == null || attribute.value() == null) {
            return false;
        }
        try {
            return !Arrays.equals(encoding(id, name, attribute), attribute.encoded());
        } catch (IllegalArgumentException e) {
            return true; // who saves it is told
        }
    }

    private byte[] encoding(SessionId id, String name, Attribute attribute) {
        Object value = attribute.value();
        return value == null || AttributeCodec.isImmutable(value) ? attribute.encoded() : codec.encode(id, name, value);
    }

    Set<String> names(SortedMap<String, byte[]> stored) {
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

    @Nullable Object read(SessionId id, String name, SortedMap<String, byte[]> stored) {
        Attribute known = attributes.get(name);
        if (known != null) {
            return known.value();
        }
        byte[] bytes = stored.get(name);
        Object value = bytes == null ? null : codec.decode(id, name, bytes);
        if (value != null && bytes != null) {
            byte[] encoded = AttributeCodec.isImmutable(value) ? bytes : codec.encode(id, name, value);
            attributes.put(name, new Attribute(value, encoded, false));
        }
        return value;
    }

    /** Returns an attribute, or null when it cannot be decoded. */
    @Nullable Object readable(SessionId id, String name, SortedMap<String, byte[]> stored) {
        try {
            return read(id, name, stored);
        } catch (CodecException e) {
            return null;
        }
    }

    void set(String name, Object value, byte[] encoded) {
        attributes.put(name, new Attribute(value, encoded, true));
    }

    @Nullable Object remove(SessionId id, String name, SortedMap<String, byte[]> stored) {
        Object old = readable(id, name, stored);
        Attribute known = attributes.get(name);
        if (known == null ? stored.containsKey(name) : known.value() != null) {
            attributes.put(name, new Attribute(null, NOTHING, true));
        }
        return old;
    }

    boolean mayHaveChanged() {
        return !attributes.isEmpty() || newInterval != null;
    }

    boolean isSet() {
        return newInterval != null || attributes.values().stream().anyMatch(Attribute::isSet);
    }

    /**
     * Merges what was changed onto what is stored.
     *
     * @param mustWrite whether to write even if no attribute has changed
     * @param next makes the entry of the merged attributes
     * @return null when there is nothing to write
     */
    @Nullable Save prepare(
            SessionId id,
            SessionContent content,
            boolean isStored,
            boolean mustWrite,
            Function<SortedMap<String, byte[]>, StoredSession> next) {
        SortedMap<String, byte[]> merged = new TreeMap<>(content.attributes());
        Map<String, Object> saved = new HashMap<>();
        attributes.forEach((name, attribute) -> merge(id, name, attribute, merged, saved));
        boolean isChanged = !saved.isEmpty() && !isEqual(merged, content.attributes());
        if (!isChanged && !mustWrite && newInterval == null) {
            settle(saved, content.attributes()); // what was set to what it is already is no change to be made later
            return null;
        }
        warnOfShared();
        return new Save(isStored ? base : null, next.apply(merged), saved, newInterval);
    }

    /** Returns the write of an entry in which no attribute differs from what is stored. */
    Save touch(StoredSession session) {
        return new Save(base, session, Map.of(), newInterval);
    }

    private void merge(
            SessionId id,
            String name,
            Attribute attribute,
            SortedMap<String, byte[]> merged,
            Map<String, Object> saved) {
        if (attribute.value() == null) {
            merged.remove(name);
            saved.put(name, attribute);
            return;
        }
        byte[] encoded = encoding(id, name, attribute);
        if (attribute.isSet() || !Arrays.equals(encoded, attribute.encoded())) {
            merged.put(name, encoded);
            saved.put(name, attribute);
        }
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

    /** Takes note of what was written; what was changed meanwhile is still to be saved. */
    void saved(Save save, StoredSession written, SortedMap<String, byte[]> stored, SortedMap<String, byte[]> before) {
        settle(save.saved(), stored);
        if (newInterval != null && newInterval.equals(save.interval())) {
            newInterval = null;
        }
        if (!isEqual(stored, before)) {
            attributeChanges++;
        }
        base = written;
        seen();
    }

    /** Drops all objects; the next one who asks for the session reads it anew. */
    void discard() {
        attributes.clear();
        newInterval = null;
        base = null;
    }

    private void settle(Map<String, Object> saved, SortedMap<String, byte[]> stored) {
        saved.forEach((name, before) -> attributes.computeIfPresent(name, (key, now) -> {
            if (now != before) {
                return now;
            }
            byte[] encoded = stored.get(name);
            return now.value() == null || encoded == null ? null : new Attribute(now.value(), encoded, false);
        }));
    }
}
