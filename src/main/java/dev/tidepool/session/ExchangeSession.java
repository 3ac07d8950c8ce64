package dev.tidepool.session;

import dev.tidepool.express.ConnectCookie;
import io.undertow.server.ConduitWrapper;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.Cookie;
import io.undertow.server.session.SessionConfig;
import io.undertow.util.ConduitFactory;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xnio.XnioIoThread;
import org.xnio.conduits.StreamSinkConduit;

/**
 * What one manager knows of one exchange: the session that it is on, the ids that name none, and how far its response
 * has come.
 *
 * <p>The session is saved as the response is committed, by a wrapper of the response, since only there can the whole
 * response still be replaced: a commit listener that throws makes the client hang or drops its connection, and a status
 * that it sets goes out with the application's body. Thread-safe.
 */
final class ExchangeSession implements ConduitWrapper<StreamSinkConduit>, ExchangeCompletionListener {

    /** The headers that describe the application's body, or lead on as if the request had succeeded. */
    private static final List<HttpString> OF_APPLICATION = List.of(
            Headers.LOCATION,
            Headers.REFRESH,
            Headers.CONTENT_TYPE,
            Headers.CONTENT_LENGTH,
            Headers.CONTENT_ENCODING,
            Headers.CONTENT_LANGUAGE,
            Headers.CONTENT_LOCATION,
            Headers.CONTENT_DISPOSITION,
            Headers.CONTENT_MD5,
            Headers.CONTENT_RANGE,
            Headers.ACCEPT_RANGES,
            Headers.TRANSFER_ENCODING,
            Headers.TRAILER,
            Headers.ETAG,
            Headers.LAST_MODIFIED,
            Headers.EXPIRES,
            Headers.CACHE_CONTROL,
            Headers.UPGRADE,
            Headers.CONNECTION);

    private final SessionLifecycle lifecycle;
    private final HttpServerExchange exchange;
    private final Set<String> unknownIds = new HashSet<>();

    /** The names of the cookies by which the session's id was sent. */
    private final Set<String> cookies = new HashSet<>();

    private volatile boolean isCommitted;

    /** All sessions that the exchange was on, as one that was left for another has changes to be saved too. */
    private final List<JCacheSession> sessions = new ArrayList<>();

    /** The one that it is on. */
    private @Nullable JCacheSession session;

    private @Nullable String requestedId;
    private boolean isCreated;

    /** How often the session's attributes had changed when this exchange came to it. */
    private long changesBefore;

    private @Nullable RuntimeException failure;
    private boolean isSaveFailed;
    private long access;
    private boolean isHandlerRunning;
    private boolean isCompleted;
    private boolean isFinished;

    ExchangeSession(SessionLifecycle lifecycle, HttpServerExchange exchange) {
        this.lifecycle = lifecycle;
        this.exchange = exchange;
    }

    /** Begins to watch the exchange. */
    void begin() {
        if (exchange.isResponseChannelAvailable()) {
            exchange.addResponseWrapper(this);
        } else {
            isCommitted = true;
        }
        try {
            exchange.addExchangeCompleteListener(this);
        } catch (IllegalStateException e) { // its listeners have run already
            synchronized (this) {
                isCompleted = true;
            }
            finishIfOver();
        }
    }

    /** Whether the response is on its way, so that changes are no longer collected. */
    boolean isCommitted() {
        return isCommitted;
    }

    /** Whether the exchange is over, and no longer holds its session. */
    synchronized boolean isFinished() {
        return isFinished;
    }

    /** Returns the session that was created in this exchange, if it is still alive. */
    synchronized @Nullable JCacheSession created() {
        return isCreated && isAlive() ? session : null;
    }

    private boolean isAlive() {
        return session != null && session.live().isAlive();
    }

    /** The answer of the store that this exchange has had already, if it is one. */
    record Known(@Nullable JCacheSession session) {}

    /**
     * Returns what is known of an id.
     *
     * @return null when the store has to be asked
     * @throws RuntimeException the failure, if the store was asked and has failed
     */
    synchronized @Nullable Known known(String id) {
        if (session != null && (id.equals(requestedId) || id.equals(session.getId()))) {
            return new Known(isAlive() ? session : null);
        }
        if (unknownIds.contains(id)) {
            return new Known(null);
        }
        if (failure == null) {
            return null;
        }
        if (exchange.isResponseComplete()) {
            return new Known(null); // the container's own question: its completion listener must not throw
        }
        throw failure;
    }

    synchronized void unknown(String id) {
        unknownIds.add(id);
    }

    synchronized void failed(RuntimeException cause) {
        failure = cause;
    }

    /** Puts the exchange on a session that was found. */
    synchronized JCacheSession attach(LiveSession live, String id, SessionConfig config) {
        access = lifecycle.now();
        live.accessed(access);
        return attached(live, id, config);
    }

    /** Puts the exchange on a session that begins with it. */
    synchronized JCacheSession attachNew(LiveSession live, SessionConfig config) {
        unknownIds.remove(live.id());
        live.accessed(live.content().lastAccessedTime());
        JCacheSession created = attached(live, live.id(), config);
        isCreated = true;
        return created;
    }

    private JCacheSession attached(LiveSession live, String id, SessionConfig config) {
        JCacheSession handle = new JCacheSession(lifecycle, live, config, this);
        if (!isFinished) {
            live.use();
            sessions.add(handle);
        }
        requestedId = id;
        isCreated = false;
        changesBefore = live.attributeChanges();
        session = handle;
        return handle;
    }

    /** Returns how the ids of this exchange are sent; null when that is not known. */
    synchronized @Nullable SessionConfig config() {
        return session == null || session.config() == null
                ? exchange.getAttachment(SessionConfig.ATTACHMENT_KEY)
                : session.config();
    }

