package dev.tidepool.session;

import dev.tidepool.session.SessionUse.Save;
import java.util.Comparator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a session's changes into the store. Every change is a compare-and-set against what was read last; when it
 * fails, the session is read again and the change is merged onto what is there now. What has ended is never written
 * again, as only an entry of the same incarnation is ever replaced.
 *
 * <p>Callers hold a use of the session. Thread-safe.
 */
final class SessionWriter {
    private static final Logger LOG = LoggerFactory.getLogger(SessionWriter.class);

    /** From here on a refusal may come from DynamoDB's limit of 400 KB for an item. */
    private static final int LARGE = 350 * 1_024;

    private static final int LARGEST_SHOWN = 3;

    private final SessionStore store;
    private final KnownSessions known;
    private final SessionCounts counts;

    /** How long the last write took, which is how long others need to get one of theirs in. */
    private volatile long writeNanos;

    SessionWriter(SessionStore store, KnownSessions known, SessionCounts counts) {
        this.store = store;
        this.known = known;
        this.counts = counts;
    }

    /**
     * Reads a session again, following it to where it has moved.
     *
     * @return false when it has ended
     */
    boolean reload(LiveSession live) {
        SessionStore.Found found = store.follow(live.key(), live.content());
        if (found == null) {
            return false;
        }
        if (!found.key().equals(live.key())) {
            known.move(live, null, found.key());
        }
        return live.refresh(found.stored());
    }

    /** Makes sure that a session can be read and changed; asks the store only if this node has not kept it. */
    boolean load(LiveSession live) {
        return !live.needsReading() || reload(live);
    }

    /** Stores a session that begins; returns false when its id is taken. */
    boolean create(LiveSession live) {
        Save save = live.prepare(false, true);
        return save != null && write(live, save);
    }

    /**
     * Writes what has changed.
     *
     * @param touch whether an access that has not been written for long is reason enough
     * @return false when the session has ended elsewhere, or is about to here
     */
    boolean save(LiveSession live, boolean touch) {
        return save(live, touch, false);
    }

    /** Writes a later deadline, as a request is on the session; returns false when the session has ended elsewhere. */
    boolean prolong(LiveSession live) {
        return save(live, true, true);
    }

    /**
     * Writes an access. It waits for no other change of the session, nor does one wait for it: of two that meet, the
     * store refuses one, which is then tried again.
     *
     * @return false when the session has ended elsewhere
     */
    boolean touch(LiveSession live) {
        while (load(live)) {
            Save save = live.prepareTouch();
            if (save == null) {
                return true;
            }
            if (isWritten(live, save)) {
                counts.flushed();
                live.saved(save, store.written(save.session()));
                return true;
            }
            counts.conflicted();
            if (!reload(live)) {
                return false;
            }
        }
        return false;
    }

    private boolean save(LiveSession live, boolean touch, boolean always) {
        if (!live.saveLock().tryLock()) {
            if (!always && !live.needsReading() && live.prepare(touch, false) == null) {
                return live.isAlive(); // who has nothing to save waits for nobody
            }
            live.saveLock().lock();
        }
        try {
            Patience patience = new Patience();
            boolean isNew = false;
            while (load(live)) {
                Save save = live.prepare(touch, always);
                if (save == null) {
                    return live.isAlive();
                }
                if (isNew || !live.use().isContended()) {
                    if (write(live, save)) {
                        return true;
                    }
                    lost(patience);
                } else {
                    patience.giveWay(writeNanos);
                }
                isNew = true;
                if (!reload(live)) {
                    return false;
                }
            }
            return false;
        } finally {
            live.saveLock().unlock();
        }
    }

    /** Lets others write before the session is read again, so that what is read is as new as can be. */
    void lost(Patience patience) {
        counts.conflicted();
        patience.pause();
    }

    private boolean write(LiveSession live, Save save) {
        boolean isWritten = isWritten(live, save);
        if (isWritten) {
            saved(live, save, save.session());
        }
        return isWritten;
    }

    private boolean isWritten(LiveSession live, Save save) {
        StoredSession base = save.base();
        long begin = System.nanoTime();
        boolean isWritten = explained(
                save.session(),
                () -> base == null
                        ? store.create(live.key(), save.session())
                        : store.replace(live.key(), base, save.session()));
        writeNanos = System.nanoTime() - begin;
        return isWritten;
    }

    void saved(LiveSession live, Save save, StoredSession written) {
        counts.flushed();
        live.saved(save, store.written(written));
    }

    /** What is done to the store. */
    @FunctionalInterface
    interface Write {
        boolean run();
    }

    /** Writes a session; a failure of one that may be too large says what makes it so. */
    static boolean explained(StoredSession session, Write write) {
        try {
            return write.run();
        } catch (RuntimeException e) {
            if (session.size() < LARGE || !(session.entry() instanceof SessionContent content)) {
                throw e;
            }
            String largest = content.attributes().entrySet().stream()
                    .sorted(Comparator.comparingInt((Map.Entry<String, byte[]> entry) -> -entry.getValue().length))
                    .limit(LARGEST_SHOWN)
                    .map(entry -> "'" + entry.getKey() + "' with " + entry.getValue().length + " bytes")
                    .collect(Collectors.joining(", "));
            throw new SessionFailure.TooLarge(
                    "A session of " + session.size() + " bytes cannot be saved; its largest attributes are " + largest
                            + ": " + e.getMessage(),
                    e);
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
            Patience patience = new Patience();
            while (live.isAlive() && load(live)) {
                StoredSession base = live.base();
                if (base != null && !isMeant.test(base)) {
                    return Removal.NOT_MEANT;
                }
                if (base == null || isRemoved(live, base)) {
                    return live.beginEnd() ? Removal.DONE : Removal.TOO_LATE;
                }
                lost(patience);
                if (!reload(live)) {
                    return Removal.TOO_LATE;
                }
            }
            return Removal.TOO_LATE;
        } finally {
            live.saveLock().unlock();
        }
    }

    /**
     * Removes a session in the state in which it was read. A removal whose answer was lost is one if the session is
     * gone: somebody has ended it, and this call wanted to.
     */
    boolean isRemoved(LiveSession live, StoredSession base) {
        try {
            return store.remove(live.key(), base);
        } catch (RuntimeException e) {
            if (isGone(live, e)) {
                LOG.debug("A session whose removal was not answered is gone", e);
                return true;
            }
            throw e;
        }
    }

    private boolean isGone(LiveSession live, RuntimeException cause) {
        try {
            return store.follow(live.key(), live.content()) == null;
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
            return false;
        }
    }

    /** Returns the entry that a stored session's next change goes by. */
    static StoredSession baseOf(Save save) {
        @Nullable StoredSession base = save.base();
        if (base == null) {
            throw new IllegalStateException("The session is not stored yet");
        }
        return base;
    }
}
