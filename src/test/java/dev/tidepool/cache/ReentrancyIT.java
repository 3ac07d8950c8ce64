package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.TableSetup.TableSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.metrics.CoreMetric;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * What an application's own code may do while the cache calls it, and what becomes of the cache when that code fails.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
class ReentrancyIT {
    private final Node node = Node.start();

    @AfterEach
    void close() {
        node.close();
    }

    private Cache<String, String> cache() {
        return node.cache(
                "c", DynamoDbConfiguration.builder(String.class, String.class).table(Node.freshTable()));
    }

    private static void listen(
            Cache<String, String> cache, boolean synchronous, CacheEntryListener<String, String> listener) {
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, synchronous));
    }

    private static Map<String, String> many(int count) {
        Map<String, String> many = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            many.put("k" + i, "v");
        }
        return many;
    }

    @Test
    void put_listenerPutsManyWithTheSameKeyAmongThem_ends() {
        Cache<String, String> cache = cache();
        AtomicBoolean first = new AtomicBoolean(true);
        listen(cache, true, (CacheEntryCreatedListener<String, String>) events -> {
            if (first.getAndSet(false)) {
                cache.putAll(many(40));
            }
        });

        cache.put("k20", "v");

        assertThat(cache.getAll(many(40).keySet())).hasSize(40);
    }

    @Test
    void putAll_synchronousListener_runsInTheCallingThread() {
        Cache<String, String> cache = cache();
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        listen(cache, true, (CacheEntryCreatedListener<String, String>) events -> threads.add(Thread.currentThread()));

        cache.putAll(many(40));

        assertThat(threads).hasSize(40).containsOnly(Thread.currentThread());
    }

    @Test
    void put_asynchronousListenerThrewAnError_laterEventsAreDelivered() throws InterruptedException {
        Cache<String, String> cache = cache();
        CountDownLatch heard = new CountDownLatch(3);
        AtomicInteger calls = new AtomicInteger();
        listen(cache, false, (CacheEntryCreatedListener<String, String>) events -> {
            int call = calls.incrementAndGet();
            heard.countDown();
            if (call == 1) {
                throw new AssertionError("the first call fails");
            }
        });

        cache.putAll(many(3));
        heard.await();

        assertThat(calls).hasValue(3);
    }

    @Test
    void invoke_processorChangesItsOwnKeyThroughTheCache_isRefused() {
        Cache<String, String> cache = cache();
        AtomicInteger runs = new AtomicInteger();
        EntryProcessor<String, String, Void> processor = (entry, arguments) -> {
            runs.incrementAndGet();
            cache.put("k", "through the cache");
            entry.setValue("through the entry");
            return null;
        };

        assertThatExceptionOfType(EntryProcessorException.class)
                .isThrownBy(() -> cache.invoke("k", processor))
                .withCauseInstanceOf(IllegalStateException.class)
                .withMessageContaining("MutableEntry");
        assertThat(runs).hasValue(1);
        assertThat(cache.containsKey("k")).isFalse();
    }

    private record Change(String method, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    static Stream<Change> changesOfManyWithOwnKey() {
        return Stream.of(
                new Change("putAll", cache -> cache.putAll(Map.of("k", "through the cache", "other", "o"))),
                new Change("removeAll of keys", cache -> cache.removeAll(Set.of("k", "other"))),
                new Change("removeAll", Cache::removeAll),
                new Change("clear", Cache::clear));
    }

    @ParameterizedTest
    @MethodSource("changesOfManyWithOwnKey")
    void invoke_processorChangesManyWithItsOwnKeyAmongThem_isRefusedAndNothingChanges(Change change) {
        Cache<String, String> cache = cache();
        cache.put("k", "v");
        cache.put("other", "v");
        AtomicInteger runs = new AtomicInteger();

        assertThatExceptionOfType(EntryProcessorException.class)
                .isThrownBy(() -> cache.invoke("k", (entry, arguments) -> {
                    runs.incrementAndGet();
                    change.run().accept(cache);
                    entry.setValue("through the entry");
                    return null;
                }))
                .withCauseInstanceOf(IllegalStateException.class)
                .withMessageContaining("MutableEntry");

        assertThat(runs).hasValue(1);
        assertThat(cache.getAll(Set.of("k", "other"))).isEqualTo(Map.of("k", "v", "other", "v"));
    }

    /** With statistics entries are removed one by one. */
    @ParameterizedTest(name = "{0}, statistics {1}")
    @CsvSource({"clear, false", "clear, true", "removeAll, false", "removeAll, true"})
    void invoke_processorOfAnAbsentEntryEmptiesTheCache_isRefusedAndNothingChanges(String method, boolean statistics) {
        Cache<String, String> cache = cache();
        node.manager().enableStatistics("c", statistics);
        cache.put("other", "v");

        assertThatExceptionOfType(EntryProcessorException.class)
                .isThrownBy(() -> cache.invoke("k", (entry, arguments) -> {
                    if (method.equals("clear")) {
                        cache.clear();
                    } else {
                        cache.removeAll();
                    }
                    return null;
                }))
                .withCauseInstanceOf(IllegalStateException.class);

        assertThat(cache.containsKey("other")).isTrue();
    }

    static Stream<Change> changesOfManyOthers() {
        return Stream.of(
                new Change("putAll", cache -> cache.putAll(Map.of("other", "changed", "another", "changed"))),
                new Change("removeAll of keys", cache -> cache.removeAll(Set.of("other", "another"))));
    }

    @ParameterizedTest
    @MethodSource("changesOfManyOthers")
    void invoke_processorChangesManyOthers_changesAll(Change change) {
        Cache<String, String> cache = cache();
        cache.putAll(Map.of("k", "v", "other", "v", "another", "v"));

        cache.invoke("k", (entry, arguments) -> {
            change.run().accept(cache);
            entry.setValue("through the entry");
            return null;
        });

        assertThat(cache.get("k")).isEqualTo("through the entry");
        assertThat(cache.getAll(Set.of("other", "another")).values()).isSubsetOf("changed");
        assertThat(cache.containsKey("other")).isEqualTo(change.method().equals("putAll"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void invoke_processorEmptiesAnotherCache_emptiesIt(boolean clear) {
        Cache<String, String> cache = cache();
        Cache<String, String> another = node.cache(
                "d", DynamoDbConfiguration.builder(String.class, String.class).table(Node.freshTable()));
        another.put("k", "v");

        cache.invoke("k", (entry, arguments) -> {
            if (clear) {
                another.clear();
            } else {
                another.removeAll();
            }
            entry.setValue("v");
            return null;
        });

        assertThat(another.containsKey("k")).isFalse();
        assertThat(cache.get("k")).isEqualTo("v");
    }

    @Test
    void clear_processorOfAnotherThreadIsAtWork_isNotRefused() {
        Cache<String, String> cache = cache();
        cache.put("other", "v");

        cache.invoke("k", (entry, arguments) -> {
            CompletableFuture.runAsync(cache::clear).join();
            entry.setValue("v");
            return null;
        });

        assertThat(cache.containsKey("other")).isFalse();
        assertThat(cache.get("k")).isEqualTo("v");
    }

    @Test
    void invoke_processorChangesAnotherKeyThroughTheCache_changesBoth() {
        Cache<String, String> cache = cache();

        cache.invoke("k", (entry, arguments) -> {
            cache.put("other", "o");
            entry.setValue("v");
            return null;
        });

        assertThat(cache.getAll(Set.of("k", "other"))).isEqualTo(Map.of("k", "v", "other", "o"));
    }

    /** Two threads, each with a processor that wants the other's key, in one cache and over two. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(30)
    void invoke_processorsUseEachOthersKeys_oneIsToldAndTheOtherGoesOn(boolean sameCache) throws Exception {
        Cache<String, String> first = cache();
        Cache<String, String> second = sameCache
                ? first
                : node.cache(
                        "d",
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(Node.freshTable()));
        CountDownLatch both = new CountDownLatch(2);

        CompletableFuture<String> there = CompletableFuture.supplyAsync(() -> crosswise(first, "k", second, "l", both));
        String here = crosswise(second, "l", first, "k", both);

        assertThat(List.of(here, there.get())).containsExactlyInAnyOrder("done", "deadlock");
        List<String> values = new ArrayList<>();
        values.add(first.get("k"));
        values.add(second.get("l"));
        assertThat(values).containsExactlyInAnyOrder("done", null);
    }

    private static String crosswise(
            Cache<String, String> own, String key, Cache<String, String> other, String otherKey, CountDownLatch both) {
        try {
            own.invoke(key, (entry, arguments) -> {
                meet(both);
                other.invoke(otherKey, (otherEntry, none) -> otherEntry.exists());
                entry.setValue("done");
                return null;
            });
            return "done";
        } catch (CacheException e) {
            return e.toString().contains("deadlock") ? "deadlock" : e.toString();
        }
    }

    private static void meet(CountDownLatch both) {
        both.countDown();
        try {
            both.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Another thread would wait for the key, if a listener were registered meanwhile. */
    @Test
    void getAll_threadThatHoldsAKey_worksInThatThreadAlone() {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        EntryExpiryPolicy<String, String> policy = new EntryExpiryPolicy<>() {
            @Override
            public Duration getExpiry(String key, String value) {
                return Duration.ONE_HOUR;
            }

            @Override
            public Duration getExpiryAfterAccess(String key, String value) {
                threads.add(Thread.currentThread());
                return Duration.ONE_DAY;
            }
        };
        Cache<String, String> cache = node.cache(
                "c",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(Node.freshTable())
                        .expiryPolicy(() -> policy));
        cache.putAll(many(40));
        threads.clear();

        cache.invoke("k", (entry, arguments) -> cache.getAll(many(40).keySet()));

        assertThat(threads).hasSize(40).containsOnly(Thread.currentThread());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void get_listenerAndProcessorOfTheKeyAtWork_doesNotWaitForIt(boolean touched) {
        DynamoDbConfiguration.Builder<String, String> configuration =
                DynamoDbConfiguration.builder(String.class, String.class).table(Node.freshTable());
        Cache<String, String> cache = node.cache(
                "c",
                touched ? configuration.expiryPolicy(TouchedExpiryPolicy.factoryOf(Duration.ONE_HOUR)) : configuration);
        listen(cache, true, (CacheEntryCreatedListener<String, String>) events -> {});
        cache.put("k", "v");
        node.clock().advance(java.time.Duration.ofMinutes(1));

        String read = cache.invoke(
                "k",
                (entry, arguments) -> CompletableFuture.supplyAsync(() -> cache.get("k"))
                        .orTimeout(20, TimeUnit.SECONDS)
                        .join());

        assertThat(read).isEqualTo("v");
    }

    @Test
    void put_entryExpiryPolicyThrows_failsAndStoresNothing() {
        EntryExpiryPolicy<String, String> policy = (key, value) -> {
            throw new IllegalArgumentException("no lifetime");
        };
        Cache<String, String> cache = node.cache(
                "c",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(Node.freshTable())
                        .expiryPolicy(() -> policy));
        node.requests().clear();

        assertThatThrownBy(() -> cache.put("k", "v")).isInstanceOf(CacheException.class);
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void put_entryExpiryPolicyReadsTheClock_isAskedOnce() {
        List<String> asked = new ArrayList<>();
        EntryExpiryPolicy<String, String> policy = (key, value) -> {
            asked.add(key);
            node.clock().advance(java.time.Duration.ofMillis(1));
            return Duration.ONE_HOUR;
        };
        Cache<String, String> cache = node.cache(
                "c",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(Node.freshTable())
                        .expiryPolicy(() -> policy));
        node.requests().clear();

        cache.put("k", "v");

        assertThat(asked).containsExactly("k");
        assertThat(node.requests().operations()).containsExactly("PutItem");
    }

    @Test
    void destroyCache_itemsCannotBeRemoved_canBeTriedAgain() {
        String table = Node.freshTable();
        Cache<String, String> cache = node.cache(
                "c", DynamoDbConfiguration.builder(String.class, String.class).table(table));
        cache.put("k", "v");
        node.client().deleteTable(request -> request.tableName(table));

        assertThatThrownBy(() -> node.manager().destroyCache("c")).isInstanceOf(CacheException.class);
        assertThat(node.manager().getCacheNames()).containsExactly("c");

        TableSettings settings = TableSettings.of(Settings.none().with(Option.TABLE, table), "c");
        new TableSetup(node.client(), () -> new Attempts(false), settings, new ClockSkew(node.clock())).run();
        node.manager().destroyCache("c");
        assertThat(node.manager().getCacheNames()).isEmpty();
    }

    @Test
    void put_clientOfTheApplicationPublishesMetrics_publishesThemStill() {
        Queue<String> published = new ConcurrentLinkedQueue<>();
        try (DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(DynamoDbLocal.endpoint())
                .region(Region.US_EAST_1)
                .overrideConfiguration(override -> override.addMetricPublisher(new MetricPublisher() {
                    @Override
                    public void publish(MetricCollection metrics) {
                        published.addAll(metrics.metricValues(CoreMetric.OPERATION_NAME));
                    }

                    @Override
                    public void close() {
                        // Holds nothing.
                    }
                }))
                .build()) {
            Cache<String, String> cache = node.cache(
                    "c",
                    DynamoDbConfiguration.builder(String.class, String.class)
                            .table(Node.freshTable())
                            .set(Option.CLIENT, client));

            cache.put("k", "v");
            cache.remove("k");
        }

        assertThat(published).contains("UpdateItem", "DeleteItem");
    }
}
