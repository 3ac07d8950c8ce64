package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.CloseMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A web socket that was opened with a session closes with it, wherever the session ends. Undertow keeps the open ones
 * of a session in an attribute of this node, and closes them in a listener.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class WebSocketEndsIT {
    private static final String WEB_SOCKETS = "io.undertow.websocket.current-connections";
    private static final Duration TIMEOUT = Duration.ofSeconds(1000);
    private static final int PATIENCE_SECONDS = 20;

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** Does what Undertow's own listener for web sockets does. */
    private static final class Logout implements SessionListener {
        @Override
        public void sessionDestroyed(
                Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
            if (session.getAttribute(WEB_SOCKETS) instanceof List<?> channels) {
                channels.forEach(channel ->
                        WebSockets.sendClose(CloseMessage.MSG_VIOLATES_POLICY, "", (WebSocketChannel) channel, null));
            }
        }
    }

    /** Ends with the web socket's status when the server closes it. */
    private static final class Client implements WebSocket.Listener {
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    private CoreNode node(StoreNode store) {
        CoreNode node = CoreNode.start(store.manager()
                        .sessionTimeout(TIMEOUT)
                        .touchInterval(Duration.ZERO)
                        .build(StoreNode.APPLICATION))
                .withPages()
                .on("/socket", new BlockingHandler(WebSocketEndsIT::open))
                .page(
                        "/sockets",
                        CoreNode.onSession((exchange, session) ->
                                session.getAttribute(WEB_SOCKETS) instanceof List<?> channels ? channels.size() : 0));
        node.manager().registerSessionListener(new Logout());
        return node;
    }

    private static void open(HttpServerExchange exchange) throws Exception {
        Session session = requireNonNull(CoreNode.existing(exchange));
        WebSocketConnectionCallback connected = (handshake, channel) -> {
            session.setAttribute(WEB_SOCKETS, new ArrayList<>(List.of(channel)));
            channel.resumeReceives();
        };
        new WebSocketProtocolHandshakeHandler(connected).handleRequest(exchange);
    }

    /** Opens a web socket with a visitor's session; the server knows it when this returns. */
    private Client opened(CoreNode node, Visitor visitor) throws Exception {
        node.visit(visitor, "/set?name=item&value=kept");
        Client client = new Client();
        http.newWebSocketBuilder()
                .header("Cookie", "JSESSIONID=" + visitor.session())
                .buildAsync(URI.create("ws://127.0.0.1:" + node.port() + "/socket"), client)
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        Eventually.holds(
                "the session knows its web socket",
                () -> node.visit(visitor, "/sockets").body().equals("1"));
        return client;
    }

    private static int status(Client client) throws Exception {
        return client.closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void webSocket_logoutOnItsNode_isClosed() throws Exception {
        try (CoreNode node = node(one);
                Visitor visitor = new Visitor()) {
            Client client = opened(node, visitor);

            node.visit(visitor, "/end");

            assertThat(status(client)).isEqualTo(CloseMessage.MSG_VIOLATES_POLICY);
        }
    }

    @Test
    void webSocket_logoutElsewhere_isClosedAtNextAccess() throws Exception {
        try (CoreNode node = node(one);
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            Client client = opened(node, visitor);
            String id = requireNonNull(visitor.session());
            assertThat(other.visit(visitor, "/end").body()).isEqualTo("ended");

            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/sockets").body()).isEqualTo(CoreNode.NO_SESSION);
            }

            assertThat(status(client)).isEqualTo(CloseMessage.MSG_VIOLATES_POLICY);
        }
    }

    @Test
    void webSocket_idChangedAndLogoutElsewhere_isClosedAtDeadline() throws Exception {
        try (CoreNode node = node(one);
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            Client client = opened(node, visitor);
            other.visit(visitor, "/login");
            assertThat(node.visit(visitor, "/sockets").body()).isEqualTo("1");
            assertThat(other.visit(visitor, "/end").body()).isEqualTo("ended");

            clock.advance(TIMEOUT.plusSeconds(1));
            ((JCacheSessionManager) node.manager()).endDue();

            assertThat(status(client)).isEqualTo(CloseMessage.MSG_VIOLATES_POLICY);
        }
    }
}
