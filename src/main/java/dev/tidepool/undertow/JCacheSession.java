package dev.tidepool.undertow;

import dev.tidepool.session.SessionHandle;
import dev.tidepool.session.SessionId;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionListener.SessionDestroyedReason;
import io.undertow.server.session.SessionListeners;
import io.undertow.server.session.SessionManager;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Undertow's view of a session that one exchange is on, or somebody outside of any. Thread-safe. */
@SuppressWarnings("NullAway") // Session answers null for what there is not
final class JCacheSession implements Session {
    private final JCacheSessionManager manager;
    private final SessionHandle handle;
    private final @Nullable SessionConfig config;
    private final @Nullable ExchangeSession exchangeSession;

    /**
     * Makes a view.
     *
     * @param config how the id is sent; null when that is not known
     * @param exchangeSession null outside of any exchange
     */
    JCacheSession(
            JCacheSessionManager manager,
            SessionHandle handle,
            @Nullable SessionConfig config,
            @Nullable ExchangeSession exchangeSession) {
        this.manager = manager;
        this.handle = handle;
        this.config = config;
        this.exchangeSession = exchangeSession;
    }

    SessionHandle handle() {
        return handle;
    }

    @Nullable SessionConfig config() {
        return config;
    }

    private SessionListeners listeners() {
        return manager.listeners();
    }

    @Override
    public String getId() {
        return handle.id().text();
    }

    @Override
    public SessionManager getSessionManager() {
        return manager;
    }

    @Override
    public void requestDone(HttpServerExchange exchange) {
        if (exchangeSession != null) {
            exchangeSession.showAccess();
        }
    }

    @Override
    public long getCreationTime() {
        return handle.creationTime();
    }

    @Override
    public long getLastAccessedTime() {
        return handle.lastAccessedTime();
    }

    /** undertow-servlet 2.3 asks so whether the session is invalid, once more when the response is complete. */
    @Override
    public int getMaxInactiveInterval() {
        return handle.maxInactiveInterval();
    }

    @Override
    public void setMaxInactiveInterval(int interval) {
        handle.setMaxInactiveInterval(interval);
    }

    @Override
    public Object getAttribute(String name) {
        return handle.attribute(name);
    }

    @Override
    public Set<String> getAttributeNames() {
        return handle.attributeNames();
    }

    @Override
    public Object setAttribute(String name, Object value) {
        if (value == null) {
            return removeAttribute(name);
        }
        SessionHandle.Change change = handle.setAttribute(name, value);
        if (change.old() == null) {
            listeners().attributeAdded(this, name, change.held());
        } else {
            listeners().attributeUpdated(this, name, change.held(), change.old());
        }
        return change.old();
    }

    @Override
    public Object removeAttribute(String name) {
        Object old = handle.removeAttribute(name);
        listeners().attributeRemoved(this, name, old);
        return old;
    }

    @Override
    public void invalidate(HttpServerExchange exchange) {
        boolean[] isTold = {false};
        try {
            handle.invalidate(() -> {
                isTold[0] = true;
                listeners().sessionDestroyed(this, exchange, SessionDestroyedReason.INVALIDATED);
            });
        } catch (IllegalStateException e) { // it has ended already, or its listeners are being told so
            throw e;
        } catch (RuntimeException e) {
            if (exchange != null && !isTold[0] && !handle.hasEnded()) {
                manager.exchanges().of(exchange).failed(e);
            }
            throw e;
        }
        if (exchange != null) {
            manager.exchanges().of(exchange).clearId(config, getId());
        }
    }

    @Override
    public String changeSessionId(HttpServerExchange exchange, SessionConfig newConfig) {
        String oldId = getId();
        SessionId newId = handle.changeId();
        if (newId == null) {
            return null;
        }
        if (exchange == null) {
            newConfig.setSessionId(null, newId.text());
        } else {
            manager.exchanges().of(exchange).sendId(newConfig, handle);
        }
        listeners().sessionIdChanged(this, oldId);
        return newId.text();
    }

    /**
     * Answers whether the session has ended. A method of the interface since Undertow 2.4.
     *
     * @return true once its end has been told to the listeners
     */
    public boolean isInvalid() {
        return handle.hasEnded();
    }

    /** Names the manager; an id is a secret. */
    @Override
    public String toString() {
        return "JCacheSession[" + manager.getDeploymentName() + "]";
    }
}
