package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.codec.CodecException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;

/** Many entries, big entries, and caches that share a table. */
@ExtendWith(DynamoDbLocal.class)
class BulkIT {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final int MANY = 2_500;

    /** Single requests take their time. */
    private static final int FEWER = 400;

    private static Node node;

    private final String name = "bulk-" + NAMES.incrementAndGet();
    private final String table = Node.freshTable();

    @BeforeAll
    static void start() {
        node = Node.start();
    }

    @AfterAll
    static void close() {
        node.close();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return uncompressed(DynamoDbConfiguration.builder(String.class, String.class));
    }

    /** Sizes are what these tests are about. */
    private <V> DynamoDbConfiguration.Builder<String, V> uncompressed(
            DynamoDbConfiguration.Builder<String, V> configuration) {
        return configuration.table(table).set(Option.COMPRESS_FROM, Integer.MAX_VALUE);
    }

    private static Map<String, String> numbered(int count, String value) {
        Map<String, String> entries = new HashMap<>();
        for (int i = 0; i < count; i++) {
            entries.put("key " + i, value + " " + i);
        }
        return entries;
    }

    /** Every entry that the iterator gives, which must give none twice. */
    private static Map<String, String> entries(Cache<String, String> cache) {
        Map<String, String> entries = new HashMap<>();
        cache.forEach(entry -> assertThat(entries.put(entry.getKey(), entry.getValue()))
                .as("an entry given twice")
                .isNull());
        return entries;
    }

    /** What makes bulk operations send single requests, or lets them send batches. */
    enum Mode {
        BATCHES,
        STATISTICS,
        LISTENER;

