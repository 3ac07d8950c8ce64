package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import io.undertow.server.session.Session;
import io.undertow.servlet.handlers.ServletRequestContext;
import io.undertow.util.StatusCodes;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.xnio.IoUtils;

/** A request that never ends does not keep its session alive for ever. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(90)
final class KeepAliveLimitIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final Gate gate = new Gate();
    private final SessionEvents events = new SessionEvents();
    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        visitor.close();
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store, UnaryOperator<JCacheSessionManager.Builder> settings) {
        JCacheSessionManager manager = settings.apply(
                        store.manager().sessionTimeout(TIMEOUT).touchInterval(Duration.ZERO))
                .build(StoreNode.APPLICATION);
        manager.registerSessionListener(events);
        return CoreNode.start(manager)
                .withPages()
                .page("/set-slow", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("report", "done");
                    gate.pass();
                    return "done";
                }))
                .on(
                        "/never",
                        exchange -> exchange.dispatch(() -> {
                            Session session = requireNonNull(CoreNode.existing(exchange));
                            session.getAttribute("user");
                            IoUtils.safeClose(exchange.getConnection());
                            arrive();
                        }));
    }

    private void arrive() {
        try {
            gate.pass();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isKnownTo(CoreNode node) {
        return node.manager().getSession(requireNonNull(visitor.session())) != null;
    }

    private long ended() {
        return events.heard().stream().filter("destroyed TIMEOUT"::equals).count();
    }

    @Test
    void keepAlive_pastTheLimit_sessionTimesOutOnAllNodes() throws Exception {
        try (CoreNode first = node(one, builder -> builder.keepAliveAtMost(LIMIT));
                CoreNode second = node(two, builder -> builder.keepAliveAtMost(LIMIT));
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            long begin = System.nanoTime();
            Future<Wire.Answer> slow = InThread.call(() -> visitor.get(first.port(), "/set-slow"));
            gate.awaitArrival();

            Eventually.holds("the other node says that there is no session", () -> !isKnownTo(second));

            assertThat(System.nanoTime() - begin)
                    .as("kept alive until the limit, and its timeout long after the last time")
                    .isGreaterThan(LIMIT.toNanos());
            Eventually.holds("the timeout is told", () -> ended() == 1);
            one.watched().clear();
            gate.open();
            slow.get(20, TimeUnit.SECONDS);
            assertThat(one.watched().calls()).doesNotContain("putIfAbsent");
            assertThat(isKnownTo(second)).isFalse();
            assertThat(one.items()).isEmpty();
            assertThat(ended()).isOne();
        }
    }

    /** No write of the request's is left to make after the limit. */
    @Test
    void keepAlive_pastTheLimit_changesAfterItAreRefused() throws Exception {
        try (CoreNode first = node(one, builder -> builder.keepAliveAtMost(Duration.ofSeconds(1)))
                        .page("/slow-change", CoreNode.onSession((exchange, session) -> {
                            gate.pass();
                            try {
                                session.setAttribute("report", "late");
                            } catch (IllegalStateException e) { // the end was noticed here
                                exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
                            }
                            return "done";
                        }));
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            Future<Wire.Answer> slow = InThread.call(() -> visitor.get(first.port(), "/slow-change"));
            gate.awaitArrival();
            Eventually.holds("the timeout is told", () -> ended() == 1);

            gate.open();

            assertThat(slow.get(20, TimeUnit.SECONDS).status()).isEqualTo(StatusCodes.SERVICE_UNAVAILABLE);
            assertThat(one.items()).isEmpty();
        }
    }

    /** What other requests do with the session is not limited. */
    @Test
    void keepAlive_pastTheLimit_otherRequestsKeepTheSession() throws Exception {
        Duration limit = Duration.ofMillis(500);
        try (CoreNode first = node(one, builder -> builder.keepAliveAtMost(limit));
                CoreNode second = node(two, builder -> builder.keepAliveAtMost(limit));
                Visitor elsewhere = new Visitor();
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            elsewhere.adopt(requireNonNull(visitor.session()));
            Future<Wire.Answer> slow = InThread.call(() -> visitor.get(first.port(), "/set-slow"));
            gate.awaitArrival();
            long begin = System.nanoTime();

            Eventually.holds("the timeout has passed, and half of it", () -> {
                assertThat(second.visit(elsewhere, "/get?name=user").body()).isEqualTo("ann");
                return System.nanoTime() - begin
                        > TIMEOUT.multipliedBy(3).dividedBy(2).toNanos();
            });

            gate.open();
            assertThat(slow.get(20, TimeUnit.SECONDS).status()).isEqualTo(StatusCodes.OK);
            assertThat(second.visit(elsewhere, "/get?name=report").body()).isEqualTo("done");
        }
    }

    @Test
    void keepAlive_connectionClosed_endsAtTheDeadline() throws Exception {
        try (CoreNode first = node(one, builder -> builder);
                CoreNode second = node(two, builder -> builder);
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            Future<Wire.Answer> dropped = InThread.call(() -> visitor.get(first.port(), "/never"));
            gate.awaitArrival();

            Eventually.holds("the other node says that there is no session", () -> !isKnownTo(second));

            assertThat(dropped).failsWithin(Duration.ofSeconds(20));
            Eventually.holds("the timeout is told", () -> ended() == 1);
        }
    }

    /** Of a servlet the container waits, whatever has become of its connection. */
    @Test
    void keepAlive_connectionClosedAndServletGoesOn_endsAtTheDeadline() throws Exception {
        JCacheSessionManagerFactory sessions =
                new JCacheSessionManagerFactory(one.manager().touchInterval(Duration.ZERO));
        try (ServletNode first = ServletNode.of(sessions)
                        .on(
                                "/begin",
                                (request, response) ->
                                        request.getSession().setMaxInactiveInterval((int) TIMEOUT.toSeconds()))
                        .on("/never", (request, response) -> {
                            requireNonNull(request.getSession(false)).getAttribute("user");
                            IoUtils.safeClose(ServletRequestContext.requireCurrent()
                                    .getExchange()
                                    .getConnection());
                            gate.pass();
                        })
                        .start();
                CoreNode second = node(two, builder -> builder);
                gate) {
            first.visit(visitor, "/begin");
            Future<Wire.Answer> dropped = InThread.call(() -> visitor.get(first.port(), "/never"));
            gate.awaitArrival();

            Eventually.holds("the other node says that there is no session", () -> !isKnownTo(second));

            assertThat(dropped).failsWithin(Duration.ofSeconds(20));
        }
    }

    @Test
    void keepAliveAtMost_negative_isRefused() {
        assertThatThrownBy(() -> one.manager().keepAliveAtMost(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keepAliveAtMost");
    }
}
