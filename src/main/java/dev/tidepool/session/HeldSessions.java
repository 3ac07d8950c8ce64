package dev.tidepool.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that this node holds: those that it created or served, until it learns of their end. Each has a timer
 * for its deadline. Whoever removes a session from the store that has passed its deadline tells the listeners; so one
 * node does, of all that hold it. Thread-safe.
 */
final class HeldSessions {
    private static final Logger LOG = LoggerFactory.getLogger(HeldSessions.class);
    private static final int TIMER_THREADS = 2;
    private static final long RETRY_MILLIS = 30_000;

    /** So that the deadline has really passed when a timer runs. */
    private static final long LATE_MILLIS = 1;

    /** How long before its deadline a session is looked at, at most and for each second of its timeout. */
    private static final long MAX_EARLY_MILLIS = 2_000;

    private static final long EARLY_MILLIS_OF_TIMEOUT = 100;
    private static final long AGAIN_MILLIS = 1_000;
    private static final int MAX_READS = 5;

    /** How often the store is asked whether a session that never times out has ended elsewhere. */
    private static final long LOOK_MILLIS = TimeUnit.DAYS.toMillis(1);

    private final SessionSettings settings;
    private final SessionStore store;
    private final SessionWriter writer;
    private final AttributeCodec codec;
    private final Consumer<LiveSession> onTimeout;
    private final ConcurrentMap<String, LiveSession> byId = new ConcurrentHashMap<>();

    /** Those that began on this node, the oldest first; guarded by itself. */
    private final Set<LiveSession> created = new LinkedHashSet<>();

    private @Nullable ScheduledThreadPoolExecutor timers;
    private @Nullable Future<?> sweeps;
    private boolean isStopped;

    HeldSessions(
            SessionSettings settings,
            SessionStore store,
            SessionWriter writer,
            AttributeCodec codec,
            Consumer<LiveSession> onTimeout) {
        this.settings = settings;
        this.store = store;
        this.writer = writer;
        this.codec = codec;
        this.onTimeout = onTimeout;
    }

    int count() {
        return byId.size();
    }

    Set<String> ids() {
        return new HashSet<>(byId.keySet());
    }

    List<LiveSession> all() {
        return new ArrayList<>(byId.values());
    }

    /** Begins a session that is not stored yet. */
    LiveSession begin(String id, SessionContent content) {
        return LiveSession.begin(settings, codec, id, store.name(id), content);
    }

    /** Holds a session that has begun on this node. */
    void add(LiveSession live) {
        byId.put(live.id(), live);
        synchronized (created) {
            created.add(live);
        }
        watchDeadline(live);
    }

    /** Returns the oldest session that began on this node and lives. */
    @Nullable LiveSession oldestCreated() {
        synchronized (created) {
            return created.stream().filter(LiveSession::isAlive).findFirst().orElse(null);
        }
    }

    /** Lets go of a session, whose end somebody else tells, or nobody; unless a change under way here is that end. */
    void forget(LiveSession live) {
        remove(live);
        live.saveLock().lock();
        try {
            if (live.beginEnd()) {
                live.end();
            }
        } finally {
            live.saveLock().unlock();
        }
    }

    /** Lets go of a session that this node ends. */
    void remove(LiveSession live) {
        byId.remove(live.id(), live);
        synchronized (created) {
            created.remove(live);
        }
    }

    /** Takes note of a new id. */
    void renamed(String oldId, LiveSession live) {
        byId.remove(oldId, live);
        byId.put(live.id(), live);
        if (!live.isAlive()) {
            byId.remove(live.id(), live);
        }
    }

