package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of one session: all requests here that are on the session share it, and with it the objects that
 * are its attributes. While no request is on the session, only its deadline and what stays on this node are kept.
 *
 * <p>Thread-safe. Nothing in here calls the store; who does so to change or end a session that others may know holds
 * its {@link #saveLock} and no other lock.
 */
final class LiveSession {
    /** How far the end of a session has come. */
    private enum Phase {
        ALIVE,
        /** It is gone from the store; listeners that are told so may still read it. */
        ENDING,
        ENDED
    }

    private static final long NO_ACCESS = Long.MIN_VALUE;

    private final SessionSettings settings;
    private final AttributeCodec codec;

    /** Held while a change of this session is written, so that a later one never loses to an earlier one. */
    private final ReentrantLock saveLock = new ReentrantLock();

    /** The attributes that stay on this node. */
    private final Map<String, Object> local = new ConcurrentHashMap<>();

    private String id;
    private String name;
    private boolean isStored;
    private Phase phase = Phase.ALIVE;
    private int users;

    /** What was last read or written; kept without attributes while nobody uses the session. */
    private SessionContent content;

    /** The entry with that content; null while nobody uses the session, or when it is not stored yet. */
    private @Nullable StoredSession base;

    private final Map<String, LiveAttribute> attributes = new HashMap<>();
    private long attributeChanges;
    private @Nullable Integer newInterval;
    private long lastAccessedTime;

    /** When a request came that is on the session, or was since it was last without any. */
    private long access = NO_ACCESS;

    private @Nullable Future<?> timer;

    private LiveSession(
            SessionSettings settings,
            AttributeCodec codec,
            String id,
            String name,
            SessionContent content,
            boolean isStored) {
        this.settings = settings;
        this.codec = codec;
        this.id = id;
        this.name = name;
        this.content = content;
        this.isStored = isStored;
        this.lastAccessedTime = content.lastAccessedTime();
    }

    /** A session that begins, and is not stored yet. */
    static LiveSession begin(
            SessionSettings settings, AttributeCodec codec, String id, String name, SessionContent content) {
        return new LiveSession(settings, codec, id, name, content, false);
    }

    /** A session that was found in the store. */
    static LiveSession found(
            SessionSettings settings, AttributeCodec codec, String id, String name, StoredSession session) {
        LiveSession live = new LiveSession(settings, codec, id, name, session.content(), true);
        live.base = session;
        return live;
    }

    ReentrantLock saveLock() {
        return saveLock;
    }

    Map<String, Object> local() {
        return local;
    }

    synchronized String id() {
        return id;
    }

    /** The name under which the session is stored. */
    synchronized String name() {
        return name;
    }

    synchronized SessionContent content() {
        return content;
    }

    synchronized boolean isStored() {
        return isStored;
    }

    synchronized boolean isAlive() {
        return phase == Phase.ALIVE;
    }

    synchronized boolean hasEnded() {
        return phase == Phase.ENDED;
    }

    synchronized boolean isInUse() {
        return users > 0;
    }

    /** The entry that the next change goes by; null when the store has to be read first. */
    synchronized @Nullable StoredSession base() {
        return base;
    }

    /** Takes note that the session answers to another id, which the client gets to know. */
    synchronized void renamed(String newId, String newName) {
        id = newId;
        name = newName;
    }

    /** Begins a use, during which attributes are kept as objects. */
    synchronized void use() {
        users++;
    }

    /** Ends a use; after the last one the attributes are dropped, and with them what could not be saved. */
    synchronized void release() {
        users--;
        if (users == 0 && isStored && phase == Phase.ALIVE) {
            base = null;
            content = content.withoutAttributes();
            attributes.clear();
            newInterval = null;
            access = NO_ACCESS;
        }
    }

    /** Takes note of a request that is on the session. */
    synchronized void accessed(long time) {
        access = Math.max(access, time);
    }

    /** Whether a request is on the session, or was since it was last without any user. */
    synchronized boolean isAccessed() {
        return access != NO_ACCESS;
    }

    /** Lets the application see the time of an access. */
    synchronized void setLastAccessedTime(long time) {
        lastAccessedTime = Math.max(lastAccessedTime, time);
    }

    /** Whether what was read from the store is older than what this node knew before it let go of the attributes. */
    synchronized boolean isOutdated(StoredSession read) {
        return base == null
                && isStored
                && read.content().isSameSession(content)
                && read.content().version() < content.version();
    }

    /**
     * Takes over what was read from the store, unless something newer is known.
     *
     * @return false when it is another session, as this one has ended
     */
    synchronized boolean refresh(StoredSession read) {
        SessionContent newer = read.content();
        if (!newer.isSameSession(content)) {
            return false;
        }
        if (base == null || newer.version() > content.version()) {
            forgetOutdated(newer.attributes());
            content = newer.createdBefore(content.creationTime());
            base = read;
            isStored = true;
            lastAccessedTime = Math.max(lastAccessedTime, newer.lastAccessedTime());
        }
        return true;
    }

    /** Takes note that the session has moved to another name; its id stays as this node's clients know it. */
    synchronized void followed(String newName) {
        name = newName;
    }

    /** Objects that nobody has changed here, and somebody elsewhere has, are read anew. */
    private void forgetOutdated(SortedMap<String, byte[]> newer) {
        SortedMap<String, byte[]> known = content.attributes();
        attributes.entrySet().removeIf(entry -> {
            String attribute = entry.getKey();
            return !entry.getValue().isSet()
                    && !Arrays.equals(known.get(attribute), newer.get(attribute))
                    && isUnchanged(attribute, entry.getValue());
        });
    }

    /** What can no longer be encoded has changed; who saves it is told. */
    private boolean isUnchanged(String attribute, LiveAttribute live) {
        try {
            return Arrays.equals(encoding(attribute, live), live.encoded());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private byte[] encoding(String attribute, LiveAttribute live) {
        Object value = live.value();
        return value == null || AttributeCodec.isImmutable(value) ? live.encoded() : codec.encode(attribute, value);
    }

    synchronized long lastAccessedTime() {
        return lastAccessedTime;
    }

    synchronized int maxInactiveInterval() {
        return newInterval == null ? content.maxInactiveInterval() : newInterval;
    }

    synchronized void setMaxInactiveInterval(int seconds) {
        newInterval = seconds;
    }

    /** Returns when the session times out by what this node knows. */
    synchronized long deadline() {
        return newInterval == null
                ? content.deadline()
                : SessionContent.deadline(newInterval, settings.now(), touchMillis());
    }

    /** Takes note of a deadline that another node has moved. */
    synchronized void moved(SessionContent newer) {
        if (base == null) {
            content = newer.withoutAttributes();
        }
    }

    synchronized Set<String> attributeNames() {
        Set<String> names = new HashSet<>();
        content.attributes().forEach((attribute, bytes) -> {
            if (!codec.isNull(bytes)) {
                names.add(attribute);
            }
        });
        attributes.forEach((attribute, live) -> {
            if (live.value() == null) {
                names.remove(attribute);
            } else {
                names.add(attribute);
            }
        });
        names.addAll(local.keySet());
        return names;
    }

    synchronized @Nullable Object attribute(String attribute) {
        LiveAttribute live = attributes.get(attribute);
        if (live != null) {
            return live.value();
        }
        byte[] bytes = content.attributes().get(attribute);
        Object value = bytes == null ? null : codec.decode(attribute, bytes);
        if (value != null) {
            byte[] encoded = AttributeCodec.isImmutable(value) ? requireNonNull(bytes) : codec.encode(attribute, value);
            attributes.put(attribute, LiveAttribute.unchanged(value, encoded));
        }
        return value;
    }

    /** Returns an attribute, or null when it cannot be decoded. */
    @Nullable Object readable(String attribute) {
        try {
            return attribute(attribute);
        } catch (CodecException e) {
            return null;
        }
    }

    /** Whether there is an attribute of a name, be it readable or not, that does not stay on this node. */
    synchronized boolean holds(String attribute) {
        LiveAttribute live = attributes.get(attribute);
        return live == null ? content.attributes().containsKey(attribute) : live.value() != null;
    }

    synchronized void setAttribute(String attribute, Object value, byte[] encoded) {
        attributes.put(attribute, LiveAttribute.set(value, encoded));
    }

    synchronized void removeAttribute(String attribute) {
        attributes.put(attribute, LiveAttribute.removed());
    }

    /**
     * A write that is under way.
     *
     * @param base what it goes by; null for a session that is not stored yet
     * @param saved what will have been saved, by the attribute's name; null for one that was removed
     */
    record Save(
            @Nullable StoredSession base,
            StoredSession session,
            Map<String, LiveAttribute> saved,
            @Nullable Integer interval) {}

    /**
     * Merges what was changed here onto what is stored.
     *
     * @param touch whether an access alone is reason enough to write
     * @param always whether to write even if nothing has changed
     * @return null when there is nothing to write
     */
    synchronized @Nullable Save prepare(boolean touch, boolean always) {
        if (phase != Phase.ALIVE) {
            return null;
        }
        SortedMap<String, byte[]> merged = new TreeMap<>(content.attributes());
        Map<String, LiveAttribute> saved = new HashMap<>();
        attributes.forEach((attribute, live) -> merge(attribute, live, merged, saved));
        boolean changed = !saved.isEmpty() && !isEqual(merged, content.attributes());
        long now = settings.now();
        boolean touched = touch && isTouchDue(now);
        if (!(changed || touched || always || newInterval != null || !isStored)) {
            settle(saved, content.attributes()); // what was set to what it is already is no change to be made later
            return null;
        }
        return new Save(isStored ? base : null, StoredSession.of(settings.format(), next(merged, now)), saved, newInterval);
    }

    private void merge(
            String attribute, LiveAttribute live, SortedMap<String, byte[]> merged, Map<String, LiveAttribute> saved) {
        if (live.value() == null) {
            merged.remove(attribute);
            saved.put(attribute, live);
            return;
        }
        byte[] encoded = encoding(attribute, live);
        if (live.isSet() || !Arrays.equals(encoded, live.encoded())) {
            merged.put(attribute, encoded);
            saved.put(attribute, live);
        }
    }

    private static boolean isEqual(SortedMap<String, byte[]> one, SortedMap<String, byte[]> other) {
        return one.size() == other.size()
                && one.entrySet().stream()
                        .allMatch(entry -> Arrays.equals(entry.getValue(), other.get(entry.getKey())));
    }

    private SessionContent next(SortedMap<String, byte[]> merged, long now) {
        int interval = maxInactiveInterval();
        long bumped = SessionContent.deadline(interval, now, touchMillis());
        long deadline;
        if (newInterval != null) {
            deadline = bumped;
        } else if (access == NO_ACCESS) {
            deadline = content.deadline();
        } else {
            deadline = Math.max(content.deadline(), bumped);
        }
        return content.next(access, interval, deadline, merged);
    }

    /** Whether the access of a request that is on the session is to be written. */
    synchronized boolean isTouchDue() {
        return isTouchDue(settings.now());
    }

    private boolean isTouchDue(long now) {
        return access != NO_ACCESS && content.isTouchDue(access, now, touchMillis());
    }

    /** Whether a request was on the session whose access is known to this node only. */
    synchronized boolean isAccessUnwritten() {
        return phase == Phase.ALIVE && isStored && access > content.lastAccessedTime();
    }

    private long touchMillis() {
        return settings.touchMillis(maxInactiveInterval());
    }

    /** Whether {@link #prepare} can come to anything; cheap. */
    synchronized boolean mayNeedSave(boolean touch) {
        return phase == Phase.ALIVE
                && (!attributes.isEmpty() || newInterval != null || !isStored || (touch && isTouchDue(settings.now())));
    }

    /** Takes note of what was written; what was changed meanwhile is still to be saved. */
    synchronized void saved(Save save, StoredSession written) {
        settle(save.saved(), written.content().attributes());
        if (newInterval != null && newInterval.equals(save.interval())) {
            newInterval = null;
        }
        if (!isEqual(written.content().attributes(), content.attributes())) {
            attributeChanges++;
        }
        content = written.content();
        base = written;
        isStored = true;
    }

    /** Returns how often changes of attributes were saved by this node. */
    synchronized long attributeChanges() {
        return attributeChanges;
    }

    private void settle(Map<String, LiveAttribute> saved, SortedMap<String, byte[]> stored) {
        saved.forEach((attribute, before) -> attributes.computeIfPresent(attribute, (key, now) -> {
            if (now != before) {
                return now;
            }
            byte[] encoded = stored.get(attribute);
            return now.value() == null || encoded == null ? null : LiveAttribute.unchanged(now.value(), encoded);
        }));
    }

    /**
     * Begins the end, after which nothing is saved any more.
     *
     * @return false when it had begun before
     */
    synchronized boolean beginEnd() {
        if (phase != Phase.ALIVE) {
            return false;
        }
        phase = Phase.ENDING;
        return true;
    }

    synchronized void end() {
        phase = Phase.ENDED;
        attributes.clear();
        local.clear();
        if (timer != null) {
            timer.cancel(false);
        }
    }

    synchronized boolean isWatched() {
        return timer != null;
    }

    /** Replaces the timer that watches the deadline. */
    synchronized void setTimer(@Nullable Future<?> next) {
        if (timer != null) {
            timer.cancel(false);
        }
        timer = next;
        if (phase == Phase.ENDED && next != null) {
            next.cancel(false);
        }
    }
}
