package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.session.LiveSession.Save;
import java.util.Comparator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a session's changes into the store. Every change is a compare-and-set against what was read last; when it
 * fails, the session is read again and the change is merged onto what is there now. What has ended is never written
 * again, as only an entry of the same incarnation is ever replaced.
 *
 * <p>Callers hold a use of a session that others may know. Thread-safe.
 */
final class SessionWriter {
    private static final Logger LOG = LoggerFactory.getLogger(SessionWriter.class);

    /** From here on a refusal may come from DynamoDB's limit of 400 KB for an item. */
    private static final int LARGE = 350 * 1_024;

    private static final int LARGEST_SHOWN = 3;

    private final SessionSettings settings;
    private final SessionStore store;
    private final SessionCounts counts;

    SessionWriter(SessionSettings settings, SessionStore store, SessionCounts counts) {
        this.settings = settings;
        this.store = store;
        this.counts = counts;
    }

    /**
     * Reads a session again, following it to where it has moved.
     *
     * @return false when it has ended
     */
    boolean reload(LiveSession live) {
        SessionStore.Current current = store.follow(live.name(), live.content());
        if (current == null) {
            return false;
        }
        live.followed(current.name());
        return live.refresh(current.session());
    }

    /** Makes sure that a session can be read and changed; asks the store only if this node has not kept it. */
    boolean load(LiveSession live) {
        return !live.isAlive() || !live.isStored() || live.base() != null || reload(live);
    }

    /** Stores a session that begins; returns false when its id is taken. */
    boolean create(LiveSession live) {
        Save save = requireNonNull(live.prepare(false, true));
        boolean created = write(live.name(), save);
        if (created) {
            saved(live, save, save.session());
        }
        return created;
    }

    /**
     * Writes what has changed.
     *
     * @param touch whether an access that has not been written for long is reason enough
     * @return false when the session has ended elsewhere
     */
    boolean save(LiveSession live, boolean touch) {
        return save(live, touch, false);
    }

    /** Writes a later deadline, as a request is on the session; returns false when the session has ended elsewhere. */
    boolean prolong(LiveSession live) {
        return save(live, true, live.isAccessed());
    }

    private boolean save(LiveSession live, boolean touch, boolean always) {
        live.saveLock().lock();
        try {
            Patience patience = new Patience();
            while (load(live)) {
                Save save = live.prepare(touch, always);
                if (save == null) {
                    return true;
                }
                if (write(live.name(), save)) {
                    saved(live, save, save.session());
                    return true;
                }
                if (!reload(live)) {
                    return false;
                }
                giveWay(patience);
            }
            return false;
        } finally {
            live.saveLock().unlock();
        }
    }

    private void saved(LiveSession live, Save save, StoredSession written) {
        counts.flushed();
        live.saved(save, store.written(written));
    }

    /** Lets others write before a change is tried again. */
    private void giveWay(Patience patience) {
        counts.conflicted();
        patience.pause();
    }

    private boolean write(String name, Save save) {
        StoredSession base = save.base();
        try {
            return base == null ? store.create(name, save.session()) : store.replace(name, base, save.session());
        } catch (RuntimeException e) {
            throw explained(save.session(), e);
        }
    }

