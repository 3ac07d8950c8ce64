package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.SpecialKey;
import dev.tidepool.codec.CodecException;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionListener.SessionDestroyedReason;
import io.undertow.server.session.SessionListeners;
import io.undertow.server.session.SessionManager;
import io.undertow.util.AttachmentKey;
import io.undertow.util.StatusCodes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.XnioIoThread;

/**
 * What becomes of a manager's sessions after they were found or created: how they are saved, change their id and end,
 * and who is told. Thread-safe.
 */
final class SessionLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLifecycle.class);

    /** Where Undertow's web sockets keep the connections of this node. */
    static final String WEB_SOCKETS = "io.undertow.websocket.current-connections";

    private static final String OF_UNDERTOW = "io.undertow";

    /** One for each manager, as an exchange may be on the sessions of several. */
    private final AttachmentKey<ExchangeSession> ofExchange = AttachmentKey.create(ExchangeSession.class);

    /** Set while a handler of this manager's runs that may go on after the response is complete. */
    private final AttachmentKey<Boolean> handlerRuns = AttachmentKey.create(Boolean.class);

    /** Set when a container has asked for the session of a request whose response is complete. */
    private final AttachmentKey<Boolean> askedLate = AttachmentKey.create(Boolean.class);

    private final SessionManager manager;
    private final SessionSettings settings;
    private final AttributeCodec codec;
    private final SessionWriter writer;
    private final HeldSessions held;
    private final SessionListeners listeners = new SessionListeners();
    private final SessionCounts counts = new SessionCounts();
    private final AtomicBoolean warnedOfIoThread = new AtomicBoolean();
    private final Set<String> keptLocal = ConcurrentHashMap.newKeySet();

    SessionLifecycle(SessionManager manager, SessionSettings settings, SessionStore store, AttributeCodec codec) {
        this.manager = manager;
        this.settings = settings;
        this.codec = codec;
        this.writer = new SessionWriter(settings, store, counts);
        this.held = new HeldSessions(settings, store, writer, codec, this::timedOut);
    }

    SessionManager manager() {
        return manager;
    }

    SessionListeners listeners() {
        return listeners;
    }

    HeldSessions held() {
        return held;
    }

    SessionCounts counts() {
        return counts;
    }

    long now() {
        return settings.now();
    }

    SessionIds ids() {
        return settings.ids();
    }

    /** Returns a handle for use outside of any exchange. */
    JCacheSession handle(LiveSession live) {
        return new JCacheSession(this, live, null, null);
    }

    /** Returns what is known of an exchange, or null when it has not asked for its session yet. */
    @Nullable ExchangeSession knownRequest(HttpServerExchange exchange) {
        return exchange.getAttachment(ofExchange);
    }

    /** Returns what is known of an exchange, which is watched from the first call on. */
    ExchangeSession request(HttpServerExchange exchange) {
        ExchangeSession known = exchange.getAttachment(ofExchange);
        if (known != null) {
            return known;
        }
        ExchangeSession made = new ExchangeSession(this, exchange);
        if (exchange.getAttachment(handlerRuns) != null) {
            made.handlerBegins();
        }
        exchange.putAttachment(ofExchange, made);
        made.begin();
        return made;
    }

    /**
     * Whether it is the container that asks for a session, to tell it that the response is complete. It does so once,
     * and before any application that goes on after its response; a session that no one has asked for has nothing to be
     * told.
     */
    boolean isContainerAsking(HttpServerExchange exchange) {
        return exchange.isResponseComplete()
                && knownRequest(exchange) == null
                && exchange.putAttachment(askedLate, true) == null;
    }

    /** Wraps a handler that may change the session after the response is complete, as servlets may. */
    HttpHandler untilHandled(HttpHandler next) {
        return exchange -> {
            exchange.putAttachment(handlerRuns, true);
            ExchangeSession before = knownRequest(exchange);
            if (before != null) {
                before.handlerBegins();
            }
            try {
                next.handleRequest(exchange);
            } finally {
                exchange.removeAttachment(handlerRuns);
                ExchangeSession request = exchange.getAttachment(ofExchange);
                if (request != null) {
                    request.handlerEnds();
                }
            }
        };
    }

    /** Stores a session under an id that it did not choose; returns false when the id is taken. */
    boolean create(LiveSession live) {
        return writer.create(live);
    }

    /**
     * Encodes an attribute.
     *
     * @return null when it stays on this node
     * @throws IllegalArgumentException when it cannot be encoded
     */
    byte @Nullable [] encode(String name, Object value) {
        if (settings.localAttributes().contains(name)) {
            return null;
        }
        byte[] encoded;
        try {
            encoded = codec.encode(name, value);
        } catch (IllegalArgumentException e) {
            if (!name.startsWith(OF_UNDERTOW)) {
                throw e;
            }
            if (keptLocal.add(name)) {
                LOG.warn("Undertow's own attribute stays on this node, other nodes do without: {}", e.getMessage());
            }
            return null;
        }
        SpecialKey specialKey = settings.specialKey(name);
        if (specialKey != null) {
            requireSuitable(specialKey, value, encoded);
        }
        return encoded;
    }

    /** Looks at what the item is to be made of, so that no save fails for it. */
    private void requireSuitable(SpecialKey key, Object value, byte[] encoded) {
        Object part;
        try {
            part = StoredSessionCodec.part(settings.format(), key.name(), key.type().javaType(), encoded);
        } catch (CodecException e) {
            key.checked(value);
            throw new IllegalArgumentException(
                    "Special key '" + key.name() + "' cannot be " + value.getClass() + ": " + e.getMessage(), e);
        }
        if (part != null) {
            key.checked(part);
        }
    }

    /** Returns what the session is to hold of an attribute that was set and encoded. */
    Object asRead(String name, Object value, byte[] encoded) {
        return codec.asRead(name, value, encoded);
    }

    /** Saves a session as the response is committed. */
    void commit(JCacheSession session, boolean onIoThread) {
        LiveSession live = session.live();
        String nextId = session.nextId();
        if (onIoThread && (nextId != null || live.mayNeedSave(false))) {
            warnOfIoThread();
        }
        if (nextId != null) {
            move(live, nextId);
            session.forgetNextId();
            return;
        }
        boolean isFirst = !live.isStored();
        if (!writer.save(live, false)) {
            held.forget(live);
        } else if (isFirst) {
            held.watchDeadline(live);
        }
    }

    /** Changes the id of a session; returns false when it has ended. */
    boolean move(LiveSession live, String newId) {
        live.use();
        live.saveLock().lock(); // or another change of the id would come between
        try {
            String oldId = live.id();
            if (!writer.move(live, newId)) {
                held.forget(live);
                return false;
            }
            held.renamed(oldId, live);
            return true;
        } finally {
            live.saveLock().unlock();
            release(live);
        }
    }

    /** Saves what has changed outside of a request, or after its response. */
    void saveNow(LiveSession live) {
        if (Thread.currentThread() instanceof XnioIoThread) {
            warnOfIoThread();
        }
        if (!writer.save(live, false)) {
            held.forget(live);
            throw invalid();
        }
    }

    private void warnOfIoThread() {
        if (warnedOfIoThread.compareAndSet(false, true)) {
            LOG.warn(
                    "A session of {} is saved on an I/O thread, which serves no other connection meanwhile: let the"
                            + " handler run on a worker (io.undertow.server.handlers.BlockingHandler, or"
                            + " exchange.dispatch), and send its response from there. This is said once",
                    manager.getDeploymentName());
        }
    }

    void requireLoaded(LiveSession live) {
        if (!writer.load(live)) {
            held.forget(live);
            throw invalid();
        }
    }

    static IllegalStateException invalid() {
        return new IllegalStateException("The session has ended");
    }

    /** Ends a use; a session that was never stored ends with its last one, as no client knows its id. */
    void release(LiveSession live) {
        live.release();
        if (!live.isInUse() && !live.isStored() && live.isAlive()) {
            held.forget(live);
        }
    }

    /** Ends the use of a request that has left nothing to be saved. */
    void finishUnchanged(LiveSession live) {
        countSparedTouch(live);
        release(live);
    }

    private void countSparedTouch(LiveSession live) {
        if (live.isAccessUnwritten()) {
            counts.sparedTouch();
        }
    }

    /** Saves what is left at the end of a request, and ends its use. */
    void finish(LiveSession live) {
        try {
            if (writer.save(live, true)) {
                countSparedTouch(live);
            } else {
                held.forget(live);
            }
        } catch (RuntimeException e) {
            LOG.warn(
                    "A session of {} could not be saved after the response, nor its last access: {}",
                    manager.getDeploymentName(),
                    e.getMessage());
        } finally {
            release(live);
        }
    }

    void onWorker(HttpServerExchange exchange, Runnable task) {
        try {
            exchange.getConnection().getWorker().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("The worker has stopped; the last access is saved here", e);
            task.run();
        }
    }

    /** Makes the response of a request whose session could not be read or saved; never fails. */
    byte[] failureBody(HttpServerExchange exchange, RuntimeException cause) {
        LOG.warn(
                "A response of {} was replaced, as its session could not be read or saved: {}",
                manager.getDeploymentName(),
                cause.getMessage());
        LOG.debug("The failure of the session store", cause);
        try {
            return requireNonNull(settings.failureResponse().respond(exchange, cause), "the body is null");
        } catch (RuntimeException | Error e) { // thrown on, it would leave the client without any response
            LOG.error("The FailureResponse of {} has failed", manager.getDeploymentName(), e);
            exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
            return new byte[0];
        }
    }

    /** Ends a session by a call of the application's. */
    void invalidate(JCacheSession session, LiveSession live, @Nullable HttpServerExchange exchange) {
        if (!end(session, live, exchange, SessionDestroyedReason.INVALIDATED)) {
            throw invalid();
        }
    }

    /** Ends a session; returns false when somebody else has. */
    boolean end(
            JCacheSession session,
            LiveSession live,
            @Nullable HttpServerExchange exchange,
            SessionDestroyedReason reason) {
        return end(session, live, exchange, reason, any -> true);
    }

    /**
     * Ends a session that an application has not got by its id, if it is meant still.
     *
     * @param found as it was found in the store
     * @return false when somebody else has ended it, or it is not meant any more
     */
    boolean endFound(LiveSession live, StoredSession found, Predicate<StoredSession> isMeant) {
        live.use();
        try {
            return live.refresh(found) && end(handle(live), live, null, SessionDestroyedReason.INVALIDATED, isMeant);
        } finally {
            release(live);
        }
    }

    private boolean end(
            JCacheSession session,
            LiveSession live,
            @Nullable HttpServerExchange exchange,
            SessionDestroyedReason reason,
            Predicate<StoredSession> isMeant) {
        live.use();
        try {
            if (!live.isAlive()) {
                return false;
            }
            return switch (writer.remove(live, isMeant)) {
                case DONE -> {
                    held.remove(live);
                    ended(session, live, exchange, reason);
                    yield true;
                }
                case TOO_LATE -> {
                    held.forget(live);
                    yield false;
                }
                case NOT_MEANT -> false;
            };
        } finally {
            live.release();
        }
    }

    /** Nobody waits for a timeout who could do something about a listener that fails. */
    private void timedOut(LiveSession live) {
        try {
            ended(handle(live), live, null, SessionDestroyedReason.TIMEOUT);
        } catch (RuntimeException e) {
            LOG.error("A listener for sessions of {} has failed at a timeout", manager.getDeploymentName(), e);
        }
    }

    private void ended(
            JCacheSession session,
            LiveSession live,
            @Nullable HttpServerExchange exchange,
            SessionDestroyedReason reason) {
        try {
            listeners.sessionDestroyed(session, exchange, reason);
        } finally {
            live.end();
            counts.ended(settings.now() - live.content().creationTime());
        }
    }

    /**
     * Tells the client that its session has ended.
     *
     * @param handleConfig how the id was sent; null for a handle that was got outside of the exchange
     */
    void clearId(HttpServerExchange exchange, @Nullable SessionConfig handleConfig, String id) {
        ExchangeSession request = request(exchange);
        SessionConfig config = handleConfig == null ? request.config() : handleConfig;
        if (config != null) {
            request.recordCookies(() -> config.clearSession(exchange, id));
        }
    }

    void sendId(@Nullable HttpServerExchange exchange, SessionConfig config, String id, LiveSession live) {
        if (exchange == null) {
            config.setSessionId(null, id);
        } else {
            request(exchange).sendId(config, id, live);
        }
    }
}
