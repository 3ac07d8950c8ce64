package dev.tidepool.examples.modules;

import dev.tidepool.session.SessionCaches;
import dev.tidepool.undertow.JCacheSessionManager;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.util.Sessions;
import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** A server that counts visits in sessions, and a browser that visits it. */
final class Visits implements AutoCloseable {
    private final SessionManager sessions =
            JCacheSessionManager.builder(SessionCaches.dynamoDb()).build("visits");
    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
    private final Undertow server;

    Visits() {
        server = Undertow.builder()
                .addHttpListener(0, InetAddress.getLoopbackAddress().getHostAddress())
                .setHandler(new BlockingHandler(
                        new SessionAttachmentHandler(Visits::count, sessions, new SessionCookieConfig())))
                .build();
        sessions.start();
        server.start();
    }

    private static void count(HttpServerExchange exchange) {
        Session session = Sessions.getOrCreateSession(exchange);
        Integer count = (Integer) session.getAttribute("visits");
        session.setAttribute("visits", count == null ? 1 : count + 1);
        exchange.getResponseSender().send("visits: " + session.getAttribute("visits"));
    }

    /** Visits the server, and returns its answer. */
    String visit() throws IOException, InterruptedException {
        InetSocketAddress address =
                (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
        URI uri = URI.create("http://" + address.getHostString() + ":" + address.getPort() + "/");
        return browser.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    @Override
    public void close() {
        server.stop();
        sessions.stop();
    }
}
