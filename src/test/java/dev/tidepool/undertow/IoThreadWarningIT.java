package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whoever has the store asked on an I/O thread is told, be it for a read or for a save. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class IoThreadWarningIT {
    private static final String WARNING = "I/O thread";

    private final StoreNode store = StoreNode.on(StoreNode.freshTable());

    @AfterEach
    void close() {
        store.close();
    }

    private CoreNode node(String name) {
        return CoreNode.start(store.manager().build(name))
                .withPages()
                .on(
                        "/look",
                        exchange ->
                                exchange.getResponseSender().send(String.valueOf(CoreNode.existing(exchange) != null)))
                .on("/begin", exchange -> {
                    CoreNode.session(exchange).setAttribute("item", String.valueOf(System.nanoTime()));
                    exchange.getResponseSender().send("begun");
                });
    }

    @Test
    void read_onIoThread_warnsOnce() throws Exception {
        try (CoreNode node = node(StoreNode.APPLICATION);
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            assertThat(log.warningsWith(WARNING)).isEmpty();

            for (int i = 0; i < 3; i++) {
                assertThat(node.visit(visitor, "/look").body()).isEqualTo("true");
            }

            assertThat(log.warningsWith(WARNING))
                    .singleElement()
                    .asString()
                    .contains("BlockingHandler")
                    .contains(StoreNode.APPLICATION);
        }
    }

    /** An id that names no session is asked for in the store as well. */
    @Test
    void read_ofUnknownIdOnIoThread_warns() throws Exception {
        try (CoreNode node = node(StoreNode.APPLICATION);
                CapturedLog log = new CapturedLog();
                Visitor visitor = Visitor.with("A".repeat(40))) {
            assertThat(node.visit(visitor, "/look").body()).isEqualTo("false");

            assertThat(log.warningsWith(WARNING)).hasSize(1);
        }
    }

    @Test
    void readAndSave_onIoThread_warnOncePerManager() throws Exception {
        try (CoreNode node = node("one");
                CoreNode other = node("two");
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            for (int i = 0; i < 2; i++) {
                node.visit(visitor, "/look");
                node.visit(visitor, "/begin");
            }
            assertThat(log.warningsWith(WARNING)).hasSize(1);

            other.visit(visitor, "/look");

            assertThat(log.warningsWith(WARNING)).hasSize(2);
        }
    }

    /** No store is asked for a request without an id, nor by the container at the end of an exchange. */
    @Test
    void requestWithoutSession_onIoThread_warnsNot() throws Exception {
        try (CoreNode node = node(StoreNode.APPLICATION);
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/look").body()).isEqualTo("false");
            node.visit(visitor, "/set?name=item&value=kept");
            assertThat(node.visit(visitor, "/plain").body()).isEqualTo("plain");

            assertThat(log.warningsWith(WARNING)).isEmpty();
        }
    }
}
