package dev.tidepool.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.cache.CapturedLog;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * When a store is known to be down, and what becomes of requests then. Time is the test's, requests hang on latches.
 */
@Timeout(60)
final class StoreGateTest {
    private static final String KNOWN = "known to be down since";
    private static final String IN_DOUBT = "may have been applied";

    private final AtomicLong millis = new AtomicLong();
    private final AtomicLong clockReadings = new AtomicLong();
    private final AtomicBoolean isAnswering = new AtomicBoolean();
    private final StoreGate gate = new StoreGate("shop", this::nanoTime, isAnswering::get);
    private final List<Hanging> hanging = new ArrayList<>();

    private long nanoTime() {
        clockReadings.incrementAndGet();
        return TimeUnit.MILLISECONDS.toNanos(millis.get());
    }

    /** One request that the store has, and whose answer the test gives. */
    private static final class Hanging {
        private final BlockingQueue<Runnable> answer = new LinkedBlockingQueue<>();
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch over = new CountDownLatch(1);
        private final FutureTask<Object> caller;

        private Hanging(StoreGate gate, boolean change) throws InterruptedException {
            caller = InThread.call(() ->
                    change ? gate.change(() -> hang().equals("late")) : String.valueOf(gate.<String>read(this::hang)));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        }

        private String hang() {
            asked.countDown();
            try {
                answer.take().run();
                return "late";
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                over.countDown();
            }
        }

        void answer() {
            answer.add(() -> {});
        }

        void fail(RuntimeException failure) {
            answer.add(() -> {
                throw failure;
            });
        }

        Throwable thrown() {
            return requireNonNull(
                    catchThrowable(() -> caller.get(20, TimeUnit.SECONDS)).getCause());
        }
    }

    private Hanging hang(boolean change) throws InterruptedException {
        Hanging request = new Hanging(gate, change);
        hanging.add(request);
        return request;
    }

    private Hanging hang() throws InterruptedException {
        return hang(false);
    }