    private static RuntimeException explained(StoredSession session, RuntimeException failure) {
        if (session.size() < LARGE) {
            return failure;
        }
        String largest = session.content().attributes().entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, byte[]> entry) -> -entry.getValue().length))
                .limit(LARGEST_SHOWN)
                .map(entry -> "'" + entry.getKey() + "' with " + entry.getValue().length + " bytes")
                .collect(Collectors.joining(", "));
        return new CacheException(
                "A session of " + session.size() + " bytes cannot be saved; its largest attributes are " + largest
                        + ": " + failure.getMessage(),
                failure);
    }

    /**
     * Changes the id of a session, and writes what has changed with it. For a stored one there is one moment of change,
     * when the old entry becomes a signpost to the new one: before it the new id does not work, after it the old one
     * does not.
     *
     * @return false when the session has ended elsewhere
     */
    boolean move(LiveSession live, String newId) {
        live.saveLock().lock();
        try {
            if (live.isStored()) {
                return new Move(live, newId).run();
            }
            live.renamed(newId, store.name(newId));
            return true;
        } finally {
            live.saveLock().unlock();
        }
    }

    /** One change of an id. */
    private final class Move {
        private final LiveSession live;
        private final String newId;
        private final String newName;

        /** The entry under the new id, which nobody accepts before the old one points to it. */
        private @Nullable StoredSession placed;

        Move(LiveSession live, String newId) {
            this.live = live;
            this.newId = newId;
            this.newName = store.name(newId);
        }

        boolean run() {
            Patience patience = new Patience();
            while (load(live)) {
                Save save = live.prepare(false, true);
                if (save == null) {
                    break;
                }
                String oldName = live.name();
                StoredSession base = requireNonNull(save.base());
                StoredSession next = StoredSession.of(
                        settings.format(), save.session().content().movedFrom(new StoredKey(oldName)));
                place(next);
                if (point(
                        oldName,
                        base,
                        StoredSession.of(
                                settings.format(),
                                base.content()
                                        .signpostTo(new StoredKey(newName), next.content(), settings.now())))) {
                    live.renamed(newId, newName);
                    saved(live, save, next);
                    complete(next);
                    return true;
                }
                if (!reload(live)) {
                    break;
                }
                giveWay(patience);
            }
            withdraw();
            return false;
        }

        private void place(StoredSession next) {
            StoredSession before = placed;
            boolean isPlaced;
            try {
                isPlaced = before == null ? store.create(newName, next) : store.replace(newName, before, next);
            } catch (RuntimeException e) {
                throw explained(next, e);
            }
            if (!isPlaced) {
                throw new CacheException("The new id of a session is taken");
            }
            placed = next;
        }

        private boolean point(String oldName, StoredSession base, StoredSession signpost) {
            try {
                return store.replace(oldName, base, signpost);
            } catch (RuntimeException e) {
                if (isPointedAfterAll(oldName, base, signpost, e)) {
                    return true;
                }
                throw e;
            }
        }

        /**
         * Finds out what became of a change whose answer was lost. What is on its way still must not arrive later, when
         * the client has been told that its id has not changed: the old entry is made another one, which it misses.
         */
        private boolean isPointedAfterAll(
                String oldName, StoredSession base, StoredSession signpost, RuntimeException cause) {
            try {
                StoredSession now = store.get(oldName);
                if (base.equals(now)
                        && !store.replace(
                                oldName,
                                base,
                                StoredSession.of(settings.format(), base.content().renewed()))) {
                    now = store.get(oldName);
                }
                return signpost.equals(now);
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
                return false;
            }
        }

        /** Spares readers the look at the signpost. When it fails, the next change does it. */
        private void complete(StoredSession next) {
            StoredSession complete = StoredSession.of(settings.format(), next.content().movedFrom(null));
            try {
                if (store.replace(newName, next, complete)) {
                    live.refresh(store.written(complete));
                }
            } catch (RuntimeException e) {
                LOG.debug("The change of a session's id is left to be completed by its next change", e);
            }
        }

        /** An entry that nobody accepts does no harm either, until it expires. */
        private void withdraw() {
            if (placed != null) {
                try {
                    store.remove(newName, placed);
                } catch (RuntimeException e) {
                    LOG.debug("The entry of a new id that was not taken is left to expire", e);
                }
            }
        }
    }

    /** What has come of a removal. */
    enum Removal {
        /** It was this call that ended the session. */
        DONE,
        /** The session has ended elsewhere. */
        TOO_LATE,
        /** The session lives, as it is not one that was meant. */
        NOT_MEANT
    }

    /**
     * Removes a session, whatever others change meanwhile, if it is meant still.
     *
     * @param isMeant asked of the session as it is stored, before it is removed in that very state
     */
    Removal remove(LiveSession live, Predicate<StoredSession> isMeant) {
        live.saveLock().lock();
        try {
            if (!live.isStored()) {
                return live.beginEnd() ? Removal.DONE : Removal.TOO_LATE;
            }
            Patience patience = new Patience();
            while (live.isAlive() && load(live)) {
                StoredSession base = requireNonNull(live.base());
                if (!isMeant.test(base)) {
                    return Removal.NOT_MEANT;
                }
                if (store.remove(live.name(), base)) {
                    return live.beginEnd() ? Removal.DONE : Removal.TOO_LATE;
                }
                if (!reload(live)) {
                    return Removal.TOO_LATE;
                }
                giveWay(patience);
            }
            return Removal.TOO_LATE;
        } finally {
            live.saveLock().unlock();
        }
    }
}
