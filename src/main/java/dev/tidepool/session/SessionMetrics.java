package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.undertow.server.session.SessionManager;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the sessions of a {@link JCacheSessionManager}, for Micrometer. With servlets the manager is that of the
 * deployment:
 *
 * <pre>{@code
 * new SessionMetrics(deploymentManager.getDeployment().getSessionManager()).bindTo(registry);
 * }</pre>
 *
 * <p>All have the tag {@code deployment}, which is the manager's name:
 *
 * <ul>
 *   <li>{@code tidepool.sessions.active}, a gauge of the sessions that this node holds.
 *   <li>{@code tidepool.sessions.created}, a counter.
 *   <li>{@code tidepool.sessions.expired}, a counter of those that this node has ended, be it that they timed out or
 *       were invalidated.
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
    private final JCacheSessionManager manager;
    private final Tags tags;
    private final List<Registration> registrations = new CopyOnWriteArrayList<>();

    private record Registration(MeterRegistry registry, Meter meter) {}

    /**
     * Metrics without any tag but {@code deployment}.
     *
     * @param manager a {@link JCacheSessionManager}
     * @throws IllegalArgumentException when it is another one
     */
    public SessionMetrics(SessionManager manager) {
        this(manager, Tags.empty());
    }

    /**
     * Metrics with tags of one's own.
     *
     * @param manager a {@link JCacheSessionManager}
     * @param tags what each meter has besides {@code deployment}
     * @throws IllegalArgumentException when it is another one
     */
    public SessionMetrics(SessionManager manager, Iterable<Tag> tags) {
        if (!(requireNonNull(manager, "manager") instanceof JCacheSessionManager own)) {
            throw new IllegalArgumentException("SessionMetrics measures a JCacheSessionManager, not "
                    + manager.getClass().getName()
                    + "; has the deployment got a JCacheSessionManagerFactory?");
        }
        this.manager = own;
        this.tags = Tags.of(requireNonNull(tags, "tags")).and("deployment", own.getDeploymentName());
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        add(
                registry,
                Gauge.builder("tidepool.sessions.active", manager, JCacheSessionManager::getActiveSessionCount)
                        .description("Sessions that this node holds")
                        .baseUnit("sessions")
                        .tags(tags)
                        .register(registry));
        count(registry, "created", "sessions", "Sessions created", SessionCounts::totalCreated);
        count(registry, "expired", "sessions", "Sessions timed out or invalidated", SessionCounts::totalEnded);
        count(registry, "rejected", "sessions", "Sessions refused for maxSessions", SessionCounts::totalRejected);
        count(registry, "flushes", null, "Saves of sessions", SessionCounts::totalFlushes);
        count(registry, "touches.saved", null, "Accesses that cost no write", SessionCounts::totalSparedTouches);
        count(registry, "conflicts", null, "Saves and ends that were tried again", SessionCounts::totalConflicts);
    }

    private void count(
            MeterRegistry registry,
            String name,
            @Nullable String unit,
            String description,
            ToLongFunction<SessionCounts> total) {
        add(
                registry,
                FunctionCounter.builder(
                                "tidepool.sessions." + name, manager, counted -> total.applyAsLong(counted.counts()))
                        .description(description)
                        .baseUnit(unit)
                        .tags(tags)
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
