package dev.tidepool.session;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.protocol.http2.Http2UpgradeHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.util.Sessions;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server of undertow-core with sessions, HTTP/2 included, on a free port. */
final class CoreNode implements AutoCloseable {
    private static final int THREADS = 40;

    private final PathHandler paths = new PathHandler();
    private final Undertow server;

    private CoreNode(SessionManager manager, UnaryOperator<HttpHandler> around) {
        HttpHandler sessions = new SessionAttachmentHandler(paths, manager, new SessionCookieConfig());
        manager.start();
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                .setIoThreads(2)
                .setWorkerThreads(THREADS)
                .setHandler(new Http2UpgradeHandler(around.apply(sessions)))
                .build();
        server.start();
    }

    static CoreNode start(SessionManager manager) {
        return new CoreNode(manager, UnaryOperator.identity());
    }

    /**
     * Starts a node with a handler around that of the sessions.
     *
     * @param around wraps it
     */
    static CoreNode start(SessionManager manager, UnaryOperator<HttpHandler> around) {
        return new CoreNode(manager, around);
    }

    CoreNode on(String path, HttpHandler handler) {
        paths.addExactPath(path, handler);
        return this;
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
        return java.util.Objects.requireNonNull(exchange.getAttachment(SessionConfig.ATTACHMENT_KEY));
    }

    @Override
    public void close() {
        server.stop();
    }
}
