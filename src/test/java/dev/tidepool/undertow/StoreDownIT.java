package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import dev.tidepool.cache.Transport;
import dev.tidepool.session.Caches;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

/**
 * A store that hangs or is gone, under load: requests that need it are refused at once, all others go on, and it is
 * noticed when the store is back.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class StoreDownIT {
    private static final int WORKERS = 16;

    /** Four of them hang for good, four as probes, and four are left to see the refusals. */
    private static final int CLIENTS = 12;

    private static final int STRANGERS = 2;
    private static final int STUCK = 8;

    /** It is under 100 ms on a machine that does nothing else. */
    private static final long AT_ONCE_MILLIS = 300;

    /** Whoever has to wait for the store waits longer; a busy machine does not keep anybody waiting so long. */
    private static final long WAITING_MILLIS = 700;

    private static final long PROBE_MILLIS = 500;
    private static final String DOWN = "known to be down since";
    private static final String BACK = "is available again";

    private final String table = StoreNode.freshTable();

    /** When the cache was called since the store is down. */
    private final Queue<Long> asked = new ConcurrentLinkedQueue<>();

    /** A cache of another provider: what hangs is the call, and there is nobody else to ask. */
    private final WatchedCache memory = new WatchedCache(Caches.reference());

    private static CoreNode start(JCacheSessionManager.Builder sessions) {
        return CoreNode.start(sessions.build(StoreNode.APPLICATION), WORKERS).withPages();
    }

    private static List<@Nullable String> begin(int port, int sessions) throws Exception {
        List<@Nullable String> ids = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            try (Visitor visitor = new Visitor()) {
                assertThat(visitor.get(port, "/set?name=item&value=kept").status())
                        .isEqualTo(200);
                ids.add(requireNonNull(visitor.session()));
            }
        }
        return ids;
    }

    private void hang(Gate gate) {
        memory.always(WatchedCache.ALL, call -> {
            asked.add(System.nanoTime());
            gate.pass();
            return call.proceed();
        });
    }

    private void watch(StoreNode store) {
        store.watched().always(WatchedCache.ALL, call -> {
            asked.add(System.nanoTime());
            return call.proceed();
        });
    }

    /** What a test does to its store. */
    @FunctionalInterface
    private interface Change {
        void run() throws Exception;
    }

    /**
     * Sends clients with and without sessions to a node, whose store goes down for some seconds, and checks what they
     * saw.
     *
     * @param letGo lets go what hangs still after the store is back
     */
    private void checkOutage(int port, String path, int seconds, Change down, Change up, Change letGo)
            throws Exception {
        List<@Nullable String> sessions = begin(port, CLIENTS);
        try (VerboseLog log = new VerboseLog();
                Crowd strangers = new Crowd(port, "/plain", Collections.nCopies(STRANGERS, null));
                Crowd sessionLess = new Crowd(port, path, Collections.nCopies(STRANGERS, null));
                Crowd visitors = new Crowd(port, path, sessions)) {
            Eventually.holds("all are served", () -> visitors.visits().count() > 10 * CLIENTS);
            long begin = System.nanoTime();
            down.run();
            Eventually.holds("it lasts", () -> System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(seconds));
            long end = System.nanoTime();
            up.run();
            Eventually.holds("it is back", () -> served(visitors, end).findAny().isPresent());
            letGo.run();
            for (Crowd crowd : List.of(visitors, strangers, sessionLess)) {
                crowd.callBack();
            }

            checkRefusals(visitors, begin, end);
            long back =
                    served(visitors, end).mapToLong(Crowd.Visit::ended).min().orElseThrow();
            assertThat(TimeUnit.NANOSECONDS.toMillis(back - end))
                    .as("milliseconds after the store's return")
                    .isLessThan(1_000);
            for (Crowd crowd : List.of(strangers, sessionLess)) {
                assertThat(crowd.visits()).hasSizeGreaterThan(100).allSatisfy(visit -> {
                    assertThat(visit.status()).isEqualTo(200);
                    assertThat(visit.millis()).isLessThan(WAITING_MILLIS);
                });
            }
            assertThat(lines(log, DOWN)).singleElement().asString().contains("WARN", "'endpoint'");
            assertThat(lines(log, BACK)).singleElement().asString().contains("INFO");
        }
    }

    private static Stream<Crowd.Visit> served(Crowd crowd, long since) {
        return crowd.visits().filter(visit -> visit.status() == 200 && visit.ended() > since);
    }

    private static List<String> lines(VerboseLog log, String text) {
        return log.text()
                .lines()
                .filter(line -> line.contains("StoreGate") && line.contains(text))
                .toList();
    }

    private void checkRefusals(Crowd visitors, long begin, long end) {
        long known = visitors.visits()
                .filter(visit -> visit.status() == 503)
                .mapToLong(Crowd.Visit::ended)
                .min()
                .orElseThrow();
        List<Crowd.Visit> later = visitors.visits()
                .filter(visit -> visit.begun() > known && visit.begun() < end)
                .toList();
        long probes = (end - known) / TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS) + 1;
        List<Crowd.Visit> slow =
                later.stream().filter(visit -> visit.millis() >= AT_ONCE_MILLIS).toList();
        List<Crowd.Visit> quick =
                later.stream().filter(visit -> visit.millis() < AT_ONCE_MILLIS).toList();
        List<Long> stuck = Stream.iterate(known + 10_000_000, at -> at < end, at -> at + 10_000_000)
                .map(at -> visitors.waiting(at, WAITING_MILLIS))
                .toList();
        long tooMany = stuck.stream().filter(clients -> clients > STUCK).count();
        List<Long> calls =
                asked.stream().filter(at -> at > known && at < end).sorted().toList();
        assertThat(TimeUnit.NANOSECONDS.toMillis(known - begin))
                .as("milliseconds until it is known")
                .isBetween(1_000L, 2_000L);
        assertThat(quick).hasSizeGreaterThan(100).allMatch(visit -> visit.status() == 503);
        assertThat(slow)
                .as("requests that were not answered at once: probes, and few that the machine was too busy for")
                .hasSizeLessThanOrEqualTo((int) probes + quick.size() / 100);
        assertThat(tooMany)
                .as("looks at which more than %s clients waited, but for moments of a busy machine", STUCK)
                .isLessThanOrEqualTo(stuck.size() / 50);
        assertThat(calls).as("calls of the cache").hasSizeBetween(2, (int) probes);
    }

    /** What hangs does so until the end; only later calls are answered. */
    @Test
    void requests_storeHangs_areRefusedAtOnceAndOthersGoOn() throws Exception {
        try (Gate gate = new Gate();
                CoreNode node = start(JCacheSessionManager.builder(memory.cache()))) {
            checkOutage(node.port(), "/get?name=item", 5, () -> hang(gate), () -> memory.heal(), gate::open);
        }
    }

    @Test
    void requestsToServlets_storeHangs_areRefusedAtOnceAndOthersGoOn() throws Exception {
        try (Gate gate = new Gate();
                ServletNode node = ServletNode.of(
                                new JCacheSessionManagerFactory(JCacheSessionManager.builder(memory.cache())))
                        .on("/set", (request, response) -> request.getSession().setAttribute("item", "kept"))
                        .on(
                                "/get",
                                (request, response) ->
                                        response.getWriter().print(request.getSession(false) == null ? "none" : "kept"))
                        .on(
                                "/plain",
                                (request, response) -> response.getWriter().print("plain"))
                        .start()) {
            checkOutage(node.port(), "/get", 5, () -> hang(gate), () -> memory.heal(), gate::open);
        }
    }

    /** The client's own time-out of three seconds ends what hangs. */
    @Test
    void requests_storeAcceptsAndNeverAnswers_areRefusedAtOnceAndOthersGoOn() throws Exception {
        try (StallingProxy proxy = new StallingProxy(DynamoDbLocal.endpoint());
                StoreNode store = StoreNode.at(proxy.endpoint(), table);
                CoreNode node = start(store.manager())) {
            checkOutage(
                    node.port(),
                    "/get?name=item",
                    9,
                    () -> {
                        watch(store);
                        proxy.stall(true);
                    },
                    () -> proxy.stall(false),
                    () -> {});
        }
    }

    @Test
    void requests_noConnectionCanBeMade_areRefusedAfterTheFifth() throws Exception {
        try (StallingProxy proxy = new StallingProxy(DynamoDbLocal.endpoint());
                StoreNode store = StoreNode.at(proxy.endpoint(), table);
                CoreNode node = start(store.manager());
                Visitor visitor = new Visitor();
                VerboseLog log = new VerboseLog()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            proxy.goAway();
            for (int i = 0; i < 5; i++) {
                assertThat(lines(log, DOWN)).isEmpty();
                assertThat(visitor.get(node.port(), "/get?name=item").status()).isEqualTo(503);
            }
            store.watched().clear();
            long begin = System.nanoTime();
            assertThat(visitor.get(node.port(), "/get?name=item").status()).isEqualTo(503);
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.MILLISECONDS.toNanos(AT_ONCE_MILLIS));
            assertThat(store.watched().calls()).isEmpty();

            proxy.comeBack();
            long back = System.nanoTime();
            Eventually.holds(
                    "it is served",
                    () -> visitor.get(node.port(), "/get?name=item").body().equals("kept"));
            assertThat(System.nanoTime() - back).isLessThan(TimeUnit.SECONDS.toNanos(1));
            assertThat(lines(log, DOWN)).hasSize(1);
            assertThat(lines(log, BACK)).hasSize(1);
        }
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(
                        "throttling",
                        Transport.refusing("GetItem", "ProvisionedThroughputExceededException", "as the test wants")),
                Arguments.of("errors", Transport.failing("GetItem")));
    }

    /** With the SDK's own pauses: a request that is throttled is tried again until its time is up. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void requests_storeAnswersWithFailuresForLong_allReachIt(String name, UnaryOperator<SdkHttpClient> failing)
            throws Exception {
        try (StoreNode store = StoreNode.unhurried(
                        failing.apply(
                                Apache5HttpClient.builder().maxConnections(64).build()),
                        table);
                CoreNode node = start(store.manager());
                CapturedLog log = new CapturedLog();
                Crowd visitors = new Crowd(node.port(), "/get?name=item", begin(node.port(), CLIENTS))) {
            long begin = System.nanoTime();
            Eventually.holds("it lasts", () -> System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(6));
            visitors.callBack();

            assertThat(visitors.visits()).hasSizeGreaterThan(CLIENTS).allMatch(visit -> visit.status() == 503);
            assertThat(store.watched().calls().stream().filter("get"::equals).count())
                    .isGreaterThanOrEqualTo(visitors.visits().count());
            assertThat(log.warningsWith(DOWN)).isEmpty();
        }
    }

    /** The late change is one of what was there before it, and of nothing else. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void save_letGoWhileItHangs_is503AndNextRequestSeesEitherState(boolean isLate) throws Exception {
        try (Gate readers = new Gate();
                Gate writer = new Gate();
                CoreNode node = start(JCacheSessionManager.builder(memory.cache()));
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");
            List<@Nullable String> others = begin(node.port(), 8);
            memory.always(
                    call -> call.name().equals("get") && !call.key().contains(requireNonNull(visitor.session())),
                    call -> {
                        asked.add(System.nanoTime());
                        readers.pass();
                        return call.proceed();
                    });
            memory.next(call -> call.name().equals("replace"), call -> {
                writer.pass();
                return call.proceed();
            });

            List<Future<Integer>> reading = new ArrayList<>(read(node, others.subList(0, 4)));
            Eventually.holds("four hang in their callers' threads", () -> asked.size() == 4);
            Future<Integer> saving = InThread.call(
                    () -> visitor.get(node.port(), "/set?name=item&value=new").status());
            writer.awaitArrival();
            reading.addAll(read(node, others.subList(4, 8)));
            assertThat(saving.get(20, TimeUnit.SECONDS)).isEqualTo(503);

            if (!isLate) {
                writer.open();
                Eventually.holds("it is written", () -> value(node, visitor).equals("new"));
            } else {
                Eventually.holds("it is not written", () -> value(node, visitor).equals("old"));
                assertThat(visitor.get(node.port(), "/set?name=item&value=newer")
                                .status())
                        .isEqualTo(200);
                writer.open();
            }
            readers.open();
            for (Future<Integer> reader : reading) {
                assertThat(reader.get(20, TimeUnit.SECONDS)).isIn(200, 503);
            }
            assertThat(value(node, visitor)).isEqualTo(isLate ? "newer" : "new");
        }
    }

    private static List<Future<Integer>> read(CoreNode node, List<@Nullable String> sessions) {
        List<Future<Integer>> reading = new ArrayList<>();
        for (String session : sessions) {
            reading.add(InThread.call(() -> {
                try (Visitor visitor = Visitor.with(session)) {
                    return visitor.get(node.port(), "/get?name=item").status();
                }
            }));
        }
        return reading;
    }

    private static String value(CoreNode node, Visitor visitor) throws Exception {
        return visitor.get(node.port(), "/get?name=item").body();
    }
}
