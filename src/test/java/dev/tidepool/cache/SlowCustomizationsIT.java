package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * Entries whose lifetime is shorter than what the application's code, or other nodes, take before they are written: the
 * lifetime counts from the write.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
class SlowCustomizationsIT {
    private static final java.time.Duration SLOW = java.time.Duration.ofSeconds(3);
    private static final Duration LIFE = new Duration(SECONDS, 2);
    private static final long LIFE_MILLIS = 2_000;

    private static final Factory<ExpiryPolicy> TOUCHED = TouchedExpiryPolicy.factoryOf(LIFE);
    private static final Factory<ExpiryPolicy> MODIFIED = ModifiedExpiryPolicy.factoryOf(LIFE);
    private static final Factory<ExpiryPolicy> CREATED = CreatedExpiryPolicy.factoryOf(LIFE);
    private static final Factory<ExpiryPolicy> ACCESSED = AccessedExpiryPolicy.factoryOf(LIFE);
    private static final Factory<ExpiryPolicy> ARBITRARY = () -> new TablePolicy(LIFE, LIFE, LIFE);
    private static final Factory<ExpiryPolicy> PER_ENTRY =
            () -> (EntryExpiryPolicy<String, Object>) (key, value) -> LIFE;

    private final String table = Node.freshTable();
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(this::steered);
    private final RawItems items = new RawItems(node.client(), table);

    private SdkHttpClient steered(SdkHttpClient server) {
        SteeredTransport steered = new SteeredTransport(server);
        transport.set(steered);
        return steered;
    }

