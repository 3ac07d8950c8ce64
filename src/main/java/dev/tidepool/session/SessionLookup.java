package dev.tidepool.session;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SessionConfig;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xnio.XnioIoThread;

/** Finds the session of a request, or of an id. Thread-safe. */
final class SessionLookup {
    private final SessionSettings settings;
    private final SessionLifecycle lifecycle;
    private final HeldSessions held;
    private final Supplier<@Nullable HttpServerExchange> currentExchange;

    /**
     * Makes one for a manager.
     *
     * @param currentExchange answers the exchange of the servlet that runs in this thread, or null
     */
    SessionLookup(
            SessionSettings settings,
            SessionLifecycle lifecycle,
            Supplier<@Nullable HttpServerExchange> currentExchange) {
        this.settings = settings;
        this.lifecycle = lifecycle;
        this.held = lifecycle.held();
        this.currentExchange = currentExchange;
    }

    static SessionConfig requireConfig(@Nullable SessionConfig config) {
        if (config == null) {
            throw new IllegalStateException("There is no SessionConfig to find or send a session's id with");
        }
        return config;
    }

    /** Returns the session that a request is on; see {@link JCacheSessionManager#getSession}. */
    @Nullable JCacheSession ofRequest(@Nullable HttpServerExchange exchange, @Nullable SessionConfig config) {
        ExchangeSession request = exchange == null ? null : lifecycle.knownRequest(exchange);
        JCacheSession created = request == null ? null : request.created();
        if (created != null) {
            return created;
        }
        SessionConfig given = requireConfig(config);
        String id = given.findSessionId(exchange);
        if (id == null || !settings.ids().isWellFormed(id)) {
            return null;
        }
        if (exchange == null) {
            return withId(id);
        }
        if (lifecycle.isContainerAsking(exchange)) {
            return null;
        }
        request = lifecycle.request(exchange);
        ExchangeSession.Known known = request.known(id);
        if (known != null) {
            return known.session();
        }
        return Thread.currentThread() instanceof XnioIoThread && exchange.isComplete()
                ? null
                : find(request, id, given);
    }

    private @Nullable JCacheSession find(ExchangeSession request, String id, SessionConfig config) {
        LiveSession live;
        try {
            live = held.find(id);
        } catch (RuntimeException e) {
            request.failed(e);
            throw e;
        }
        if (live == null) {
            request.unknown(id);
            return null;
        }
        JCacheSession session = request.attach(live, id, config);
        lifecycle.release(live);
        lifecycle.counts().active(held.count());
        return session;
    }

    /** Returns a handle for use outside of any exchange, or null when there is no session of the id. */
    @Nullable JCacheSession withId(@Nullable String id) {
        if (id == null || !settings.ids().isWellFormed(id)) {
            return null;
        }
        HttpServerExchange exchange = currentExchange.get();
        ExchangeSession request = exchange == null ? null : lifecycle.knownRequest(exchange);
        ExchangeSession.Known known = request == null ? null : request.known(id);
        if (known != null) {
            JCacheSession session = known.session();
            return session == null ? null : lifecycle.handle(session.live());
        }
        LiveSession live;
        try {
            live = held.find(id);
        } catch (RuntimeException e) {
            if (request != null) {
                request.failed(e);
            }
            throw e;
        }
        if (live == null) {
            return null;
        }
        lifecycle.release(live);
        return lifecycle.handle(live);
    }
}