    /**
     * Finds a session for a client.
     *
     * @return the session, with a use that the caller ends; null when there is none
     */
    @Nullable LiveSession find(String id) {
        LiveSession held = byId.get(id);
        if (held != null && held.isAlive() && !held.isStored()) {
            held.use();
            return held;
        }
        String name = store.name(id);
        boolean isKeptAlive = false;
        for (int reads = 1; ; reads++) {
            StoredSession found = store.get(name);
            if (found == null) {
                if (held != null && held.id().equals(id)) {
                    forget(held);
                }
                return null;
            }
            if (!store.isAccepted(name, found)) {
                return null;
            }
            if (!found.content().isExpired(settings.now())) {
                LiveSession live = held(id, name, found);
                // A request here may have saved and gone since the read began.
                if (!live.isOutdated(found) || reads == MAX_READS) {
                    return joined(live, found);
                }
                live.release();
                continue;
            }
            LiveSession known = known(id, name, found);
            if (known.isInUse() && !isKeptAlive) {
                isKeptAlive = true;
                keepAlive(known);
            } else if (end(known, name, found)) {
                return null;
            }
        }
    }

    /** Returns the session that this node holds, or one made of what was found. */
    private LiveSession known(String id, String name, StoredSession found) {
        LiveSession held = byId.get(id);
        return held != null && held.isAlive() && held.content().isSameSession(found.content())
                ? held
                : LiveSession.found(settings, codec, id, name, found);
    }

    private LiveSession held(String id, String name, StoredSession found) {
        LiveSession live = byId.compute(
                id,
                (key, before) ->
                        before != null && before.isAlive() && before.content().isSameSession(found.content())
                                ? before
                                : LiveSession.found(settings, codec, id, name, found));
        live.use();
        return live;
    }

    private @Nullable LiveSession joined(LiveSession live, StoredSession found) {
        if (!live.refresh(found) || !live.isAlive()) {
            live.release();
            return null;
        }
        if (!live.isWatched()) {
            watchDeadline(live);
        }
        return live;
    }

    /** Removes a session that has passed its deadline; returns whether it was this call that did, which tells so. */
    private boolean end(LiveSession known, String name, StoredSession expired) {
        LiveSession ended = known;
        known.saveLock().lock();
        try {
            if (!store.remove(name, expired)) {
                return false;
            }
            remove(known);
            known.use();
            known.refresh(expired);
            if (!known.beginEnd()) { // it was let go of before
                ended = LiveSession.found(settings, codec, known.id(), name, expired);
                ended.use();
                ended.beginEnd();
            }
        } finally {
            known.saveLock().unlock();
        }
        onTimeout.accept(ended);
        return true;
    }

    /**
     * Sets the timer of a session anew. It runs shortly before the deadline, for a request that is on the session to
     * move it before other nodes see it pass, and at the deadline.
     */
    void watchDeadline(LiveSession live) {
        long deadline = live.deadline();
        if (deadline == SessionContent.NEVER) {
            watchFor(live, LOOK_MILLIS);
            return;
        }
        long left = Math.max(0, deadline - settings.now());
        long early = early(live);
        watchFor(live, left > early ? left - early : left + LATE_MILLIS);
    }

    private static long early(LiveSession live) {
        return Math.min(MAX_EARLY_MILLIS, live.maxInactiveInterval() * EARLY_MILLIS_OF_TIMEOUT);
    }

    private synchronized void watchFor(LiveSession live, long millis) {
        if (!isStopped) {
            live.setTimer(timers().schedule(() -> checkDeadline(live), millis, TimeUnit.MILLISECONDS));
        }
    }

    private ScheduledThreadPoolExecutor timers() {
        if (timers == null) {
            timers = new ScheduledThreadPoolExecutor(TIMER_THREADS, task -> {
                Thread thread = new Thread(task, "tidepool-sessions");
                thread.setDaemon(true);
                return thread;
            });
            timers.setRemoveOnCancelPolicy(true);
            timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        }
        return timers;
    }

    private void checkDeadline(LiveSession live) {
        try {
            if (live.isInUse()) {
                keepAlive(live);
            } else if (live.deadline() != SessionContent.NEVER && live.deadline() > settings.now()) {
                watchDeadline(live);
            } else {
                endIfDue(live);
            }
        } catch (RuntimeException e) {
            LOG.warn("A session's deadline could not be checked, and will be again: {}", e.getMessage());
            watchFor(live, RETRY_MILLIS);
        }
    }