    private List<Hanging> hang(int requests) throws InterruptedException {
        List<Hanging> all = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            all.add(hang());
        }
        return all;
    }

    /** Lets time pass, and those who wait look at the clock often enough to have noticed. */
    private void pass(int howManyMillis) throws Exception {
        millis.addAndGet(howManyMillis);
        long before = clockReadings.get();
        Eventually.holds("looks at the clock", () -> clockReadings.get() - before >= 20 + 6L * hanging.size());
    }

    private void goDownSilently() throws Exception {
        hang(StoreGate.SILENT);
        millis.addAndGet(1000);
        Eventually.holds("down", gate::isDown);
    }

    private void goDownUnreachable() {
        refuse(StoreGate.REFUSED, new ConnectException("refused"));
        assertThat(gate.isDown()).isTrue();
    }

    private void refuse(int times, Throwable cause) {
        for (int i = 0; i < times; i++) {
            fail(new CacheException("not reached", cause));
        }
    }

    private void fail(RuntimeException failure) {
        assertThatThrownBy(() -> gate.read(() -> {
                    throw failure;
                }))
                .isSameAs(failure);
    }

    private void assertRefusesUnasked() {
        assertRefusesUnasked(gate);
    }

    private static void assertRefusesUnasked(StoreGate gate) {
        AtomicBoolean asked = new AtomicBoolean();
        assertThatThrownBy(() -> gate.change(() -> asked.getAndSet(true)))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(KNOWN)
                .hasMessageContaining("'shop'")
                .hasMessageContaining("'endpoint'")
                .hasMessageNotContaining(IN_DOUBT);
        assertThat(asked).isFalse();
    }

    @AfterEach
    void letGo() {
        hanging.forEach(Hanging::answer);
        gate.close();
    }

    @Test
    void request_whenCalm_runsInCallersThread() {
        assertThat(gate.read(Thread::currentThread)).isSameAs(Thread.currentThread());
        assertThat(gate.<String>read(() -> null)).isNull();
        assertThat(gate.change(() -> false)).isFalse();
        assertThat(gate.change(() -> true)).isTrue();
    }

    @Test
    void request_besideThoseThatRunDirectly_runsInThreadOfGate() throws Exception {
        hang(StoreGate.DIRECT);
        Thread caller = Thread.currentThread();
        ClassLoader own = caller.getContextClassLoader();
        try (URLClassLoader deployed = new URLClassLoader(new URL[0], own)) {
            caller.setContextClassLoader(deployed);
            List<@Nullable Object> seen = gate.read(() -> {
                Thread thread = Thread.currentThread();
                return List.of(thread, thread.isDaemon(), thread.getContextClassLoader());
            });
            assertThat(seen).element(0).asString().contains("tidepool-store");
            assertThat(seen).element(1).isEqualTo(true);
            assertThat(seen).element(2).isSameAs(deployed);
        } finally {
            caller.setContextClassLoader(own);
        }
        assertThat(gate.change(() -> true)).isTrue();
        fail(new IllegalStateException("of the request"));
    }

    @Test
    void slot_ofRequestThatIsOver_isFree() throws Exception {
        List<Hanging> direct = hang(StoreGate.DIRECT);
        direct.get(0).fail(new IllegalStateException("of the request"));
        assertThat(direct.get(0).thrown()).hasMessage("of the request");
        direct.get(1).answer();
        direct.get(1).caller.get(20, TimeUnit.SECONDS);

        assertThat(gate.read(Thread::currentThread)).isSameAs(Thread.currentThread());
    }

    @Test
    void store_withFiveRequestsSilentForOneSecond_isDownWithoutAnotherCall() throws Exception {
        hang(StoreGate.SILENT);
        pass(999);
        assertThat(gate.isDown()).isFalse();

        millis.incrementAndGet();
        Eventually.holds("down", gate::isDown);
        assertRefusesUnasked();
    }

    @Test
    void store_withFourSilentRequests_isNotDown() throws Exception {
        Hanging slow = hang();
        hang(StoreGate.DIRECT);
        slow.answer();
        slow.caller.get(20, TimeUnit.SECONDS);
        pass(60_000);

        assertThat(gate.isDown()).isFalse();
    }

    /** However slow they are: the store has answered others meanwhile. */
    @Test
    void store_whoseSlowRequestsAreOvertaken_isNotDown() throws Exception {
        hang(20);
        assertThat(gate.read(() -> "quick")).isEqualTo("quick");
        hang(StoreGate.SILENT - 1);
        pass(60_000);

        assertThat(gate.isDown()).isFalse();
    }

    @Test
    void store_thatAnswersAnOldRequest_isDownOneSecondLater() throws Exception {
        Hanging old = hang();
        hang(StoreGate.SILENT);
        millis.addAndGet(900);
        old.answer();
        old.caller.get(20, TimeUnit.SECONDS);
        pass(999);
        assertThat(gate.isDown()).isFalse();

        millis.incrementAndGet();
        Eventually.holds("down", gate::isDown);
    }

    static Stream<RuntimeException> answers() {
        return Stream.of(
                new CacheException("throttled beyond the retries"),
                new CacheException("InternalServerError", new IllegalStateException("500")),
                new IllegalArgumentException("refused"));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void store_thatAnswersWithFailure_isNotDown(RuntimeException failure) throws Exception {
        hang(10);
        millis.addAndGet(900);
        fail(failure);
        pass(60_000);
        assertThat(gate.isDown()).isFalse();

        for (int i = 0; i < 100; i++) {
            fail(failure);
        }
        assertThat(gate.isDown()).isFalse();
    }

    static Stream<RuntimeException> failuresWithoutAnswer() {
        return Stream.of(
                new CacheException("no answer", new SocketTimeoutException()),
                new CacheException("reset", new IOException("Connection reset")),
                new CacheException("time is up", new ApiCallTimeoutException()),
                new CacheException("interrupted", new InterruptedException()));
    }

    /** By its name, as the SDK is none of the session engine's. */
    private static final class ApiCallTimeoutException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest
    @MethodSource("failuresWithoutAnswer")
    void store_ofRequestThatEndsWithoutAnswer_isDownAllTheSame(RuntimeException failure) throws Exception {
        hang(StoreGate.SILENT);
        millis.addAndGet(900);
        fail(failure);
        assertThat(gate.isDown()).isFalse();

        millis.addAndGet(100);
        Eventually.holds("down", gate::isDown);
        fail(failure, 500);
        assertThat(gate.isDown()).isTrue();
    }

    /** Lets time pass, and then a probe fail. */
    private void fail(RuntimeException failure, int afterMillis) {
        millis.addAndGet(afterMillis);
        fail(failure);
    }

    static Stream<Throwable> connectionFailures() {
        return Stream.of(
                new ConnectException("refused"),
                new UnknownHostException("nowhere"),
                new NoRouteToHostException("no route"),
                new ConnectTimeoutException());
    }

    private static final class ConnectTimeoutException extends SocketTimeoutException {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest
    @MethodSource("connectionFailures")
    void store_withFiveFailedConnectionsInRow_isDown(Throwable failure) {
        refuse(4, new IllegalStateException(failure));
        assertThat(gate.isDown()).isFalse();
        refuse(1, failure);

        assertThat(gate.isDown()).isTrue();
        assertRefusesUnasked();
    }

    @Test
    void row_ofFailedConnections_endsWithAnyOtherOutcome() {
        refuse(4, new ConnectException());
        gate.read(() -> "answer");
        refuse(4, new ConnectException());
        fail(new CacheException("a single 500"));
        refuse(4, new ConnectException());
        fail(new CacheException("no answer", new SocketTimeoutException()));
        refuse(4, new ConnectException());

        assertThat(gate.isDown()).isFalse();
    }

    /** A cache may try what is throttled again for long, and no request of it is ever answered. */
    @Test
    void store_thatAnswersWhenChecked_isNotDown() throws Exception {
        isAnswering.set(true);
        hang(10);
        for (int i = 0; i < 20; i++) {
            pass(500);
            assertThat(gate.isDown()).isFalse();
        }

        isAnswering.set(false);
        pass(500);
        millis.addAndGet(1000);
        Eventually.holds("down", gate::isDown);
    }

    @Test
    void check_thatFails_isNoAnswer() throws Exception {
        try (StoreGate unchecked = new StoreGate("shop", this::nanoTime, () -> {
            throw new IllegalStateException("the cache is closed");
        })) {
            for (int i = 0; i < StoreGate.SILENT; i++) {
                hanging.add(new Hanging(unchecked, false));
            }
            pass(500);
            millis.addAndGet(500);
            Eventually.holds("down", unchecked::isDown);
        }
    }

    @Test
    void waitingCaller_whenStoreGoesDown_isLetGo() throws Exception {
        List<Hanging> direct = hang(StoreGate.DIRECT);
        Hanging reading = hang(false);
        Hanging changing = hang(true);
        millis.addAndGet(1000);

        assertThat(reading.thrown())
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(KNOWN)
                .hasMessageNotContaining(IN_DOUBT);
        assertThat(changing.thrown())
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(KNOWN)
                .hasMessageContaining(IN_DOUBT);
        assertThat(changing.over.getCount()).as("the request goes on").isEqualTo(1);
        assertThat(direct).noneMatch(request -> request.caller.isDone());
    }

    @Test
    void store_thatAnswersRequestWhoseCallerIsGone_isBack() throws Exception {
        hang(StoreGate.DIRECT);
        Hanging abandoned = hang();
        hang(StoreGate.SILENT);
        millis.addAndGet(1000);
        assertThat(abandoned.thrown()).hasMessageContaining(KNOWN);

        abandoned.answer();
        Eventually.holds("back", () -> !gate.isDown());
        pass(60_000, hang());
        assertThat(gate.isDown())
                .as("what the outage has left behind counts no more")
                .isFalse();
    }

    private void pass(int howManyMillis, Hanging who) throws Exception {
        pass(howManyMillis);
        assertThat(who.caller.isDone()).isFalse();
    }

    @Test
    void store_thatIsDown_isAskedOnceEachHalfSecond() {
        goDownUnreachable();
        millis.addAndGet(499);
        assertRefusesUnasked();

        millis.addAndGet(1);
        refuse(1, new ConnectException());
        assertRefusesUnasked();
        millis.addAndGet(500);
        refuse(1, new ConnectException());
        assertRefusesUnasked();
    }

    @Test
    void store_thatAnswersProbe_isBackForAll() {
        goDownUnreachable();
        millis.addAndGet(500);
        assertThat(gate.change(() -> true)).isTrue();

        assertThat(gate.isDown()).isFalse();
        assertThat(gate.read(() -> "at once")).isEqualTo("at once");
        refuse(4, new ConnectException());
        assertThat(gate.isDown()).as("a new row has begun").isFalse();
    }

    @Test
    void store_thatRefusesProbe_isBack() {
        goDownUnreachable();
        millis.addAndGet(500);
        fail(new CacheException("throttled"));

        assertThat(gate.isDown()).isFalse();
    }

    @Test
    void probes_thatHang_areFourAtMost() throws Exception {
        goDownSilently();
        List<Hanging> probes = new ArrayList<>();
        for (int i = 0; i < StoreGate.MAX_PROBES; i++) {
            millis.addAndGet(500);
            probes.add(hang(true));
            assertRefusesUnasked();
        }
        assertThat(probes).noneMatch(probe -> probe.caller.isDone());

        millis.addAndGet(500);
        assertThat(probes.get(0).thrown()).hasMessageContaining(KNOWN).hasMessageContaining(IN_DOUBT);
        probes.add(hang());
        assertRefusesUnasked();

        probes.get(0).answer();
        Eventually.holds("back", () -> !gate.isDown());
        probes.get(4).answer();
        assertThat(probes.get(4).caller.get(20, TimeUnit.SECONDS)).isEqualTo("late");
    }

    /** Those cannot be let go, as they run in their callers' threads. */
    @Test
    void probes_thatHangWhenAllThreadsDo_areFourAtMost() throws Exception {
        try (StoreGate small = new StoreGate("shop", this::nanoTime, () -> false, 1)) {
            for (int i = 0; i <= StoreGate.DIRECT; i++) {
                hanging.add(new Hanging(small, false));
            }
            millis.addAndGet(1000);
            Eventually.holds("down", small::isDown);
            for (int i = 0; i < StoreGate.MAX_PROBES; i++) {
                millis.addAndGet(500);
                hanging.add(new Hanging(small, false));
            }
            millis.addAndGet(60_000);
            assertRefusesUnasked(small);
        }
    }

    @Test
    void outage_isLoggedOnce() throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            goDownSilently();
            for (int i = 0; i < 10; i++) {
                assertRefusesUnasked();
                millis.addAndGet(500);
                refuse(1, new ConnectException());
            }
            assertThat(log.warningsWith("'shop'")).singleElement().asString().contains(KNOWN);
        }
    }

    @Test
    void caller_interruptedWhileItWaits_isToldAndStaysInterrupted() throws Exception {
        hang(StoreGate.DIRECT);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        FutureTask<Boolean> caller = new FutureTask<>(() -> {
            assertThatThrownBy(() -> gate.change(() -> {
                        asked.countDown();
                        return isReached(go);
                    }))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("interrupted")
                    .hasMessageContaining(IN_DOUBT);
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = new Thread(caller, "of-the-test");
        thread.start();
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        thread.interrupt();

        assertThat(caller.get(20, TimeUnit.SECONDS)).isTrue();
        go.countDown();
    }

    private static boolean isReached(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void request_whenAllThreadsHang_runsInCallersThread() throws Exception {
        try (StoreGate small = new StoreGate("shop", this::nanoTime, () -> false, 1)) {
            for (int i = 0; i <= StoreGate.DIRECT; i++) {
                hanging.add(new Hanging(small, false));
            }
            assertThat(small.read(Thread::currentThread)).isSameAs(Thread.currentThread());
        }
    }

    @Test
    void request_afterClose_runsInCallersThread() throws Exception {
        hang(StoreGate.DIRECT);
        Hanging waiting = hang();
        gate.close();

        assertThat(gate.read(Thread::currentThread)).isSameAs(Thread.currentThread());
        waiting.answer();
        assertThat(waiting.caller.get(20, TimeUnit.SECONDS)).isEqualTo("late");
    }
}
