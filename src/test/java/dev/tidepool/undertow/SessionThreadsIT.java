package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.xnio.XnioIoThread;

/** On which threads the store is called, and who waits for whom. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SessionThreadsIT {
    private final StoreNode store = StoreNode.on(StoreNode.freshTable());

    @AfterEach
    void close() {
        store.close();
    }

    private static boolean isOnIoThread(WatchedCache.Call call) {
        return call.thread() instanceof XnioIoThread;
    }

    @Test
    void save_onIoThread_warnsOnce() throws Exception {
        try (CoreNode node = CoreNode.on(store).on("/io", exchange -> {
                    CoreNode.session(exchange).setAttribute("item", String.valueOf(System.nanoTime()));
                    exchange.getResponseSender().send("done");
                });
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            for (int i = 0; i < 4; i++) {
                assertThat(visitor.get(node.port(), "/io").status()).isEqualTo(200);
            }

            assertThat(store.watched().made()).anyMatch(call -> call.isWrite() && isOnIoThread(call));
            assertThat(log.warningsWith("I/O thread"))
                    .singleElement()
                    .asString()
                    .contains("BlockingHandler");
        }
    }

    @Test
    void save_onWorker_warnsNot() throws Exception {
        try (CoreNode node = CoreNode.on(store);
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=1");
            node.visit(visitor, "/get?name=item");

            assertThat(log.warningsWith("I/O thread")).isEmpty();
            assertThat(store.watched().made()).noneMatch(SessionThreadsIT::isOnIoThread);
        }
    }

    /** Undertow's own handler asks for the session of every exchange that ends, and most end on an I/O thread. */
    @Test
    void completion_ofExchangeThatAskedForNoSession_readsNothing() throws Exception {
        try (CoreNode node = CoreNode.on(store)
                        .on("/static", exchange -> exchange.getResponseSender().send("static"));
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=1");
            store.watched().clear();

            for (int i = 0; i < 3; i++) {
                node.visit(visitor, "/static");
            }

            assertThat(store.watched().calls()).isEmpty();
        }
    }

    @Test
    void lastAccess_ofExchangeThatEndsOnIoThread_isWrittenByWorker() throws Exception {
        try (CoreNode node = CoreNode.start(
                                store.manager().touchInterval(Duration.ZERO).build(StoreNode.APPLICATION))
                        .withPages()
                        .on(
                                "/io",
                                exchange -> exchange.getResponseSender()
                                        .send(String.valueOf(
                                                CoreNode.session(exchange).getAttribute("item"))));
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=1");
            store.watched().clear();

            assertThat(node.visit(visitor, "/io").body()).isEqualTo("1");

            Eventually.holds(
                    "the access is written", () -> store.watched().calls().contains("replace"));
            assertThat(store.watched().made())
                    .filteredOn(WatchedCache.Call::isWrite)
                    .isNotEmpty()
                    .noneMatch(SessionThreadsIT::isOnIoThread);
            assertThat(store.watched().made())
                    .filteredOn(call -> !call.isWrite())
                    .as("the handler's own read")
                    .hasSize(1);
        }
    }

    /** One session's calls wait for ever; whatever another does with its own goes on. */
    @Test
    void request_whileCallsOfOtherSessionHang_goesOn() throws Exception {
        for (Predicate<WatchedCache.Call> hanging : java.util.List.of(WatchedCache.READS, WatchedCache.WRITES)) {
            CountDownLatch go = new CountDownLatch(1);
            CountDownLatch hangs = new CountDownLatch(1);
            try (CoreNode node = CoreNode.start(
                                    store.manager().touchInterval(Duration.ZERO).build(StoreNode.APPLICATION))
                            .withPages();
                    Visitor slow = new Visitor();
                    Visitor swift = new Visitor()) {
                node.visit(slow, "/set?name=item&value=slow");
                node.visit(swift, "/set?name=item&value=swift");
                String stuck = requireNonNull(slow.session());
                store.watched().always(hanging.and(call -> call.key().endsWith(stuck)), call -> {
                    hangs.countDown();
                    go.await();
                    return call.proceed();
                });
                Future<String> waiting = InThread.call(() -> answer(node, slow, "/set?name=item&value=later"));
                assertThat(hangs.await(20, TimeUnit.SECONDS)).isTrue();

                assertThat(swift.get(node.port(), "/get?name=item").body()).isEqualTo("swift");
                swift.get(node.port(), "/set?name=item&value=swifter");
                swift.get(node.port(), "/login");
                assertThat(swift.get(node.port(), "/get?name=item").body()).isEqualTo("swifter");
                ((JCacheSessionManager) node.manager()).endDue();
                assertThat(node.manager().getActiveSessions()).hasSize(2);
                assertThat(swift.get(node.port(), "/end").body()).isEqualTo("ended");
                swift.get(node.port(), "/set?name=item&value=again");
                assertThat(swift.get(node.port(), "/get?name=item").body()).isEqualTo("again");
                assertThat(waiting.isDone()).isFalse();

                go.countDown();
                assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo("slow");
                store.watched().heal();
                assertThat(slow.get(node.port(), "/get?name=item").body()).isEqualTo("later");
            }
        }
    }

    private static String answer(CoreNode node, Visitor visitor, String path) throws Exception {
        return visitor.get(node.port(), path).body();
    }

    /** While one request of a session waits for the store, others of the same session still read what they hold. */
    @Test
    void request_whileSaveOfSameSessionHangs_readsSession() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch hangs = new CountDownLatch(1);
        try (CoreNode node = CoreNode.on(store);
                Visitor slow = new Visitor();
                Visitor other = new Visitor()) {
            node.visit(slow, "/set?name=item&value=old");
            other.adopt(requireNonNull(slow.session()));
            store.watched().next(WatchedCache.WRITES, call -> {
                hangs.countDown();
                go.await();
                return call.proceed();
            });
            Future<String> waiting = InThread.call(() -> answer(node, slow, "/set?name=item&value=new"));
            assertThat(hangs.await(20, TimeUnit.SECONDS)).isTrue();
            Future<String> reading = InThread.call(() -> answer(node, other, "/names"));
            boolean answered = isAnswered(reading);
            go.countDown();

            assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo("[item]");
            assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo("old");
            assertThat(answered)
                    .as("answered while the other request's save was under way")
                    .isFalse();
        }
    }

    /** It has the other request's unsaved change in it, so its response must not go out before that is saved. */
    private static boolean isAnswered(Future<String> reading) throws Exception {
        try {
            reading.get(300, TimeUnit.MILLISECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException e) {
            return false;
        }
    }
}
