package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import io.undertow.server.session.Session;
import io.undertow.util.StatusCodes;
import jakarta.servlet.http.HttpSession;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A session is kept alive while a request is on it, and what ends it elsewhere is noticed by that. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(90)
final class KeepAliveIT {
    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final Duration LONG = Duration.ofMinutes(30);
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** Much more than the interval, as the machine may be busy, and much less than any other interval. */
    private static final long NOTICED_MILLIS = 5_000;

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final Gate gate = new Gate();

    /** The session that the request which stands still is on. */
    private final AtomicReference<@Nullable Session> used = new AtomicReference<>();

    private final Visitor visitor = new Visitor();

    @BeforeEach
    void clear() {
        used.set(null);
    }

    @AfterEach
    void close() throws Exception {
        visitor.close();
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store, Duration timeout, Duration touchInterval) {
        return CoreNode.start(store.manager()
                        .sessionTimeout(timeout)
                        .touchInterval(touchInterval)
                        .build(StoreNode.APPLICATION))
                .withPages()
                .page("/slow", CoreNode.onSession((exchange, session) -> {
                    used.set(session);
                    gate.pass();
                    return "done";
                }))
                .page("/slow-set", CoreNode.onSession((exchange, session) -> {
                    gate.pass();
                    session.setAttribute("report", "done");
                    return "done";
                }))
                .page("/set-slow", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("report", "done");
                    gate.pass();
                    return "done";
                }));
    }

    private Future<Wire.Answer> begun(int port, String path) throws Exception {
        Future<Wire.Answer> answer = InThread.call(() -> visitor.get(port, path));
        gate.awaitArrival();
        return answer;
    }

    private boolean isKnownTo(CoreNode node) {
        return node.manager().getSession(requireNonNull(visitor.session())) != null;
    }

    private static Wire.Answer answered(Future<Wire.Answer> request) throws Exception {
        return request.get(20, TimeUnit.SECONDS);
    }

    @Test
    void keepAlive_writeFailsOnce_isTriedAgainBeforeTheDeadline() throws Exception {
        try (CoreNode first = node(one, SHORT, Duration.ZERO);
                CoreNode second = node(two, SHORT, Duration.ZERO);
                Visitor elsewhere = new Visitor();
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            long deadline = System.currentTimeMillis() + SHORT.toMillis();
            elsewhere.adopt(requireNonNull(visitor.session()));
            Future<Wire.Answer> slow = begun(first.port(), "/slow-set");
            one.watched().next(WatchedCache.WRITES, call -> {
                throw new CacheException("one throttled write, says the test");
            });

            Eventually.holds("the first deadline has passed", () -> {
                assertThat(isKnownTo(second)).as("the session lives on").isTrue();
                return System.currentTimeMillis() > deadline + 500;
            });

            assertThat(one.watched().hasRules()).as("a write is still to fail").isFalse();
            assertThat(second.visit(elsewhere, "/get?name=user").body()).isEqualTo("ann");
            gate.open();
            assertThat(answered(slow).status()).isEqualTo(StatusCodes.OK);
            assertThat(second.visit(elsewhere, "/get?name=report").body()).isEqualTo("done");
        }
    }

    @Test
    void keepAlive_failsUntilTheDeadline_changeOfTheRequestIsRefused() throws Exception {
        try (CoreNode first = node(one, SHORT, Duration.ZERO);
                CoreNode second = node(two, SHORT, Duration.ZERO);
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            Future<Wire.Answer> slow = begun(first.port(), "/set-slow");
            one.watched().fail(WatchedCache.WRITES);
            Eventually.holds("the other node has ended the session", () -> !isKnownTo(second));
            one.watched().heal();

            gate.open();

            assertThat(answered(slow).status()).isEqualTo(StatusCodes.SERVICE_UNAVAILABLE);
            assertThat(one.items()).isEmpty();
        }
    }

    /** The store is not asked more often than an access would be written. */
    @Test
    void keepAlive_ofLongSession_callsTheStoreOncePerTouchInterval() throws Exception {
        try (CoreNode first = node(one, LONG, INTERVAL);
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            Future<Wire.Answer> slow = begun(first.port(), "/slow");
            long begin = System.nanoTime();
            one.watched().clear();

            Eventually.holds(
                    "the session is looked after", () -> one.watched().calls().size() >= 4);

            long intervals = (System.nanoTime() - begin) / INTERVAL.toNanos();
            assertThat(one.watched().calls().size()).isLessThanOrEqualTo((int) intervals * 2 + 2);
            gate.open();
            assertThat(answered(slow).status()).isEqualTo(StatusCodes.OK);
        }
    }

    @Test
    void request_sessionEndedOnOtherNode_learnsOfItWithinATouchInterval() throws Exception {
        try (CoreNode first = node(one, LONG, INTERVAL);
                CoreNode second = node(two, LONG, INTERVAL);
                Visitor elsewhere = new Visitor();
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            elsewhere.adopt(requireNonNull(visitor.session()));
            Future<Wire.Answer> slow = begun(first.port(), "/slow");
            Session session = requireNonNull(used.get());
            assertThat(session.getAttribute("user")).isEqualTo("ann");
            assertThat(second.visit(elsewhere, "/end").body()).isEqualTo("ended");

            assertNoticed(() -> session.getAttribute("user"));

            assertThat(isInvalid(session)).isEqualTo(true);
            assertThatThrownBy(session::getAttributeNames).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.setAttribute("user", "eve")).isInstanceOf(IllegalStateException.class);
            gate.open();
            assertThat(answered(slow))
                    .extracting(Wire.Answer::status, Wire.Answer::body)
                    .containsExactly(200, "done");
            assertThat(one.items()).isEmpty();
        }
    }

    /** A method of the interface since Undertow 2.4. */
    private static Object isInvalid(Session session) throws ReflectiveOperationException {
        Method method = session.getClass().getMethod("isInvalid");
        method.setAccessible(true);
        return method.invoke(session);
    }

    private static void assertNoticed(Callable<?> read) throws Exception {
        long begin = System.nanoTime();
        Eventually.holds("a read tells that the session has ended", () -> {
            try {
                read.call();
                return false;
            } catch (IllegalStateException e) {
                return true;
            }
        });
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isLessThan(NOTICED_MILLIS);
    }

    @Test
    void request_ofServletWhoseSessionEndedOnOtherNode_learnsOfItWithinATouchInterval() throws Exception {
        AtomicReference<@Nullable HttpSession> read = new AtomicReference<>();
        JCacheSessionManagerFactory sessions =
                new JCacheSessionManagerFactory(one.manager().touchInterval(INTERVAL));
        try (ServletNode first = ServletNode.of(sessions)
                        .on(
                                "/begin",
                                (request, response) -> request.getSession().setAttribute("user", "ann"))
                        .on("/slow", (request, response) -> {
                            read.set(request.getSession(false));
                            gate.pass();
                            response.getWriter().print("done");
                        })
                        .start();
                CoreNode second = node(two, LONG, INTERVAL);
                Visitor elsewhere = new Visitor();
                gate) {
            first.visit(visitor, "/begin");
            elsewhere.adopt(requireNonNull(visitor.session()));
            Future<Wire.Answer> slow = begun(first.port(), "/slow");
            HttpSession session = requireNonNull(read.get());
            assertThat(session.getAttribute("user")).isEqualTo("ann");
            assertThat(second.visit(elsewhere, "/end").body()).isEqualTo("ended");

            assertNoticed(() -> session.getAttribute("user"));

            gate.open();
            assertThat(answered(slow))
                    .extracting(Wire.Answer::status, Wire.Answer::body)
                    .containsExactly(200, "done");
        }
    }

    /** A new id is no end: who is on the session follows it. */
    @Test
    void request_idChangedOnOtherNode_readsOnAndIsSaved() throws Exception {
        try (CoreNode first = node(one, LONG, INTERVAL);
                CoreNode second = node(two, LONG, INTERVAL);
                Visitor elsewhere = new Visitor();
                gate) {
            first.visit(visitor, "/set?name=user&value=ann");
            elsewhere.adopt(requireNonNull(visitor.session()));
            Future<Wire.Answer> slow = begun(first.port(), "/slow");
            Session session = requireNonNull(used.get());
            assertThat(second.visit(elsewhere, "/login").body()).isEqualTo("logged in");
            one.watched().clear();

            Eventually.holds(
                    "the session is looked after", () -> one.watched().calls().size() >= 4);

            assertThat(session.getAttribute("user")).isEqualTo("ann");
            session.setAttribute("report", "done");
            gate.open();
            assertThat(answered(slow).status()).isEqualTo(StatusCodes.OK);
            assertThat(second.visit(elsewhere, "/get?name=report").body()).isEqualTo("done");
        }
    }
}
