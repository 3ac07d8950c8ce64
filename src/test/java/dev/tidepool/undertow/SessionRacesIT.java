package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What two threads do to one session in the same moment, in the order that is hardest to get right. */
@ExtendWith(DynamoDbLocal.class)
@ParameterizedClass
@ValueSource(strings = {"native", "connect"})
@Timeout(60)
final class SessionRacesIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    /** The format of connect-dynamodb knows whole seconds only. */
    private static final Duration MOMENT = Duration.ofSeconds(1);

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one;
    private final StoreNode two;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** What the listeners of both nodes were told, with what the session held. */
    private final List<String> told = new CopyOnWriteArrayList<>();

    private final CoreNode first;
    private final CoreNode second;
    private final Visitor visitor = new Visitor();
    private String session = "";

    SessionRacesIT(String format) {
        one = StoreNode.in(format, table, clock);
        two = StoreNode.in(format, table, clock);
        first = node(one);
        second = node(two);
    }

    @BeforeEach
    void begin() throws Exception {
        first.visit(visitor, "/set?name=item&value=kept");
        session = requireNonNull(visitor.session());
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        visitor.close();
        first.close();
        second.close();
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store) {
        JCacheSessionManager manager = store.manager()
                .sessionTimeout(TIMEOUT)
                .touchInterval(Duration.ZERO)
                .build(StoreNode.APPLICATION);
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session ended, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                told.add(reason + " " + ended.getAttribute("item"));
            }
        });
        return CoreNode.start(manager).withPages();
    }

    private static JCacheSessionManager manager(CoreNode node) {
        return (JCacheSessionManager) node.manager();
    }

    private <T> Future<T> beside(Callable<T> task) {
        return threads.submit(task);
    }

    private static <T> T result(Future<T> task) throws Exception {
        return task.get(20, TimeUnit.SECONDS);
    }

    private Wire.Answer ask(CoreNode node, String path) throws Exception {
        try (Visitor other = Visitor.with(session)) {
            return other.get(node.port(), path);
        }
    }

    /** Has a task go on until it is over, or waits for somebody else since the store has answered it. */
    private <T> Future<T> letPass(Callable<T> task) throws Exception {
        AtomicReference<@Nullable Thread> reader = new AtomicReference<>();
        one.watched().afterNext(WatchedCache.READS, () -> reader.set(Thread.currentThread()));
        Future<T> passing = beside(task);
        Eventually.holds("the other one has got on", () -> {
            Thread thread = reader.get();
            return passing.isDone() || (thread != null && thread.getState() == Thread.State.WAITING);
        });
        return passing;
    }

    @Test
    void invalidate_besideRequestThatFindsSessionGone_isToldOnce() throws Exception {
        AtomicReference<@Nullable Future<Wire.Answer>> late = new AtomicReference<>();
        one.watched()
                .afterNext(
                        call -> call.name().equals("remove"),
                        () -> late.set(letPass(() -> ask(first, "/get?name=item"))));

        Wire.Answer answer = first.visit(visitor, "/end");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ended");
        assertThat(answer.sessionCookie()).contains("");
        assertThat(result(requireNonNull(late.get())).body()).isEqualTo(CoreNode.NO_SESSION);
        assertThat(told).containsExactly("INVALIDATED kept");
        assertThat(manager(first).getActiveSessions()).isEmpty();
    }

    /** Who ends a session that has timed out. */
    enum Ender {
        TIMER {
            @Override
            void end(CoreNode node, SessionRacesIT test) {
                manager(node).endDue();
            }
        },
        SWEEP {
            @Override
            void end(CoreNode node, SessionRacesIT test) {
                manager(node).sweep();
            }
        },
        REQUEST {
            @Override
            void end(CoreNode node, SessionRacesIT test) throws Exception {
                test.ask(node, "/get?name=item");
            }
        };

        abstract void end(CoreNode node, SessionRacesIT test) throws Exception;
    }

    @ParameterizedTest
    @EnumSource(Ender.class)
    void timeout_besideRequestThatFindsSessionGone_isToldOnce(Ender ender) throws Exception {
        AtomicReference<@Nullable Future<Wire.Answer>> late = new AtomicReference<>();
        clock.advance(TIMEOUT.plus(MOMENT));
        one.watched()
                .afterNext(
                        call -> call.name().equals("remove"),
                        () -> late.set(letPass(() -> ask(first, "/get?name=item"))));

        ender.end(first, this);

        assertThat(result(requireNonNull(late.get())).body()).isEqualTo(CoreNode.NO_SESSION);
        assertThat(told).containsExactly("TIMEOUT kept");
        assertThat(manager(first).getActiveSessions()).isEmpty();
    }

    /** A handle that is in no request does not keep the session alive, and learns of its end by its own read. */
    @ParameterizedTest
    @EnumSource(Ender.class)
    void timeout_besideHandleThatFindsSessionGone_isToldOnce(Ender ender) throws Exception {
        Session kept = requireNonNull(manager(first).getSession(session));
        AtomicReference<@Nullable Future<String>> late = new AtomicReference<>();
        clock.advance(TIMEOUT.plus(MOMENT));
        one.watched().afterNext(call -> call.name().equals("remove"), () -> late.set(letPass(() -> question(kept))));

        ender.end(first, this);

        assertThat(result(requireNonNull(late.get()))).isEqualTo("ended");
        assertThat(told).containsExactly("TIMEOUT kept");
    }

    private static String question(Session kept) {
        try {
            return String.valueOf(kept.getAttribute("item"));
        } catch (IllegalStateException e) {
            return "ended";
        }
    }

    /** The request has long been answered when another node changes what it has set, and it ends only then. */
    @Test
    void setAttribute_toWhatIsStored_isNotSavedOverLaterChange() throws Exception {
        CountDownLatch committed = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        first.page("/slow", exchange -> {
            CoreNode.session(exchange).setAttribute("item", "kept");
            exchange.getOutputStream().write('.');
            exchange.getOutputStream().flush();
            committed.countDown();
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            return "";
        });
        clock.advance(TIMEOUT.dividedBy(2));
        Future<Wire.Answer> slow = beside(() -> first.visit(Visitor.with(session), "/slow"));
        assertThat(committed.await(20, TimeUnit.SECONDS)).isTrue();
        second.visit(visitor, "/set?name=item&value=later");
        one.watched().clear();

        go.countDown();
        result(slow);

        Eventually.holds(
                "the access is being saved", () -> one.watched().calls().contains("replace"));
        assertThat(ask(first, "/set?name=other&value=1").status()).isEqualTo(200); // which waits for that
        assertThat(ask(second, "/get?name=item").body()).isEqualTo("later");
        assertThat(ask(first, "/get?name=item").body()).isEqualTo("later");
    }

    /** What was read before another request here saved and left is older than what this node knows. */
    @Test
    void objectOfSession_readBeforeOtherRequestSavedIt_isReadAgain() throws Exception {
        first.page("/begin", exchange -> CoreNode.session(exchange).setAttribute("count", new ArrayList<>()))
                .page(
                        "/count",
                        CoreNode.onSession((exchange, current) -> counted((List<?>) current.getAttribute("count"))));
        first.visit(visitor, "/begin");
        one.watched()
                .afterNext(
                        WatchedCache.READS,
                        () -> assertThat(first.visit(Visitor.with(session), "/count")
                                        .body())
                                .isEqualTo("1"));

        Wire.Answer answer = ask(first, "/count");

        assertThat(answer.body()).isEqualTo("2");
        assertThat(ask(second, "/get?name=count").body()).isEqualTo("[null, null]");
    }

    @Test
    void changeSessionId_byTwoRequestsThatOverlap_leavesOneIdThatWorks() throws Exception {
        AtomicReference<@Nullable Future<@Nullable String>> rival = new AtomicReference<>();
        one.watched()
                .beforeNext(
                        call -> call.isWrite() && call.key().endsWith(session),
                        () -> rival.set(letPass(this::idAfterLogin)));

        assertThat(first.visit(visitor, "/login").status()).isEqualTo(200);
        Set<String> ids = new TreeSet<>(Set.of(session, requireNonNull(visitor.session())));
        ids.add(requireNonNull(result(requireNonNull(rival.get()))));

        assertThat(ids).hasSize(3);
        Set<String> known = manager(first).getAllSessions();
        assertThat(known).hasSize(1);
        for (String id : ids) {
            try (Visitor anyone = Visitor.with(id)) {
                String expected = known.contains(id) ? "kept" : CoreNode.NO_SESSION;
                assertThat(anyone.get(first.port(), "/get?name=item").body()).isEqualTo(expected);
                assertThat(anyone.get(second.port(), "/get?name=item").body()).isEqualTo(expected);
            }
        }
        assertThat(manager(first).getAllSessions()).isEqualTo(known);
    }

    private @Nullable String idAfterLogin() throws Exception {
        try (Visitor other = Visitor.with(session)) {
            other.get(first.port(), "/login");
            return other.session();
        }
    }

    /** The change is still on its way when the client is told that there was none. */
    @Test
    void changeSessionId_arrivesAfterItsFailureWasAnswered_leavesOldId() throws Exception {
        AtomicReference<WatchedCache.@Nullable Call> delayed = new AtomicReference<>();
        AtomicReference<@Nullable String> newId = new AtomicReference<>();
        loseAnswerAtMomentOfChange(delayed);
        first.page("/change", CoreNode.onSession((exchange, current) -> {
            newId.set(current.changeSessionId(exchange, CoreNode.config(exchange)));
            return "changed";
        }));

        Wire.Answer answer = first.visit(visitor, "/change");
        Object arrived = proceed(requireNonNull(delayed.get()));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(arrived).isEqualTo(false);
        assertThat(visitor.session()).isEqualTo(session);
        for (CoreNode node : List.of(first, second)) {
            assertThat(ask(node, "/get?name=item").body()).isEqualTo("kept");
            try (Visitor other = Visitor.with(newId.get())) {
                assertThat(other.get(node.port(), "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            }
        }
    }

    /** The change arrives just before it would be made void. */
    @Test
    void changeSessionId_arrivesWhileNodeFindsOut_hasHappened() throws Exception {
        AtomicReference<WatchedCache.@Nullable Call> delayed = new AtomicReference<>();
        loseAnswerAtMomentOfChange(delayed);
        one.watched()
                .beforeNext(
                        call -> call.isWrite() && call.key().endsWith(session),
                        () -> assertThat(proceed(requireNonNull(delayed.get()))).isEqualTo(true));

        Wire.Answer answer = first.visit(visitor, "/login");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(one.watched().hasRules()).isFalse();
        assertThat(visitor.session()).isNotEqualTo(session);
        for (CoreNode node : List.of(first, second)) {
            assertThat(ask(node, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
        }
    }

    /** Changes an object in place. */
    private static int counted(List<?> list) {
        list.add(null);
        return list.size();
    }

    private void loseAnswerAtMomentOfChange(AtomicReference<WatchedCache.@Nullable Call> delayed) {
        one.watched().next(call -> call.isWrite() && call.key().endsWith(session), call -> {
            delayed.set(call);
            throw new CacheException("the answer was lost, says the test");
        });
    }

    private static @Nullable Object proceed(WatchedCache.Call call) {
        CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
        try {
            answer.complete(call.proceed());
        } catch (Throwable e) {
            answer.completeExceptionally(e);
        }
        return answer.join();
    }
}
