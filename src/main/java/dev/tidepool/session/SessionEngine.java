package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that live in a JCache cache, for whoever serves requests: what a container's adapter calls. For each request
 * that asks for its session there is a {@link SessionRequest}, and for each session that it is on a
 * {@link SessionHandle}. What happens without a caller is told to a {@link SessionObserver}.
 *
 * <p>Thread-safe. It works before it is started.
 */
public final class SessionEngine {
    private static final long STOP_MILLIS = 10_000;
    private static final long REQUEST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final SessionSettings settings;
    private final SessionObserver observer;
    private final SessionAttributes codec;
    private final KnownSessions known;
    private final SessionEnds ends;
    private final Deadlines deadlines;
    private final Sessions sessions;
    private final SessionSearch search;
    private final SessionThreads threads = new SessionThreads();
    private final SessionCounts counts = new SessionCounts();
    private final SameApplication peers;
    private volatile boolean isStopped;

    private SessionEngine(
            Cache<String, StoredSession> cache,
            SessionSettings settings,
            AttributeCodec attributes,
            boolean failOnUnreadable,
            SessionObserver observer) {
        this.settings = settings;
        this.observer = observer;
        this.codec = new SessionAttributes(settings, attributes, failOnUnreadable, counts, new Told());
        SessionStore store = new SessionStore(cache, settings, gate(cache));
        this.known = new KnownSessions(settings, codec);
        SessionWriter writer = new SessionWriter(store, known, counts);
        this.peers = SameApplication.of(cache, settings, this::heardOfEnd);
        this.ends = new SessionEnds(settings, writer, known, counts, this::tell, peers::ended);
        this.deadlines = new Deadlines(settings, store, writer, known, ends, threads, new OutageLog(settings.name()));
        ClockCheck clock = new ClockCheck(settings, () -> clockOffset(cache, settings));
        this.sessions = new Sessions(settings, codec, store, writer, known, ends, deadlines, counts, clock);
        this.search = new SessionSearch(settings, store, known, ends, deadlines);
    }

    /**
     * Begins the configuration of an engine.
     *
     * @param cache holds the sessions; never closed by the engine
     * @return a builder
     * @throws IllegalArgumentException when reads of the cache answer misses while the store is down
     */
    public static Builder builder(Cache<String, StoredSession> cache) {
        return new Builder(cache);
    }

    private static StoreGate gate(Cache<String, StoredSession> cache) {
        return new StoreGate(
                cache.getName(), System::nanoTime, () -> SessionCaches.isAnswering(cache, StoreGate.CHECK_PATIENCE));
    }

    /** The sessions may have a clock of their own, beside the cache's. */
    private static Optional<Duration> clockOffset(Cache<String, StoredSession> cache, SessionSettings settings) {
        InstantSource clock = SessionCaches.options(cache).get(Option.CLOCK);
        return SessionCaches.clockOffset(cache)
                .map(offset -> offset.plus(
                        Duration.between(clock.instant(), settings.clock().instant())));
    }

    private SessionHandle handle(LiveSession live, @Nullable RequestState request) {
        return new SessionHandle(sessions, ends, codec, settings.format().ids(), live, request);
    }

    private void tell(LiveSession live, EndReason reason) {
        observer.ended(handle(live, null), reason);
    }

    /** Hands on to the container what becomes of attributes, with a handle of their session. */
    private final class Told implements SessionAttributes.Container {
        @Override
        public boolean owns(String name) {
            return observer.isOfContainer(name);
        }

        @Override
        public boolean isActivatable(Object value) {
            return observer.isActivatable(value);
        }

        @Override
        public void willPassivate(SessionId id, Object value) {
            LiveSession live = known.find(settings.key(id));
            if (live != null) {
                observer.willPassivate(handle(live, null), value);
            }
        }

        @Override
        public void didActivate(SessionId id, Object value) {
            LiveSession live = known.find(settings.key(id));
            if (live != null) {
                observer.didActivate(handle(live, null), value);
            }
        }
    }

