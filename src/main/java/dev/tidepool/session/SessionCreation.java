package dev.tidepool.session;

import dev.tidepool.express.ConnectCookie;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionConfig.SessionCookieSource;
import io.undertow.server.session.SessionListener.SessionDestroyedReason;
import io.undertow.server.session.SessionManager;
import org.jspecify.annotations.Nullable;

/** How a manager's sessions begin: whether there is room for one more, and under which id. Thread-safe. */
final class SessionCreation {
    private final SessionManager manager;
    private final SessionSettings settings;
    private final SessionLifecycle lifecycle;
    private final HeldSessions held;

    /**
     * Whether an id that a client brings may become a new session's: undertow-servlet makes sure that some deployment
     * knows it. Express never takes one over.
     */
    private final boolean isAdopting;

    SessionCreation(
            SessionManager manager, SessionSettings settings, SessionLifecycle lifecycle, boolean isForServlets) {
        this.manager = manager;
        this.settings = settings;
        this.lifecycle = lifecycle;
        this.held = lifecycle.held();
        this.isAdopting = isForServlets && settings.format().adoptsIds();
    }

    /** Refuses a session beyond the limit, or ends the oldest one. */
    void makeRoom() {
        int max = settings.maxSessions();
        while (max > 0 && held.count() >= max) {
            LiveSession oldest = settings.endOldest() ? held.oldestCreated() : null;
            if (oldest == null) {
                lifecycle.counts().rejected();
                throw new IllegalStateException("This node holds " + max
                        + " sessions, which is the most that it may (maxSessions); try again later, or allow more");
            }
            lifecycle.end(lifecycle.handle(oldest), oldest, null, SessionDestroyedReason.TIMEOUT);
        }
    }

    /** Begins a session under the id that the config gives, if that was not chosen by the client, or a new one. */
    LiveSession begin(HttpServerExchange exchange, SessionConfig config, int timeout) {
        String given = config.findSessionId(exchange);
        boolean isFromClient = config.sessionCookieSource(exchange) != SessionCookieSource.NONE;
        if (given != null && settings.ids().isWellFormed(given) && (isAdopting || !isFromClient)) {
            LiveSession adopted = adopt(exchange, given, timeout);
            if (adopted != null) {
                return adopted;
            }
            if (!isFromClient) {
                throw idTaken();
            }
        } else if (given != null && manager.getSession(exchange, config) != null) {
            throw idTaken();
        }
        return held.begin(settings.ids().create(), content(exchange, timeout));
    }

    /**
     * Stores a session under an id that is given; the store decides whether it is taken.
     *
     * @return null when it was a session's before its id changed, and can be nobody's again
     */
    private @Nullable LiveSession adopt(HttpServerExchange exchange, String id, int timeout) {
        LiveSession live = held.begin(id, content(exchange, timeout));
        try {
            if (lifecycle.create(live)) {
                return live;
            }
            LiveSession found = held.find(id);
            if (found == null) {
                return lifecycle.create(live) ? live : null;
            }
            lifecycle.release(found);
        } catch (RuntimeException e) {
            lifecycle.request(exchange).failed(e);
            throw e;
        }
        throw idTaken();
    }

    private SessionContent content(HttpServerExchange exchange, int timeout) {
        ExpressSessionConfig express = exchange.getAttachment(ExpressSessionConfig.OF_EXCHANGE);
        ConnectCookie wanted =
                express == null ? null : ConnectCookie.wanted(express.cookieJson(), express.maxAge());
        return settings.format().begin(timeout, wanted, settings.now(), settings::touchMillis);
    }

    private static IllegalStateException idTaken() {
        return new IllegalStateException("A session with the id of this request exists already");
    }
}
