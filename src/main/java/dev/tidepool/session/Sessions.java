package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds sessions and begins new ones, for whoever asks; each comes with a use that the caller ends. Thread-safe. */
final class Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
    private static final int MAX_READS = 5;

    private final SessionSettings settings;
    private final SessionAttributes codec;
    private final SessionStore store;
    private final SessionWriter writer;
    private final KnownSessions known;
    private final SessionEnds ends;
    private final Deadlines deadlines;
    private final SessionCounts counts;
    private final ClockCheck clock;

    Sessions(
            SessionSettings settings,
            SessionAttributes codec,
            SessionStore store,
            SessionWriter writer,
            KnownSessions known,
            SessionEnds ends,
            Deadlines deadlines,
            SessionCounts counts,
            ClockCheck clock) {
        this.settings = settings;
        this.codec = codec;
        this.store = store;
        this.writer = writer;
        this.known = known;
        this.ends = ends;
        this.deadlines = deadlines;
        this.counts = counts;
        this.clock = clock;
    }

    /**
     * Finds a session for a client.
     *
     * @return null when there is none
     */
    @Nullable LiveSession find(SessionId id) {
        StoredKey key = settings.key(id);
        LiveSession held = known.find(key);
        if (held != null && !held.isStored()) {
            return known.reenter(held);
        }
        boolean isKeptAlive = false;
        for (int reads = 1; ; reads++) {
            StoredSession stored = store.get(key);
            SessionStore.Found found = store.accepted(key, stored);
            if (found == null) {
                if (held != null) {
                    gone(held, key, stored);
                }
                return null;
            }
            LiveSession live = known.enter(id, key, found.content());
            boolean isFound = false;
            try {
                if (!found.content().isExpired(settings.now())) {
                    // A request here may have saved and gone since the read began.
                    if (!live.isOutdated(found.content()) || reads == MAX_READS) {
                        isFound = live.refresh(found.stored()) && live.isAlive();
                        return isFound ? live : null;
                    }
                } else if (live.isKeptAlive(settings.now()) && !isKeptAlive) {
                    isKeptAlive = true;
                    live.refresh(found.stored());
                    deadlines.keepAlive(live);
                } else if (ends.expire(live, found.stored())) {
                    return null;
                }
            } finally {
                if (!isFound) {
                    deadlines.leave(live);
                }
            }
        }
    }

    /**
     * Takes note that a key is no session's any more; one that has moved is still its holders'.
     *
     * @param held a session that was stored there before the store was asked, as one that has begun since lives
     */
    private void gone(LiveSession held, StoredKey key, @Nullable StoredSession stored) {
        if (stored != null && stored.entry().isSameSession(held.content())) {
            return;
        }
        LiveSession live = known.reenter(held);
        try {
            if (live.isStored() && key.equals(live.key())) {
                ends.foundEnded(live);
            }
        } finally {
            deadlines.leave(live);
        }
    }

    /** Begins a session and reads it, of which nobody hears, and which the store is not to keep. */
    void warmUp(Map<String, ?> attributes) {
        int timeout = Math.toIntExact(settings.format().defaultTimeout().toSeconds());
        LiveSession begun = make(new SessionId(settings.format().ids().create()), new NewSession(timeout, null));
        begun.enter();
        attributes.forEach((name, value) -> {
            byte[] encoded = codec.encodeOrKeep(begun.id(), name, value);
            if (encoded != null) {
                begun.use().set(name, codec.asRead(name, value, encoded), encoded);
            }
        });
        StoredSession stored = requireNonNull(begun.prepare(false, true)).session();
        LiveSession found = LiveSession.found(settings, codec, begun.id(), begun.key(), stored.content());
        found.enter();
        found.refresh(stored);
        stored.content().attributes().keySet().forEach(found.use()::get);
        store.warmUp(begun.key(), stored);
    }

    /** Returns the session that somebody holds, with a use. */
    LiveSession reenter(LiveSession held) {
        return known.reenter(held);
    }

    /** Returns how many sessions this node knows. */
    int count() {
        return known.count();
    }

    /** Sets the alarm of a session anew, as a request has come to it. */
    void watch(LiveSession live) {
        deadlines.watch(live);
    }

    /**
     * Refuses a session beyond the limit, or ends the oldest one.
     *
     * @throws IllegalStateException when there is no room
     */
    void makeRoom() {
        int most = settings.maxSessions();
        while (most > 0 && known.createdCount() >= most) {
            LiveSession oldest = settings.endOldest() ? known.oldestCreated() : null;
            if (oldest == null) {
                counts.rejected();
                throw new IllegalStateException("This node holds " + most
                        + " sessions, which is the most that it may (maxSessions); try again later, or allow more");
            }
            LiveSession live = known.reenter(oldest);
            try {
                ends.end(live, EndReason.TIMEOUT, any -> true);
            } finally {
                deadlines.leave(live);
            }
        }
    }

    /** Begins a session with a new id, to be stored when it is saved. */
    LiveSession begin(NewSession wanted) {
        LiveSession live = make(new SessionId(settings.format().ids().create()), wanted);
        known.add(live);
        return live;
    }

    private LiveSession make(SessionId id, NewSession wanted) {
        clock.check(wanted.timeout());
        return LiveSession.begin(
                settings,
                codec,
                id,
                settings.format().begin(wanted.timeout(), wanted.fields(), settings.now(), settings::touchMillis));
    }

    /**
     * Stores a session under an id that is given; the store decides whether it is taken.
     *
     * @return null when it was a session's before its id changed, and can be nobody's again
     * @throws IllegalStateException when it is a session's
     */
    @Nullable LiveSession adopt(SessionId id, NewSession wanted) {
        LiveSession live = make(id, wanted);
        live.enter();
        if (!writer.create(live)) {
            LiveSession found = find(id);
            if (found != null) {
                deadlines.leave(found);
                throw idTaken();
            }
            if (!writer.create(live)) {
                return null;
            }
        }
        known.add(live);
        live.leave();
        return live;
    }

    static IllegalStateException idTaken() {
        return new IllegalStateException("A session with the id of this request exists already");
    }

    /** Ends a use; a session that was never stored ends with its last one, as no client knows its id. */
    void leave(LiveSession live) {
        deadlines.leave(live);
        if (!live.isInUse() && !live.isStored() && live.beginEnd()) {
            known.remove(live);
            live.end();
            deadlines.watch(live);
        }
    }

    /**
     * Saves what has changed.
     *
     * @return false when the session has ended, or is ending
     */
    boolean save(LiveSession live) {
        if (writer.save(live, false)) {
            deadlines.watch(live);
            return true;
        }
        ends.foundEnded(live);
        return false;
    }

    /** Makes sure that a session can be read; returns false when it has ended elsewhere. */
    boolean load(LiveSession live) {
        if (writer.load(live)) {
            return true;
        }
        ends.foundEnded(live);
        return false;
    }

    /** Changes the id of a session; returns false when it has ended. */
    boolean changeId(LiveSession live, SessionId newId) {
        live.saveLock().lock(); // or another change of the id would come between
        try {
            if (live.isStored() && !new IdChange(settings, store, writer, live, newId).run()) {
                ends.foundEnded(live);
                return false;
            }
            known.move(live, newId, settings.key(newId));
            return true;
        } finally {
            live.saveLock().unlock();
        }
    }

    /**
     * Saves what is left at the end of a request, and ends its use.
     *
     * @param hasChanged whether there may be more to save than an access
     */
    void finish(LiveSession live, boolean hasChanged) {
        try {
            boolean isAlive = hasChanged ? writer.save(live, true) : writer.touch(live);
            if (!isAlive) {
                ends.foundEnded(live);
            } else if (live.isAccessUnwritten()) {
                counts.sparedTouch();
            }
        } catch (RuntimeException e) {
            counts.failed(SessionFailure.of(e));
            LOG.warn(
                    "A session of {} could not be saved after the response, nor its last access: {}",
                    settings.name(),
                    e.getMessage());
        } finally {
            leave(live);
        }
    }
}
