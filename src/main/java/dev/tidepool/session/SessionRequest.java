package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one request knows of its session: which one it is on, the ids that name none, and how far its response has come.
 * An adapter makes one when a request first asks for its session, calls {@link #commit} as the response is committed
 * and while it can still be replaced, and {@link #end} when the request is over.
 *
 * <p>The store is asked once for an id, however often the adapter asks. Thread-safe.
 */
public final class SessionRequest {
    private final SessionSettings settings;
    private final Sessions sessions;
    private final SessionThreads threads;
    private final SessionCounts counts;
    private final Handles handles;
    private final RequestState state;
    private final Set<SessionId> unknownIds = new HashSet<>();

    /** All sessions that the request was on, as one that was left for another has changes to be saved too. */
    private final List<Held> held = new ArrayList<>();

    private @Nullable SessionHandle current;
    private @Nullable SessionId requestedId;
    private boolean isCreated;

    /** How often the session's attributes had changed when this request came to it. */
    private long changesBefore;

    private @Nullable RuntimeException failure;
    private boolean isSaveFailed;
    private long access;

    /** A handle, and the session whose use this request has. */
    private record Held(SessionHandle handle, LiveSession live) {}

    /** Makes handles. */
    @FunctionalInterface
    interface Handles {
        SessionHandle of(LiveSession live, @Nullable RequestState request);
    }

    SessionRequest(
            SessionSettings settings,
            Sessions sessions,
            SessionThreads threads,
            SessionCounts counts,
            Handles handles,
            RequestState state) {
        this.settings = settings;
        this.sessions = sessions;
        this.threads = threads;
        this.counts = counts;
        this.handles = handles;
        this.state = state;
    }

    /**
     * Returns the session that the request is on.
     *
     * @return the handle of the last session that was found or created; null for none. It may have ended
     */
    public synchronized @Nullable SessionHandle current() {
        return current;
    }

    /**
     * Whether the session that the request is on was created by it and lives.
     *
     * @return false also when it is on none
     */
    public synchronized boolean isCreated() {
        return isCreated && isAlive();
    }

    private boolean isAlive() {
        return current != null && current.live().isAlive();
    }

    /** The answer of the store that this request has had already, if it is one. */
    private record Known(@Nullable SessionHandle session) {}

    private synchronized @Nullable Known known(SessionId id) {
        if (current != null && (id.equals(requestedId) || id.equals(current.id()))) {
            return new Known(isAlive() ? current : null);
        }
        if (unknownIds.contains(id)) {
            return new Known(null);
        }
        if (failure != null) {
            throw failure;
        }
        return null;
    }

    /**
     * Whether {@link #find} has to ask the store.
     *
     * @param id any text that a client has sent
     * @return false when the answer is known, or the text cannot be an id
     */
    public boolean asksStore(SessionId id) {
        return settings.format().ids().isWellFormed(id.text()) && failure() == null && known(id) == null;
    }

    /**
     * Finds the session of an id, and puts the request on it, which is an access to it.
     *
     * @param id any text that a client has sent
     * @return a handle, the same each time; null when there is no such session
     * @throws javax.cache.CacheException when the store fails; each further question gets the same exception
     */
    public @Nullable SessionHandle find(SessionId id) {
        if (!settings.format().ids().isWellFormed(id.text())) {
            return null;
        }
        Known known = known(id);
        if (known != null) {
            return known.session();
        }
        LiveSession live = ask(id);
        if (live == null) {
            synchronized (this) {
                unknownIds.add(id);
            }
            return null;
        }
        synchronized (this) {
            access = settings.now();
            return attach(live, id, access);
        }
    }

    /**
     * Finds the session of an id without putting the request on it, for questions that only happen to be asked while
     * the request runs.
     *
     * @param id any text
     * @return a handle as outside of any request; null when there is no such session
     * @throws javax.cache.CacheException when the store fails
     */
    public @Nullable SessionHandle findOutside(SessionId id) {
        if (!settings.format().ids().isWellFormed(id.text())) {
            return null;
        }
        Known known = known(id);
        if (known != null) {
            return known.session() == null ? null : handles.of(known.session().live(), null);
        }
        LiveSession live = ask(id);
        if (live == null) {
            return null;
        }
        sessions.leave(live);
        return handles.of(live, null);
    }

    private @Nullable LiveSession ask(SessionId id) {
        try {
            return sessions.find(id);
        } catch (RuntimeException e) {
            failed(e);
            throw e;
        }
    }

    /**
     * Begins a session, and puts the request on it.
     *
     * @param given the id that it is to have; null for a new one
     * @param isFromClient whether the client has brought that id; it is used only if the format takes such ids over and
     *     {@code isVetted}, else the session gets a new one
     * @param isVetted whether the container has made sure that it knows the client's id
     * @param wanted what the session is to be
     * @return its handle
     * @throws IllegalStateException when there is no room, or the id is a session's already
     * @throws javax.cache.CacheException when the store fails, which is asked only about an id that is given
     */
    public SessionHandle create(@Nullable SessionId given, boolean isFromClient, boolean isVetted, NewSession wanted) {
        LiveSession live;
        try {
            sessions.makeRoom();
            live = begin(given, isFromClient, isVetted, wanted);
        } catch (RuntimeException e) {
            failed(e);
            throw e;
        }
        counts.created();
        if (state.isOver()) { // this request then has no use of it, and what is not stored ends with its last one
            saveLate(live);
        }
        synchronized (this) {
            unknownIds.remove(live.id());
            SessionHandle handle = attach(live, live.id(), live.content().lastAccessedTime());
            isCreated = true;
            if (!state.isCommitted() || live.isStored()) {
                return handle;
            }
        }
        sessions.save(live);
        return requireNonNull(current());
    }

    private void saveLate(LiveSession live) {
        try {
            sessions.save(live);
        } catch (RuntimeException e) {
            sessions.leave(live);
            throw e;
        }
    }

    private LiveSession begin(@Nullable SessionId given, boolean isFromClient, boolean isVetted, NewSession wanted) {
        if (given == null || !settings.format().ids().isWellFormed(given.text())) {
            return sessions.begin(wanted);
        }
        if (!isFromClient || (isVetted && settings.format().adoptsIds())) {
            LiveSession adopted = sessions.adopt(given, wanted);
            if (adopted != null) {
                return adopted;
            }
            if (!isFromClient) {
                throw Sessions.idTaken();
            }
        } else if (find(given) != null) {
            throw Sessions.idTaken();
        }
        return sessions.begin(wanted);
    }

    /** Takes over the use that a session comes with, unless this request is over. */
    private SessionHandle attach(LiveSession live, SessionId id, long accessed) {
        SessionHandle handle = handles.of(live, state);
        changesBefore = live.use().attributeChanges;
        if (state.isOver()) {
            sessions.leave(live);
        } else {
            live.accessed(state, accessed);
            held.add(new Held(handle, live));
            sessions.watch(live);
        }
        counts.active(sessions.count());
        requestedId = id;
        isCreated = false;
        current = handle;
        return handle;
    }

    /** Lets the application see the access of this request, if the session has not begun with it. */
    public synchronized void showAccess() {
        if (access > 0 && current != null) {
            current.live().setLastAccessedTime(access);
        }
    }

    /**
     * Takes note that something a request needs of its session has failed, so that what the application makes of it can
     * be told from a failure of its own.
     *
     * @param cause what went wrong
     */
    public synchronized void failed(RuntimeException cause) {
        failure = cause;
        counts.failed(SessionFailure.of(cause));
    }

    /**
     * Returns what has failed.
     *
     * @return the last failure; null for none
     */
    public synchronized @Nullable RuntimeException failure() {
        return failure;
    }

    /**
     * Saves what the request has changed, of all sessions that it was on; from now on changes are written at once.
     *
     * @throws RuntimeException when something is not saved: of the store, or as another request has ended the session
     *     that this one has changed. The response must then not say that all went well
     */
    public void commit() {
        List<Held> all;
        synchronized (this) {
            state.committed();
            all = List.copyOf(held);
        }
        try {
            all.forEach(each -> each.handle().commit());
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                isSaveFailed = true;
            }
            for (Held each : all) {
                each.handle().forgetNextId();
                each.live().discard(state);
            }
            counts.failed(SessionFailure.of(e));
            throw e;
        }
    }

    /** Takes note that the response goes out without a save: it tells of a failure, or is on its way already. */
    public void skipCommit() {
        state.committed();
    }

    /**
     * Whether there is something for {@link #commit} to save; cheap.
     *
     * @return true also when it may turn out that nothing has changed
     */
    public synchronized boolean mayHaveChanged() {
        return held.stream().anyMatch(each -> each.handle().mayHaveChanged());
    }

    /**
     * Whether this request has changed the session that it is on, or its access is going to be written.
     *
     * @return false also when it has come by another id than the session has now
     */
    public synchronized boolean isWritten() {
        return current != null
                && (current.live().use().attributeChanges != changesBefore
                        || current.live().isTouchDue());
    }

    /**
     * Whether the session that the request is on lives, was there before, and still has the id that the client sent.
     *
     * @return false also when the request is on none
     */
    public synchronized boolean isOnRequested() {
        return current != null && !isCreated && isAlive() && current.id().equals(requestedId);
    }

    /**
     * Ends the request. Changes since the response was committed are saved, in this thread if it may wait; an access
     * that is to be written is so by a thread of the engine's. Failures are logged.
     *
     * @param mayHaveChanged whether the application ran after the response was committed, and so may have changed
     *     attributes in place
     * @param mayWait false on a thread that must not wait for the store
     */
    public void end(boolean mayHaveChanged, boolean mayWait) {
        List<Held> all;
        synchronized (this) {
            if (state.isOver()) {
                return;
            }
            state.over();
            all = List.copyOf(held);
        }
        for (Held each : all) {
            LiveSession live = each.live();
            each.handle().forgetNextId();
            live.requestOver(state);
            boolean hasChanged = !isSaveFailed && live.mayHaveChanged(mayHaveChanged);
            if (hasChanged && mayWait) {
                sessions.finish(live, true);
            } else if (hasChanged || (!isSaveFailed && live.isTouchDue())) {
                threads.writes.execute(() -> sessions.finish(live, hasChanged));
            } else {
                if (live.isAccessUnwritten()) {
                    counts.sparedTouch();
                }
                sessions.leave(live);
            }
        }
    }
}
