package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** No request waits until the time of an access is written, be it its own or one before it. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class TouchNotOnTheWayIT {
    private static final int PATIENCE_SECONDS = 10;
    private static final Set<Thread.State> STANDING =
            Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING, Thread.State.TERMINATED);

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);
    private final Gate gate = new Gate();
    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        visitor.close();
        one.close();
        two.close();
    }

    private JCacheSessionManager.Builder touching() {
        return one.manager().touchInterval(Duration.ZERO);
    }

    private CoreNode node() {
        return CoreNode.start(touching().build(StoreNode.APPLICATION)).withPages();
    }

    private void hangNextWrite() {
        one.watched().beforeNext(WatchedCache.WRITES, gate::pass);
    }

    private static <T> T soon(Callable<T> request) throws Exception {
        Future<T> answer = InThread.call(request);
        return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void nextRequest_whileTouchHangs_isAnsweredOnTheSameConnection() throws Exception {
        try (CoreNode node = node();
                gate) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(Duration.ofSeconds(10));
            hangNextWrite();

            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
            gate.awaitArrival();

            assertThat(soon(() -> visitor.get(node.port(), "/plain").body())).isEqualTo("plain");
        }
    }

    /** One that is on the session reads it, and does not wait for the write of what it has not changed. */
    @Test
    void nextRequest_ofTheSessionWhileTouchHangs_isAnswered() throws Exception {
        try (CoreNode node = node();
                gate) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(Duration.ofSeconds(10));
            hangNextWrite();

            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
            gate.awaitArrival();

            assertThat(soon(() -> visitor.get(node.port(), "/get?name=item").body()))
                    .isEqualTo("kept");
        }
    }

    @Test
    void nextRequest_ofServletWhileTouchHangs_isAnsweredOnTheSameConnection() throws Exception {
        try (ServletNode node = ServletNode.of(new JCacheSessionManagerFactory(touching()))
                        .on(
                                "/begin",
                                (request, response) -> request.getSession().setAttribute("item", "kept"))
                        .on("/read", (request, response) -> {
                            HttpSession session = requireNonNull(request.getSession(false));
                            response.getWriter().print(session.getAttribute("item"));
                        })
                        .on(
                                "/plain",
                                (request, response) -> response.getWriter().print("plain"))
                        .start();
                gate) {
            node.visit(visitor, "/begin");
            clock.advance(Duration.ofSeconds(10));
            hangNextWrite();

            assertThat(visitor.get(node.port(), "/read").body()).isEqualTo("kept");
            gate.awaitArrival();

            assertThat(soon(() -> visitor.get(node.port(), "/plain").body())).isEqualTo("plain");
        }
    }

    @Test
    void stop_whileTouchHangs_waitsForIt() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        try (CoreNode node = node();
                gate) {
            node.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            clock.advance(Duration.ofSeconds(10));
            long accessed = clock.millis();
            one.watched().next(WatchedCache.WRITES, call -> {
                gate.pass();
                Object answer = call.proceed();
                order.add("written");
                return answer;
            });
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
            gate.awaitArrival();

            Thread stopping = new Thread(() -> {
                node.manager().stop();
                order.add("stopped");
            });
            stopping.start();
            Eventually.holds("stop() waits, or is over", () -> STANDING.contains(stopping.getState()));
            gate.open();
            stopping.join();

            assertThat(order).containsExactly("written", "stopped");
            JCacheSessionManager elsewhere = two.manager().build(StoreNode.APPLICATION);
            assertThat(requireNonNull(elsewhere.getSession(id)).getLastAccessedTime())
                    .isEqualTo(accessed);
            elsewhere.stop();
        }
    }
}
