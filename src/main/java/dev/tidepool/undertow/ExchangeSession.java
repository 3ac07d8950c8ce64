package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.express.ConnectCookie;
import dev.tidepool.session.NewSession;
import dev.tidepool.session.SessionHandle;
import dev.tidepool.session.SessionId;
import dev.tidepool.session.SessionRequest;
import io.undertow.server.ConduitWrapper;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.Cookie;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionConfig.SessionCookieSource;
import io.undertow.util.ConduitFactory;
import io.undertow.util.StatusCodes;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.XnioIoThread;
import org.xnio.conduits.StreamSinkConduit;

/**
 * What one manager knows of one exchange: its request to the engine, and how its response goes out.
 *
 * <p>The session is saved as the response is committed, by a wrapper of the response, since only there can the whole
 * response still be replaced: a commit listener that throws makes the client hang or drops its connection, and a status
 * that it sets goes out with the application's body. Thread-safe.
 */
final class ExchangeSession implements ConduitWrapper<StreamSinkConduit>, ExchangeCompletionListener {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeSession.class);

    /** Where proxies say that the client came by https. */
    private static final List<String> ENDS_OF_TLS = List.of(
            "X-Forwarded-Proto", "Forwarded", "CloudFront-Forwarded-Proto", "Front-End-Https", "X-Forwarded-Ssl");

    private final JCacheSessionManager manager;
    private final HttpServerExchange exchange;
    private final SessionRequest request;

    /** The views of the sessions that the exchange was on: for each the same one again and again. */
    private final Map<SessionHandle, JCacheSession> sessions = new HashMap<>();

    /** The names of the cookies by which the session's id was sent. */
    private final Set<String> cookies = new HashSet<>();

    private ExchangeSessions.@Nullable HandlerRun run;
    private boolean isCompleted;

    /** Whether the application may have gone on after its response was committed, and changed an attribute in place. */
    private boolean mayGoOn = true;

    ExchangeSession(JCacheSessionManager manager, HttpServerExchange exchange, SessionRequest request) {
        this.manager = manager;
        this.exchange = exchange;
        this.request = request;
    }

    /** Begins to watch the exchange. */
    void begin() {
        if (exchange.isResponseChannelAvailable()) {
            exchange.addResponseWrapper(this);
        } else {
            request.skipCommit();
        }
        try {
            exchange.addExchangeCompleteListener(this);
        } catch (IllegalStateException e) { // its listeners have run already
            synchronized (this) {
                isCompleted = true;
            }
            endIfOver();
        }
    }

    /** Takes note of the handler of this exchange, which may change the session after the response is complete. */
    synchronized void handledBy(ExchangeSessions.HandlerRun handler) {
        run = handler;
    }

    void failed(RuntimeException cause) {
        request.failed(cause);
    }

    void showAccess() {
        request.showAccess();
    }

    /** Returns the session that was created in this exchange, if it is still alive. */
    @Nullable JCacheSession created() {
        return request.isCreated() ? view(requireNonNull(request.current()), null) : null;
    }

    /** Returns the session of an id that the client has sent, null when there is none. */
    @Nullable JCacheSession find(SessionId id, SessionConfig config) {
        if (request.failure() != null && exchange.isResponseComplete()) {
            return null; // the container's own question: its completion listener must not throw
        }
        if (Thread.currentThread() instanceof XnioIoThread && request.asksStore(id)) {
            if (exchange.isComplete()) {
                return null;
            }
            manager.exchanges().warnOfIoThread("read");
        }
        SessionHandle found = request.find(id);
        return found == null ? null : view(found, config);
    }

    /** Returns the session of an id for someone who asks outside of this exchange, though it runs. */
    @Nullable SessionHandle findOutside(SessionId id) {
        return request.findOutside(id);
    }

    /** Begins a session under the id that the config gives, if that was not chosen by the client, or a new one. */
    JCacheSession create(SessionConfig config, int timeout, boolean isVetted) {
        String given = config.findSessionId(exchange);
        boolean isFromClient = config.sessionCookieSource(exchange) != SessionCookieSource.NONE;
        ExpressSessionConfig express = exchange.getAttachment(ExpressSessionConfig.OF_EXCHANGE);
        NewSession wanted = new NewSession(
                timeout, express == null ? null : ConnectCookie.wanted(express.cookieJson(), express.maxAge()));
        SessionHandle created =
                request.create(given == null ? null : new SessionId(given), isFromClient, isVetted, wanted);
        JCacheSession session = view(created, config);
        sendId(config, created);
        return session;
    }

    private synchronized JCacheSession view(SessionHandle handle, @Nullable SessionConfig config) {
        return sessions.computeIfAbsent(handle, key -> new JCacheSession(manager, key, config, this));
    }

    /**
     * Tells the client that its session has ended.
     *
     * @param handleConfig how the id was sent; null for a handle that was got outside of the exchange
     */
    void clearId(@Nullable SessionConfig handleConfig, String id) {
        SessionConfig config = handleConfig == null ? config() : handleConfig;
        if (config != null) {
            recordCookies(() -> config.clearSession(exchange, id));
        }
    }

    /** Returns how the ids of this exchange are sent; null when that is not known. */
    private @Nullable SessionConfig config() {
        SessionHandle current = request.current();
        SessionConfig known = current == null ? null : view(current, null).config();
        return known == null ? exchange.getAttachment(SessionConfig.ATTACHMENT_KEY) : known;
    }

    /** Takes note of the cookies that something sets, so that they can be taken back. */
    private synchronized void recordCookies(Runnable setting) {
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

    /** Sends the id of a session; one of Express has an age of its own, which its cookie gets. */
    void sendId(SessionConfig config, SessionHandle session) {
        if (session.fields() instanceof ConnectCookie own) {
            Integer interval = session.newInterval();
            Duration age =
                    interval == null ? own.maxAge() : own.withInterval(interval).maxAge();
            exchange.putAttachment(ExpressSessionConfig.MAX_AGE, age == null ? Duration.ZERO : age);
        }
        recordCookies(() -> config.setSessionId(exchange, session.id().text()));
        exchange.removeAttachment(ExpressSessionConfig.MAX_AGE);
        if (isLostOnClient()) {
            manager.exchanges().warnOfPlainHttp();
        }
    }

    /** Whether the id went out in a cookie that a client which came by http does not send back. */
    private synchronized boolean isLostOnClient() {
        if (exchange.isSecure() || ENDS_OF_TLS.stream().anyMatch(this::namesHttps)) {
            return false;
        }
        return cookies().stream().anyMatch(cookie -> cookie.isSecure() && cookies.contains(cookie.getName()));
    }

    /** Asked only whether to warn, so it does no harm that clients can send these headers, too. */
    private boolean namesHttps(String header) {
        String value = exchange.getRequestHeaders().getFirst(header);
        return value != null && (value.toLowerCase(Locale.ROOT).contains("https") || value.equalsIgnoreCase("on"));
    }

    @Override
    public StreamSinkConduit wrap(ConduitFactory<StreamSinkConduit> factory, HttpServerExchange wrapped) {
        RuntimeException cause = commit();
        if (cause == null) {
            return factory.create();
        }
        Set<String> own;
        synchronized (this) {
            own = Set.copyOf(cookies);
        }
        return ReplacedResponse.of(exchange, own, asked -> failureBody(asked, cause), factory);
    }

    /** Saves the session; returns why the response must not go out. */
    private @Nullable RuntimeException commit() {
        synchronized (this) {
            mayGoOn = run == null ? exchange.getResponseContentLength() < 0 : !run.isApplicationOver();
        }
        RuntimeException failure = request.failure();
        if (failure != null && exchange.getStatusCode() == StatusCodes.INTERNAL_SERVER_ERROR) {
            request.skipCommit();
            return failure;
        }
        if (exchange.isInIoThread() && request.mayHaveChanged()) {
            manager.exchanges().warnOfIoThread("saved");
        }
        try {
            request.commit();
            sendCookieAgain();
            return null;
        } catch (RuntimeException e) {
            return e;
        } catch (Error e) { // thrown on, it would leave the client without any response
            return new IllegalStateException("A session cannot be saved: " + e, e);
        }
    }

    /**
     * Sends the cookie again: as Express does, and when the access of this request is going to be written, so that no
     * browser drops a cookie whose session is in use. What has been sent because the session began, changed its id or
     * has ended stays.
     */
    private void sendCookieAgain() {
        ExpressSessionConfig express = exchange.getAttachment(ExpressSessionConfig.OF_EXCHANGE);
        SessionHandle current = request.current();
        SessionConfig config = current == null ? null : view(current, null).config();
        if (express == null || current == null || config == null || !request.isOnRequested()) {
            return;
        }
        Duration age = current.fields() instanceof ConnectCookie own ? own.maxAge() : express.maxAge();
        if (express.isSentAgain(request.isWritten(), age)) {
            sendId(config, current);
        }
    }

    /** Makes the response of a request whose session could not be read or saved; never fails. */
    private byte[] failureBody(HttpServerExchange asked, RuntimeException cause) {
        LOG.warn(
                "A response of {} was replaced, as its session could not be read or saved: {}",
                manager.getDeploymentName(),
                cause.getMessage());
        LOG.debug("The failure of the session store", cause);
        try {
            return requireNonNull(manager.failureResponse().respond(asked, cause), "the body is null");
        } catch (RuntimeException | Error e) { // thrown on, it would leave the client without any response
            LOG.error("The FailureResponse of {} has failed", manager.getDeploymentName(), e);
            asked.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
            return new byte[0];
        }
    }

    @Override
    public void exchangeEvent(HttpServerExchange completed, NextListener next) {
        try {
            synchronized (this) {
                isCompleted = true;
            }
            endIfOver();
        } finally {
            next.proceed();
        }
    }

    /** Ends the request when its response is complete and its handler has returned. */
    void endIfOver() {
        boolean mayHaveChanged;
        synchronized (this) {
            if (!isCompleted || (run != null && !run.isOver())) {
                return;
            }
            mayHaveChanged = mayGoOn;
        }
        request.end(mayHaveChanged, !(Thread.currentThread() instanceof XnioIoThread));
    }
}