    private SteeredTransport transport() {
        return requireNonNull(transport.get());
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void dawdle() {
        node.clock().advance(SLOW);
    }

    /** A loader and a writer that take their time. */
    private final class Slow implements CacheLoader<String, Object>, CacheWriter<String, Object> {
        @Override
        public Object load(String key) {
            dawdle();
            return "loaded";
        }

        @Override
        public Map<String, Object> loadAll(Iterable<? extends String> keys) {
            dawdle();
            Map<String, Object> loaded = new HashMap<>();
            keys.forEach(key -> loaded.put(key, "loaded"));
            return loaded;
        }

        @Override
        public void write(Cache.Entry<? extends String, ?> entry) {
            dawdle();
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ?>> entries) {
            dawdle();
            entries.clear();
        }

        @Override
        public void delete(Object key) {
            dawdle();
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            dawdle();
            keys.clear();
        }
    }

    private DynamoDbConfiguration.Builder<String, Object> configuration(Factory<ExpiryPolicy> policy) {
        return DynamoDbConfiguration.builder(String.class, Object.class)
                .table(table)
                .expiryPolicy(policy);
    }

    private Cache<String, Object> cache(Factory<ExpiryPolicy> policy) {
        return node.cache("c", configuration(policy));
    }

    private long lifeInTable(String key) {
        return Long.parseLong(
                        requireNonNull(items.get("c:" + key).get("expiresAt")).n())
                - node.clock().millis();
    }

    static Stream<Arguments> policies() {
        return Stream.of(
                Arguments.of("touched", TOUCHED),
                Arguments.of("modified", MODIFIED),
                Arguments.of("created", CREATED),
                Arguments.of("accessed", ACCESSED),
                Arguments.of("per entry", PER_ENTRY),
                Arguments.of("arbitrary", ARBITRARY));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("policies")
    void invoke_slowProcessorCreates_lifeCountsFromTheWrite(String name, Factory<ExpiryPolicy> policy) {
        Cache<String, Object> cache = cache(policy);

        cache.invoke("k", (entry, none) -> {
            dawdle();
            entry.setValue("new");
            return null;
        });

        assertThat(cache.containsKey("k")).isTrue();
        assertThat(lifeInTable("k")).isEqualTo(LIFE_MILLIS);
    }

    @Test
    void invoke_slowProcessorUpdatesWhatLives_lifeCountsFromTheWrite() {
        Cache<String, Object> cache = cache(MODIFIED);
        cache.put("k", "old");

        cache.invoke("k", (entry, none) -> {
            node.clock().advance(java.time.Duration.ofSeconds(1));
            entry.setValue("new");
            return null;
        });

        assertThat(lifeInTable("k")).isEqualTo(LIFE_MILLIS);
    }

    /** The processor must not write over an entry that is no longer there. */
    @Test
    void invoke_entryExpiresWhileTheProcessorRuns_isRunAgainOnAnAbsentEntry() {
        Cache<String, Object> cache = cache(MODIFIED);
        cache.put("k", 7);

        cache.invoke("k", (entry, none) -> {
            boolean existed = entry.exists();
            if (existed) {
                dawdle();
            }
            entry.setValue(existed ? "of an old one" : "of none");
            return null;
        });

        assertThat(cache.get("k")).isEqualTo("of none");
        assertThat(lifeInTable("k")).isEqualTo(LIFE_MILLIS);
    }

    @Test
    void invoke_slowProcessorReads_lifeCountsFromTheAccessThatIsWritten() {
        Cache<String, Object> cache = cache(ACCESSED);
        cache.put("k", "old");

        cache.invoke("k", (entry, none) -> {
            node.clock().advance(java.time.Duration.ofSeconds(1));
            return entry.getValue();
        });

        assertThat(lifeInTable("k")).isEqualTo(LIFE_MILLIS);
    }

    private record Slowed(String name, Factory<ExpiryPolicy> policy, Consumer<Cache<String, Object>> run) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** What loads or writes through before it stores "k". */
    static Stream<Slowed> slowed() {
        return Stream.of(
                new Slowed("invoke, loading", TOUCHED, cache -> cache.invoke("k", (entry, none) -> entry.getValue())),
                new Slowed("invoke, writing through", MODIFIED, SlowCustomizationsIT::set),
                new Slowed("get, loading", TOUCHED, cache -> cache.get("k")),
                new Slowed("getAll, loading", TOUCHED, cache -> cache.getAll(Set.of("k"))),
                new Slowed("loadAll", TOUCHED, cache -> loadAll(cache, false)),
                new Slowed("loadAll, replacing", TOUCHED, cache -> loadAll(cache, true)),
                new Slowed("put", TOUCHED, cache -> cache.put("k", "new")),
                new Slowed("put, arbitrary policy", ARBITRARY, cache -> cache.put("k", "new")),
                new Slowed("getAndPut, arbitrary policy", ARBITRARY, cache -> cache.getAndPut("k", "new")),
                new Slowed("putIfAbsent", TOUCHED, cache -> cache.putIfAbsent("k", "new")),
                new Slowed("putIfAbsent, arbitrary policy", ARBITRARY, cache -> cache.putIfAbsent("k", "new")),
                new Slowed("putAll", TOUCHED, cache -> cache.putAll(Map.of("k", "new"))),
                new Slowed("putAll, arbitrary policy", ARBITRARY, cache -> cache.putAll(Map.of("k", "new"))));
    }

    private static void set(Cache<String, Object> cache) {
        cache.invoke("k", (entry, none) -> {
            entry.setValue("new");
            return null;
        });
    }

    private static void loadAll(Cache<String, Object> cache, boolean replace) {
        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(Set.of("k"), replace, done);
        try {
            done.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("slowed")
    void anyWrite_slowLoaderOrWriter_lifeCountsFromTheWrite(Slowed slowed) {
        Slow slow = new Slow();
        Cache<String, Object> cache = node.cache(
                "c", configuration(slowed.policy()).readThrough(() -> slow).writeThrough(() -> slow));

        slowed.run().accept(cache);

        assertThat(cache.containsKey("k")).isTrue();
        assertThat(lifeInTable("k")).isEqualTo(LIFE_MILLIS);
    }

    /** Conditional updates with a writer read first; what they read has to live until they write. */
    @Test
    void replace_slowWriter_lifeCountsFromTheWrite() {
        Cache<String, Object> cache = node.cache(
                "c",
                configuration(() -> new TablePolicy(Duration.ONE_HOUR, LIFE, null))
                        .writeThrough(Slow::new));
        cache.put("k", "old");

        assertThat(cache.replace("k", "new")).isTrue();

        assertThat(lifeInTable("k")).isEqualTo(LIFE_MILLIS);
    }

    /** It decodes and compares, and may wait for other nodes, between the two requests. */
    @Test
    void replaceEqual_otherBytes_lifeCountsFromTheLastTry() {
        Cache<String, Object> cache = cache(() -> new TouchedExpiryPolicy(LIFE));
        cache.put("k", filled("a", "b"));
        transport().before(operation -> {
            node.clock().advance(java.time.Duration.ofMillis(500));
            return true;
        });

        assertThat(cache.replace("k", filled("b", "a"), "new")).isTrue();

        transport().before(operation -> true);
        assertThat(lifeInTable("k") + 500).isEqualTo(LIFE_MILLIS);
    }

    private static Map<String, Integer> filled(String... keys) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String key : keys) {
            map.put(key, (int) key.charAt(0));
        }
        return map;
    }

    /** The batches of a large operation follow each other; none of them lives at the expense of those before it. */
    @Test
    void putAll_manyBatches_lifeCountsFromEachBatch() {
        int batches = 40;
        Cache<String, Object> cache = node.cache("c", configuration(() -> new TouchedExpiryPolicy(Duration.ONE_HOUR)));
        Map<String, Object> many = new HashMap<>();
        for (int i = 0; i < batches * DynamoDbLimits.BATCH_WRITE; i++) {
            many.put("k" + i, "v");
        }
        transport().before(operation -> {
            node.clock().advance(java.time.Duration.ofSeconds(1));
            return true;
        });

        cache.putAll(many);

        transport().before(operation -> true);
        List<Long> deadlines = items.all("c:").stream()
                .map(item ->
                        Long.parseLong(requireNonNull(item.get("expiresAt")).n()))
                .distinct()
                .sorted()
                .toList();
        long spread = deadlines.get(deadlines.size() - 1) - deadlines.get(0);
        assertThat(spread).as("with 16 batches at once").isGreaterThan(SECONDS.toMillis(batches - 16 - 1));
    }
}
