package dev.tidepool.examples.sessions;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;

/** A server of the shop. */
final class Node implements AutoCloseable {
    /** What a node prints before its address when it is ready. */
    static final String READY = "listening on ";

    /** What tells applications apart that share a table. */
    static final String APPLICATION = "shop";

    private final Undertow server;
    /** What to stop, the last started first. */
    private final Deque<Runnable> running;

    private Node(Undertow server, Deque<Runnable> running) {
        this.server = server;
        this.running = running;
    }

    static Node start(Options options) {
        Deque<Runnable> running = new ArrayDeque<>();
        SharedSessions sessions = options.memory() ? null : new SharedSessions(options);
        if (sessions != null) {
            running.push(sessions::close);
        }
        HttpHandler handler;
        if (options.servlet()) {
            ServletNode node = new ServletNode(options.name(), sessions);
            handler = node.start();
            running.push(node::stop);
        } else {
            CoreNode node = new CoreNode(options.name(), sessions);
            handler = node.start();
            running.push(node::stop);
        }
        Undertow server = Undertow.builder()
                .addHttpListener(options.port(), "127.0.0.1")
                .setHandler(Handlers.header(handler, "X-Node", options.name()))
                .build();
        PortTaken.start(server, options.port());
        running.push(server::stop);
        return new Node(server, running);
    }

    URI address() {
        return address(server);
    }

    static URI address(Undertow server) {
        InetSocketAddress address =
                (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
        return URI.create("http://127.0.0.1:" + address.getPort());
    }

    @Override
    public void close() {
        running.forEach(Runnable::run);
    }
}
