package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.undertow.VerboseLog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The search for expired items in the background: when it runs, what it says, and how it ends. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ReapIntervalIT {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final String table = Node.freshTable();
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(server -> {
        transport.set(new SteeredTransport(server));
        return transport();
    });
    private final Node other = Node.besides(node);
    private final RawItems items = new RawItems(other.client(), table);

    @AfterEach
    void close() {
        other.close();
        node.close();
    }

    private SteeredTransport transport() {
        return requireNonNull(transport.get());
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private void putExpired(String id) {
        Map<String, AttributeValue> item = Map.of(
                "value", RawItems.encoded("value"),
                "etag", RawItems.number(1),
                "expires", RawItems.number(1),
                "expiresAt", RawItems.number(1000));
        items.put(id, item);
    }

    /** Makes the table, so that items can be put before the cache is there. */
    private void makeTable() {
        other.cache("maker", configuration());
    }

    private static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).isLessThan(PATIENCE_NANOS);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static List<Thread> reapers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("tidepool-reaper-"))
                .toList();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void reapInterval_expiredItems_areDeletedAgainAndAgain() {
        Events<String, String> events = new Events<>();
        makeTable();
        putExpired("c:first");
        Cache<String, String> cache =
                node.cache("c", configuration().set(Option.REAP_INTERVAL, SHORT).listener(events.synchronous()));
        cache.put("live", "value");

        until(() -> !items.contains("c:first"));
        putExpired("c:second");
        until(() -> !items.contains("c:second"));

        until(() -> events.heard().size() == 3);
        assertThat(events.heard())
                .containsExactlyInAnyOrder("CREATED live: value", "EXPIRED first: value", "EXPIRED second: value");
        assertThat(items.contains("c:live")).isTrue();
    }

    @Test
    void reapInterval_cacheIsOpen_hasOneDaemonThread() {
        node.cache("c", configuration().set(Option.REAP_INTERVAL, Duration.ofDays(1)));

        assertThat(reapers()).singleElement().satisfies(thread -> {
            assertThat(thread.isDaemon()).isTrue();
            assertThat(thread.getContextClassLoader()).isSameAs(Node.class.getClassLoader());
        });
    }

    static Stream<Arguments> offs() {
        return Stream.<Map.Entry<String, Consumer<DynamoDbConfiguration.Builder<String, String>>>>of(
                        Map.entry("unset", builder -> {}),
                        Map.entry("zero", builder -> builder.set(Option.REAP_INTERVAL, Duration.ZERO)))
                .map(off -> Arguments.argumentSet(off.getKey(), off.getValue()));
    }

    @ParameterizedTest
    @MethodSource("offs")
    void reapInterval_off_noThreadAndNoRequest(Consumer<DynamoDbConfiguration.Builder<String, String>> off) {
        DynamoDbConfiguration.Builder<String, String> configuration = configuration();
        off.accept(configuration);
        makeTable();

        node.cache("c", configuration);

        assertThat(reapers()).isEmpty();
        assertThat(node.requests().operations()).containsExactly("DescribeTable", "DescribeTimeToLive");
    }

    @Test
    void reapInterval_fromProperties_numberIsInMilliseconds() {
        System.setProperty("tidepool.cache.c.reapInterval", "20");
        try (Node own = Node.besides(node)) {
            makeTable();
            putExpired("c:key");
            own.cache("c", configuration());

            until(() -> !items.contains("c:key"));
        } finally {
            System.clearProperty("tidepool.cache.c.reapInterval");
        }
    }

    static Stream<Arguments> endings() {
        return Stream.<Map.Entry<String, Consumer<Cache<?, ?>>>>of(
                        Map.entry("close", Cache::close),
                        Map.entry(
                                "destroyCache", cache -> cache.getCacheManager().destroyCache(cache.getName())),
                        Map.entry(
                                "the manager's close",
                                cache -> cache.getCacheManager().close()))
                .map(ending -> Arguments.argumentSet(ending.getKey(), ending.getValue()));
    }

    @ParameterizedTest
    @MethodSource("endings")
    void anyEnding_inTheMiddleOfReaping_waitsForOneRequestAlone(Consumer<Cache<?, ?>> ending) {
        makeTable();
        IntStream.range(0, 100).forEach(i -> putExpired("c:" + i));
        AtomicReference<Cache<?, ?>> cache = new AtomicReference<>();
        CountDownLatch deleting = new CountDownLatch(1);
        AtomicInteger deletions = new AtomicInteger();
        transport().before(operation -> {
            if (operation.equals("DeleteItem")) {
                deletions.incrementAndGet();
                deleting.countDown();
                until(() -> requireNonNull(cache.get()).isClosed());
            }
            return true;
        });
        cache.set(node.cache("c", configuration().set(Option.REAP_INTERVAL, SHORT)));
        await(deleting);

        ending.accept(requireNonNull(cache.get()));

        assertThat(reapers()).isEmpty();
        assertThat(deletions).hasValue(1);
    }

    @Test
    void close_betweenTwoIntervals_endsTheThread() {
        Cache<String, String> cache = node.cache("c", configuration().set(Option.REAP_INTERVAL, Duration.ofDays(1)));

        cache.close();

        assertThat(reapers()).isEmpty();
    }

    @Test
    void close_callerHasToWaitForItsTurn_isAnIllegalStateForBoth() throws Exception {
        makeTable();
        IntStream.range(0, 3).forEach(i -> putExpired("c:" + i));
        Cache<String, String> cache = node.cache("c", configuration());
        CountDownLatch deleting = new CountDownLatch(1);
        transport().before(operation -> {
            if (operation.equals("DeleteItem")) {
                deleting.countDown();
                until(cache::isClosed);
            }
            return true;
        });
        CompletableFuture<Long> first = reaping(cache);
        await(deleting);
        FutureTask<Long> waiting =
                new FutureTask<>(() -> cache.unwrap(CacheItems.class).reap());
        Thread second = new Thread(waiting);
        second.start();
        until(() -> second.getState() == Thread.State.WAITING);

        cache.close();

        for (var call : List.of(first, waiting)) {
            assertThatThrownBy(() -> call.get(20, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("Cache 'c' is closed");
        }
        assertThat(items.all("c:")).hasSize(2);
    }

    private static CompletableFuture<Long> reaping(Cache<String, String> cache) {
        return CompletableFuture.supplyAsync(
                () -> cache.unwrap(CacheItems.class).reap(), task -> {
                    Thread thread = new Thread(task);
                    thread.setDaemon(true);
                    thread.start();
                });
    }

    @Test
    void reap_twoThreads_runOneAfterTheOther() throws Exception {
        makeTable();
        IntStream.range(0, 3).forEach(i -> putExpired("c:" + i));
        Cache<String, String> cache = node.cache("c", configuration());
        CountDownLatch deleting = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        transport().before(operation -> {
            if (operation.equals("DeleteItem")) {
                deleting.countDown();
                await(release);
            }
            return true;
        });
        CompletableFuture<Long> first = reaping(cache);
        await(deleting);
        FutureTask<Long> waiting =
                new FutureTask<>(() -> cache.unwrap(CacheItems.class).reap());
        Thread second = new Thread(waiting);
        second.start();
        until(() -> second.getState() == Thread.State.WAITING);
        node.requests().clear();
        release.countDown();

        assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(3);
        assertThat(waiting.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(node.requests().operations()).containsExactly("DeleteItem", "DeleteItem", "Scan");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Scan", "DeleteItem"})
    void reapInterval_requestThatFails_isAWarningEachTimeAndTriedAgain(String denied) {
        makeTable();
        putExpired("c:key");
        AtomicBoolean permitted = new AtomicBoolean();
        AtomicInteger refusals = new AtomicInteger();
        transport().before(operation -> {
            boolean refused = operation.equals(denied) && !permitted.get();
            refusals.addAndGet(refused ? 1 : 0);
            return !refused;
        });
        try (CapturedLog log = new CapturedLog()) {
            node.cache("c", configuration().set(Option.REAP_INTERVAL, SHORT));
            until(() -> log.warningsOf(table).size() == 2);

            assertThat(refusals).hasValueBetween(2, 3);
            assertThat(log.warningsOf(table))
                    .allMatch(line -> line.contains("Cache 'c'") && line.contains("must allow dynamodb:" + denied));
            permitted.set(true);
            until(() -> !items.contains("c:key"));
        }
    }

    @Test
    void reapInterval_listenerThatThrowsAnError_goesOn() {
        makeTable();
        putExpired("c:first");
        Events<String, String> events = new Events<>() {
            @Override
            void heard(javax.cache.event.CacheEntryEvent<? extends String, ? extends String> event, String what) {
                super.heard(event, what);
                throw new NoClassDefFoundError("com/acme/Gone");
            }
        };
        try (CapturedLog log = new CapturedLog()) {
            node.cache("c", configuration().set(Option.REAP_INTERVAL, SHORT).listener(events.synchronous()));
            until(() -> !log.warningsOf(table).isEmpty());
            putExpired("c:second");

            until(() -> events.heard().size() == 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void reap_progress_isLoggedWithoutKeys(boolean secret) throws Exception {
        makeTable();
        AttributeValue large = RawItems.binary(new byte[300_000]);
        IntStream.range(0, 7)
                .forEach(i -> items.put("c:hidden-" + i, Map.of("value", large, "expires", RawItems.number(1))));
        items.put("c:hidden-damaged", Map.of("expiresAt", AttributeValue.fromN("0.5")));
        Cache<String, String> cache = node.cache("c", configuration().set(Option.SECRET_KEYS, secret));
        transport().before(operation -> {
            if (operation.equals("DeleteItem")) {
                node.clock().advance(Duration.ofMinutes(1));
            }
            return true;
        });
        List<String> lines;
        try (VerboseLog log = new VerboseLog()) {
            assertThat(cache.unwrap(CacheItems.class).reap()).isEqualTo(7);
            lines = log.text()
                    .lines()
                    .filter(line -> line.contains("INFO") && line.contains("'" + table + "'"))
                    .toList();
        }

        assertThat(lines).hasSizeGreaterThan(2).allMatch(line -> line.contains("Cache 'c': reaping of table"));
        assertThat(lines.get(0)).endsWith("begins");
        assertThat(lines.subList(1, lines.size() - 1))
                .allMatch(
                        line -> line.matches(".* goes on: [1-8] items examined, [1-7] of [1-8] expired ones deleted"));
        assertThat(lines.get(lines.size() - 1))
                .matches(".* has ended after \\d+ ms: 8 items examined, 7 of 8 expired ones deleted");
        assertThat(lines).noneMatch(line -> line.contains("hidden"));
    }
}
