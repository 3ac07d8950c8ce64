package dev.tidepool.session;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A hold on a session: that of one request, or of somebody outside of any. Within a request, changes are collected
 * until its response is committed; later, and outside, each is written at once, and the session is read for each
 * question unless some request here is on it.
 *
 * <p>Every method but {@link #id} and {@link #hasEnded} throws {@code IllegalStateException} when the session has
 * ended, and {@code CacheException} when the store has to be asked and fails. Thread-safe.
 */
public final class SessionHandle {
    private final Sessions sessions;
    private final SessionEnds ends;
    private final SessionAttributes codec;
    private final SessionIds ids;
    private final @Nullable RequestState request;
    private volatile LiveSession live;

    /** The id that the session gets when the response is committed; null for none. */
    private volatile @Nullable SessionId nextId;

    /** Whether a change was made by this handle that is perhaps not saved yet. */
    private volatile boolean isChanged;

    private volatile boolean isEndedHere;

    /** The objects that were read by this handle, and may be changed in place. */
    private final Set<String> namesRead = new HashSet<>();

    SessionHandle(
            Sessions sessions,
            SessionEnds ends,
            SessionAttributes codec,
            SessionIds ids,
            LiveSession live,
            @Nullable RequestState request) {
        this.sessions = sessions;
        this.ends = ends;
        this.codec = codec;
        this.ids = ids;
        this.live = live;
        this.request = request;
    }

    LiveSession live() {
        return live;
    }

    /**
     * Returns the id, which is a secret, as the client has it or is about to get it.
     *
     * @return the id, of a session that has ended the last one
     */
    public SessionId id() {
        SessionId next = nextId;
        return next == null ? live.id() : next;
    }

    /**
     * Whether the end of the session is known on this node and has been told.
     *
     * @return true once it has ended
     */
    public boolean hasEnded() {
        return live.hasEnded();
    }

    /**
     * Returns when the session began.
     *
     * @return milliseconds since the epoch
     */
    public long creationTime() {
        return reading(entered -> entered.content().creationTime());
    }

    /**
     * Returns when the last request came; that of this handle's own is shown when it is over.
     *
     * @return milliseconds since the epoch; may lag by the touch interval behind requests to other nodes
     */
    public long lastAccessedTime() {
        return reading(LiveSession::lastAccessedTime);
    }

    /**
     * Returns how long the session lives without a request. When the handle's own request is over this asks no store.
     *
     * @return seconds; zero or less for ever
     */
    public int maxInactiveInterval() {
        if (request != null && request.isOver()) {
            requireValid();
            return live.maxInactiveInterval();
        }
        return reading(LiveSession::maxInactiveInterval);
    }

    /**
     * Sets how long the session lives without a request.
     *
     * @param seconds zero or less for ever
     */
    public void setMaxInactiveInterval(int seconds) {
        changing(entered -> {
            entered.setMaxInactiveInterval(seconds);
            return seconds;
        });
    }

    /**
     * Returns what the format keeps of the session besides.
     *
     * @return the fields as last read or written
     */
    public FormatFields fields() {
        return live.content().fields();
    }

    /**
     * Whether the timeout was changed by this node and is not saved yet.
     *
     * @return the interval in seconds that is going to be saved; null for none
     */
    public @Nullable Integer newInterval() {
        int interval = live.maxInactiveInterval();
        return interval == live.content().maxInactiveInterval() ? null : interval;
    }

    /**
     * Returns an attribute. All handles of this node that overlap get the same object.
     *
     * @param name the attribute's name
     * @return the object, or null when there is none or it cannot be read
     */
    public @Nullable Object attribute(String name) {
        return reading(entered -> {
            Object here = entered.local().get(name);
            Object value = here == null ? entered.use().get(name) : here;
            if (value != null && !AttributeCodec.isImmutable(value)) {
                synchronized (namesRead) {
                    namesRead.add(name);
                }
            }
            return value;
        });
    }

    /**
     * Returns the names of the attributes.
     *
     * @return a new set
     */
    public Set<String> attributeNames() {
        return reading(entered -> {
            Set<String> names = entered.use().names();
            names.addAll(entered.local().names());
            return names;
        });
    }

    /**
     * What has come of setting an attribute.
     *
     * @param held the object that the session holds, which may stand for an equal one that was given
     * @param old what was there before; null for nothing, and for what cannot be read
     */
    public record Change(Object held, @Nullable Object old) {}

    /**
     * Sets an attribute, which is encoded at once.
     *
     * @param name the attribute's name
     * @param value the object
     * @return what has come of it
     * @throws IllegalArgumentException that names the attribute and its class when it cannot be encoded
     */
    public Change setAttribute(String name, Object value) {
        requireValid();
        byte[] encoded = codec.encodeOrKeep(live.id(), name, value);
        Object held = encoded == null ? value : codec.asRead(name, value, encoded);
        Object old = changing(entered -> {
            Object stored = entered.use().readable(name);
            Object here;
            if (encoded == null) {
                entered.use().remove(name);
                here = entered.local().put(name, held);
            } else {
                entered.use().set(name, held, encoded);
                here = entered.local().remove(name);
            }
            return here == null ? stored : here;
        });
        return new Change(held, old);
    }

    /**
     * Removes an attribute, be it readable or not.
     *
     * @param name the attribute's name
     * @return what it was; null for nothing, and for what cannot be read
     */
    public @Nullable Object removeAttribute(String name) {
        return changing(entered -> {
            Object stored = entered.use().readable(name);
            entered.use().remove(name);
            Object here = entered.local().remove(name);
            return here == null ? stored : here;
        });
    }

    private <T extends @Nullable Object> T reading(Function<LiveSession, T> question) {
        requireValid();
        return using(entered -> {
            requireLoaded(entered);
            return question.apply(entered);
        });
    }

    private <T extends @Nullable Object> T changing(Function<LiveSession, T> change) {
        return reading(entered -> {
            T result = change.apply(entered);
            isChanged = true;
            if (isWrittenThrough()) {
                saveNow(entered);
            }
            return result;
        });
    }

    /** Another thread may use this handle, too, and find that the session is known otherwise meanwhile. */
    private <T extends @Nullable Object> T using(Function<LiveSession, T> action) {
        LiveSession entered = sessions.reenter(live);
        live = entered;
        try {
            return action.apply(entered);
        } finally {
            sessions.leave(entered);
        }
    }

    private boolean isWrittenThrough() {
        return request == null || request.isCommitted();
    }

    private void saveNow(LiveSession entered) {
        // While listeners are told of the end they may change the session, which is stored nowhere.
        if (!sessions.save(entered) && entered.hasEnded()) {
            throw ended();
        }
        isChanged = false;
    }

    private void requireLoaded(LiveSession entered) {
        if (!sessions.load(entered) || entered.hasEnded()) {
            throw ended();
        }
    }

    private void requireValid() {
        if (live.hasEnded()) {
            throw ended();
        }
    }

    private static IllegalStateException ended() {
        return new IllegalStateException("The session has ended");
    }

    /** Whether there may be something to save; cheap. */
    boolean mayHaveChanged() {
        return nextId != null || live.mayHaveChanged(true);
    }

    /** Saves the session as the response of its request is committed. */
    void commit() {
        SessionId next = nextId;
        using(entered -> {
            if (entered.isAlive() && (next == null ? sessions.save(entered) : sessions.changeId(entered, next))) {
                nextId = null;
                isChanged = false;
            } else {
                requireUnchanged(entered);
            }
            return entered;
        });
    }

    /** What a request has changed of a session that another one has ended is lost, and it must say so. */
    private void requireUnchanged(LiveSession entered) {
        if (!isEndedHere && (isChanged || nextId != null || isChangedInPlace(entered)) && !isEndedByThread(entered)) {
            throw new SessionFailure.EndedMeanwhile();
        }
    }

    /** As by a search for all sessions of a user, within a request that is on one of them. */
    private static boolean isEndedByThread(LiveSession entered) {
        return Thread.currentThread().equals(entered.use().ender);
    }

    private boolean isChangedInPlace(LiveSession entered) {
        Set<String> names;
        synchronized (namesRead) {
            names = Set.copyOf(namesRead);
        }
        return names.stream().anyMatch(name -> entered.use().isChangedInPlace(name));
    }

    /** Keeps the id that the session has; the handle of one that has ended keeps what it last said. */
    void forgetNextId() {
        if (live.isAlive()) {
            nextId = null;
        }
    }

    /**
     * Ends the session.
     *
     * @param tell tells the listeners of whoever calls, while the session can still be read
     * @throws IllegalStateException when it has ended already
     */
    public void invalidate(Runnable tell) {
        requireValid();
        boolean isEnded = using(entered -> ends.end(entered, EndReason.INVALIDATED, any -> true, () -> {
            isEndedHere = true;
            if (request == null) {
                entered.use().ender = Thread.currentThread();
            }
            tell.run();
        }));
        if (!isEnded) {
            throw ended();
        }
    }

    /**
     * Gives the session a new id: at once, or within a request when its response is committed; until then the old one
     * works.
     *
     * @return the new id; null when the session has ended
     */
    public @Nullable SessionId changeId() {
        if (!live.isAlive()) {
            return null;
        }
        SessionId newId = new SessionId(ids.create());
        if (!isWrittenThrough() && live.isStored()) {
            nextId = newId;
            return newId;
        }
        return using(entered -> sessions.changeId(entered, newId)) ? newId : null;
    }

    /** Says nothing: an id is a secret. */
    @Override
    public String toString() {
        return "SessionHandle";
    }
}
