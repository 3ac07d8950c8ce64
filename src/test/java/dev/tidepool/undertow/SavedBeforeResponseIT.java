package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * In whatever way a response is sent, nothing of it is seen before the session is saved: whoever has it finds the
 * session's new state on another node.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SavedBeforeResponseIT {
    /** Long enough for a response that does not wait for the store to arrive. */
    private static final int MEANWHILE_MILLIS = 150;

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final AtomicBoolean early = new AtomicBoolean();
    private final CountDownLatch visible = new CountDownLatch(1);

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlerThatBeginsSession_comesAfterSave(CoreWay way) throws Exception {
        try (CoreNode node = core(way)) {
            assertThat(savedValue(node.port(), "/set", Optional.empty(), way.status(), way.headers()))
                    .isEqualTo("new");
        }
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlerThatChangesSession_comesAfterSave(CoreWay way) throws Exception {
        try (CoreNode node = core(way)) {
            assertThat(savedValue(node.port(), "/set", Optional.of("/begin"), way.status(), way.headers()))
                    .isEqualTo("new");
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletThatBeginsSession_comesAfterSave(ServletWay way) throws Exception {
        try (ServletNode node = servlet(way)) {
            assertThat(savedValue(node.port(), "/set", Optional.empty(), way.status(), way.headers()))
                    .isEqualTo("new");
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletThatChangesSession_comesAfterSave(ServletWay way) throws Exception {
        try (ServletNode node = servlet(way)) {
            assertThat(savedValue(node.port(), "/set", Optional.of("/begin"), way.status(), way.headers()))
                    .isEqualTo("new");
        }
    }

    private CoreNode core(CoreWay way) {
        return CoreNode.start(one.manager().build(StoreNode.APPLICATION))
                .on(
                        "/begin",
                        new BlockingHandler(
                                exchange -> CoreNode.session(exchange).setAttribute("item", "old")))
                .on("/set", way.after(exchange -> CoreNode.session(exchange).setAttribute("item", "new")));
    }

    private ServletNode servlet(ServletWay way) throws Exception {
        return ServletWay.pages(ServletNode.on(one))
                .on("/begin", (request, response) -> request.getSession().setAttribute("item", "old"))
                .on(
                        "/set",
                        (request, response) -> way.send(
                                request, response, (in, out) -> in.getSession().setAttribute("item", "new")))
                .start();
    }

    /** Returns what the other node reads when the client has the response. */
    private String savedValue(int port, String path, Optional<String> before, int status, String... headers)
            throws Exception {
        try (Visitor visitor = new Visitor();
                CoreNode reader = reader()) {
            if (before.isPresent()) {
                visitor.get(port, before.get());
            }
            visitor.wire(port).onFirstByte(visible::countDown);
            one.watched().next(WatchedCache.WRITES, call -> {
                early.set(visible.await(MEANWHILE_MILLIS, TimeUnit.MILLISECONDS));
                return call.proceed();
            });

            Wire.Answer answer = visitor.get(port, path, headers);
            String found = visitor.get(reader.port(), "/read").body();

            assertThat(answer.status()).isEqualTo(status);
            assertThat(early)
                    .as("the response was seen before the session was saved")
                    .isFalse();
            if (status == 101) {
                assertThat(visitor.wire(port).echo("ping")).isEqualTo("ping");
            }
            return found;
        }
    }

    private CoreNode reader() {
        return CoreNode.start(two.manager().build(StoreNode.APPLICATION)).on("/read", new BlockingHandler(exchange -> {
            Session session = CoreNode.existing(exchange);
            exchange.getResponseSender()
                    .send(session == null ? "no session" : String.valueOf(session.getAttribute("item")));
        }));
    }
}
