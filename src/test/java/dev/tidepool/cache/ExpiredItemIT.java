package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.event.EventType;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** DynamoDB deletes expired items late, so until then each of them must be as good as absent. */
@ExtendWith(DynamoDbLocal.class)
class ExpiredItemIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static Node node;
    private static Node other;
    private static RawItems items;

    private final String name = "expired-" + NAMES.incrementAndGet();
    private final String id = name + ":key";

    @BeforeAll
    static void start() {
        node = Node.start();
        other = Node.besides(node);
        items = new RawItems(node.client(), TABLE);
    }

    @AfterAll
    static void close() {
        other.close();
        node.close();
    }

    /** What an item may carry; all of these are deadlines to the library. */
    enum Layout {
        OWN(true, true, true),
        WITHOUT_ETAG(true, true, false),
        ONLY_EXPIRES(true, false, true),
        ONLY_EXPIRES_WITHOUT_ETAG(true, false, false),
        ONLY_EXPIRES_AT(false, true, true);

        private final boolean expires;
        private final boolean expiresAt;
        private final boolean etag;

        Layout(boolean expires, boolean expiresAt, boolean etag) {
            this.expires = expires;
            this.expiresAt = expiresAt;
            this.etag = etag;
        }

        Map<String, AttributeValue> item(String value, long seconds, long millis) {
            Map<String, AttributeValue> item = new HashMap<>();
            item.put("value", RawItems.encoded(value));
            if (expires) {
                item.put("expires", RawItems.number(seconds));
            }
            if (expiresAt) {
                item.put("expiresAt", RawItems.number(millis));
            }
            if (etag) {
                item.put("etag", RawItems.number(Long.MIN_VALUE));
            }
            return item;
        }
    }

    /**
     * An operation on the entry "key", the expired item of which holds "old".
     *
     * @param answer what it returns for an absent entry
     * @param figures its statistics for an absent entry
     * @param creates whether the entry exists afterwards, with the value "new"
     */
    private record Absence(
            String operation,
            Function<Cache<String, String>, @Nullable Object> run,
            @Nullable Object answer,
            String figures,
            boolean creates) {
        @Nullable Object on(Cache<String, String> cache) {
            return run.apply(cache);
        }

        @Override
        public String toString() {
            return operation;
        }
    }

    private static Absence reads(
            String operation,
            Function<Cache<String, String>, @Nullable Object> run,
            @Nullable Object answer,
            int misses) {
        return new Absence(operation, run, answer, Beans.figures(0, misses, 0, 0), false);
    }

    private static Absence creates(
            String operation,
            Function<Cache<String, String>, @Nullable Object> run,
            @Nullable Object answer,
            int misses) {
        return new Absence(operation, run, answer, Beans.figures(0, misses, 1, 0), true);
    }

    private static @Nullable Object done(Runnable runnable) {
        runnable.run();
        return null;
    }

    private static List<String> keys(Cache<String, String> cache) {
        List<String> keys = new ArrayList<>();
        cache.forEach(entry -> keys.add(entry.getKey()));
        return keys;
    }

    private static boolean exists(MutableEntry<String, String> entry, Object... arguments) {
        return entry.exists();
    }

    private static Object set(MutableEntry<String, String> entry, Object... arguments) {
        boolean existed = entry.exists();
        entry.setValue("new");
        return existed;
    }

    private static Object remove(MutableEntry<String, String> entry, Object... arguments) {
        boolean existed = entry.exists();
        entry.remove();
        return existed;
    }

    static List<Absence> operations() {
        Set<String> key = Set.of("key");
        return List.of(
                reads("get", cache -> cache.get("key"), null, 1),
                reads("getAll", cache -> cache.getAll(key), Map.of(), 1),
                reads("containsKey", cache -> cache.containsKey("key"), false, 0),
                reads("iterator", ExpiredItemIT::keys, List.of(), 0),
                creates("put", cache -> done(() -> cache.put("key", "new")), null, 0),
                creates("getAndPut", cache -> cache.getAndPut("key", "new"), null, 1),
                creates("putIfAbsent", cache -> cache.putIfAbsent("key", "new"), true, 1),
                creates("putAll", cache -> done(() -> cache.putAll(Map.of("key", "new"))), null, 0),
                reads("replace", cache -> cache.replace("key", "new"), false, 1),
                reads("replace if equal", cache -> cache.replace("key", "old", "new"), false, 1),
                reads("getAndReplace", cache -> cache.getAndReplace("key", "new"), null, 1),
                reads("remove", cache -> cache.remove("key"), false, 0),
                reads("remove if equal", cache -> cache.remove("key", "old"), false, 1),
                reads("getAndRemove", cache -> cache.getAndRemove("key"), null, 1),
                reads("removeAll of keys", cache -> done(() -> cache.removeAll(key)), null, 0),
                reads("removeAll", cache -> done(cache::removeAll), null, 0),
                reads("invoke, exists", cache -> cache.invoke("key", ExpiredItemIT::exists), false, 1),
                reads("invoke, getValue", cache -> cache.invoke("key", (entry, none) -> entry.getValue()), null, 1),
                creates("invoke, setValue", cache -> cache.invoke("key", ExpiredItemIT::set), false, 1),
                reads("invoke, remove", cache -> cache.invoke("key", ExpiredItemIT::remove), false, 1),
                reads(
                        "invokeAll, exists",
                        cache -> requireNonNull(cache.invokeAll(key, ExpiredItemIT::exists)
                                        .get("key"))
                                .get(),
                        false,
                        1));
    }

    static Stream<Arguments> operationsOnLayouts() {
        return operations().stream()
                .flatMap(operation -> Stream.of(Layout.values()).map(layout -> Arguments.of(operation, layout)));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(TABLE);
    }

    /** Puts an item that expired just now. */
    private void putExpired(Layout layout) {
        long now = node.clock().millis();
        items.put(id, layout.item("old", now / 1000, now));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("operationsOnLayouts")
    void anyOperation_expiredItem_answersAndCountsAsForAbsentOne(Absence operation, Layout layout) {
        Cache<String, String> cache = node.cache(name, configuration().statisticsEnabled(true));
        putExpired(layout);

        assertThat(operation.on(cache)).isEqualTo(operation.answer());

        assertThat(Beans.figures(cache)).isEqualTo(operation.figures());
        assertThat(cache.get("key")).isEqualTo(operation.creates() ? "new" : null);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("operationsOnLayouts")
    void anyOperation_expiredItemAndListeners_expiryIsHeardOnceAndItemIsGone(Absence operation, Layout layout) {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        Cache<String, String> twin = other.cache(name, configuration().listener(events.synchronous()));
        putExpired(layout);

        assertThat(operation.on(cache)).isEqualTo(operation.answer());
        twin.get("key");
        cache.get("key");
        twin.get("key");

        assertThat(events.heard())
                .isEqualTo(
                        operation.creates()
                                ? List.of("EXPIRED key: old", "CREATED key: new")
                                : List.of("EXPIRED key: old"));
        assertThat(items.contains(id)).isEqualTo(operation.creates());
    }

    @ParameterizedTest
    @EnumSource
    void clear_expiredItem_isRemovedSilently(Layout layout) {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        putExpired(layout);

        cache.clear();

        assertThat(items.contains(id)).isFalse();
        assertThat(events.heard()).isEmpty();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("operationsOnLayouts")
    void anyOperation_expiredItemAndNoListener_isNotDeletedByReaders(Absence operation, Layout layout) {
        Cache<String, String> cache = node.cache(name, configuration());
        putExpired(layout);
        Map<String, AttributeValue> before = items.get(id);

        operation.on(cache);

        // DynamoDB deletes it for nothing; only removals that need no answer may be faster.
        if (operation.operation().startsWith("removeAll")) {
            assertThat(cache.containsKey("key")).isFalse();
        } else if (!operation.creates()) {
            assertThat(items.get(id)).isEqualTo(before);
        } else {
            assertThat(items.get(id)).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void loadAll_expiredItemAndNoReplacing_loadsIt(Layout layout) throws Exception {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(
                name, configuration().readThrough(() -> loader("loaded")).listener(events.synchronous()));
        putExpired(layout);

        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(Set.of("key"), false, done);
        done.get();

        assertThat(cache.get("key")).isEqualTo("loaded");
        assertThat(events.heard()).containsExactly("EXPIRED key: old", "CREATED key: loaded");
    }

    @ParameterizedTest
    @EnumSource
    void get_expiredItemAndReadThrough_loadsIt(Layout layout) {
        Cache<String, String> cache =
                node.cache(name, configuration().statisticsEnabled(true).readThrough(() -> loader("loaded")));
        putExpired(layout);

        assertThat(cache.get("key")).isEqualTo("loaded");

        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(0, 1, 0, 0));
        assertThat(items.get(id)).containsEntry("value", RawItems.encoded("loaded"));
    }

    private static CacheLoader<String, String> loader(String value) {
        return new CacheLoader<>() {
            @Override
            public String load(String key) {
                return value;
            }

            @Override
            public Map<String, String> loadAll(Iterable<? extends String> keys) {
                Map<String, String> loaded = new HashMap<>();
                keys.forEach(key -> loaded.put(key, value));
                return loaded;
            }
        };
    }

    static Stream<Arguments> creationsOnLayouts() {
        return operationsOnLayouts().filter(arguments -> ((Absence) arguments.get()[0]).creates());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("creationsOnLayouts")
    void anyCreation_expiredItemUnderCreatedPolicy_revivesWithNewDeadline(Absence operation, Layout layout) {
        Cache<String, String> cache = node.cache(
                name,
                configuration().expiryPolicy(CreatedExpiryPolicy.factoryOf(javax.cache.expiry.Duration.ONE_MINUTE)));
        putExpired(layout);

        operation.on(cache);

        long deadline = node.clock().millis() + 60_000;
        assertThat(items.get(id))
                .containsEntry("value", RawItems.encoded("new"))
                .containsEntry("expiresAt", RawItems.number(deadline))
                .containsEntry("expires", RawItems.number((deadline + 999) / 1000));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("creationsOnLayouts")
    void anyCreation_expiredItemUnderEternalPolicy_revivesWithoutDeadline(Absence operation, Layout layout) {
        Cache<String, String> cache = node.cache(name, configuration());
        putExpired(layout);

        operation.on(cache);

        assertThat(items.get(id))
                .containsEntry("value", RawItems.encoded("new"))
                .doesNotContainKeys("expires", "expiresAt");
    }

    @Test
    void anyRead_oneMillisecondBeforeDeadline_isAliveAndThenNot() {
        Cache<String, String> cache = node.cache(name, configuration());
        long deadline = node.clock().millis() + 1;
        items.put(id, Layout.OWN.item("old", (deadline + 999) / 1000, deadline));

        assertAlive(cache);
        node.clock().advance(Duration.ofMillis(1));
        assertAbsent(cache);
    }

    @Test
    void anyRead_onlyExpiresAndOneMillisecondBeforeIt_isAliveAndThenNot() {
        Cache<String, String> cache = node.cache(name, configuration());
        long seconds = node.clock().millis() / 1000 + 1;
        items.put(id, Layout.ONLY_EXPIRES.item("old", seconds, 0));
        node.clock().advance(Duration.ofMillis(seconds * 1000 - 1 - node.clock().millis()));

        assertAlive(cache);
        node.clock().advance(Duration.ofMillis(1));
        assertAbsent(cache);
    }

    @Test
    void anyRead_expiresAtInFutureAndExpiresInPast_isAlive() {
        Cache<String, String> cache = node.cache(name, configuration());
        long now = node.clock().millis();
        items.put(id, Layout.OWN.item("old", now / 1000 - 1, now + 1));

        assertAlive(cache);
    }

    @Test
    void anyRead_expiresAtInPastAndExpiresInFuture_isAbsent() {
        Cache<String, String> cache = node.cache(name, configuration());
        long now = node.clock().millis();
        items.put(id, Layout.OWN.item("old", now / 1000 + 1, now));

        assertAbsent(cache);
    }

    /** By what is decided here, and by conditions that the server decides. */
    private void assertAlive(Cache<String, String> cache) {
        assertThat(cache.get("key")).isEqualTo("old");
        assertThat(cache.getAll(Set.of("key"))).containsEntry("key", "old");
        assertThat(cache.containsKey("key")).isTrue();
        assertThat(keys(cache)).containsExactly("key");
        assertThat(cache.<Boolean>invoke("key", ExpiredItemIT::exists)).isTrue();
        assertThat(cache.putIfAbsent("key", "new")).isFalse();
        assertThat(cache.replace("key", "old", "old")).isTrue();
    }

    private void assertAbsent(Cache<String, String> cache) {
        assertThat(cache.get("key")).isNull();
        assertThat(cache.getAll(Set.of("key"))).isEmpty();
        assertThat(cache.containsKey("key")).isFalse();
        assertThat(keys(cache)).isEmpty();
        assertThat(cache.<Boolean>invoke("key", ExpiredItemIT::exists)).isFalse();
        assertThat(cache.replace("key", "old", "new")).isFalse();
        assertThat(cache.remove("key", "old")).isFalse();
        assertThat(cache.remove("key")).isFalse();
        assertThat(cache.putIfAbsent("key", "new")).isTrue();
    }

    @Test
    void expiry_manyExpiredItemsReadByTwoNodes_eachIsHeardOfOnce() {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        Cache<String, String> twin = other.cache(name, configuration().listener(events.synchronous()));
        List<String> expected = new ArrayList<>();
        long now = node.clock().millis();
        for (int i = 0; i < 30; i++) {
            items.put(name + ":" + i, Layout.OWN.item("v" + i, now / 1000, now));
            expected.add("EXPIRED " + i + ": v" + i);
        }

        Thread reader = new Thread(() -> keys(twin));
        reader.start();
        keys(cache);
        join(reader);

        assertThat(events.heard()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(events.count(EventType.EXPIRED)).isEqualTo(30);
        assertThat(items.all(name + ":")).isEmpty();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
