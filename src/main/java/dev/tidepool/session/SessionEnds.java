package dev.tidepool.session;

import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How sessions end: removed from the store by one node of all that know it, told to listeners while it can still be
 * read, then gone. Callers hold a use of the session. Thread-safe.
 */
final class SessionEnds {
    private static final Logger LOG = LoggerFactory.getLogger(SessionEnds.class);

    private final SessionSettings settings;
    private final SessionWriter writer;
    private final KnownSessions known;
    private final SessionCounts counts;
    private final BiConsumer<LiveSession, EndReason> listeners;
    private final BiConsumer<LiveSession, EndReason> peers;

    /**
     * Makes one for an engine.
     *
     * @param listeners told of ends that no caller asked for
     * @param peers told of all ends that this engine has made, while the session can still be read
     */
    SessionEnds(
            SessionSettings settings,
            SessionWriter writer,
            KnownSessions known,
            SessionCounts counts,
            BiConsumer<LiveSession, EndReason> listeners,
            BiConsumer<LiveSession, EndReason> peers) {
        this.settings = settings;
        this.writer = writer;
        this.known = known;
        this.counts = counts;
        this.listeners = listeners;
        this.peers = peers;
    }

    /**
     * Ends a session, if it is meant still.
     *
     * @param tell tells the listeners; what it throws comes after the end
     * @return false when somebody else has ended it, or it is not meant any more
     */
    boolean end(LiveSession live, EndReason reason, Predicate<StoredSession> isMeant, Runnable tell) {
        return switch (writer.remove(live, isMeant)) {
            case DONE -> {
                known.remove(live);
                try {
                    tell.run();
                } finally {
                    ended(live, reason);
                }
                yield true;
            }
            case TOO_LATE -> {
                foundEnded(live);
                yield false;
            }
            case NOT_MEANT -> false;
        };
    }

    /** Ends a session as {@link #end} does, and tells those who always listen. */
    boolean end(LiveSession live, EndReason reason, Predicate<StoredSession> isMeant) {
        return end(live, reason, isMeant, () -> listeners.accept(live, reason));
    }

    /** Ends a session that has passed its deadline; returns whether it was this call that did, which tells so. */
    boolean expire(LiveSession live, StoredSession expired) {
        live.saveLock().lock();
        try {
            if (!writer.isRemoved(live, expired)) {
                return false;
            }
            live.refresh(expired);
            live.beginEnd();
        } finally {
            live.saveLock().unlock();
        }
        known.remove(live);
        try {
            tellQuietly(live, EndReason.TIMEOUT);
        } finally {
            ended(live, EndReason.TIMEOUT);
        }
        return true;
    }

    /**
     * Lets go of a session that somebody else has ended, unless a change under way here is that end. Those who listen
     * here are told only where the session has something that is nowhere else.
     */
    void foundEnded(LiveSession live) {
        live.saveLock().lock();
        try {
            if (!live.beginEnd()) {
                return;
            }
        } finally {
            live.saveLock().unlock();
        }
        if (live.hasLocalAttributes()) {
            tellQuietly(live, live.deadline() <= settings.now() ? EndReason.TIMEOUT : EndReason.INVALIDATED);
        }
        known.remove(live);
        live.end();
    }

    /** Lets go of a session, told by another engine of this JVM that has ended it. */
    void heardOfEnd(LiveSession live, EndReason reason) {
        boolean isFirst = live.beginEnd();
        known.remove(live);
        tellQuietly(live, reason);
        if (isFirst) {
            live.end();
        }
    }

    /** Nobody waits for such an end who could do something about a listener that fails. */
    private void tellQuietly(LiveSession live, EndReason reason) {
        try {
            listeners.accept(live, reason);
        } catch (RuntimeException e) {
            LOG.error("A listener for sessions of {} has failed at an end", settings.name(), e);
        }
    }

    private void ended(LiveSession live, EndReason reason) {
        peers.accept(live, reason);
        live.end();
        counts.ended(reason, settings.now() - live.content().creationTime());
    }
}
