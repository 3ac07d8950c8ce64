package dev.tidepool.session;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionManager;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The handle that one request holds of a session, or somebody outside of any request. Within a request, changes are
 * collected until the response is committed; later, and outside, each is written at once, and the session is read for
 * each question unless some request here is on it. Thread-safe.
 */
@SuppressWarnings("NullAway") // Session answers null for what there is not
final class JCacheSession implements Session {
    private final SessionLifecycle lifecycle;
    private final LiveSession live;
    private final @Nullable SessionConfig config;
    private final @Nullable ExchangeSession request;

    /** The id that the session gets when the response is committed; null for none. */
    private volatile @Nullable String nextId;

    JCacheSession(
            SessionLifecycle lifecycle,
            LiveSession live,
            @Nullable SessionConfig config,
            @Nullable ExchangeSession request) {
        this.lifecycle = lifecycle;
        this.live = live;
        this.config = config;
        this.request = request;
    }

    LiveSession live() {
        return live;
    }

    @Nullable SessionConfig config() {
        return config;
    }

    @Nullable String nextId() {
        return nextId;
    }

    /** Keeps the id that the session has; the handle of one that has ended keeps what it last said. */
    void forgetNextId() {
        if (live.isAlive()) {
            nextId = null;
        }
    }

    @Override
    public String getId() {
        String next = nextId;
        return next == null ? live.id() : next;
    }

    @Override
    public SessionManager getSessionManager() {
        return lifecycle.manager();
    }

    @Override
    public void requestDone(HttpServerExchange exchange) {
        if (request != null) {
            request.showAccess(live);
        }
    }

    @Override
    public long getCreationTime() {
        return reading(() -> live.content().creationTime());
    }

    @Override
    public long getLastAccessedTime() {
        return reading(live::lastAccessedTime);
    }

    @Override
    public int getMaxInactiveInterval() {
        // undertow-servlet 2.3 asks so whether the session is invalid, once more when the response is complete.
        if (request != null && request.isFinished()) {
            requireValid();
            return live.maxInactiveInterval();
        }
        return reading(live::maxInactiveInterval);
    }

    @Override
    public void setMaxInactiveInterval(int interval) {
        changing(() -> {
            live.setMaxInactiveInterval(interval);
            return null;
        });
        lifecycle.held().watchDeadline(live);
    }

    @Override
    public Object getAttribute(String name) {
        return reading(() -> {
            Object local = live.local().get(name);
            return local == null ? live.attribute(name) : local;
        });
    }

    @Override
    public Set<String> getAttributeNames() {
        return reading(live::attributeNames);
    }

    @Override
    public Object setAttribute(String name, Object value) {
        if (value == null) {
            return removeAttribute(name);
        }
        requireValid();
        byte[] encoded = lifecycle.encode(name, value);
        Object held = encoded == null ? value : lifecycle.asRead(name, value, encoded);
        Object old = changing(() -> encoded == null ? keepHere(name, held) : store(name, held, encoded));
        if (old == null) {
            lifecycle.listeners().attributeAdded(this, name, held);
        } else {
            lifecycle.listeners().attributeUpdated(this, name, held, old);
        }
        return old;
    }

    /** An attribute is either stored or stays on this node. */
    private @Nullable Object keepHere(String name, Object value) {
        Object stored = removeStored(name);
        Object here = live.local().put(name, value);
        return here == null ? stored : here;
    }

    private @Nullable Object store(String name, Object value, byte[] encoded) {
        Object stored = live.readable(name);
        Object here = live.local().remove(name);
        live.setAttribute(name, value, encoded);
        return here == null ? stored : here;
    }

    @Override
    public Object removeAttribute(String name) {
        Object old = changing(() -> {
            Object stored = removeStored(name);
            Object here = live.local().remove(name);
            return here == null ? stored : here;
        });
        lifecycle.listeners().attributeRemoved(this, name, old);
        return old;
    }

    /** What cannot be read can be removed all the same. */
    private @Nullable Object removeStored(String name) {
        Object old = live.readable(name);
        if (live.holds(name)) {
            live.removeAttribute(name);
        }
        return old;
    }

    private <T extends @Nullable Object> T reading(Supplier<T> question) {
        live.use();
        try {
            requireLoaded();
            return question.get();
        } finally {
            lifecycle.release(live);
        }
    }

    private <T extends @Nullable Object> T changing(Supplier<T> change) {
        live.use();
        try {
            requireLoaded();
            T result = change.get();
            if (request == null || request.isCommitted()) {
                lifecycle.saveNow(live);
            }
            return result;
        } finally {
            lifecycle.release(live);
        }
    }

    private void requireLoaded() {
        requireValid();
        lifecycle.requireLoaded(live);
        requireValid();
    }

    private void requireValid() {
        if (live.hasEnded()) {
            throw SessionLifecycle.invalid();
        }
    }

    @Override
    public void invalidate(HttpServerExchange exchange) {
        lifecycle.invalidate(this, live, exchange);
        if (exchange != null) {
            lifecycle.clearId(exchange, config, live.id());
        }
    }

    @Override
    public String changeSessionId(HttpServerExchange exchange, SessionConfig newConfig) {
        if (!live.isAlive()) {
            return null;
        }
        String oldId = getId();
        String newId = lifecycle.ids().create();
        if (request != null && !request.isCommitted() && live.isStored()) {
            nextId = newId;
        } else if (!lifecycle.move(live, newId)) {
            return null;
        }
        lifecycle.sendId(exchange, newConfig, newId, live);
        lifecycle.listeners().sessionIdChanged(this, oldId);
        return newId;
    }

    /**
     * Answers whether the session has ended. A method of the interface since Undertow 2.4.
     *
     * @return true once its end has been told to the listeners
     */
    public boolean isInvalid() {
        return live.hasEnded();
    }

    /** Names the manager; an id is a secret. */
    @Override
    public String toString() {
        return "JCacheSession[" + lifecycle.manager().getDeploymentName() + "]";
    }
}
