package dev.tidepool.undertow;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import org.jspecify.annotations.Nullable;

/** Tells the single sign-on of a session what becomes of the session. Thread-safe. */
final class SessionWatch implements SessionListener {
    private final JCacheSingleSignOnManager singleSignOns;
    private final SingleSignOnCookie cookie;

    SessionWatch(JCacheSingleSignOnManager singleSignOns, SingleSignOnCookie cookie) {
        this.singleSignOns = singleSignOns;
        this.cookie = cookie;
    }

    @Override
    public void sessionCreated(Session session, HttpServerExchange exchange) {
        singleSignOns.know(session.getSessionManager());
    }

    @Override
    public void sessionDestroyed(
            Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
        SingleSignOnMark mark = SingleSignOnMark.of(session);
        if (mark == null) {
            return;
        }
        switch (reason) {
            case INVALIDATED -> {
                singleSignOns.end(mark.key(), session);
                if (exchange != null) {
                    cookie.clear(exchange);
                }
            }
            case TIMEOUT -> singleSignOns.left(mark.key(), session);
            case UNDEPLOY -> {} // the session may live on elsewhere, or come back
        }
    }

    @Override
    public void sessionIdChanged(Session session, String oldId) {
        SingleSignOnMark mark = SingleSignOnMark.of(session);
        if (mark != null) {
            singleSignOns.renamed(mark.key(), session, oldId);
        }
    }

    @Override
    public void attributeAdded(Session session, String name, Object value) {}

    @Override
    public void attributeUpdated(Session session, String name, Object newValue, Object oldValue) {}

    @Override
    public void attributeRemoved(Session session, String name, Object oldValue) {}
}
