package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.net.ConnectException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;

/** What caches do while the store is down or throttles, with {@code onStoreFailure=miss} and without. */
@ExtendWith(DynamoDbLocal.class)
final class OutageIT {
    private volatile Trouble trouble = Trouble.NONE;
    private volatile Consumer<String> onRequest = operation -> {};
    private final AtomicInteger requests = new AtomicInteger();
    private final Node node = Node.withoutRetries(Troubled::new);
    private final Node other = Node.start();
    private final String table = Node.freshTable();
    private final CapturedLog log = new CapturedLog();

    /** What is the matter with the store. */
    enum Trouble {
        NONE,
        UNREACHABLE,
        RESET,
        HANGING,
        INTERNAL_ERROR,
        UNAVAILABLE,
        THROTTLING,
        NO_CAPACITY,
        REQUEST_LIMIT,
        /** Which is no outage. */
        DENIED,
        /** Neither. */
        UNTRUSTED
    }

    /** A store in trouble. */
    private final class Troubled extends Transport {
        Troubled(SdkHttpClient server) {
            super(server);
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            requests.incrementAndGet();
            onRequest.accept(operation);
            return switch (trouble) {
                case NONE -> pass(request);
                case UNREACHABLE -> throw new ConnectException("Connection refused");
                case RESET -> throw new IOException("Connection reset");
                case HANGING -> hang();
                case INTERNAL_ERROR -> answer(500, "{\"__type\":\"InternalServerError\",\"Message\":\"oh\"}");
                case UNAVAILABLE -> answer(503, "{\"__type\":\"ServiceUnavailable\",\"Message\":\"oh\"}");
                case THROTTLING -> refusal("ThrottlingException", "too fast");
                case NO_CAPACITY -> refusal("ProvisionedThroughputExceededException", "too fast");
                case UNTRUSTED ->
                    throw (IOException) new SSLHandshakeException("PKIX path building failed")
                            .initCause(new CertificateException("unknown"));
                case DENIED -> refusal("AccessDeniedException", "no");
                case REQUEST_LIMIT -> refusal("RequestLimitExceeded", "too fast");
            };
        }

        /** Until the SDK interrupts it because the time is up. */
        private static HttpExecuteResponse hang() throws IOException {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("interrupted");
        }
    }

    @BeforeEach
    void putEntries() {
        Cache<String, String> cache = other.cache("prices", strings());
        cache.put("tea", "1.20");
        cache.put("milk", "0.99");
    }