    /** Lets the application see the access of this exchange, if the session has not begun with it. */
    synchronized void showAccess(LiveSession live) {
        if (access > 0) {
            live.setLastAccessedTime(access);
        }
    }

    /** Takes note of the cookies that something sets, so that they can be taken back. */
    @SuppressWarnings("deprecation") // nothing else tells the names of cookies, or takes one back
    synchronized void recordCookies(Runnable setting) {
        Set<Cookie> before = cookies();
        setting.run();
        for (Cookie cookie : cookies()) {
            if (!before.contains(cookie)) {
                cookies.add(cookie.getName());
            }
        }
    }

    private Set<Cookie> cookies() {
        Set<Cookie> all = Collections.newSetFromMap(new IdentityHashMap<>());
        exchange.responseCookies().forEach(all::add);
        return all;
    }

    @Override
    public StreamSinkConduit wrap(ConduitFactory<StreamSinkConduit> factory, HttpServerExchange wrapped) {
        RuntimeException cause = commit();
        if (cause == null) {
            return factory.create();
        }
        byte[] body = replaceResponse(cause);
        return new ReplacedBody(factory.create(), body);
    }

    /** Saves the session; returns why the response must not go out. */
    private @Nullable RuntimeException commit() {
        List<JCacheSession> changed;
        synchronized (this) {
            isCommitted = true;
            if (failure != null && exchange.getStatusCode() == StatusCodes.INTERNAL_SERVER_ERROR) {
                return failure;
            }
            changed = List.copyOf(sessions);
        }
        try {
            changed.forEach(handle -> lifecycle.commit(handle, exchange.isInIoThread()));
            sendCookieAgain();
            return null;
        } catch (RuntimeException e) {
            return saveFailed(changed, e);
        } catch (Error e) { // thrown on, it would leave the client without any response
            return saveFailed(changed, new IllegalStateException("A session cannot be saved: " + e, e));
        }
    }

    /**
     * Sends the cookie again: as Express does, and when the access of this request is going to be written, so that no
     * browser drops a cookie whose session is in use. What has been sent because the session began, changed its id or
     * has ended stays.
     */
    private synchronized void sendCookieAgain() {
        ExpressSessionConfig express = exchange.getAttachment(ExpressSessionConfig.OF_EXCHANGE);
        JCacheSession current = session;
        SessionConfig config = current == null ? null : current.config();
        if (express == null || current == null || config == null || isCreated || !isAlive()) {
            return;
        }
        String id = current.getId();
        Duration age = current.live().content().fields() instanceof ConnectCookie own ? own.maxAge() : express.maxAge();
        boolean isWritten = current.live().attributeChanges() != changesBefore
                || current.live().isTouchDue();
        if (id.equals(requestedId) && express.isSentAgain(isWritten, age)) {
            sendId(config, id, current.live());
        }
    }

    /** Sends the id of a session; one of Express has an age of its own, which its cookie gets. */
    synchronized void sendId(SessionConfig config, String id, LiveSession live) {
        if (live.content().fields() instanceof ConnectCookie own) {
            Duration age = live.maxInactiveInterval() == live.content().maxInactiveInterval()
                    ? own.maxAge()
                    : own.withInterval(live.maxInactiveInterval()).maxAge();
            exchange.putAttachment(ExpressSessionConfig.MAX_AGE, age == null ? Duration.ZERO : age);
        }
        recordCookies(() -> config.setSessionId(exchange, id));
        exchange.removeAttachment(ExpressSessionConfig.MAX_AGE);
    }

    private RuntimeException saveFailed(List<JCacheSession> changed, RuntimeException cause) {
        synchronized (this) {
            isSaveFailed = true;
        }
        changed.forEach(JCacheSession::forgetNextId);
        return cause;
    }

    @SuppressWarnings({"deprecation", "removal"}) // nothing else takes a cookie back
    private byte[] replaceResponse(RuntimeException cause) {
        // No length takes the place of the application's: it may still send as much as it has announced.
        OF_APPLICATION.forEach(exchange.getResponseHeaders()::remove);
        synchronized (this) {
            cookies.forEach(exchange.getResponseCookies()::remove);
        }
        return lifecycle.failureBody(exchange, cause);
    }

    /** Takes note that the handler of this exchange runs, and may change the session after the response is complete. */
    synchronized void handlerBegins() {
        isHandlerRunning = true;
    }

    void handlerEnds() {
        synchronized (this) {
            isHandlerRunning = false;
        }
        finishIfOver();
    }

    @Override
    public void exchangeEvent(HttpServerExchange completed, NextListener next) {
        try {
            synchronized (this) {
                isCompleted = true;
            }
            finishIfOver();
        } finally {
            next.proceed();
        }
    }

    private void finishIfOver() {
        boolean save;
        synchronized (this) {
            if (!isCompleted || isHandlerRunning || isFinished) {
                return;
            }
            isFinished = true;
            save = !isSaveFailed;
        }
        for (JCacheSession handle : sessions) {
            handle.forgetNextId();
            finish(handle.live(), save);
        }
    }

    /** Saves what has changed since the response was committed; not on an I/O thread, which others wait for. */
    private void finish(LiveSession live, boolean save) {
        if (!save) {
            lifecycle.release(live);
        } else if (!live.mayNeedSave(true)) {
            lifecycle.finishUnchanged(live);
        } else if (Thread.currentThread() instanceof XnioIoThread) {
            lifecycle.onWorker(exchange, () -> lifecycle.finish(live));
        } else {
            lifecycle.finish(live);
        }
    }
}
