package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One node: Undertow on a free port, with one session manager behind Undertow's own handler, pages given as lambdas,
 * and a client that keeps no cookies but a {@link Browser}'s.
 */
final class SessionServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SessionManager manager;
    private final SessionConfig config;
    private final HttpHandler sessions;
    private final Map<String, CompletableFuture<Void>> ends = new ConcurrentHashMap<>();
    private final Map<String, HttpHandler> pages = new ConcurrentHashMap<>();
    private final AtomicInteger visits = new AtomicInteger();
    private final Undertow undertow;
    private @Nullable Site site;

    private SessionServer(SessionManager manager, SessionConfig config) {
        this.manager = manager;
        this.config = config;
        this.sessions = new SessionAttachmentHandler(this::handle, manager, config);
        this.undertow = Undertow.builder()
                .addHttpListener(0, InetAddress.getLoopbackAddress().getHostAddress())
                .setIoThreads(2)
                .setWorkerThreads(16)
                .setHandler(this::observeEnd)
                .build();
    }

    /** Starts a node with the default cookie. */
    static SessionServer start(SessionManager manager) {
        return start(manager, new SessionCookieConfig());
    }

    static SessionServer start(SessionManager manager, SessionConfig config) {
        SessionServer server = new SessionServer(manager, config);
        manager.start();
        server.undertow.start();
        InetSocketAddress address =
                (InetSocketAddress) server.undertow.getListenerInfo().get(0).getAddress();
        server.site = new Site(address.getPort());
        return server;
    }

    // Completion listeners run in reverse order: this one, added first, runs when the session's have.
    private void observeEnd(HttpServerExchange exchange) throws Exception {
        CompletableFuture<Void> end = ends.get(exchange.getRequestPath());
        if (end != null) {
            exchange.addExchangeCompleteListener((ended, next) -> {
                end.complete(null);
                next.proceed();
            });
        }
        sessions.handleRequest(exchange);
    }

    private void handle(HttpServerExchange exchange) throws Exception {
        pages.getOrDefault(exchange.getRequestPath(), ResponseCodeHandler.HANDLE_404)
                .handleRequest(exchange);
    }

    /** Serves a path by a handler that runs on a worker thread and may block. */
    SessionServer page(String path, HttpHandler handler) {
        return rawPage(path, new BlockingHandler(handler));
    }

    /** Serves a path by a handler that runs on the I/O thread. */
    SessionServer rawPage(String path, HttpHandler handler) {
        pages.put(path, handler);
        return this;
    }

    SessionManager manager() {
        return manager;
    }

    SessionConfig config() {
        return config;
    }

    /** What clients see of it; one object, whose connections are kept open. */
    Site site() {
        return requireNonNull(site);
    }

    URI uri(String path) {
        return site().uri(path);
    }

    /** Returns the session of a request, or null. */
    @Nullable Session session(HttpServerExchange exchange) {
        return manager.getSession(exchange, config);
    }

    /** Returns the session of a request, a new one if need be. */
    Session sessionOrNew(HttpServerExchange exchange) {
        Session session = session(exchange);
        return session != null ? session : newSession(exchange);
    }

    Session newSession(HttpServerExchange exchange) {
        return manager.createSession(exchange, config);
    }

    /** Requests a page; returns as soon as the answer is there. */
    Answer get(Browser browser, String path) {
        return site().get(browser, path);
    }

    /**
     * Has one request handled by this handler on a worker thread. Returns when also the last completion listener has
     * run; throws what the handler threw.
     */
    Answer visit(Browser browser, HttpHandler handler) {
        String path = "/visit-" + visits.incrementAndGet();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CompletableFuture<Void> end = new CompletableFuture<>();
        ends.put(path, end);
        page(path, exchange -> {
            try {
                handler.handleRequest(exchange);
            } catch (Throwable e) {
                thrown.set(e);
                throw e;
            }
        });
        try {
            Answer answer = get(browser, path);
            end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            ExchangeEnds.awaitWrites(manager);
            rethrow(thrown.get());
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("The request did not end", e);
        } finally {
            pages.remove(path);
            ends.remove(path);
        }
    }

    private static void rethrow(@Nullable Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        if (thrown != null) {
            throw new IllegalStateException(thrown);
        }
    }

    @Override
    public void close() {
        undertow.stop();
        manager.stop();
    }
}
