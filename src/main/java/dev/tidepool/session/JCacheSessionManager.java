package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import io.undertow.server.session.SessionManagerStatistics;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * An Undertow session manager whose sessions live in a JCache cache, so that they survive this node, and every node
 * that has the cache serves them without stickiness.
 *
 * <pre>{@code
 * SessionManager sessions = JCacheSessionManager.builder(SessionCaches.dynamoDb()).build("shop");
 * HttpHandler handler = new SessionAttachmentHandler(application, sessions, new SessionCookieConfig());
 * }</pre>
 *
 * <p>A session is read when a request first asks for it, and what the request has changed is saved as its response is
 * committed, merged onto what other requests have saved meanwhile. When that fails, the client gets a
 * {@link FailureResponse} instead of the application's response. What is changed later, by another thread or through
 * {@link #getSession(String)}, is saved at once; these calls throw the store's exception.
 *
 * <p>A session that an application holds objects of is shared by all requests of this node that are on it. Requests
 * that failed to save it may have their changes saved by another one that overlaps.
 *
 * <p>Thread-safe. {@link #stop} leaves the sessions in the store and the cache open. Two managers are equal when they
 * have the same deployment name.
 */
@SuppressWarnings("NullAway") // SessionManager answers null for what there is not
public final class JCacheSessionManager implements SessionManager, SessionManagerStatistics {
    private final String deploymentName;
    private final SessionSettings settings;
    private final SessionLifecycle lifecycle;
    private final HeldSessions held;
    private final SessionCounts counts;
    private final SessionCreation creation;
    private final SessionLookup lookup;
    private final SessionSearch search;
    private volatile int defaultTimeout;

    JCacheSessionManager(
            String deploymentName,
            SessionSettings settings,
            SessionStore store,
            AttributeCodec codec,
            int defaultTimeout,
            @Nullable Supplier<@Nullable HttpServerExchange> servletExchange) {
        this.deploymentName = requireNonNull(deploymentName, "deploymentName");
        this.settings = settings;
        this.lifecycle = new SessionLifecycle(this, settings, store, codec);
        this.held = lifecycle.held();
        this.counts = lifecycle.counts();
        this.search = new SessionSearch(settings, store, lifecycle);
        this.defaultTimeout = defaultTimeout;
        this.creation = new SessionCreation(this, settings, lifecycle, servletExchange != null);
        this.lookup = new SessionLookup(settings, lifecycle, servletExchange == null ? () -> null : servletExchange);
    }

    /**
     * Begins the configuration of a manager.
     *
     * @param cache holds the sessions; shared by all nodes, never closed by the manager
     * @return a builder
     * @throws IllegalArgumentException when reads of the cache answer misses while the store is down
     */
    public static Builder builder(Cache<String, StoredSession> cache) {
        return new Builder(cache);
    }

    @Override
    public String getDeploymentName() {
        return deploymentName;
    }

    /** Begins to count anew, and to sweep if there is an interval for it. */
    @Override
    public void start() {
        counts.start(settings.now());
        held.start();
    }

    /** Saves what requests under way have changed, and ends the timers. Sessions live on, and no listener is called. */
    @Override
    public void stop() {
        for (LiveSession live : held.all()) {
            if (live.isInUse() && live.mayNeedSave(false)) {
                live.use();
                lifecycle.finish(live);
            }
        }
        held.stop();
    }

    @Override
    public Session createSession(HttpServerExchange exchange, @Nullable SessionConfig config) {
        creation.makeRoom();
        SessionConfig given = SessionLookup.requireConfig(config);
        LiveSession live = creation.begin(exchange, given, defaultTimeout);
        ExchangeSession request = lifecycle.request(exchange);
        JCacheSession session = request.attachNew(live, given);
        held.add(live);
        request.sendId(given, live.id(), live);
        counts.created();
        counts.active(held.count());
        if (request.isCommitted()) {
            live.use();
            try {
                lifecycle.saveNow(live);
            } finally {
                lifecycle.release(live);
            }
        }
        lifecycle.listeners().sessionCreated(session, exchange);
        return session;
    }

    /**
     * Returns the session of a request, which is read from the store when it is first asked for.
     *
     * <p>Undertow itself asks once more when the response is complete. When nobody has asked before, that question is
     * answered with null and without a read; whoever asks after it gets the truth.
     *
     * @param exchange the request; null for a session outside of any
     * @param config finds the id
     * @return the session, or null when the request is on none
     * @throws IllegalStateException when there is no config
     */
    @Override
    public @Nullable Session getSession(@Nullable HttpServerExchange exchange, @Nullable SessionConfig config) {
        return lookup.ofRequest(exchange, config);
    }

    /**
     * Finds a session outside of any exchange. It counts as no access. Changes are saved at once, and each question is
     * answered from the store unless a request of this node is on the session.
     *
     * @param id an id, or null
     * @return the session, or null when there is none
     */
    @Override
    public @Nullable Session getSession(@Nullable String id) {
        return lookup.withId(id);
    }

    @Override
    public void registerSessionListener(SessionListener listener) {
        lifecycle.listeners().addSessionListener(listener);
    }

    @Override
    public void removeSessionListener(SessionListener listener) {
        lifecycle.listeners().removeSessionListener(listener);
    }

    @Override
    public void setDefaultSessionTimeout(int seconds) {
        defaultTimeout = seconds;
    }

    /**
     * Returns none, as no session is lost when this node stops.
     *
     * @return an empty set
     */
    @Override
    public Set<String> getTransientSessions() {
        return Set.of();
    }

    /**
     * Returns the ids of the sessions that this node holds: those that it created or served, and that it does not know
     * to have ended.
     *
     * @return a new set
     */
    @Override
    public Set<String> getActiveSessions() {
        return held.ids();
    }

    /** The same as {@link #getActiveSessions()}: the store is not searched for those of other nodes. */
    @Override
    public Set<String> getAllSessions() {
        return held.ids();
    }

    /**
     * Answers that sessions are known to other nodes. A method of the interface since Undertow 2.4.
     *
     * @return true
     */
    public boolean isDistributed() {
        return true;
    }

    /**
     * Ends all sessions in the store that have passed their deadline and that no node has ended, since the nodes that
     * served them are gone. Reads the whole cache.
     *
     * @return how many were ended, and their listeners called with {@code TIMEOUT}
     * @throws javax.cache.CacheException when the store fails; what was ended stays so
     */
    public int sweep() {
        return held.sweep();
    }

    /**
     * Finds the sessions of this application that have a value in an attribute, wherever they were created, by the
     * index that {@link Option#SPECIAL_KEYS} of the cache names. Costs a query of the index and a read for each
     * session.
     *
     * <p>Each session is looked at in the store, so none is returned that has ended or has another value. One that was
     * written in the last moments may be missing, as an index lags, mostly by less than a second.
     *
     * @param specialKey the attribute's name
     * @param value a {@code String} for type S, a {@code Number} for N, by its value, a {@code byte[]} for B
     * @return handles as of {@link #getSession(String)}. With {@code hashIds} the id of one that this node does not
     *     hold is the hash
     * @throws IllegalStateException when no index is configured for the attribute, or the cache is another provider's
     * @throws IllegalArgumentException when the value has another type than the special key
     * @throws javax.cache.CacheException when the table has no such index, or the store fails
     */
    public List<Session> findSessions(String specialKey, Object value) {
        return search.find(specialKey, value);
    }

    /**
     * Ends the sessions that {@link #findSessions} finds, on whichever node they are, each only while it has the value.
     * Listeners of this node hear {@code INVALIDATED}; no cookie is cleared. A session that the index does not know yet
     * lives on: to log a user out everywhere, call it again a moment later.
     *
     * @param specialKey the attribute's name
     * @param value the attribute's value
     * @return how many this call has ended; those that ended meanwhile do not count
     * @throws javax.cache.CacheException also when single sessions could not be ended; the others have been
     */
    public int endSessions(String specialKey, Object value) {
        return search.end(specialKey, value);
    }

    /** Wraps a handler that may change the session after the response is complete, as servlets may. */
    HttpHandler untilHandled(HttpHandler next) {
        return lifecycle.untilHandled(next);
    }

    SessionCounts counts() {
        return counts;
    }

    /** Ends the sessions that this node holds and that are due, as their timers do. */
    void endDue() {
        held.endDue();
    }

    @Override
    public SessionManagerStatistics getStatistics() {
        return this;
    }

    @Override
    public long getCreatedSessionCount() {
        return counts.createdCount();
    }

    /** Returns how many sessions this node may hold, or -1 for any number. */
    @Override
    public long getMaxActiveSessions() {
        return settings.maxSessions() > 0 ? settings.maxSessions() : -1;
    }

    @Override
    public long getHighestSessionCount() {
        return counts.highestCount();
    }

    @Override
    public long getActiveSessionCount() {
        return held.count();
    }

    /**
     * Returns how many sessions this node has ended since it started, be it that they timed out or were invalidated.
     */
    @Override
    public long getExpiredSessionCount() {
        return counts.endedCount();
    }

    @Override
    public long getRejectedSessions() {
        return counts.rejectedCount();
    }

    @Override
    public long getMaxSessionAliveTime() {
        return counts.longest();
    }

    @Override
    public long getAverageSessionAliveTime() {
        return counts.averageLife();
    }

    @Override
    public long getStartTime() {
        return counts.startTime();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionManager manager && deploymentName.equals(manager.getDeploymentName());
    }

    @Override
    public int hashCode() {
        return deploymentName.hashCode();
    }

    @Override
    public String toString() {
        return deploymentName;
    }
    /**
     * Collects the configuration of managers; every method checks its argument at once. Not thread-safe.
     *
     * <p>A cache of {@link SessionCaches} brings its own options {@code allow}, {@code codec}, {@code touchInterval}
     * and {@code clock}; what is set here wins.
     */
    public static final class Builder {
        private final Cache<String, StoredSession> cache;
        private final Settings options;
        private final SessionFormat format;
        private @Nullable String application;
        private final AttributeSettings attributes;
        private Duration timeout;
        private @Nullable Duration touchInterval;
        private @Nullable Duration sweepInterval;
        private int maxSessions;
        private boolean endOldest;
        private boolean hashIds;
        private Set<String> localAttributes = Set.of();
        private FailureResponse failureResponse = new Unavailable();
        private InstantSource clock;

        private Builder(Cache<String, StoredSession> cache) {
            this.cache = requireNonNull(cache, "cache");
            this.options = SessionCaches.options(cache);
            refuseMisses();
            this.format = SessionFormat.of(options);
            this.attributes = new AttributeSettings(format, options);
            this.timeout = format.defaultTimeout();
            this.touchInterval = options.find(Option.TOUCH_INTERVAL);
            this.clock = options.get(Option.CLOCK);
        }

        /** A read error must never look like a session that has ended. */
        private void refuseMisses() {
            if (options.missesOnStoreFailure()) {
                throw new IllegalArgumentException("Cache '" + cache.getName()
                        + "' has onStoreFailure=miss, which would end sessions while the store is down: set"
                        + " tidepool.cache." + cache.getName() + ".onStoreFailure=throw");
            }
        }

        /**
         * Sets what keeps the sessions of one application apart from those of others in the same cache.
         *
         * @param name a name; empty when the cache holds this application's sessions only. Unset, it is the
         *     deployment's name, so that contexts which share an id share no attributes; empty in the format of
         *     connect-dynamodb, which knows no applications
         * @return this builder
         */
        public Builder application(String name) {
            this.application = requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the classes that attributes may consist of, besides the JDK's value types and collections and Undertow's
         * own attributes.
         *
         * @param patterns as for the option {@code allow}
         * @return this builder
         * @throws IllegalArgumentException when a pattern is none
         */
        public Builder allow(String... patterns) {
            attributes.allow(List.of(patterns));
            return this;
        }

        /**
         * Sets the codec that writes attributes; every codec of the library reads.
         *
         * @param name {@code fst}, {@code jdk}, or the name of a class that implements {@code Codec}
         * @return this builder
         */
        public Builder codec(String name) {
            attributes.codec(requireNonNull(name, "name"));
            return this;
        }

        /**
         * Sets what finds the classes of attributes. Unset, it is the deployment's class loader for servlets, else the
         * context class loader of the thread that builds the manager.
         *
         * @param loader a class loader
         * @return this builder
         */
        public Builder classLoader(ClassLoader loader) {
            attributes.classLoader(requireNonNull(loader, "loader"));
            return this;
        }

        /**
         * Sets how long a session lives without a request, unless it says otherwise itself; 30 minutes by default, and
         * a day in the format of connect-dynamodb. A deployment of servlets sets its own.
         *
         * @param inactive in whole seconds; zero or less for sessions that never time out
         * @return this builder
         */
        public Builder sessionTimeout(Duration inactive) {
            Math.toIntExact(inactive.toSeconds());
            this.timeout = inactive;
            return this;
        }

        /**
         * Sets how long accesses are not written after one that was. Sessions never end earlier for it, but up to this
         * interval later, and {@code getLastAccessedTime} may lag by it on another node. By default the smaller of 60
         * seconds and 5 % of the session's timeout.
         *
         * @param interval zero to write at every request
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder touchInterval(Duration interval) {
            if (interval.isNegative()) {
                throw new IllegalArgumentException("touchInterval cannot be negative: " + interval);
            }
            this.touchInterval = interval;
            return this;
        }

        /**
         * Sets how often {@link JCacheSessionManager#sweep} runs while the manager is started; never by default. A
         * sweep reads the whole cache.
         *
         * @param interval shorter than the grace of {@link SessionCaches}, 5 minutes, if no timeout is to go untold
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder sweepInterval(Duration interval) {
            if (interval.isNegative() || interval.isZero()) {
                throw new IllegalArgumentException("sweepInterval must be positive: " + interval);
            }
            this.sweepInterval = interval;
            return this;
        }

        /**
         * Sets how many sessions one node may hold; any number by default.
         *
         * @param limit the number; a session beyond it is refused with an {@code IllegalStateException}
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder maxSessions(int limit) {
            if (limit <= 0) {
                throw new IllegalArgumentException("maxSessions must be positive: " + limit);
            }
            this.maxSessions = limit;
            return this;
        }

        /**
         * Sets whether the oldest session that this node has created ends, with {@code TIMEOUT}, when there is no room
         * for a new one; false by default.
         *
         * @param end whether it ends instead of the new one being refused
         * @return this builder
         */
        public Builder endOldest(boolean end) {
            this.endOldest = end;
            return this;
        }

        /**
         * Sets whether ids are stored as their SHA-256, so that who reads the cache cannot take over a session; false
         * by default.
         *
         * @param hash the same on all nodes
         * @return this builder
         */
        public Builder hashIds(boolean hash) {
            this.hashIds = hash;
            return this;
        }

        /**
         * Sets what becomes of an attribute that cannot be decoded, as its class is gone or has changed. By default it
         * counts as absent and stays stored until it is set again.
         *
         * @param fail true to throw a {@code CodecException} when it is asked for
         * @return this builder
         */
        public Builder failOnUnreadableAttributes(boolean fail) {
            attributes.failOnUnreadable(fail);
            return this;
        }

        /**
         * Sets the names of attributes that stay on the node which set them, for objects that mean nothing elsewhere.
         *
         * @param names the names, besides those of Undertow's web sockets
         * @return this builder
         */
        public Builder localAttributes(String... names) {
            this.localAttributes = Set.of(names);
            return this;
        }

        /**
         * Declares what type an attribute has, in a cache with {@code format=connect}: there attributes are JSON, which
         * has no more than strings, numbers, booleans, lists and maps. Jackson maps the attribute to the type and back,
         * be it a record, a bean, an enum, a {@code Set}, a {@code UUID}, or a {@code List} of these. Fields of the
         * JSON that the type does not have are ignored, and are lost when the attribute is changed here. Needs
         * {@code jackson-databind} and {@code jackson-datatype-jsr310}.
         *
         * @param name the attribute's name
         * @param type its type, also a parameterized one; only its instances can be set
         * @return this builder
         * @throws IllegalArgumentException when Express has a property of the name
         */
        public Builder attributeType(String name, Type type) {
            attributes.type(name, requireNonNull(type, "type"));
            return this;
        }

        /**
         * Sets what clients get when their session cannot be read or saved; status 503 and a short text by default.
         * After a failed read it takes the place of a response with status 500 only, as the application may have an
         * answer of its own.
         *
         * @param response makes the response
         * @return this builder
         */
        public Builder failureResponse(FailureResponse response) {
            this.failureResponse = requireNonNull(response, "response");
            return this;
        }

        /**
         * Sets the source of time; for tests.
         *
         * @param source the same as the cache's
         * @return this builder
         */
        public Builder clock(InstantSource source) {
            this.clock = requireNonNull(source, "source");
            return this;
        }

        /**
         * Makes a manager for handlers of undertow-core. An id that a client brings and that names no session is not
         * used for a new one.
         *
         * @param deploymentName tells managers apart; the same on all nodes
         * @return a manager, which works before it is started
         * @throws IllegalArgumentException when there is no codec of the name, or a setting does not go with the format
         * @throws IllegalStateException when Jackson's databind is missing, and types were declared
         */
        public JCacheSessionManager build(String deploymentName) {
            return build(deploymentName, null, null);
        }

        /**
         * Makes a manager.
         *
         * @param deploymentLoader finds classes unless a loader was set
         * @param servletExchange the exchange of the servlet that runs in this thread; null outside of servlets
         */
        JCacheSessionManager build(
                String deploymentName,
                @Nullable ClassLoader deploymentLoader,
                @Nullable Supplier<@Nullable HttpServerExchange> servletExchange) {
            requireNonNull(deploymentName, "deploymentName");
            Set<String> local = new HashSet<>(localAttributes);
            local.add(SessionLifecycle.WEB_SOCKETS);
            SessionSettings settings = new SessionSettings(
                    format,
                    touchInterval,
                    sweepInterval,
                    maxSessions,
                    endOldest,
                    local,
                    failureResponse,
                    clock,
                    options.get(Option.SPECIAL_KEYS));
            return new JCacheSessionManager(
                    deploymentName,
                    settings,
                    new SessionStore(
                            cache, format.keyPrefix(application, deploymentName, hashIds), hashIds, clock),
                    attributes.codec(deploymentLoader),
                    Math.toIntExact(timeout.toSeconds()),
                    servletExchange);
        }
    }
}
