package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who is told that a session has timed out: one node, once. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SessionTimeoutIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);

    /** What was told on either node, with what the session held. */
    private final List<String> told = new CopyOnWriteArrayList<>();

    private CoreNode first = node(one, TIMEOUT);
    private CoreNode second = node(two, TIMEOUT);
    private final Visitor visitor = new Visitor();

    @BeforeEach
    void quiet() {
        told.clear();
    }

    @AfterEach
    void close() throws Exception {
        visitor.close();
        first.close();
        second.close();
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store, Duration timeout) {
        JCacheSessionManager manager = store.manager()
                .sessionTimeout(timeout)
                .touchInterval(Duration.ZERO)
                .build(StoreNode.APPLICATION);
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                told.add(reason + " " + session.getAttribute("item"));
            }
        });
        return CoreNode.start(manager).withPages();
    }

    private static JCacheSessionManager manager(CoreNode node) {
        return (JCacheSessionManager) node.manager();
    }

    /** Each has written a deadline, and the first does not know of the later one. */
    private void serveOnBoth() throws Exception {
        first.visit(visitor, "/set?name=item&value=kept");
        second.visit(visitor, "/set?name=more&value=1");
        assertThat(manager(first).getActiveSessions()).hasSize(1);
        assertThat(manager(second).getActiveSessions()).hasSize(1);
    }

    /** The timers of both nodes run by themselves here, again and again until the clock has moved. */
    @Test
    void timeout_ofSessionThatTwoNodesServed_isToldOnce() throws Exception {
        serveOnBoth();
        clock.advance(TIMEOUT.plus(MOMENT));

        Eventually.holds(
                "both nodes have let go of the session",
                () -> manager(first).getActiveSessions().isEmpty()
                        && manager(second).getActiveSessions().isEmpty());

        assertThat(told).containsExactly("TIMEOUT kept");
        assertThat(one.items()).isEmpty();
    }

    /** Both have read the session, and neither has removed it yet. */
    @Test
    void timeout_noticedByTwoNodesInTheSameMoment_isToldOnce() throws Exception {
        replaceNodes(LONG);
        serveOnBoth();
        clock.advance(LONG.plus(MOMENT));
        CountDownLatch bothRead = new CountDownLatch(2);
        for (StoreNode store : List.of(one, two)) {
            store.watched().next(WatchedCache.WRITES, call -> {
                bothRead.countDown();
                assertThat(bothRead.await(20, TimeUnit.SECONDS)).isTrue();
                return call.proceed();
            });
        }

        List<Future<Boolean>> ends = new ArrayList<>();
        for (CoreNode node : List.of(first, second)) {
            ends.add(InThread.call(() -> {
                manager(node).endDue();
                return true;
            }));
        }
        for (Future<Boolean> end : ends) {
            end.get(20, TimeUnit.SECONDS);
        }

        assertThat(told).containsExactly("TIMEOUT kept");
        assertThat(one.items()).isEmpty();
    }

    /** The node that lets a session time out does so by what the store says, not by what it has seen itself. */
    @Test
    void timeout_ofSessionThatOtherNodeStillServes_isNotTold() throws Exception {
        replaceNodes(LONG);
        serveOnBoth();
        clock.advance(LONG.minus(MOMENT));
        second.visit(visitor, "/get?name=item");
        clock.advance(MOMENT.multipliedBy(2));

        manager(first).endDue();

        assertThat(told).isEmpty();
        assertThat(second.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
    }

    /** The access comes between the look at the session and its removal. */
    @Test
    void timeout_accessOnOtherNodeInLastMoment_isNotTold() throws Exception {
        replaceNodes(LONG);
        serveOnBoth();
        Session kept = requireNonNull(manager(second).getSession(visitor.session()));
        clock.advance(LONG.plus(MOMENT));
        one.watched().beforeNext(WatchedCache.WRITES, () -> kept.setMaxInactiveInterval(3_600));

        manager(first).endDue();

        assertThat(told).isEmpty();
        assertThat(second.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
    }

    @Test
    void timeout_afterDeathOfItsNode_isToldAtNextAccess() throws Exception {
        replaceNodes(LONG);
        first.visit(visitor, "/set?name=item&value=kept");
        first.close();
        clock.advance(LONG.plus(MOMENT));

        assertThat(second.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        assertThat(second.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);

        assertThat(told).containsExactly("TIMEOUT kept");
        assertThat(one.items()).isEmpty();
    }

    @Test
    void timeout_afterDeathOfItsNode_isToldBySweep() throws Exception {
        replaceNodes(LONG);
        first.visit(visitor, "/set?name=item&value=kept");
        first.close();
        clock.advance(LONG.minus(MOMENT));
        Visitor alive = new Visitor();
        second.visit(alive, "/set?name=item&value=alive");
        assertThat(manager(second).sweep()).isZero();
        clock.advance(MOMENT.multipliedBy(2));

        assertThat(manager(second).sweep()).isEqualTo(1);
        assertThat(manager(second).sweep()).isZero();

        assertThat(told).containsExactly("TIMEOUT kept");
        assertThat(second.visit(alive, "/get?name=item").body()).isEqualTo("alive");
        assertThat(one.items()).hasSize(1);
    }

    @Test
    void timeout_sweptByTwoNodesAtOnce_isToldOnce() throws Exception {
        replaceNodes(LONG);
        for (int i = 0; i < 10; i++) {
            first.visit(new Visitor(), "/set?name=item&value=kept");
        }
        List<Future<Integer>> sweeps = new ArrayList<>();
        clock.advance(LONG.plus(MOMENT));
        sweeps.add(InThread.call(() -> manager(first).sweep()));
        sweeps.add(InThread.call(() -> manager(second).sweep()));

        int ended = 0;
        for (Future<Integer> sweep : sweeps) {
            ended += sweep.get(20, TimeUnit.SECONDS);
        }

        assertThat(ended).isEqualTo(10);
        assertThat(told).hasSize(10).containsOnly("TIMEOUT kept");
        assertThat(one.items()).isEmpty();
    }

    /** What an application sees of a session that has timed out: nothing, from the deadline on, on every node. */
    @Test
    void session_pastDeadlineButStillStored_isNotServed() throws Exception {
        replaceNodes(LONG);
        serveOnBoth();
        clock.advance(LONG.plus(MOMENT));

        assertThat(manager(second).getSession(visitor.session())).isNull();
        assertThat(first.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        assertThat(told).containsExactly("TIMEOUT kept");
    }

    /** A request that takes longer than the timeout keeps its session. */
    @Test
    void timeout_whileRequestRuns_waitsForIt() throws Exception {
        replaceNodes(LONG);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        first.page("/slow", CoreNode.onSession((exchange, session) -> {
            running.countDown();
            go.await();
            return session.getAttribute("item");
        }));
        first.visit(visitor, "/set?name=item&value=kept");
        String session = requireNonNull(visitor.session());
        Future<String> slow = InThread.call(() -> slowly(session));
        running.await();
        clock.advance(LONG.plus(MOMENT));
        manager(first).endDue();
        go.countDown();

        assertThat(slow.get(20, TimeUnit.SECONDS)).isEqualTo("kept");
        assertThat(told).isEmpty();
        assertThat(second.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
    }

    private String slowly(String session) throws Exception {
        try (Visitor other = Visitor.with(session)) {
            return other.get(first.port(), "/slow").body();
        }
    }

    /** A deadline cannot be checked while the store is down; it is when the store is back. */
    @Test
    void timeout_storeIsDownAtDeadline_isToldLater() throws Exception {
        replaceNodes(LONG);
        first.visit(visitor, "/set?name=item&value=kept");
        clock.advance(LONG.plus(MOMENT));
        one.watched().fail(WatchedCache.ALL);
        try {
            manager(first).endDue();
        } catch (RuntimeException e) {
            assertThat(e).hasMessageContaining("the store is down");
        }
        assertThat(told).isEmpty();
        one.watched().heal();

        manager(first).endDue();

        assertThat(told).containsExactly("TIMEOUT kept");
    }

    private void replaceNodes(Duration timeout) {
        first.close();
        second.close();
        first = node(one, timeout);
        second = node(two, timeout);
    }
}
