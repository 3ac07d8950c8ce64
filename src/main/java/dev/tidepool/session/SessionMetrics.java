package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the sessions of an engine, for Micrometer. An adapter has a method that answers its engine:
 *
 * <pre>{@code
 * new SessionMetrics(sessionManager.engine()).bindTo(registry); // of a JCacheSessionManager
 * }</pre>
 *
 * <p>That of a deployment of servlets has it by {@code JCacheSessionManager.engineOf(deployment.getSessionManager())}.
 *
 * <p>All have the tag {@code deployment}, which is the engine's name:
 *
 * <ul>
 *   <li>{@code tidepool.sessions.active}, a gauge of the sessions that this node knows: those in use, and those that it
 *       is to end.
 *   <li>{@code tidepool.sessions.created}, a counter.
 *   <li>{@code tidepool.sessions.expired}, a counter of those that this node has ended, be it that they timed out or
 *       were invalidated.
 *   <li>{@code tidepool.sessions.ended}, the same with the tag {@code reason}: {@code invalidated} or {@code timeout}.
 *   <li>{@code tidepool.sessions.failures}, a counter of requests whose session could not be read, saved or ended, with
 *       the tag {@code reason}: {@code store}, {@code too.large}, {@code class.not.allowed}, or {@code ended.meanwhile}
 *       when another request has ended a session that this one changed.
 *   <li>{@code tidepool.sessions.unreadable}, a counter of attributes that could not be decoded.
 *   <li>{@code tidepool.sessions.rejected}, a counter of those that were refused for {@code maxSessions}.
 *   <li>{@code tidepool.sessions.flushes}, a counter of saves: of new sessions, of changes, and of accesses.
 *   <li>{@code tidepool.sessions.touches.saved}, a counter of requests whose access was not written, as the
 *       {@code touchInterval} since the last one that was had not passed.
 *   <li>{@code tidepool.sessions.conflicts}, a counter of saves and ends that were tried again, as another request or
 *       node had changed the session meanwhile.
 * </ul>
 *
 * <p>Counters go on when the manager is started again. What an id, an attribute or a value is, no tag ever says.
 * Thread-safe. {@link #close} removes the meters, which a manager of the same name that takes the place of another
 * needs.
 */
public final class SessionMetrics implements MeterBinder, AutoCloseable {
    private static final String REASON = "reason";
    private static final String FAILURES = "Requests whose session could not be read, saved or ended";

    private final SessionEngine engine;
    private final Tags tags;
    private final List<Registration> registrations = new CopyOnWriteArrayList<>();

    private record Registration(MeterRegistry registry, Meter meter) {}

    /**
     * Metrics without any tag but {@code deployment}.
     *
     * @param engine whose sessions are measured
     */
    public SessionMetrics(SessionEngine engine) {
        this(engine, Tags.empty());
    }

    /**
     * Metrics with tags of one's own.
     *
     * @param engine whose sessions are measured
     * @param tags what each meter has besides {@code deployment}
     */
    public SessionMetrics(SessionEngine engine, Iterable<Tag> tags) {
        this.engine = requireNonNull(engine, "engine");
        this.tags = Tags.of(requireNonNull(tags, "tags")).and("deployment", engine.name());
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        add(
                registry,
                Gauge.builder("tidepool.sessions.active", engine, SessionEngine::count)
                        .description("Sessions that this node knows")
                        .baseUnit("sessions")
                        .tags(tags)
                        .register(registry));
        count(registry, "created", "sessions", "Sessions created", SessionCounts::totalCreated);
        count(registry, "expired", "sessions", "Sessions timed out or invalidated", SessionCounts::totalEnded);
        count(registry, "rejected", "sessions", "Sessions refused for maxSessions", SessionCounts::totalRejected);
        count(registry, "flushes", null, "Saves of sessions", SessionCounts::totalFlushes);
        count(registry, "touches.saved", null, "Accesses that cost no write", SessionCounts::totalSparedTouches);
        count(registry, "conflicts", null, "Saves and ends that were tried again", SessionCounts::totalConflicts);
        count(registry, "unreadable", null, "Attributes that could not be decoded", SessionCounts::totalUnreadable);
        for (EndReason reason : EndReason.values()) {
            Tags tagged = tags.and(REASON, reason.name().toLowerCase(Locale.ROOT));
            count(registry, "ended", "sessions", "Sessions ended", tagged, counts -> counts.totalEnds(reason));
        }
        for (SessionFailure failure : SessionFailure.values()) {
            Tags tagged = tags.and(REASON, failure.reason());
            count(registry, "failures", null, FAILURES, tagged, counts -> counts.totalFailures(failure));
        }
    }

    private void count(
            MeterRegistry registry,
            String name,
            @Nullable String unit,
            String description,
            ToLongFunction<SessionCounts> total) {
        count(registry, name, unit, description, tags, total);
    }

    private void count(
            MeterRegistry registry,
            String name,
            @Nullable String unit,
            String description,
            Tags tagged,
            ToLongFunction<SessionCounts> total) {
        add(
                registry,
                FunctionCounter.builder(
                                "tidepool.sessions." + name, engine, counted -> total.applyAsLong(counted.counts()))
                        .description(description)
                        .baseUnit(unit)
                        .tags(tagged)
                        .register(registry));
    }

    private void add(MeterRegistry registry, Meter meter) {
        registrations.add(new Registration(registry, meter));
    }

    /** Removes the meters from all registries. */
    @Override
    public void close() {
        registrations.forEach(registration -> registration.registry().remove(registration.meter()));
        registrations.clear();
    }
}
