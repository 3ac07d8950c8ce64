package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.session.Session;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attributes that stay on the node that set them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class LocalAttributesIT {
    private static final String WEB_SOCKETS = "io.undertow.websocket.current-connections";

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    /** Whatever cannot leave the JVM. */
    private final CountDownLatch unstorable = new CountDownLatch(7);

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store) {
        return CoreNode.start(store.manager().localAttributes("channel").build(StoreNode.APPLICATION))
                .withPages()
                .page("/keep", exchange -> {
                    Session session = CoreNode.session(exchange);
                    session.setAttribute(CoreNode.query(exchange, "name"), unstorable);
                    return session.getAttribute(CoreNode.query(exchange, "name")) == unstorable;
                })
                .page(
                        "/kept",
                        CoreNode.onSession((exchange, session) ->
                                session.getAttribute(CoreNode.query(exchange, "name")) == unstorable));
    }

    @ParameterizedTest
    @ValueSource(strings = {"channel", WEB_SOCKETS})
    void attribute_local_staysOnNode(String name) throws Exception {
        try (CoreNode node = node(one);
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=shared");

            assertThat(node.visit(visitor, "/keep?name=" + name).body()).isEqualTo("true");
            assertThat(other.visit(visitor, "/get?name=" + name).body()).isEqualTo("null");
            assertThat(other.visit(visitor, "/names").body()).isEqualTo("[item]");
            assertThat(other.visit(visitor, "/set?name=item&value=changed").status())
                    .isEqualTo(200);
            assertThat(node.visit(visitor, "/kept?name=" + name).body()).isEqualTo("true");
            assertThat(node.visit(visitor, "/names").body()).contains(name, "item");
        }
    }

    @Test
    void attribute_local_isNotWrittenAndCostsNoWrite() throws Exception {
        try (CoreNode node = node(one);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=shared");
            one.watched().clear();

            node.visit(visitor, "/keep?name=channel");

            assertThat(one.watched().calls()).containsExactly("get");
        }
    }

    @Test
    void attribute_local_followsIdAndEndsWithSession() throws Exception {
        AtomicReference<@Nullable Object> atEnd = new AtomicReference<>();
        try (CoreNode node = node(one);
                Visitor visitor = new Visitor()) {
            node.manager().registerSessionListener(new io.undertow.server.session.SessionListener() {
                @Override
                public void sessionDestroyed(
                        Session session,
                        io.undertow.server.@Nullable HttpServerExchange exchange,
                        SessionDestroyedReason reason) {
                    atEnd.set(session.getAttribute("channel"));
                }
            });
            node.visit(visitor, "/keep?name=channel");
            node.visit(visitor, "/login");
            assertThat(node.visit(visitor, "/kept?name=channel").body()).isEqualTo("true");

            node.visit(visitor, "/end");

            assertThat(atEnd.get()).isSameAs(unstorable);
        }
    }

    /** What Undertow itself puts there must not fail a request. */
    @Test
    void attribute_ofUndertowThatCannotBeStored_staysOnNode() throws Exception {
        try (CoreNode node = node(one);
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/keep?name=io.undertow.anything").body())
                    .isEqualTo("true");
            assertThat(node.visit(visitor, "/kept?name=io.undertow.anything").body())
                    .isEqualTo("true");
            assertThat(other.visit(visitor, "/names").body()).isEqualTo("[]");
        }
    }
}