    /**
     * Whether a text can be an id at all; what cannot is never looked up.
     *
     * @param id any text that a client has sent
     * @return true when it has the form of this format's ids
     */
    public boolean canBeId(SessionId id) {
        return settings.format().ids().isWellFormed(id.text());
    }

    /**
     * Returns the name of the engine.
     *
     * @return the name that the settings have
     */
    public String name() {
        return settings.name();
    }

    /** Begins to count anew, and to sweep if there is an interval for it. */
    public void start() {
        isStopped = false;
        counts.start(settings.now());
        deadlines.start();
    }

    /**
     * Waits up to two seconds for requests under way, saves what those have changed that go on, waits some seconds for
     * what is being written, and ends all threads. From then on requests for sessions are refused. Sessions live on,
     * and nobody is told of an end.
     */
    public void stop() {
        isStopped = true;
        awaitRequests();
        for (LiveSession live : known.all()) {
            if (live.isInUse()) {
                LiveSession entered = sessions.reenter(live);
                if (entered.mayHaveChanged(true)) {
                    sessions.finish(entered, true);
                } else {
                    sessions.leave(entered);
                }
            }
        }
        deadlines.stop();
        threads.stop(STOP_MILLIS);
        deadlines.stop();
        known.clear();
    }

    /** Lets requests under way come to their end, for a moment. */
    private void awaitRequests() {
        long until = System.nanoTime() + REQUEST_NANOS;
        while (known.all().stream().anyMatch(LiveSession::isInUse) && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /**
     * Makes the first requests as quick as later ones, before anybody waits for them: the connection to the store, and
     * the codecs' plans of the classes that attributes consist of. Stores nothing. In a cache on DynamoDB it costs a
     * read, and a write that is refused.
     *
     * @param attributes what a session of the application will hold, by name; each is encoded and decoded again. Empty
     *     for what all sessions need
     * @throws IllegalArgumentException that names the attribute when one cannot be stored
     * @throws javax.cache.CacheException when the store fails
     */
    public void warmUp(Map<String, ?> attributes) {
        sessions.warmUp(attributes);
    }

    /**
     * Begins a request that asks for its session.
     *
     * @param isConnected asked while the request runs: false once its client is known to have gone
     * @return what the request knows of its session
     * @throws IllegalStateException when the engine has been stopped
     */
    public SessionRequest request(BooleanSupplier isConnected) {
        if (isStopped) {
            throw new IllegalStateException("The session manager of " + settings.name() + " has been stopped");
        }
        return new SessionRequest(
                settings, sessions, threads, counts, this::handle, new RequestState(settings.now(), isConnected));
    }

    /**
     * Finds a session outside of any request. It counts as no access.
     *
     * @param id any text
     * @return a handle, or null when there is no such session
     * @throws javax.cache.CacheException when the store fails
     */
    public @Nullable SessionHandle find(SessionId id) {
        if (!canBeId(id)) {
            return null;
        }
        LiveSession live = sessions.find(id);
        if (live == null) {
            return null;
        }
        sessions.leave(live);
        return handle(live, null);
    }

    /**
     * Returns the ids of the sessions that this node knows: those in use, and those that it is to end or has something
     * of.
     *
     * @return a new set
     */
    public Set<String> ids() {
        return known.ids();
    }

    /**
     * Returns how many sessions this node knows.
     *
     * @return the number of {@link #ids}
     */
    public int count() {
        return known.count();
    }

    /**
     * Returns what is counted.
     *
     * @return the counts of this engine
     */
    public SessionCounts counts() {
        return counts;
    }

    /**
     * Ends all sessions in the store that have passed their deadline and that no node has ended, since the nodes that
     * served them are gone. Reads the whole cache.
     *
     * @return how many were ended, and told
     * @throws javax.cache.CacheException when the store fails; what was ended stays so
     */
    public int sweep() {
        return deadlines.sweep();
    }

    /** Ends the sessions that this node watches and that are due, as its alarms do: for a clock that is steered. */
    public void endDue() {
        deadlines.endDue();
    }

    /**
     * Waits until what this node is writing in the background, for accesses and to keep sessions alive, has been
     * written.
     *
     * @param atMost how long to wait
     * @return false when it takes longer
     */
    public boolean awaitWrites(Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        return threads.writes.awaitIdle(until) && threads.keepAlive.awaitIdle(until);
    }

    /**
     * Finds sessions by an attribute, by the index of a special key.
     *
     * @param specialKey the attribute's name
     * @param value the attribute's value
     * @return handles as outside of any request
     * @throws IllegalStateException when no index is configured for the attribute, or the cache is another provider's
     * @throws IllegalArgumentException when the value has another type than the special key
     * @throws javax.cache.CacheException when the store fails
     */
    public List<SessionHandle> findSessions(String specialKey, Object value) {
        return search.find(specialKey, value).stream()
                .map(live -> handle(live, null))
                .toList();
    }

    /**
     * Ends the sessions that {@link #findSessions} finds, each only while it has the value.
     *
     * @param specialKey the attribute's name
     * @param value the attribute's value
     * @return how many this call has ended
     * @throws javax.cache.CacheException also when single sessions could not be ended; the others have been
     */
    public int endSessions(String specialKey, Object value) {
        return search.end(specialKey, value);
    }

    /** Takes note that another engine of this JVM has ended a session of the same application. */
    private void heardOfEnd(StoredKey key, StoredSession stored, EndReason reason) {
        if (!isStopped && stored.entry() instanceof SessionContent content) {
            LiveSession live = known.enter(null, key, content);
            try {
                live.refresh(stored);
                ends.heardOfEnd(live, reason);
            } finally {
                deadlines.leave(live);
            }
        }
    }

    /**
     * Collects the configuration of engines; every method checks its argument at once. An adapter's own builder hands
     * on what its users set. Not thread-safe.
     *
     * <p>A cache of {@link SessionCaches} brings its own options {@code allow}, {@code codec}, {@code touchInterval},
     * {@code clock} and {@code specialKeys}; what is set here wins, but for {@code allow}, which is added to.
     */
    public static final class Builder {
        private static final Duration DEFAULT_KEEP_ALIVE = Duration.ofHours(1);

        private final Cache<String, StoredSession> cache;
        private final Settings options;
        private final SessionFormat format;
        private final AttributeSettings attributes;
        private @Nullable String application;
        private @Nullable Duration touchInterval;
        private @Nullable Duration sweepInterval;
        private Duration keepAliveAtMost = DEFAULT_KEEP_ALIVE;
        private int maxSessions;
        private boolean endOldest;
        private boolean hashIds;
        private Set<String> localAttributes = Set.of();
        private InstantSource clock;

        private Builder(Cache<String, StoredSession> cache) {
            this.cache = requireNonNull(cache, "cache");
            this.options = SessionCaches.options(cache);
            refuseMisses();
            this.format = SessionFormats.named(options.get(Option.FORMAT));
            this.attributes = new AttributeSettings(options);
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
         * Returns how sessions are stored.
         *
         * @return the format that the cache's options name
         */
        public SessionFormat format() {
            return format;
        }

        /**
         * Sets what keeps the sessions of one application apart from those of others in the same cache.
         *
         * @param name a name; unset, it is the engine's
         * @return this builder
         */
        public Builder application(String name) {
            this.application = requireNonNull(name, "name");
            return this;
        }

        /**
         * Adds to the classes that attributes may consist of, which are also those that the cache's option allows.
         *
         * @param patterns as for the option {@code allow}
         * @return this builder
         * @throws IllegalArgumentException when a pattern is none
         */
        public Builder allow(List<String> patterns) {
            attributes.allow(patterns);
            return this;
        }

        /**
         * Sets the classes that the container itself puts into sessions, besides those of the application.
         *
         * @param patterns as for the option {@code allow}
         * @return this builder
         * @throws IllegalArgumentException when a pattern is none
         */
        public Builder allowOfContainer(List<String> patterns) {
            attributes.ofContainer(patterns);
            return this;
        }

        /**
         * Sets the codec that writes attributes.
         *
         * @param name as for the option {@code codec}
         * @return this builder
         */
        public Builder codec(String name) {
            attributes.codec(requireNonNull(name, "name"));
            return this;
        }

        /**
         * Sets what finds the classes of attributes.
         *
         * @param loader a class loader
         * @return this builder
         */
        public Builder classLoader(ClassLoader loader) {
            attributes.classLoader(requireNonNull(loader, "loader"));
            return this;
        }

        /**
         * Sets how long accesses are not written after one that was.
         *
         * @param interval zero to write each; unset, the smaller of 60 seconds and 5 % of the session's timeout, or
         *     none if that is below a second
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
         * Sets how often {@link SessionEngine#sweep} runs while the engine is started.
         *
         * @param interval unset, it never does
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder sweepInterval(Duration interval) {
            this.sweepInterval = requirePositive("sweepInterval", interval);
            return this;
        }

        /**
         * Sets how long a request that does not end keeps its session alive.
         *
         * @param time unset, it is an hour
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder keepAliveAtMost(Duration time) {
            this.keepAliveAtMost = requirePositive("keepAliveAtMost", time);
            return this;
        }

        private static Duration requirePositive(String setting, Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException(setting + " must be positive: " + time);
            }
            return time;
        }

        /**
         * Sets how many sessions may live that were created on this node and that it watches.
         *
         * @param limit the number; unset, there is no limit
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
         * Sets whether the oldest of them ends when there is no room for a new one.
         *
         * @param end unset, the new one is refused
         * @return this builder
         */
        public Builder endOldest(boolean end) {
            this.endOldest = end;
            return this;
        }

        /**
         * Sets whether ids are stored as their SHA-256.
         *
         * @param hash the same on all nodes
         * @return this builder
         */
        public Builder hashIds(boolean hash) {
            this.hashIds = hash;
            return this;
        }

        /**
         * Sets whether an attribute that cannot be decoded is an error, instead of absent.
         *
         * @param fail true for a {@code CodecException} when it is asked for
         * @return this builder
         */
        public Builder failOnUnreadableAttributes(boolean fail) {
            attributes.failOnUnreadable(fail);
            return this;
        }

        /**
         * Sets the names of attributes that stay on the node which set them.
         *
         * @param names the names
         * @return this builder
         */
        public Builder localAttributes(Set<String> names) {
            this.localAttributes = Set.copyOf(names);
            return this;
        }

        /**
         * Declares what type an attribute has, in a format whose attributes are JSON.
         *
         * @param name the attribute's name
         * @param type its type, also a parameterized one
         * @return this builder
         * @throws IllegalArgumentException when the format has no place for the name
         */
        public Builder attributeType(String name, Type type) {
            format.requireFree(name);
            attributes.type(name, requireNonNull(type, "type"));
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
         * Makes an engine.
         *
         * @param name tells engines apart; the same on all nodes
         * @param deploymentLoader finds classes unless a loader was set; null for that of the thread
         * @param container what the container needs of it
         * @return an engine, which works before it is started
         * @throws IllegalArgumentException when there is no codec of the name, or a setting does not go with the format
         * @throws IllegalStateException when a library is missing that the declared types need
         */
        public SessionEngine build(String name, @Nullable ClassLoader deploymentLoader, SessionObserver container) {
            SessionSettings settings = new SessionSettings(
                    requireNonNull(name, "name"),
                    format,
                    format.keyPrefix(application, name, hashIds),
                    hashIds,
                    touchInterval,
                    sweepInterval,
                    keepAliveAtMost,
                    maxSessions,
                    endOldest,
                    localAttributes,
                    clock,
                    options.get(Option.SPECIAL_KEYS));
            return new SessionEngine(
                    cache,
                    settings,
                    format.attributes(attributes, deploymentLoader),
                    attributes.failsOnUnreadable(),
                    container);
        }
    }
}
