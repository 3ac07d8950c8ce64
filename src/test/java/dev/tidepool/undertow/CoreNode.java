package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.util.Sessions;
import java.net.InetSocketAddress;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server of undertow-core with sessions, HTTP/2 included, on a free port. */
final class CoreNode implements AutoCloseable {
    /** What pages answer that found no session. */
    static final String NO_SESSION = "no session";

    private static final int THREADS = 40;

    /** What a page answers to a request, on a worker. */
    @FunctionalInterface
    interface Page {
        @Nullable Object answer(HttpServerExchange exchange) throws Exception;
    }

    private final PathHandler paths = new PathHandler();
    private final ExchangeEnds ends = new ExchangeEnds();
    private final SessionManager manager;
    private final Undertow server;

    private CoreNode(SessionManager manager, UnaryOperator<HttpHandler> around, int workers) {
        HttpHandler sessions = new SessionAttachmentHandler(paths, manager, new SessionCookieConfig());
        this.manager = manager;
        manager.start();
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                .setIoThreads(2)
                .setWorkerThreads(workers)
                .setHandler(ends.counting(around.apply(sessions)))
                .build();
        server.start();
    }

    static CoreNode start(SessionManager manager) {
        return start(manager, UnaryOperator.identity());
    }

    /** Starts a node with a number of workers, which requests can use up. */
    static CoreNode start(SessionManager manager, int workers) {
        return new CoreNode(manager, UnaryOperator.identity(), workers);
    }

    /** A node with the settings and pages that most tests need. */
    static CoreNode on(StoreNode store) {
        return start(store.manager().build(StoreNode.APPLICATION)).withPages();
    }

    /**
     * Starts a node with a handler around that of the sessions.
     *
     * @param around wraps it
     */
    static CoreNode start(SessionManager manager, UnaryOperator<HttpHandler> around) {
        return new CoreNode(manager, around, THREADS);
    }

    CoreNode on(String path, HttpHandler handler) {
        paths.addExactPath(path, handler);
        return this;
    }

    /** Serves a page from a worker. */
    CoreNode page(String path, Page page) {
        return on(
                path,
                new BlockingHandler(
                        exchange -> exchange.getResponseSender().send(String.valueOf(page.answer(exchange)))));
    }

    /** Pages that do the one thing that their path says. */
    CoreNode withPages() {
        return page(
                        "/set",
                        exchange -> session(exchange).setAttribute(query(exchange, "name"), query(exchange, "value")))
                .page("/get", onSession((exchange, session) -> session.getAttribute(query(exchange, "name"))))
                .page("/names", onSession((exchange, session) -> new TreeSet<>(session.getAttributeNames())))
                .page("/accessed", onSession((exchange, session) -> session.getLastAccessedTime()))
                .page("/login", onSession((exchange, session) -> {
                    session.changeSessionId(exchange, config(exchange));
                    return "logged in";
                }))
                .page("/end", onSession((exchange, session) -> {
                    session.invalidate(exchange);
                    return "ended";
                }))
                .page("/plain", exchange -> "plain");
    }

    /** What a page does with a session that is there. */
    @FunctionalInterface
    interface Visit {
        @Nullable Object answer(HttpServerExchange exchange, Session session) throws Exception;
    }

    /** A page that is about a session, and begins none. */
    static Page onSession(Visit visit) {
        return exchange -> {
            Session session = existing(exchange);
            return session == null ? NO_SESSION : visit.answer(exchange, session);
        };
    }

    static String query(HttpServerExchange exchange, String name) {
        return requireNonNull(exchange.getQueryParameters().get(name)).getFirst();
    }

    /** Asks for a page, and waits until all that belongs to the request is over. */
    Wire.Answer visit(Visitor visitor, String path) throws Exception {
        Wire.Answer answer = ends.settled(() -> visitor.get(port(), path));
        ExchangeEnds.awaitWrites(manager);
        return answer;
    }

    SessionManager manager() {
        return manager;
    }

    int port() {
        return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    }

    /** The session of an exchange, a new one if need be. */
    static Session session(HttpServerExchange exchange) {
        return Sessions.getOrCreateSession(exchange);
    }

    /** The session of an exchange that must have one. */
    static @Nullable Session existing(HttpServerExchange exchange) {
        return Sessions.getSession(exchange);
    }

    static SessionConfig config(HttpServerExchange exchange) {
        return requireNonNull(exchange.getAttachment(SessionConfig.ATTACHMENT_KEY));
    }

    @Override
    public void close() {
        server.stop();
        manager.stop();
    }
}