    /** Ends what has passed its deadline, as the timers do. */
    void endDue() {
        long now = settings.now();
        all().stream().filter(live -> live.deadline() <= now).forEach(live -> {
            if (live.isInUse()) {
                keepAlive(live);
            } else {
                endIfDue(live);
            }
        });
    }

    /** Asks the store, as another node may have moved the deadline or the session. */
    private void endIfDue(LiveSession live) {
        while (live.isAlive() && live.isStored()) {
            SessionStore.Current current = store.follow(live.name(), live.content());
            if (current == null) {
                forget(live);
                return;
            }
            live.followed(current.name());
            if (!current.session().content().isExpired(settings.now())) {
                live.moved(current.session().content());
                watchDeadline(live);
                return;
            }
            if (end(live, current.name(), current.session())) {
                return;
            }
        }
    }

    /** A request that is on the session when the deadline comes near is an access as long as it takes. */
    private void keepAlive(LiveSession live) {
        live.use();
        try {
            long before = live.deadline();
            if (before - settings.now() > early(live)) {
                watchDeadline(live);
            } else if (!live.isStored()) {
                watchFor(live, AGAIN_MILLIS);
            } else if (!writer.prolong(live)) {
                forget(live);
            } else if (live.deadline() == before) {
                watchFor(live, AGAIN_MILLIS); // only a handle outside of any request is in use
            } else {
                watchDeadline(live);
            }
        } finally {
            live.release();
        }
    }

    /** Ends all sessions in the store that have passed their deadline and that nobody has ended. */
    int sweep() {
        List<Runnable> ends = new ArrayList<>();
        int[] ended = {0};
        store.forEach((name, session) -> {
            if (session.entry().isExpired(settings.now())) {
                ends.add(() -> ended[0] += sweep(name, session) ? 1 : 0);
            }
        });
        ends.forEach(Runnable::run);
        return ended[0];
    }

    /** A signpost, and an entry that nobody accepts, is no session; it goes without a word. */
    private boolean sweep(String name, StoredSession expired) {
        if (!store.isAccepted(name, expired)) {
            store.remove(name, expired);
            return false;
        }
        LiveSession known = storedAs(name, expired);
        if (known.isInUse()) {
            keepAlive(known);
            return false;
        }
        return end(known, name, expired);
    }

    /**
     * Returns the session that this node holds under a name of the store's, or one made of what was found, which it
     * does not begin to hold: its id may be unknown.
     */
    LiveSession storedAs(String name, StoredSession found) {
        return byId.values().stream()
                .filter(live -> live.isAlive() && live.name().equals(name))
                .findFirst()
                .orElseGet(() -> LiveSession.found(settings, codec, name, name, found));
    }

    /** Begins to sweep at intervals. */
    synchronized void start() {
        isStopped = false;
        Duration interval = settings.sweepInterval();
        if (interval != null) {
            long millis = Math.max(1, interval.toMillis());
            sweeps = timers().scheduleWithFixedDelay(this::sweepQuietly, millis, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void sweepQuietly() {
        try {
            LOG.debug("Swept {} sessions", sweep());
        } catch (RuntimeException e) {
            LOG.warn("Expired sessions could not be swept, and will be at the next interval: {}", e.getMessage());
        }
    }

    /** Ends the timers; the sessions stay where they are. */
    void stop() {
        synchronized (this) {
            isStopped = true;
            if (sweeps != null) {
                sweeps.cancel(false);
                sweeps = null;
            }
            if (timers != null) {
                timers.shutdown();
                timers = null;
            }
        }
        all().forEach(live -> live.setTimer(null));
        byId.clear();
        synchronized (created) {
            created.clear();
        }
    }
}
