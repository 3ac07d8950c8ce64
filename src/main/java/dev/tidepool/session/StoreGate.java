package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before a cache, and knows when its store is down: requests then fail at once, but for one each half second
 * that asks whether it is back. Thread-safe.
 *
 * <p>A request is silent while it is in flight and none that has begun after it has been answered; one that later ones
 * overtake is slow by itself. The store is down when {@value #SILENT} requests have been silent for a second in which
 * nothing was answered at all, or when {@value #REFUSED} connections in a row could not be made. Any answer, a refusal
 * too, ends the outage.
 *
 * <p>A cache may try a request that is throttled again and again, which looks from here as if the store hung. So after
 * half a second of silence the store itself is asked, and any answer ends the silence.
 *
 * <p>The first few requests in flight run in their callers' threads. The others run in threads of the gate, so that
 * their callers can be let go while the requests hang. Should all of those hang too, requests run in their callers'
 * threads again: the gate never refuses for want of threads.
 */
final class StoreGate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreGate.class);

    static final int DIRECT = 4;
    static final int SILENT = 5;
    static final int REFUSED = 5;
    static final int MAX_PROBES = 4;
    private static final int MAX_THREADS = 256;
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long CHECKED_NANOS = SILENCE_NANOS / 2;

    /** A check is over before the second is. */
    static final Duration CHECK_PATIENCE = Duration.ofMillis(400);

    private static final long PROBE_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** After so long a probe's caller is let go, so that a fresh request can ask: the old connection may be dead. */
    private static final long PROBE_PATIENCE_NANOS = MAX_PROBES * PROBE_PERIOD_NANOS;

    /** How often those who wait look around. */
    private static final long LOOK_MILLIS = 50;

    /** One request on its way. */
    private record Flight(long number, long begun, boolean direct, boolean probe, boolean change) {}

    /** A time in which the store is known to be down. */
    private record Outage(
            Instant since,
            long begun,
            String reason,
            @Nullable Throwable cause) {}

    private final String cacheName;
    private final LongSupplier nanoTime;
    private final BooleanSupplier check;
    private final ExecutorService threads;
    private volatile @Nullable Outage outage;

    /** The silent requests in the order in which they have begun. This and all below: under this object's lock. */
    private final Deque<Flight> silent = new ArrayDeque<>();

    private long begun;
    private int direct;
    private long lastAnswer;
    private int refused;
    private long nextProbe;
    private int probes;
    private boolean isChecking;

    /** @param check asks the store whether it answers anything at all, for at most {@link #CHECK_PATIENCE} */
    StoreGate(String cacheName, LongSupplier nanoTime, BooleanSupplier check) {
        this(cacheName, nanoTime, check, MAX_THREADS);
    }

    StoreGate(String cacheName, LongSupplier nanoTime, BooleanSupplier check, int maxThreads) {
        this.cacheName = cacheName;
        this.nanoTime = nanoTime;
        this.check = check;
        this.lastAnswer = nanoTime.getAsLong();
        this.threads = StoreThreads.start(maxThreads);
    }

    /** Whether the store is known to be down. */
    boolean isDown() {
        return outage != null;
    }

    /**
     * Makes a request that changes nothing, and hands on what comes of it.
     *
     * @throws CacheException when the store is known to be down, or the caller is interrupted
     */
    <T> @Nullable T read(Supplier<? extends @Nullable T> request) {
        return call(request, false);
    }

    /**
     * Makes a request that changes something, and hands on what comes of it.
     *
     * @throws CacheException when the store is known to be down, or the caller is interrupted; says whether the change
     *     may have been applied all the same
     */
    boolean change(BooleanSupplier request) {
        return requireNonNull(this.<Boolean>call(request::getAsBoolean, true));
    }

    private <T> @Nullable T call(Supplier<? extends @Nullable T> request, boolean change) {
        Outage known = outage;
        if (known == null) {
            Flight flight = begin(false, change);
            return flight.direct() ? ask(flight, request) : handOver(flight, request);
        }
        if (!becomesProbe()) {
            throw failure(known, false);
        }
        try {
            return handOver(begin(true, change), request);
        } finally {
            endProbe();
        }
    }

    private synchronized boolean becomesProbe() {
        long now = nanoTime.getAsLong();
        if (probes == MAX_PROBES || now - nextProbe < 0) {
            return false;
        }
        probes++;
        nextProbe = now + PROBE_PERIOD_NANOS;
        return true;
    }

    private synchronized void endProbe() {
        probes--;
    }

    private synchronized Flight begin(boolean probe, boolean change) {
        begun++;
        Flight flight = new Flight(begun, nanoTime.getAsLong(), outage == null && direct < DIRECT, probe, change);
        if (flight.direct()) {
            direct++;
        }
        silent.add(flight);
        return flight;
    }

    private <T> @Nullable T ask(Flight flight, Supplier<? extends @Nullable T> request) {
        try {
            T answer = request.get();
            end(flight, null);
            return answer;
        } catch (Throwable e) {
            end(flight, e);
            throw e;
        }
    }

    private <T> @Nullable T handOver(Flight flight, Supplier<? extends @Nullable T> request) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        FutureTask<@Nullable T> task = new FutureTask<>(() -> askIn(loader, flight, request));
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            return ask(flight, request); // all threads hang, or the gate has been shut down
        }
        try {
            await(flight, task);
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException(
                    "Cache '" + cacheName + "': interrupted while a request was in flight" + doubt(flight.change()), e);
        } catch (ExecutionException e) {
            throw unchecked(e);
        }
    }

    private <T> @Nullable T askIn(
            @Nullable ClassLoader loader, Flight flight, Supplier<? extends @Nullable T> request) {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return ask(flight, request);
        } finally {
            thread.setContextClassLoader(own);
        }
    }

    /**
     * Returns when a request is over. Whoever waits watches the time for all. The store is down only when two looks say
     * so: after a pause of the whole JVM the first one comes before the answers that have arrived meanwhile.
     */
    private void await(Flight flight, FutureTask<?> task) throws InterruptedException {
        boolean wasSilent = false;
        while (!isOver(task)) {
            if (becomesCheck()) {
                check();
            }
            boolean isSilent = isSilent(SILENCE_NANOS);
            if (isSilent && wasSilent) {
                beginOutage(
                        new Outage(now(), nanoTime.getAsLong(), SILENT + " requests had no answer for a second", null));
            }
            wasSilent = isSilent;
            Outage known = outage;
            if (known != null && !mayGoOn(flight)) {
                throw failure(known, flight.change());
            }
        }
    }

    private static boolean isOver(FutureTask<?> task) throws InterruptedException {
        try {
            task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private boolean mayGoOn(Flight flight) {
        return flight.probe() && nanoTime.getAsLong() - flight.begun() < PROBE_PATIENCE_NANOS;
    }

    private synchronized boolean becomesCheck() {
        if (isChecking || outage != null || !isSilent(CHECKED_NANOS)) {
            return false;
        }
        isChecking = true;
        return true;
    }

    private void check() {
        try {
            threads.execute(() -> {
                boolean isAnswered = false;
                try {
                    isAnswered = check.getAsBoolean();
                } catch (RuntimeException e) {
                    LOG.debug("The store of cache '{}' could not be checked", cacheName, e);
                } finally {
                    endCheck(isAnswered);
                }
            });
        } catch (RejectedExecutionException e) {
            endCheck(false);
        }
    }

    private synchronized void endCheck(boolean isAnswered) {
        isChecking = false;
        if (isAnswered) {
            lastAnswer = nanoTime.getAsLong();
        }
    }

    private synchronized boolean isSilent(long nanos) {
        long now = nanoTime.getAsLong();
        if (silent.size() < SILENT) {
            return false;
        }
        long lastBegun =
                silent.stream().skip(SILENT - 1).findFirst().orElseThrow().begun();
        return now - lastBegun >= nanos && now - lastAnswer >= nanos;
    }

    private void end(Flight flight, @Nullable Throwable failure) {
        if (failure == null) {
            answered(flight);
            return;
        }
        switch (Reply.of(failure)) {
            case ANSWER -> answered(flight);
            case NO_CONNECTION -> refused(flight, failure);
            case NO_ANSWER -> unanswered(flight);
        }
    }

    private void answered(Flight flight) {
        Outage over = endOutage(flight);
        if (over != null) {
            LOG.info(
                    "The store of cache '{}' is available again; it was known to be down for {} ms",
                    cacheName,
                    TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - over.begun()));
        }
    }

    private synchronized @Nullable Outage endOutage(Flight flight) {
        leave(flight);
        refused = 0;
        lastAnswer = nanoTime.getAsLong();
        while (!silent.isEmpty() && silent.getFirst().number() < flight.number()) {
            silent.removeFirst();
        }
        Outage over = outage;
        if (over != null) {
            outage = null;
            silent.clear(); // what the outage has left behind says nothing of the time after it
        }
        return over;
    }

    private void refused(Flight flight, Throwable failure) {
        if (isOneRefusalTooMany(flight)) {
            beginOutage(new Outage(
                    now(),
                    nanoTime.getAsLong(),
                    REFUSED + " connections in a row could not be made (" + failure.getMessage() + ")",
                    failure));
        }
    }

    private synchronized boolean isOneRefusalTooMany(Flight flight) {
        leave(flight);
        refused++;
        return refused >= REFUSED;
    }

    private synchronized void unanswered(Flight flight) {
        leave(flight);
        refused = 0;
    }

    private void leave(Flight flight) {
        silent.remove(flight);
        if (flight.direct()) {
            direct--;
        }
    }

    private void beginOutage(Outage next) {
        synchronized (this) {
            if (outage != null) {
                return;
            }
            outage = next;
            refused = 0;
            nextProbe = next.begun() + PROBE_PERIOD_NANOS;
        }
        LOG.warn("{}. Until it answers, requests for sessions that need it fail at once", said(next));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    private String said(Outage known) {
        return "Cache '" + cacheName + "': its store is known to be down since " + known.since() + ", when "
                + known.reason() + "; look at the options 'endpoint' and 'region', the network, and the store's own"
                + " state. It is asked again every "
                + Duration.ofNanos(PROBE_PERIOD_NANOS).toMillis() + " ms";
    }

    private CacheException failure(Outage known, boolean inDoubt) {
        return new CacheException(said(known) + doubt(inDoubt), known.cause());
    }

    private static String doubt(boolean change) {
        return change ? ". The change may have been applied; read the entry before trying again" : "";
    }

    private static RuntimeException unchecked(ExecutionException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException exception ? exception : new CacheException(e.getCause());
    }

    /** Lets idle threads go. Requests in flight go on, and later ones run in their callers' threads. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