        DynamoDbConfiguration.Builder<String, String> in(DynamoDbConfiguration.Builder<String, String> builder) {
            return switch (this) {
                case BATCHES -> builder;
                case STATISTICS -> builder.statisticsEnabled(true);
                case LISTENER -> builder.listener(new Events<String, String>().synchronous());
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void allBulkOperations_manyEntries_dealWithEveryOne(Mode mode) {
        Cache<String, String> cache = node.cache(name, mode.in(configuration()));
        int count = mode == Mode.BATCHES ? MANY : FEWER;
        Map<String, String> expected = numbered(count, "value");

        cache.putAll(expected);

        assertThat(entries(cache)).isEqualTo(expected);
        Set<String> wanted = new HashSet<>(expected.keySet());
        wanted.add("no such key");
        assertThat(cache.getAll(wanted)).isEqualTo(expected);

        Set<String> removed = new HashSet<>(new ArrayList<>(expected.keySet()).subList(0, count - 30));
        removed.add("no such key");
        cache.removeAll(removed);
        expected.keySet().removeAll(removed);
        assertThat(expected).hasSize(30);
        assertThat(entries(cache)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource
    void removeAll_manyEntries_leavesNone(Mode mode) {
        Cache<String, String> cache = node.cache(name, mode.in(configuration()));
        cache.putAll(numbered(300, "value"));

        cache.removeAll();

        assertThat(new RawItems(node.client(), table).all("")).isEmpty();
    }

    @Test
    void clear_manyEntries_leavesNone() {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.putAll(numbered(300, "value"));

        cache.clear();

        assertThat(new RawItems(node.client(), table).all("")).isEmpty();
    }

    @Test
    void allBulkOperations_severalMegabytes_readOnOverPages() {
        Cache<String, String> cache = node.cache(name, configuration());
        Map<String, String> expected = numbered(300, "v".repeat(20_000));
        cache.putAll(expected);
        node.requests().clear();

        assertThat(entries(cache)).isEqualTo(expected);
        assertThat(node.requests().sent().stream().filter(ScanRequest.class::isInstance))
                .as("scans of 1 MB each of 6 MB")
                .hasSizeGreaterThanOrEqualTo(6);
        assertThat(cache.getAll(expected.keySet())).isEqualTo(expected);
        cache.removeAll(expected.keySet());
        assertThat(entries(cache)).isEmpty();
    }

    @Test
    void getAll_moreThanABatchMayReturn_getsTheRest() {
        Cache<String, String> cache = node.cache(name, configuration());
        Map<String, String> expected = numbered(60, "v".repeat(350_000));
        cache.putAll(expected);
        node.requests().clear();

        assertThat(cache.getAll(expected.keySet())).isEqualTo(expected);

        assertThat(node.requests().operations())
                .as("the server returns 16 MB at most of 21 MB")
                .containsOnly("BatchGetItem")
                .hasSizeGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "removeAll"})
    void emptying_severalMegabytes_leavesNone(String operation) {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.putAll(numbered(120, "v".repeat(20_000)));

        if (operation.equals("clear")) {
            cache.clear();
        } else {
            cache.removeAll();
        }

        assertThat(new RawItems(node.client(), table).all("")).isEmpty();
    }

    @Test
    void iteratorRemove_severalPages_removesWhatItGave() {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.putAll(numbered(120, "v".repeat(20_000)));

        int removed = 0;
        for (var entries = cache.iterator(); entries.hasNext(); removed++) {
            entries.next();
            entries.remove();
        }

        assertThat(removed).isEqualTo(120);
        assertThat(entries(cache)).isEmpty();
    }

    static Stream<Arguments> emptyings() {
        return Stream.<Map.Entry<String, Consumer<Cache<String, String>>>>of(
                        Map.entry("clear", Cache::clear),
                        Map.entry("removeAll", Cache::removeAll),
                        Map.entry(
                                "removeAll of keys",
                                cache -> cache.removeAll(numbered(60, "").keySet())),
                        Map.entry("iterator", cache -> {
                            for (var entries = cache.iterator(); entries.hasNext(); ) {
                                entries.next();
                                entries.remove();
                            }
                        }),
                        Map.entry(
                                "destroyCache", cache -> cache.getCacheManager().destroyCache(cache.getName())))
                .flatMap(operation -> Stream.of(Mode.values())
                        .map(mode -> Arguments.of(operation.getKey(), mode, operation.getValue())));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("emptyings")
    void emptying_tableSharedWithAnotherCache_leavesTheOther(
            String operation, Mode mode, Consumer<Cache<String, String>> run) {
        Cache<String, String> cache = node.cache(name, mode.in(configuration().prefix("a:")));
        Cache<String, String> neighbour =
                node.cache(name + "-neighbour", configuration().prefix("ab:"));
        Map<String, String> expected = numbered(60, "neighbour's");
        cache.putAll(numbered(60, "own"));
        neighbour.putAll(expected);
        assertThat(entries(cache)).as("before " + operation).isEqualTo(numbered(60, "own"));

        run.accept(cache);

        assertThat(entries(neighbour)).isEqualTo(expected);
        assertThat(new RawItems(node.client(), table).all("")).hasSize(60);
    }

    @Test
    void allOperations_tableSharedWithAnotherCache_doNotSeeItsEntries() {
        Cache<String, String> cache = node.cache(name, configuration().prefix("a:"));
        Cache<String, String> neighbour =
                node.cache(name + "-neighbour", configuration().prefix("b:"));
        neighbour.put("key", "neighbour's");

        assertThat(cache.get("key")).isNull();
        assertThat(cache.getAll(Set.of("key"))).isEmpty();
        assertThat(cache.containsKey("key")).isFalse();
        assertThat(entries(cache)).isEmpty();
        assertThat(cache.replace("key", "own")).isFalse();
        assertThat(cache.replace("key", "neighbour's", "own")).isFalse();
        assertThat(cache.getAndReplace("key", "own")).isNull();
        assertThat(cache.remove("key")).isFalse();
        assertThat(cache.remove("key", "neighbour's")).isFalse();
        assertThat(cache.getAndRemove("key")).isNull();
        assertThat(cache.<Boolean>invoke("key", (entry, none) -> entry.exists()))
                .isFalse();
        assertThat(cache.getAndPut("key", "own")).isNull();
        assertThat(cache.remove("key")).isTrue();
        assertThat(cache.putIfAbsent("key", "own")).isTrue();
        assertThat(neighbour.get("key")).isEqualTo("neighbour's");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a:", "a:b", "a:b:"})
    void createCache_prefixThatOverlaps_isRefusedByBothNames(String prefix) {
        node.cache(name, configuration().prefix("a:b"));

        assertThatThrownBy(() -> node.cache(name + "-second", configuration().prefix(prefix)))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining("'" + name + "-second'")
                .hasMessageContaining(table)
                .hasMessageContaining("prefix");
        assertThat(node.manager().getCacheNames()).doesNotContain(name + "-second");
    }

    @Test
    void createCache_defaultPrefixesOfNamesThatBeginAlike_areApart() {
        Cache<String, String> users = node.cache(name + "-user", configuration());
        Cache<String, String> usersTwo = node.cache(name + "-user2", configuration());
        users.put("key", "one");
        usersTwo.put("key", "two");

        users.clear();

        assertThat(entries(usersTwo)).isEqualTo(Map.of("key", "two"));
    }

    @Test
    void createCache_prefixOfAClosedCache_isFreeAgain() {
        node.cache(name, configuration().prefix("a:")).put("key", "value");
        node.manager().getCache(name).close();

        assertThat(node.cache(name + "-second", configuration().prefix("a:")).get("key"))
                .isEqualTo("value");
    }

    @Test
    void allBulkOperations_emptyPrefixAndTableOfItsOwn_scanWithoutFilter() {
        Cache<String, String> cache = node.cache(name, configuration().prefix(""));
        Map<String, String> expected = numbered(60, "value");
        expected.put("", "empty");
        cache.putAll(expected);
        node.requests().clear();

        assertThat(entries(cache)).isEqualTo(expected);
        assertThat(node.requests().sent())
                .isNotEmpty()
                .allSatisfy(request ->
                        assertThat(((ScanRequest) request).filterExpression()).isNull());
        assertThat(new RawItems(node.client(), table).contains("key 1")).isTrue();
        cache.clear();
        assertThat(entries(cache)).isEmpty();
    }

    @Test
    void destroyCache_otherCacheOfTheTableOnAnotherNode_leavesItAndRemovesOwnItems() {
        try (Node other = Node.besides(node)) {
            Cache<String, String> cache = node.cache(name, configuration());
            Cache<String, String> neighbour = other.cache(name + "-neighbour", configuration());
            cache.put("key", "own");
            neighbour.put("key", "neighbour's");

            node.manager().destroyCache(name);

            assertThat(cache.isClosed()).isTrue();
            assertThat(entries(neighbour)).isEqualTo(Map.of("key", "neighbour's"));
            assertThat(new RawItems(node.client(), table).all(name + ":")).isEmpty();
        }
    }

    private static final String TOO_BIG = "b".repeat(400 * 1024);

    static Stream<Arguments> writes() {
        return Stream.<Map.Entry<String, Consumer<Cache<String, Object>>>>of(
                        Map.entry("put", cache -> cache.put("key", bad(cache))),
                        Map.entry("getAndPut", cache -> cache.getAndPut("key", bad(cache))),
                        Map.entry("putIfAbsent", cache -> cache.putIfAbsent("absent", bad(cache))),
                        Map.entry("replace", cache -> cache.replace("key", bad(cache))),
                        Map.entry("replace if equal", cache -> cache.replace("key", "old", bad(cache))),
                        Map.entry("getAndReplace", cache -> cache.getAndReplace("key", bad(cache))),
                        Map.entry("putAll", cache -> cache.putAll(withBad(cache, 60))))
                .flatMap(operation -> Stream.of("batches", "statistics", "listener", "expiry", "writer")
                        .map(mode -> Arguments.of(operation.getKey(), mode, operation.getValue())));
    }

    /** The value that a cache cannot store: its name says which. */
    private static Object bad(Cache<String, Object> cache) {
        return cache.getName().endsWith("big") ? TOO_BIG : new Object();
    }

    private static Map<String, Object> withBad(Cache<String, Object> cache, int good) {
        Map<String, Object> entries = new HashMap<>(numbered(good, "good"));
        entries.put("bad", bad(cache));
        return entries;
    }

    private DynamoDbConfiguration.Builder<String, Object> refusing(String mode, List<String> written) {
        DynamoDbConfiguration.Builder<String, Object> builder =
                uncompressed(DynamoDbConfiguration.builder(String.class, Object.class));
        return switch (mode) {
            case "statistics" -> builder.statisticsEnabled(true);
            case "listener" -> builder.listener(new Events<String, Object>().synchronous());
            case "expiry" -> builder.expiryPolicy(() -> new TablePolicy(Duration.ONE_HOUR, Duration.ONE_HOUR, null));
            case "writer" -> builder.writeThrough(() -> new NotingWriter(written));
            default -> builder;
        };
    }

    /** Notes the keys that it was asked to write. */
    private static final class NotingWriter implements CacheWriter<String, Object> {
        private final List<String> written;

        private NotingWriter(List<String> written) {
            this.written = written;
        }

        @Override
        public void write(Cache.Entry<? extends String, ?> entry) {
            written.add(entry.getKey());
        }

        @Override
        public void writeAll(java.util.Collection<Cache.Entry<? extends String, ?>> entries) {
            entries.forEach(this::write);
            entries.clear();
        }

        @Override
        public void delete(Object key) {
            throw new AssertionError("nothing is deleted here");
        }

        @Override
        public void deleteAll(java.util.Collection<?> keys) {
            throw new AssertionError("nothing is deleted here");
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("writes")
    void anyWrite_itemOverTheLimit_isRefusedWithSizesAndWritesNothing(
            String operation, String mode, Consumer<Cache<String, Object>> run) {
        List<String> written = Collections.synchronizedList(new ArrayList<>());
        Cache<String, Object> cache = node.cache(name + "-big", refusing(mode, written));
        new RawItems(node.client(), table).put(name + "-big:key", Map.of("value", RawItems.encoded("old")));
        node.requests().clear();

        assertThatThrownBy(() -> run.accept(cache))
                .as(operation)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("409600")
                .hasMessageMatching("(?s).*\\b4096[0-9][0-9]\\b.*\\b409600\\b.*");

        assertThat(node.requests().operations()).isEmpty();
        assertThat(written).isEmpty();
        assertThat(new RawItems(node.client(), table).all(name + "-big:"))
                .singleElement()
                .satisfies(item -> assertThat(item).containsEntry("value", RawItems.encoded("old")));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("writes")
    void anyWrite_valueThatCannotBeEncoded_isRefusedAndWritesNothing(
            String operation, String mode, Consumer<Cache<String, Object>> run) {
        List<String> written = Collections.synchronizedList(new ArrayList<>());
        Cache<String, Object> cache = node.cache(name, refusing(mode, written));
        new RawItems(node.client(), table).put(name + ":key", Map.of("value", RawItems.encoded("old")));
        node.requests().clear();

        assertThatThrownBy(() -> run.accept(cache))
                .as(operation)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("java.lang.Object")
                .hasCauseInstanceOf(CodecException.class);

        assertThat(node.requests().operations()).isEmpty();
        assertThat(written).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"big", "unencodable"})
    void invoke_valueThatCannotBeStored_isRefusedAndWritesNothing(String what) {
        List<String> written = Collections.synchronizedList(new ArrayList<>());
        Cache<String, Object> cache = node.cache(name + "-" + what, refusing("writer", written));
        node.requests().clear();

        assertThatThrownBy(() -> cache.invoke("key", (entry, none) -> {
                    entry.setValue(bad(cache));
                    return null;
                }))
                .isInstanceOf(CacheException.class);

        assertThat(node.requests().operations()).containsExactly("GetItem");
        assertThat(written).isEmpty();
    }

    @Test
    void put_largestItemThatFits_isStored() {
        Cache<String, byte[]> cache =
                node.cache(name, uncompressed(DynamoDbConfiguration.builder(String.class, byte[].class)));
        byte[] value = new byte[400 * 1024 - 100];

        cache.put("key", value);

        assertThat(cache.get("key")).isEqualTo(value);
    }

    @Test
    void allBulkOperations_tableShortOfCapacity_sendAgainWhatWasLeft() {
        List<ShortOfCapacity> transports = new ArrayList<>();
        try (Node throttled = Node.over(http -> {
            transports.add(new ShortOfCapacity(http, 10));
            return transports.get(0);
        })) {
            Cache<String, String> cache = throttled.cache(name, configuration());
            Map<String, String> expected = numbered(50, "value");

            cache.putAll(expected);
            assertThat(entries(cache)).isEqualTo(expected);
            assertThat(transports.get(0).batches()).as("of 25 each, by tens").isEqualTo(6);

            assertThat(cache.getAll(expected.keySet())).isEqualTo(expected);
            assertThat(transports.get(0).batches()).as("and 50, by tens").isEqualTo(11);

            cache.removeAll(expected.keySet());
            assertThat(transports.get(0).batches()).as("and as many again").isEqualTo(17);
            assertThat(entries(cache)).isEmpty();
        }
    }

    /** Takes some seconds: the library is patient with a table that is short of capacity. */
    @Test
    void allBulkOperations_tableWithoutCapacity_endInACacheException() {
        try (Node starved = Node.over(http -> new ShortOfCapacity(http, 0))) {
            Cache<String, String> cache = starved.cache(name, configuration());
            Map<String, Consumer<Cache<String, String>>> operations = Map.of(
                    "BatchWriteItem", it -> it.putAll(numbered(20, "value")),
                    "BatchGetItem", it -> it.getAll(numbered(20, "value").keySet()));
            Map<String, Throwable> failures = new ConcurrentHashMap<>();

            CompletableFuture.allOf(operations.entrySet().stream()
                            .map(operation -> CompletableFuture.runAsync(() -> failures.put(
                                    operation.getKey(),
                                    catchThrowable(() -> operation.getValue().accept(cache)))))
                            .toArray(CompletableFuture[]::new))
                    .join();

            assertThat(failures)
                    .hasSize(2)
                    .allSatisfy((request, failure) -> assertThat(failure)
                            .isInstanceOf(CacheException.class)
                            .hasMessageContaining(name)
                            .hasMessageContaining(request)
                            .hasMessageContaining("20 items"));
        }
    }
}
