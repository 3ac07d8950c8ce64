package dev.tidepool.session;

import dev.tidepool.session.SessionUse.Save;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of a stored session's id, which writes what has changed with it. There is one moment of change, when the
 * old entry becomes a signpost to the new one: before it the new id does not work, after it the old one does not. For
 * one thread.
 */
final class IdChange {
    private static final Logger LOG = LoggerFactory.getLogger(IdChange.class);

    private final SessionSettings settings;
    private final SessionStore store;
    private final SessionWriter writer;
    private final LiveSession live;
    private final StoredKey newKey;

    /** The entry under the new id, which nobody accepts before the old one points to it. */
    private @Nullable StoredSession placed;

    IdChange(SessionSettings settings, SessionStore store, SessionWriter writer, LiveSession live, SessionId newId) {
        this.settings = settings;
        this.store = store;
        this.writer = writer;
        this.live = live;
        this.newKey = settings.key(newId);
    }

    /** Makes the change, as the holder of the session's lock; returns false when the session has ended elsewhere. */
    boolean run() {
        Patience patience = new Patience();
        while (writer.load(live)) {
            Save save = live.prepare(false, true);
            if (save == null || !(save.session().entry() instanceof SessionContent changed)) {
                break;
            }
            StoredKey oldKey = live.key();
            StoredSession base = SessionWriter.baseOf(save);
            SessionContent next = changed.movedFrom(oldKey);
            place(stored(next));
            if (isPointed(oldKey, base, stored(live.content().signpostTo(newKey, next, settings.now())))) {
                writer.saved(live, save, stored(next));
                complete(next);
                return true;
            }
            writer.lost(patience);
            if (!writer.reload(live)) {
                break;
            }
        }
        withdraw();
        return false;
    }

    private StoredSession stored(SessionEntry entry) {
        return StoredSession.of(settings.format(), entry);
    }

    private void place(StoredSession next) {
        StoredSession before = placed;
        boolean isPlaced = SessionWriter.explained(
                next, () -> before == null ? store.create(newKey, next) : store.replace(newKey, before, next));
        if (!isPlaced) {
            throw new CacheException("The new id of a session is taken");
        }
        placed = next;
    }

    private boolean isPointed(StoredKey oldKey, StoredSession base, StoredSession signpost) {
        try {
            return store.replace(oldKey, base, signpost);
        } catch (RuntimeException e) {
            if (isPointedAfterAll(oldKey, base, signpost, e)) {
                return true;
            }
            throw e;
        }
    }

    /**
     * Finds out what became of a change whose answer was lost. What is on its way still must not arrive later, when the
     * client has been told that its id has not changed: the old entry is made another one, which it misses.
     */
    private boolean isPointedAfterAll(
            StoredKey oldKey, StoredSession base, StoredSession signpost, RuntimeException cause) {
        try {
            StoredSession now = store.get(oldKey);
            if (base.equals(now)
                    && base.entry() instanceof SessionContent content
                    && !store.replace(oldKey, base, stored(content.renewed()))) {
                now = store.get(oldKey);
            }
            return signpost.equals(now);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
            return false;
        }
    }

    /** Spares readers the look at the signpost. When it fails, the next change does it. */
    private void complete(SessionContent next) {
        StoredSession complete = stored(next.movedFrom(null));
        try {
            if (store.replace(newKey, stored(next), complete)) {
                live.completed(store.written(complete));
            }
        } catch (RuntimeException e) {
            LOG.debug("The change of a session's id is left to be completed by its next change", e);
        }
    }

    /** An entry that nobody accepts does no harm either, until it expires. */
    private void withdraw() {
        if (placed != null) {
            try {
                store.remove(newKey, placed);
            } catch (RuntimeException e) {
                LOG.debug("The entry of a new id that was not taken is left to expire", e);
            }
        }
    }
}
