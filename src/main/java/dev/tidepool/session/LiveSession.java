package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of one session: all requests here that are on the session share it, and with it the objects that
 * are its attributes. While nobody uses the session, only its deadline and what stays on this node are kept.
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

    private final SessionSettings settings;
    private final SessionAttributes codec;
    private SessionId id;
    private StoredKey key;
    private boolean isStored;
    private Phase phase = Phase.ALIVE;
    private int users;

    /** Whether this node wrote the last deadline that it knows of, and so is the one that watches it. */
    private boolean isWatcher;

    /** What was last read or written; without attributes while nobody uses the session. */
    private SessionContent content;

    private long lastAccessedTime;

    /** The attributes that stay on this node; null while there are none. */
    private @Nullable LocalAttributes local;

    /** Null while nobody uses the session. */
    private @Nullable SessionUse use;

    /** The place of this session in the {@link AlarmClock}, which guards both. */
    long alarmAt;

    int alarmIndex = AlarmClock.NOT_SET;

    private LiveSession(
            SessionSettings settings,
            SessionAttributes codec,
            SessionId id,
            StoredKey key,
            SessionContent content,
            boolean isStored) {
        this.settings = settings;
        this.codec = codec;
        this.id = id;
        this.key = key;
        this.content = content;
        this.isStored = isStored;
        this.isWatcher = !isStored;
        this.lastAccessedTime = content.lastAccessedTime();
    }

    /** A session that begins, and is not stored yet. */
    static LiveSession begin(SessionSettings settings, SessionAttributes codec, SessionId id, SessionContent content) {
        return new LiveSession(settings, codec, id, settings.key(id), content, false);
    }

    /** A session that was found in the store. */
    static LiveSession found(
            SessionSettings settings, SessionAttributes codec, SessionId id, StoredKey key, SessionContent content) {
        return new LiveSession(settings, codec, id, key, content.withoutAttributes(), true);
    }

    synchronized SessionId id() {
        return id;
    }

    synchronized StoredKey key() {
        return key;
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

    /**
     * Takes note that the session is stored under another key.
     *
     * @param newId what it answers to from now on; null for the id that this node's clients know it by
     */
    synchronized void renamed(@Nullable SessionId newId, StoredKey newKey) {
        id = newId == null ? id : newId;
        key = newKey;
    }

    /** Begins a use, during which attributes are kept as objects. */
    synchronized void enter() {
        users++;
        if (use == null) {
            use = new SessionUse(codec, this::id, content.attributes());
        }
    }

    /** Ends a use; after the last one the attributes are dropped, and with them what could not be saved. */
    synchronized void leave() {
        users--;
        if (local != null && local.isEmpty()) {
            local = null;
        }
        if (users == 0 && (isStored || phase != Phase.ALIVE)) {
            use = null;
            content = content.withoutAttributes();
        }
    }

    synchronized boolean isInUse() {
        return users > 0;
    }

    /** Returns what users know of it. */
    synchronized SessionUse use() {
        return requireNonNull(use, "a session is read and changed by those who use it");
    }

    /** Held while a change of this session is written, so that a later one never loses to an earlier one. */
    synchronized ReentrantLock saveLock() {
        return use().saveLock;
    }

    /** What is worth keeping of a session that nobody uses: a deadline to be watched, or what is nowhere else. */
    synchronized boolean isWorthKeeping() {
        boolean isToBeEnded = isWatcher && content.deadline() != SessionEntry.NEVER;
        return phase == Phase.ALIVE && (users > 0 || isToBeEnded || hasLocalAttributes());
    }

    synchronized boolean isWatcher() {
        return isWatcher;
    }

    /** Takes note of a request that is on the session. */
    synchronized void accessed(RequestState request, long time) {
        use().accessed(request, time);
    }

    /** Takes note of the end of a request. */
    synchronized void requestOver(RequestState request) {
        if (use != null) {
            use.requests.remove(request);
        }
    }

    /** Whether there is a request that keeps the session alive at a time. */
    synchronized boolean isKeptAlive(long now) {
        return use != null
                && use.requests.stream().anyMatch(request -> request.keepsAlive(now, settings.keepAliveAtMost()));
    }

    /** Returns how long ago the store last said that the session lives. */
    synchronized long millisSinceSeen() {
        return use == null ? 0 : use.millisSinceSeen();
    }

    /** Lets the application see the time of an access. */
    synchronized void setLastAccessedTime(long time) {
        lastAccessedTime = Math.max(lastAccessedTime, time);
    }

    synchronized long lastAccessedTime() {
        return lastAccessedTime;
    }

    /** The entry that the next change goes by; null when the store has to be read first. */
    synchronized @Nullable StoredSession base() {
        return use().base;
    }

    /** Whether the store has to be read before the session can be read or changed. */
    synchronized boolean needsReading() {
        return phase == Phase.ALIVE && isStored && use().base == null;
    }

    /** Whether what was read from the store is older than what this node knew before it let go of the attributes. */
    synchronized boolean isOutdated(SessionContent read) {
        return isStored
                && (use == null || use.base == null)
                && read.isSameSession(content)
                && read.version() < content.version();
    }

    /**
     * Takes over what was read from the store, unless something newer is known.
     *
     * @return false when it is another session, as this one has ended
     */
    boolean refresh(StoredSession read) {
        if (!(read.entry() instanceof SessionContent newer)) {
            return false;
        }
        SessionUse inUse = use();
        var encodings = inUse.encodingsOfOutdated(newer.attributes());
        synchronized (this) {
            if (!newer.isSameSession(content)) {
                return false;
            }
            boolean isNewer = newer.version() > content.version();
            if (isStored && isWrittenElsewhere(newer)) {
                isWatcher = false;
            }
            inUse.seen();
            if (inUse.base == null || isNewer) {
                inUse.replaceStored(newer.attributes(), encodings);
                inUse.read(read);
                content = newer.createdBefore(content.creationTime());
                isStored = true;
                lastAccessedTime = Math.max(lastAccessedTime, newer.lastAccessedTime());
            }
            return true;
        }
    }

    /** Without versions, a deadline that this node has not written must do. */
    private boolean isWrittenElsewhere(SessionContent read) {
        return read.fields().isVersioned() ? read.version() > content.version() : read.deadline() != content.deadline();
    }

    synchronized int maxInactiveInterval() {
        return use == null || use.newInterval == null ? content.maxInactiveInterval() : use.newInterval;
    }

    synchronized void setMaxInactiveInterval(int seconds) {
        use().newInterval = seconds;
    }

    /** Returns when the session times out for all nodes, by what this node knows: a new interval counts once saved. */
    synchronized long deadline() {
        return content.deadline();
    }

    private long touchMillis() {
        return settings.touchMillis(maxInactiveInterval());
    }

    /** Returns the attributes that stay on this node, for users of the session. */
    synchronized LocalAttributes local() {
        if (local == null) {
            local = new LocalAttributes();
        }
        return local;
    }

    synchronized boolean hasLocalAttributes() {
        return local != null && !local.isEmpty();
    }

    /**
     * Merges what was changed here onto what is stored.
     *
     * @param touch whether an access alone is reason enough to write
     * @param always whether to write even if nothing has changed
     * @return null when there is nothing to write
     */
    SessionUse.@Nullable Save prepare(boolean touch, boolean always) {
        SessionUse inUse = use();
        var encodings = isAlive() ? inUse.encodings() : Map.<SessionUse.Attribute, byte[]>of();
        synchronized (this) {
            if (phase != Phase.ALIVE) {
                return null;
            }
            long now = settings.now();
            boolean mustWrite = always || !isStored || (touch && isTouchDue(now));
            return inUse.prepare(settings.format(), next(now), encodings, mustWrite);
        }
    }

    /**
     * Prepares the write of an access alone; what is changed besides is left for whoever saves it.
     *
     * @return null when no access is to be written
     */
    synchronized SessionUse.@Nullable Save prepareTouch() {
        long now = settings.now();
        return phase == Phase.ALIVE && isTouchDue(now) ? use().touch(settings.format(), next(now)) : null;
    }

    /** Returns what is to be stored next, but for the attributes. */
    private SessionContent next(long now) {
        int interval = maxInactiveInterval();
        long bumped = SessionContent.deadline(interval, now, touchMillis());
        long deadline;
        if (use().newInterval != null) {
            deadline = bumped;
        } else if (use().isAccessed()) {
            deadline = Math.max(content.deadline(), bumped);
        } else {
            deadline = content.deadline();
        }
        return content.next(use().access, interval, deadline);
    }

    /** Whether the access of a request that is on the session is to be written. */
    synchronized boolean isTouchDue() {
        return isTouchDue(settings.now());
    }

    private boolean isTouchDue(long now) {
        return use != null && use.isAccessed() && content.isTouchDue(use.access, now, touchMillis());
    }

    /** Whether a request was on the session whose access is known to this node only. */
    synchronized boolean isAccessUnwritten() {
        return phase == Phase.ALIVE && isStored && use != null && use.access > content.lastAccessedTime();
    }

    /**
     * Whether {@link #prepare} can come to anything but an access; cheap.
     *
     * @param inPlace whether objects that were read may have changed; else only what was set or removed counts
     */
    synchronized boolean mayHaveChanged(boolean inPlace) {
        return phase == Phase.ALIVE
                && (!isStored || use().newInterval != null || (inPlace ? use().isRead() : use().isSet()));
    }

    /** Takes note of what was written; what was changed meanwhile is still to be saved. */
    @SuppressWarnings("ReferenceEquality") // of equal entries, too, one may have been read later
    synchronized void saved(SessionUse.Save save, StoredSession written) {
        SessionContent now = (SessionContent) written.entry();
        // Another request here may have read a later entry, or this one, before the write was answered.
        boolean isNewest = !isStored || use().base == save.base();
        isWatcher |= isNewest || written.equals(use().base);
        use().saved(save, written, now.attributes(), isNewest);
        if (isNewest) {
            content = now;
            isStored = true;
        }
    }

    /**
     * Drops what a request has changed and could not save, before others come to the session; where they are on it
     * already, its objects are theirs too.
     */
    synchronized void discard(RequestState request) {
        if (isStored && use != null && use.requests.stream().allMatch(request::equals)) {
            use.discard();
            content = content.withoutAttributes();
        }
    }

    /** Takes over an entry that this node has written besides, in the name of no user. */
    synchronized void completed(StoredSession written) {
        content = (SessionContent) written.entry();
        use().base = written;
    }

    /** Takes note that another node has the last word on when the session ends. */
    synchronized void watchedElsewhere() {
        isWatcher = false;
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

    /** Ends the session; what users have read of it stays theirs. */
    synchronized void end() {
        phase = Phase.ENDED;
        local = null;
    }
}
