package dev.tidepool.session;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What time does to sessions: while a request is on one it is kept alive, and its end elsewhere noticed; when its
 * deadline has passed it is ended, by the node that wrote the deadline, or by a sweep. Thread-safe.
 */
final class Deadlines {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);

    /** How long before its deadline a session in use is written, at most and for each second of its timeout. */
    private static final long MAX_EARLY_MILLIS = 2_000;

    private static final long EARLY_MILLIS_OF_TIMEOUT = 100;

    /** So that the deadline has really passed. */
    private static final long LATE_MILLIS = 1;

    /** The writer of a deadline comes first: others find its work done. */
    private static final long LATE_MILLIS_OF_OTHERS = 250;

    /** How often a session in use is looked at where each access is written. */
    private static final long LOOK_MILLIS = 1_000;

    private static final long SHORTEST_LOOK_MILLIS = 100;

    /** How often the store is asked whether a session that never times out has ended elsewhere. */
    private static final long LOOK_MILLIS_OF_ENDLESS = TimeUnit.DAYS.toMillis(1);

    private static final long RETRY_OF_USED_MILLIS = 250;
    private static final long RETRY_MILLIS = 30_000;
    private static final int MAX_READS = 5;
    private static final int SWEPT_AT_ONCE = 64;

    private final SessionSettings settings;
    private final SessionStore store;
    private final SessionWriter writer;
    private final KnownSessions known;
    private final SessionEnds ends;
    private final SessionThreads threads;
    private final OutageLog outages;
    private final AlarmClock clock = new AlarmClock(this::ring);
    private @Nullable Thread sweeper;
    private volatile boolean isStopped;

    Deadlines(
            SessionSettings settings,
            SessionStore store,
            SessionWriter writer,
            KnownSessions known,
            SessionEnds ends,
            SessionThreads threads,
            OutageLog outages) {
        this.settings = settings;
        this.store = store;
        this.writer = writer;
        this.known = known;
        this.ends = ends;
        this.threads = threads;
        this.outages = outages;
    }

    /** Sets the alarm of a session by what is known of it now. */
    void watch(LiveSession live) {
        if (live.isWorthKeeping()) {
            clock.set(live, delay(live));
        } else {
            clock.cancel(live);
        }
    }

    /** Ends a use, and watches the session only if that is up to this node. */
    void leave(LiveSession live) {
        known.leave(live);
        watch(live);
    }

    private long delay(LiveSession live) {
        long now = settings.now();
        long deadline = live.deadline();
        long left = deadline == SessionEntry.NEVER ? LOOK_MILLIS_OF_ENDLESS : Math.max(0, deadline - now);
        if (live.isKeptAlive(now)) {
            if (!live.isStored()) {
                return lookMillis(live); // there is nothing to be kept alive, and a save sets the alarm anew
            }
            return Math.max(1, Math.min(lookMillis(live) - live.millisSinceSeen(), left - early(live)));
        }
        return left + (live.isWatcher() ? LATE_MILLIS : LATE_MILLIS_OF_OTHERS);
    }

    private long lookMillis(LiveSession live) {
        long touch = settings.touchMillis(live.maxInactiveInterval());
        return touch == 0 ? LOOK_MILLIS : Math.max(SHORTEST_LOOK_MILLIS, touch);
    }

    private static long early(LiveSession live) {
        return Math.min(MAX_EARLY_MILLIS, live.content().maxInactiveInterval() * EARLY_MILLIS_OF_TIMEOUT);
    }

    private void ring(LiveSession live) {
        boolean isUsed = live.isKeptAlive(settings.now());
        (isUsed ? threads.keepAlive : threads.ends).execute(() -> checkQuietly(live, isUsed));
    }

    private void checkQuietly(LiveSession live, boolean isUsed) {
        try {
            check(live);
            outages.succeeded();
        } catch (RuntimeException e) {
            outages.failed("deadlines could not be checked, and will be again", e);
            if (live.isWorthKeeping()) {
                clock.set(
                        live,
                        isUsed
                                ? retryMillis(live)
                                : RETRY_MILLIS + ThreadLocalRandom.current().nextLong(RETRY_MILLIS));
            }
        }
    }

    /** Often enough to come before the deadline, as long as there is one to come before. */
    private long retryMillis(LiveSession live) {
        long left = live.deadline() - settings.now();
        return left <= 0 ? RETRY_OF_USED_MILLIS : Math.max(1, Math.min(RETRY_OF_USED_MILLIS, left / 4));
    }

    /** Keeps a session alive, or ends it if it is due. */
    private void check(LiveSession held) {
        LiveSession live = known.reenter(held);
        try {
            long now = settings.now();
            if (live.isAlive() && live.isKeptAlive(now)) {
                keepAlive(live);
            } else if (live.deadline() <= now || live.deadline() == SessionEntry.NEVER) {
                endIfDue(live);
            }
        } finally {
            known.leave(live);
        }
        watch(live);
    }

    /** Ends what has passed its deadline, as the alarms do. */
    void endDue() {
        long now = settings.now();
        known.all().stream().filter(live -> live.deadline() <= now).forEach(this::check);
    }

    /** A request that is on the session when the deadline comes near is an access as long as it takes. */
    void keepAlive(LiveSession live) {
        if (!live.isStored()) {
            return;
        }
        boolean isNear = live.deadline() != SessionEntry.NEVER && live.deadline() - settings.now() <= early(live);
        boolean isUnseen = live.millisSinceSeen() >= lookMillis(live);
        boolean isAlive = isNear ? writer.prolong(live) : !isUnseen || writer.reload(live);
        if (!isAlive) {
            ends.foundEnded(live);
        }
    }

    private void endIfDue(LiveSession live) {
        for (int reads = 1; reads <= MAX_READS && live.isAlive(); reads++) {
            StoredSession stored = store.get(live.key());
            if (stored != null
                    && stored.entry() instanceof Signpost
                    && stored.entry().isSameSession(live.content())) {
                live.watchedElsewhere();
                if (live.hasLocalAttributes() && !writer.reload(live)) {
                    ends.foundEnded(live);
                }
                return;
            }
            if (stored == null || !stored.entry().isSameSession(live.content())) {
                ends.foundEnded(live);
                return;
            }
            if (stored.entry().deadline() > settings.now()) {
                live.refresh(stored);
                return;
            }
            if (ends.expire(live, stored)) {
                return;
            }
        }
    }

    /**
     * Ends all sessions in the store that have passed their deadline and that nobody has ended, page by page.
     *
     * @return how many were ended
     */
    int sweep() {
        AtomicInteger ended = new AtomicInteger();
        AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
        Semaphore places = new Semaphore(SWEPT_AT_ONCE);
        try {
            store.forEach((key, session) -> {
                if (session.entry().deadline() <= settings.now() && !isStopped) {
                    inParallel(places, () -> {
                        try {
                            if (sweep(key, session)) {
                                ended.incrementAndGet();
                            }
                        } catch (RuntimeException e) {
                            failure.compareAndSet(null, e);
                        }
                    });
                }
                return !isStopped;
            });
        } finally {
            places.acquireUninterruptibly(SWEPT_AT_ONCE);
        }
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return ended.get();
    }

    private void inParallel(Semaphore places, Runnable task) {
        places.acquireUninterruptibly();
        boolean isBegun = false;
        try {
            threads.ends.execute(() -> {
                try {
                    task.run();
                } finally {
                    places.release();
                }
            });
            isBegun = true;
        } finally {
            if (!isBegun) {
                places.release();
            }
        }
    }

    /** A signpost, and an entry that nobody accepts, is no session; it goes without a word. */
    private boolean sweep(StoredKey key, StoredSession expired) {
        SessionStore.Found found = store.accepted(key, expired);
        if (found == null) {
            store.remove(key, expired);
            return false;
        }
        LiveSession live = known.enter(null, key, found.content());
        try {
            if (live.isKeptAlive(settings.now())) {
                live.refresh(found.stored());
                keepAlive(live);
                return false;
            }
            return ends.expire(live, expired);
        } finally {
            leave(live);
        }
    }

    /** Begins to sweep at intervals, if there is one for it. */
    synchronized void start() {
        isStopped = false;
        clock.start();
        Duration interval = settings.sweepInterval();
        if (interval != null && sweeper == null) {
            sweeper = new Thread(() -> sweepAgainAndAgain(Math.max(1, interval.toMillis())), "tidepool-sessions-sweep");
            sweeper.setDaemon(true);
            sweeper.start();
        }
    }

    private void sweepAgainAndAgain(long millis) {
        while (isSweeper(millis)) {
            try {
                LOG.debug("Swept {} sessions", sweep());
                outages.succeeded();
            } catch (RuntimeException e) {
                outages.failed("expired ones could not be swept, and will be at the next interval", e);
            }
        }
    }

    private synchronized boolean isSweeper(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            for (long left = millis; left > 0 && sweeper == Thread.currentThread(); ) {
                wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return sweeper == Thread.currentThread();
    }

    /** Ends the alarms and sweeps; the sessions stay where they are. */
    void stop() {
        isStopped = true;
        synchronized (this) {
            sweeper = null;
            notifyAll();
        }
        clock.stop();
    }
}