    @AfterEach
    void closeNodes() {
        trouble = Trouble.NONE;
        log.close();
        node.close();
        other.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Trouble.class,
            names = {"NONE", "DENIED", "UNTRUSTED"},
            mode = EnumSource.Mode.EXCLUDE)
    void reads_missOnStoreFailure_answerAsIfThereWereNoEntry(Trouble kind) {
        Duration patience = kind == Trouble.HANGING ? Duration.ofMillis(250) : Duration.ofMinutes(1);
        Cache<String, String> cache = node.cache("prices", missing().set(Option.MISS_AFTER, patience));

        trouble = kind;

        assertThat(cache.get("tea")).isNull();
        assertThat(cache.containsKey("tea")).isFalse();
        assertThat(cache.getAll(Set.of("tea", "milk"))).isEmpty();
        trouble = Trouble.NONE;
        assertThat(cache.get("tea")).isEqualTo("1.20");
        assertThat(cache.containsKey("tea")).isTrue();
        assertThat(cache.getAll(Set.of("tea", "milk"))).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = Trouble.class,
            names = {"NONE", "HANGING"},
            mode = EnumSource.Mode.EXCLUDE)
    void reads_throwOnStoreFailure_throw(Trouble kind) {
        Cache<String, String> cache = node.cache("prices", strings());

        trouble = kind;

        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("tea"));
        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.containsKey("tea"));
        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.getAll(Set.of("tea")));
    }

    /** Name, operation. */
    static final List<Arguments> CHANGES = List.of(
            change("put", cache -> cache.put("tea", "1.30")),
            change("getAndPut", cache -> cache.getAndPut("tea", "1.30")),
            change("putIfAbsent", cache -> cache.putIfAbsent("tea", "1.30")),
            change("putAll", cache -> cache.putAll(Map.of("tea", "1.30"))),
            change("replace", cache -> cache.replace("tea", "1.30")),
            change("replaceEqual", cache -> cache.replace("tea", "1.20", "1.30")),
            change("getAndReplace", cache -> cache.getAndReplace("tea", "1.30")),
            change("remove", cache -> cache.remove("tea")),
            change("removeEqual", cache -> cache.remove("tea", "1.20")),
            change("getAndRemove", cache -> cache.getAndRemove("tea")),
            change("removeAllOfKeys", cache -> cache.removeAll(Set.of("tea"))),
            change("removeAll", Cache::removeAll),
            change("clear", Cache::clear),
            change("invoke", cache -> cache.invoke("tea", (entry, arguments) -> entry.getValue())),
            change("iterator", cache -> cache.iterator().forEachRemaining(entry -> {})));

    private static Arguments change(String name, Consumer<Cache<String, String>> operation) {
        return Arguments.argumentSet(name, operation);
    }

    @ParameterizedTest
    @FieldSource("CHANGES")
    void changes_missOnStoreFailure_throwAllTheSame(Consumer<Cache<String, String>> operation) {
        Cache<String, String> cache = node.cache("prices", missing());
        trouble = Trouble.UNREACHABLE;
        cache.get("tea");

        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> operation.accept(cache));

        trouble = Trouble.NONE;
        assertThat(cache.get("tea")).isEqualTo("1.20");
    }

    @Test
    void read_storeThatIsThereAndRefuses_throws() {
        Cache<String, String> cache = node.cache("prices", missing());

        other.client().deleteTable(request -> request.tableName(table));

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.get("tea"))
                .withMessageContaining("does not exist");
    }

    /** Not to be taken for an outage that goes on: nobody would learn of what has to be put right. */
    @Test
    void reads_storeThatIsBackAndRefuses_allThrow() {
        Cache<String, String> cache = node.cache("prices", missing());
        trouble = Trouble.UNREACHABLE;
        cache.get("tea");
        trouble = Trouble.DENIED;
        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("tea"));

        List<Throwable> inside = new ArrayList<>();
        onRequest = operation -> {
            if (inside.isEmpty()) {
                inside.add(new IllegalStateException("replaced below"));
                inside.set(0, catchThrowable(() -> cache.get("milk")));
            }
        };
        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("tea"));

        assertThat(inside).singleElement().isInstanceOf(CacheException.class);
    }

    @Test
    void read_threadThatIsInterrupted_throwsAndWarnsOfNothing() {
        Cache<String, String> cache = node.cache("prices", missing());

        Thread.currentThread().interrupt();

        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("tea"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(log.warningsOf("prices")).isEmpty();
    }

    @Test
    void read_itemThatCannotBeDecoded_throws() {
        Cache<String, String> cache = node.cache("prices", missing());
        new RawItems(other.client(), table).put("prices:tea", Map.of("value", RawItems.binary(new byte[] {1, 2, 3})));

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.get("tea"))
                .withMessageContaining("prices:tea");
    }

    @Test
    void reads_storeDown_oneAtATimeAsksAndTheOthersAnswerAtOnce() throws InterruptedException {
        Cache<String, String> cache = node.cache("prices", missing().set(Option.MISS_AFTER, Duration.ofMinutes(1)));
        trouble = Trouble.UNREACHABLE;
        cache.get("tea");
        List<@Nullable String> answers = new ArrayList<>();

        whileAnotherReadAsks(cache, () -> IntStream.range(0, 20).forEach(n -> answers.add(cache.get("tea"))));

        assertThat(answers).hasSize(20).containsOnlyNulls();
        assertThat(requests).hasValue(0);
    }

    /** Another key than the one that is refused has capacity left. */
    @Test
    void reads_storeThatThrottles_allAsk() {
        Cache<String, String> cache = node.cache("prices", missing());
        trouble = Trouble.THROTTLING;
        cache.get("tea");
        requests.set(0);
        List<String> inside = new ArrayList<>();
        onRequest = operation -> {
            if (inside.isEmpty()) {
                inside.add(operation);
                cache.get("milk");
            }
        };

        cache.get("tea");

        assertThat(requests).hasValue(2);
    }

    @Test
    void reads_oneOutage_areWarnedOfOnce() {
        Cache<String, String> cache = node.cache("prices", missing());

        for (Trouble kind : List.of(Trouble.UNREACHABLE, Trouble.NONE, Trouble.THROTTLING, Trouble.NONE)) {
            trouble = kind;
            cache.get("tea");
            cache.getAll(Set.of("tea", "milk"));
            node.clock().advance(Duration.ofSeconds(30));
        }

        assertThat(log.warningsOf("prices"))
                .singleElement()
                .asString()
                .contains("'onStoreFailure'", "DynamoDB cannot be reached")
                .doesNotContain("tea");
    }

    @Test
    void reads_nextOutage_isWarnedOfAgain() {
        Cache<String, String> cache = node.cache("prices", missing());
        trouble = Trouble.UNREACHABLE;
        cache.get("tea");
        trouble = Trouble.NONE;
        node.clock().advance(Outages.QUIET);
        cache.get("tea");
        trouble = Trouble.UNREACHABLE;
        cache.get("tea");

        assertThat(log.warningsOf("prices")).hasSize(2);
    }

    @Test
    void read_storeThatHangs_isGivenUpAfterMissAfter() {
        Cache<String, String> cache = node.cache("prices", missing().set(Option.MISS_AFTER, Duration.ofMillis(50)));
        trouble = Trouble.HANGING;

        assertThat(cache.get("tea")).isNull();

        assertThat(log.warningsOf("prices")).singleElement().asString().contains("'missAfter'");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void getAll_storeThatGoesDownAfterItHasAnswered_returnsWhatItSaid() throws InterruptedException {
        Cache<String, String> cache = node.cache("prices", missing());
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        Thread prober = new Thread(() -> cache.get("milk"));
        onRequest = operation -> {
            if (operation.equals("BatchGetItem")) {
                trouble = Trouble.UNREACHABLE;
                cache.get("milk");
                trouble = Trouble.NONE;
                prober.start();
                await(asking);
            } else if (Thread.currentThread() == prober) {
                asking.countDown();
                await(released);
            }
        };

        assertThat(cache.getAll(Set.of("tea"))).containsExactly(Map.entry("tea", "1.20"));

        released.countDown();
        prober.join();
    }

    /** Without the limit it would be sent nine times, with pauses of seconds. */
    @Test
    void getAll_batchThatIsNeverProcessed_isGivenUpAfterMissAfter() {
        Node stuck = Node.withoutRetries(Transport.rewriting(
                "BatchGetItem",
                body -> "{\"Responses\":{},\"UnprocessedKeys\":{\"" + table
                        + "\":{\"Keys\":[{\"id\":{\"S\":\"prices:tea\"}}]}}}"));
        Cache<String, String> cache = stuck.cache("prices", missing().set(Option.MISS_AFTER, Duration.ofMillis(300)));

        assertThat(cache.getAll(Set.of("tea"))).isEmpty();

        assertThat(stuck.requests().sent())
                .filteredOn(BatchGetItemRequest.class::isInstance)
                .hasSizeBetween(1, 8);
        stuck.close();
    }

    @Test
    void read_accessThatCannotBeWritten_isAHitAllTheSame() {
        Cache<String, String> cache = node.cache(
                "prices", missing().expiryPolicy(AccessedExpiryPolicy.factoryOf(javax.cache.expiry.Duration.ONE_HOUR)));
        onRequest = operation -> trouble = operation.equals("UpdateItem") ? Trouble.NO_CAPACITY : trouble;

        assertThat(cache.get("tea")).isEqualTo("1.20");
        assertThat(trouble).isEqualTo(Trouble.NO_CAPACITY);
    }

    @Test
    void readThrough_storeDown_answersWhatIsLoaded() {
        MapLoader<String, String> loader = new MapLoader<>(Map.of("tea", "1.25", "milk", "1.05"));
        Cache<String, String> cache =
                node.cache("prices", missing().readThrough(new FactoryBuilder.SingletonFactory<>(loader)));
        trouble = Trouble.UNREACHABLE;

        assertThat(cache.get("tea")).isEqualTo("1.25");
        assertThat(cache.getAll(Set.of("tea", "milk"))).isEqualTo(Map.of("tea", "1.25", "milk", "1.05"));

        trouble = Trouble.NONE;
        assertThat(cache.get("tea")).isEqualTo("1.20");
    }

    /** While one of them asks the store, nobody waits for it or for another one's load. */
    @Test
    void readThrough_storeDown_oneAsksAndTheOthersLoadAtOnce() throws InterruptedException {
        MapLoader<String, String> loader = new MapLoader<>(Map.of("tea", "1.25"));
        Cache<String, String> cache =
                node.cache("prices", missing().readThrough(new FactoryBuilder.SingletonFactory<>(loader)));
        trouble = Trouble.UNREACHABLE;
        cache.get("tea");
        List<@Nullable String> answers = new ArrayList<>();

        whileAnotherReadAsks(cache, () -> IntStream.range(0, 20).forEach(n -> answers.add(cache.get("tea"))));

        assertThat(answers).hasSize(20).containsOnly("1.25");
        assertThat(requests)
                .as("of the others, and of the one, which does not try to store")
                .hasValue(0);
    }

    /** Its time is up before its retries are, which must not look like a store that is down. */
    @Test
    void read_throttledUntilMissAfter_isThrottling() {
        BackoffStrategy pause = BackoffStrategy.fixedDelay(Duration.ofMinutes(1));
        try (Node patient = Node.over(
                Troubled::new,
                override -> override.retryStrategy(retries -> retries.throttlingBackoffStrategy(pause)))) {
            Cache<String, String> cache =
                    patient.cache("prices", missing().set(Option.MISS_AFTER, Duration.ofSeconds(1)));
            trouble = Trouble.NO_CAPACITY;

            assertThat(cache.get("tea")).isNull();

            assertThat(log.warningsOf("prices")).singleElement().asString().contains("throttled beyond the retries");
        }
    }

    /** What an earlier attempt was told says nothing of the one that is not answered. */
    @Test
    void read_throttledAndThenNotAnswered_isAnOutage() {
        BackoffStrategy pause = BackoffStrategy.retryImmediately();
        try (Node patient = Node.over(
                Troubled::new,
                override -> override.retryStrategy(retries -> retries.throttlingBackoffStrategy(pause)))) {
            Cache<String, String> cache =
                    patient.cache("prices", missing().set(Option.MISS_AFTER, Duration.ofSeconds(1)));
            trouble = Trouble.NO_CAPACITY;
            onRequest = operation -> trouble = requests.get() == 1 ? Trouble.NO_CAPACITY : Trouble.HANGING;
            requests.set(0);

            assertThat(cache.get("tea")).isNull();

            assertThat(requests).hasValue(2);
            assertThat(log.warningsOf("prices")).singleElement().asString().contains("no answer within the time");
        }
    }

    @Test
    void read_certificateThatIsNotTrusted_throws() {
        Cache<String, String> cache = node.cache("prices", missing());
        trouble = Trouble.UNTRUSTED;

        assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("tea"));
    }

    @Test
    void statistics_readsThatStoreCannotAnswer_countAsMisses() {
        Cache<String, String> cache = node.cache("prices", missing().statisticsEnabled(true));
        trouble = Trouble.UNREACHABLE;

        cache.get("tea");
        cache.getAll(Set.of("tea", "milk"));

        assertThat(Beans.statistics(cache).getCacheMisses()).isEqualTo(3);
        assertThat(Beans.statistics(cache).getCacheHits()).isZero();
    }

    @Test
    void loadAll_storeDown_failsWhereItWouldStore() throws InterruptedException {
        MapLoader<String, String> loader = new MapLoader<>(Map.of("tea", "1.25"));
        Cache<String, String> cache =
                node.cache("prices", missing().readThrough(new FactoryBuilder.SingletonFactory<>(loader)));
        trouble = Trouble.UNREACHABLE;
        CountDownLatch done = new CountDownLatch(1);
        List<Exception> failures = new ArrayList<>();

        cache.loadAll(Set.of("tea"), false, new javax.cache.integration.CompletionListener() {
            @Override
            public void onCompletion() {
                done.countDown();
            }

            @Override
            public void onException(Exception e) {
                failures.add(e);
                done.countDown();
            }
        });
        done.await();

        assertThat(failures).singleElement().isInstanceOf(CacheException.class);
    }

    /** Counts no request but those that are sent from then on. */
    private void whileAnotherReadAsks(Cache<String, String> cache, Runnable work) throws InterruptedException {
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        onRequest = operation -> {
            asking.countDown();
            await(released);
        };
        Thread other = new Thread(() -> cache.get("tea"));
        other.start();
        asking.await();
        requests.set(0);
        work.run();
        released.countDown();
        other.join();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private DynamoDbConfiguration.Builder<String, String> strings() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private DynamoDbConfiguration.Builder<String, String> missing() {
        return strings().set(Option.ON_STORE_FAILURE, "miss").set(Option.MISS_AFTER, Duration.ofMinutes(1));
    }
}
