package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.SessionEngine;
import dev.tidepool.session.SessionHandle;
import dev.tidepool.session.SessionId;
import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionListeners;
import io.undertow.server.session.SessionManager;
import io.undertow.server.session.SessionManagerStatistics;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * An Undertow session manager whose sessions live in a JCache cache, so that they survive this node, and every node
 * that has the cache serves them without stickiness.
 *
 * <pre>{@code
 * SessionManager sessions = JCacheSessionManager.builder(SessionCaches.dynamoDb())
 *         .allow("com.acme.shop.*") // the classes of your attributes
 *         .build("shop");
 * SessionConfig cookie = new SessionCookieConfig().setHttpOnly(true).setSecure(true);
 *
 * HttpHandler root = new SessionAttachmentHandler(new BlockingHandler(visits), sessions, cookie);
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
    /** Where Undertow's web sockets keep the connections of this node. */
    private static final String WEB_SOCKETS = "io.undertow.websocket.current-connections";

    private final SessionEngine engine;
    private final FailureResponse failureResponse;
    private final boolean isForServlets;
    private final int maxSessions;
    private final Supplier<@Nullable HttpServerExchange> currentExchange;
    private final SessionListeners listeners = new SessionListeners();
    private final ExchangeSessions exchanges = new ExchangeSessions(this);
    private volatile int defaultTimeout;

    /**
     * Makes a manager.
     *
     * @param servletExchange the exchange of the servlet that runs in this thread; null outside of servlets
     * @param activation tells attributes of servlets that they are encoded; null outside of servlets
     */
    private JCacheSessionManager(
            Builder builder,
            String deploymentName,
            @Nullable ClassLoader deploymentLoader,
            @Nullable Supplier<@Nullable HttpServerExchange> servletExchange,
            @Nullable Activation activation) {
        this.engine = builder.engine.build(deploymentName, deploymentLoader, new EngineEvents(this, activation));
        this.failureResponse = builder.failureResponse;
        this.isForServlets = servletExchange != null;
        this.maxSessions = builder.maxSessions;
        this.currentExchange = servletExchange == null ? () -> null : servletExchange;
        this.defaultTimeout = Math.toIntExact(builder.timeout.toSeconds());
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
        return engine.name();
    }

    /**
     * Returns what keeps the sessions, for metrics.
     *
     * @return the engine of this manager
     */
    public SessionEngine engine() {
        return engine;
    }

    /**
     * Returns the engine of a manager of which only its interface is known, as of a deployment's.
     *
     * @param manager a {@code JCacheSessionManager}
     * @return its engine
     * @throws IllegalArgumentException when it is another one
     */
    public static SessionEngine engineOf(SessionManager manager) {
        if (requireNonNull(manager, "manager") instanceof JCacheSessionManager own) {
            return own.engine;
        }
        throw new IllegalArgumentException("A JCacheSessionManager is needed, not "
                + manager.getClass().getName()
                + "; has the deployment got a JCacheSessionManagerFactory?");
    }

    /** Begins to count anew, and to sweep if there is an interval for it. */
    @Override
    public void start() {
        engine.start();
    }

    /**
     * Saves what requests under way have changed, waits for access times that are being written, and ends the threads.
     * From then on requests for sessions are refused. Sessions live on, and no listener is called.
     */
    @Override
    public void stop() {
        engine.stop();
    }

    @Override
    public Session createSession(HttpServerExchange exchange, @Nullable SessionConfig config) {
        SessionConfig given = requireConfig(config);
        JCacheSession session = exchanges.of(exchange).create(given, defaultTimeout, isForServlets);
        listeners.sessionCreated(session, exchange);
        return session;
    }

    private static SessionConfig requireConfig(@Nullable SessionConfig config) {
        if (config == null) {
            throw new IllegalStateException("There is no SessionConfig to find or send a session's id with");
        }
        return config;
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
        ExchangeSession known = exchange == null ? null : exchanges.known(exchange);
        JCacheSession created = known == null ? null : known.created();
        if (created != null) {
            return created;
        }
        SessionConfig given = requireConfig(config);
        String id = given.findSessionId(exchange);
        if (id == null || !engine.canBeId(new SessionId(id))) {
            return null;
        }
        if (exchange == null) {
            return getSession(id);
        }
        return exchanges.isContainerAsking(exchange)
                ? null
                : exchanges.of(exchange).find(new SessionId(id), given);
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
        if (id == null) {
            return null;
        }
        HttpServerExchange exchange = currentExchange.get();
        ExchangeSession known = exchange == null ? null : exchanges.known(exchange);
        SessionId given = new SessionId(id);
        SessionHandle found = known == null ? engine.find(given) : known.findOutside(given);
        return found == null ? null : outside(found);
    }

    /** Returns a view for use outside of any exchange. */
    JCacheSession outside(SessionHandle handle) {
        return new JCacheSession(this, handle, null, null);
    }

    @Override
    public void registerSessionListener(SessionListener listener) {
        listeners.addSessionListener(listener);
    }

    @Override
    public void removeSessionListener(SessionListener listener) {
        listeners.removeSessionListener(listener);
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
     * Returns the ids of the sessions that this node knows: those in use here, those whose deadline it wrote last and
     * so watches, and those with attributes that stay here. One that only passed by is not among them.
     *
     * @return a new set
     */
    @Override
    public Set<String> getActiveSessions() {
        return engine.ids();
    }

    /** The same as {@link #getActiveSessions()}: the store is not searched for those of other nodes. */
    @Override
    public Set<String> getAllSessions() {
        return engine.ids();
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
        return engine.sweep();
    }

    /**
     * Makes the first requests of visitors as quick as later ones, before anybody waits for them: the connection to the
     * store, and the codecs' plans of the classes that attributes consist of. To be called when the application starts,
     * before the server listens. Stores nothing; with a cache of {@link SessionCaches} it costs a read, and a write
     * that is refused.
     *
     * @param attributes what a session of the application will hold, by name; each is encoded and decoded again. Empty
     *     for what all sessions need
     * @throws IllegalArgumentException that names the attribute when one cannot be stored
     * @throws javax.cache.CacheException when the store fails
     */
    public void warmUp(Map<String, ?> attributes) {
        engine.warmUp(attributes);
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
        return engine.findSessions(specialKey, value).stream()
                .<Session>map(this::outside)
                .toList();
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
        return engine.endSessions(specialKey, value);
    }

    /** Ends the sessions that this node watches and that are due, as the alarms do. */
    void endDue() {
        engine.endDue();
    }

    ExchangeSessions exchanges() {
        return exchanges;
    }

    SessionListeners listeners() {
        return listeners;
    }

    FailureResponse failureResponse() {
        return failureResponse;
    }

    @Override
    public SessionManagerStatistics getStatistics() {
        return this;
    }

    @Override
    public long getCreatedSessionCount() {
        return engine.counts().createdCount();
    }

    /** Returns how many sessions this node may have created and still watch, or -1 for any number. */
    @Override
    public long getMaxActiveSessions() {
        return maxSessions > 0 ? maxSessions : -1;
    }

    @Override
    public long getHighestSessionCount() {
        return engine.counts().highestCount();
    }

    @Override
    public long getActiveSessionCount() {
        return engine.count();
    }

    /**
     * Returns how many sessions this node has ended since it started, be it that they timed out or were invalidated.
     */
    @Override
    public long getExpiredSessionCount() {
        return engine.counts().endedCount();
    }

    @Override
    public long getRejectedSessions() {
        return engine.counts().rejectedCount();
    }

    @Override
    public long getMaxSessionAliveTime() {
        return engine.counts().longest();
    }

    @Override
    public long getAverageSessionAliveTime() {
        return engine.counts().averageLife();
    }

    @Override
    public long getStartTime() {
        return engine.counts().startTime();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionManager manager && getDeploymentName().equals(manager.getDeploymentName());
    }

    @Override
    public int hashCode() {
        return getDeploymentName().hashCode();
    }

    @Override
    public String toString() {
        return getDeploymentName();
    }

    /**
     * Collects the configuration of managers; every method checks its argument at once. Not thread-safe.
     *
     * <p>A cache of {@link SessionCaches} brings its own options {@code allow}, {@code codec}, {@code touchInterval}
     * and {@code clock}; what is set here wins, but for {@code allow}, which is added to.
     */
    public static final class Builder {
        /** What Undertow itself puts into sessions: who has logged in, and what was asked for before. */
        private static final List<String> OF_UNDERTOW = List.of(
                "io.undertow.security.api.AuthenticatedSessionManager$AuthenticatedSession",
                "io.undertow.servlet.util.SavedRequest",
                "io.undertow.util.HeaderMap",
                "io.undertow.util.HeaderValues",
                "io.undertow.util.HttpString");

        private final SessionEngine.Builder engine;
        private Duration timeout;
        private int maxSessions;
        private FailureResponse failureResponse = new Unavailable();

        private Builder(Cache<String, StoredSession> cache) {
            this.engine =
                    SessionEngine.builder(cache).allowOfContainer(OF_UNDERTOW).localAttributes(Set.of(WEB_SOCKETS));
            this.timeout = engine.format().defaultTimeout();
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
            engine.application(name);
            return this;
        }

        /**
         * Adds to the classes that attributes may consist of: the JDK's value types and collections, Undertow's own
         * attributes, and what the cache's option {@code allow} lists.
         *
         * @param patterns as for the option {@code allow}
         * @return this builder
         * @throws IllegalArgumentException when a pattern is none
         */
        public Builder allow(String... patterns) {
            engine.allow(List.of(patterns));
            return this;
        }

        /**
         * Sets the codec that writes attributes; every codec of the library reads.
         *
         * @param name {@code fst}, {@code jdk}, or the name of a class that implements {@code Codec}
         * @return this builder
         */
        public Builder codec(String name) {
            engine.codec(name);
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
            engine.classLoader(loader);
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
         * seconds and 5 % of the session's timeout; none if that is below a second.
         *
         * @param interval zero to write at every request
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder touchInterval(Duration interval) {
            engine.touchInterval(interval);
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
            engine.sweepInterval(interval);
            return this;
        }

        /**
         * Sets how long a request that does not end keeps its session alive; an hour by default. It stops at once when
         * the client is known to have gone. The session then ends at its deadline, unless other requests come.
         *
         * @param time a time longer than that of any request that is meant to last
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder keepAliveAtMost(Duration time) {
            engine.keepAliveAtMost(time);
            return this;
        }

        /**
         * Sets how many sessions may live that one node has created and still watches, as no other node has written
         * them since; any number by default. Those that other nodes created do not count.
         *
         * @param limit the number; a session beyond it is refused with an {@code IllegalStateException}
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder maxSessions(int limit) {
            engine.maxSessions(limit);
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
            engine.endOldest(end);
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
            engine.hashIds(hash);
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
            engine.failOnUnreadableAttributes(fail);
            return this;
        }

        /**
         * Sets the names of attributes that stay on the node which set them, for objects that mean nothing elsewhere.
         *
         * @param names the names, besides those of Undertow's web sockets
         * @return this builder
         */
        public Builder localAttributes(String... names) {
            Set<String> all = new HashSet<>(Set.of(names));
            all.add(WEB_SOCKETS);
            engine.localAttributes(all);
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
            engine.attributeType(name, type);
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
            engine.clock(source);
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
            return build(deploymentName, null, null, null);
        }

        JCacheSessionManager build(
                String deploymentName,
                @Nullable ClassLoader deploymentLoader,
                @Nullable Supplier<@Nullable HttpServerExchange> servletExchange,
                @Nullable Activation activation) {
            return new JCacheSessionManager(this, deploymentName, deploymentLoader, servletExchange, activation);
        }
    }
}
