package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A lifetime for each entry: a value's own text says how many milliseconds it lives. */
@ExtendWith(DynamoDbLocal.class)
class EntryExpiryIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static Node node;
    private static Node other;
    private static RawItems items;

    private final String name = "entry-expiry-" + NAMES.incrementAndGet();

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

    private static @Nullable Duration lifetime(String value) {
        return switch (value) {
            case "eternal" -> Duration.ETERNAL;
            case "zero" -> Duration.ZERO;
            case "null" -> null;
            case "throws" -> throw new Quiet();
            default -> new Duration(TimeUnit.MILLISECONDS, Long.parseLong(value));
        };
    }

    private DynamoDbConfiguration.Builder<String, String> configuration(EntryExpiryPolicy<String, String> policy) {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(TABLE)
                .expiryPolicy(() -> policy);
    }

    private Cache<String, String> cache() {
        return node.cache(name, configuration((key, value) -> lifetime(value)));
    }

    private record Write(String operation, Consumer<Cache<String, String>> run, String value) {
        @Override
        public String toString() {
            return operation + " " + value;
        }
    }

    private static Stream<Write> writes(String value) {
        return Stream.of(
                new Write("put", cache -> cache.put("key", value), value),
                new Write("getAndPut", cache -> cache.getAndPut("key", value), value),
                new Write("putAll", cache -> cache.putAll(Map.of("key", value)), value),
                new Write(
                        "invoke",
                        cache -> cache.invoke("key", (entry, none) -> {
                            entry.setValue(value);
                            return null;
                        }),
                        value));
    }

    private static Stream<Write> replacements(String value) {
        return Stream.of(
                new Write("replace", cache -> cache.replace("key", value), value),
                new Write("replace if equal", cache -> cache.replace("key", "3600000", value), value),
                new Write("getAndReplace", cache -> cache.getAndReplace("key", value), value));
    }

    static List<Arguments> creations() {
        return Stream.of("eternal", "zero", "90001", "1")
                .flatMap(value -> Stream.concat(
                        writes(value),
                        Stream.of(new Write("putIfAbsent", cache -> cache.putIfAbsent("key", value), value))))
                .map(Arguments::of)
                .toList();
    }

    static List<Arguments> updates() {
        return Stream.of("eternal", "zero", "90001", "1")
                .flatMap(value -> Stream.concat(writes(value), replacements(value)))
                .map(Arguments::of)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("creations")
    void anyCreation_lifetimeOfItsValue_itemHasIt(Write write) {
        Cache<String, String> cache = cache();

        write.run().accept(cache);

        assertLives(cache, write.value());
    }

    @ParameterizedTest
    @MethodSource("updates")
    void anyUpdate_lifetimeOfItsValue_itemHasIt(Write write) {
        Cache<String, String> cache = cache();
        cache.put("key", "3600000");
        node.clock().advance(java.time.Duration.ofSeconds(1));

        write.run().accept(cache);

        assertLives(cache, write.value());
    }

    private void assertLives(Cache<String, String> cache, String value) {
        Map<String, AttributeValue> item = items.get(name + ":key");
        switch (value) {
            case "zero" -> assertThat(item).isEmpty();
            case "eternal" ->
                assertThat(item)
                        .containsEntry("value", RawItems.encoded(value))
                        .doesNotContainKeys("expires", "expiresAt");
            default -> {
                long deadline = node.clock().millis() + Long.parseLong(value);
                assertThat(item)
                        .containsEntry("value", RawItems.encoded(value))
                        .containsEntry("expiresAt", RawItems.number(deadline))
                        .containsEntry("expires", RawItems.number((deadline + 999) / 1000));
                node.clock().advance(java.time.Duration.ofMillis(Long.parseLong(value) - 1));
                assertThat(cache.get("key")).isEqualTo(value);
                node.clock().advance(java.time.Duration.ofMillis(1));
                assertThat(cache.get("key")).isNull();
            }
        }
    }

    @Test
    void putAll_differentLifetimes_eachEntryHasItsOwn() {
        Cache<String, String> cache = cache();
        Map<String, String> entries = new HashMap<>();
        for (int i = 1; i <= 60; i++) {
            entries.put("k" + i, Integer.toString(i * 1000));
        }
        entries.put("stays", "eternal");
        entries.put("never was", "zero");

        cache.putAll(entries);
        node.clock().advance(java.time.Duration.ofSeconds(30));

        Set<String> alive = cache.getAll(entries.keySet()).keySet();
        assertThat(alive).hasSize(31).contains("stays", "k31", "k60").doesNotContain("k30", "never was");
    }

    @Test
    void get_noLifetimeAfterAccess_leavesItemAsItIs() {
        Cache<String, String> cache = cache();
        cache.put("key", "90001");
        Map<String, AttributeValue> before = items.get(name + ":key");
        node.clock().advance(java.time.Duration.ofSeconds(1));

        assertThat(cache.get("key")).isEqualTo("90001");

        assertThat(items.get(name + ":key")).isEqualTo(before);
    }

    @Test
    void getAll_lifetimesAfterAccess_dependOnKeyAndValue() {
        Cache<String, String> cache = node.cache(name, configuration(new SlidingPolicy()));
        cache.putAll(Map.of("slides", "10000", "fixed", "20000", "once", "30000", "for ever", "40000"));
        Map<String, AttributeValue> fixed = items.get(name + ":fixed");
        AttributeValue etag = items.get(name + ":slides").get("etag");
        long start = node.clock().millis();
        node.clock().advance(java.time.Duration.ofMillis(9_999));

        assertThat(cache.getAll(Set.of("slides", "fixed", "once", "for ever"))).hasSize(4);

        assertThat(items.get(name + ":slides"))
                .containsEntry("expiresAt", RawItems.number(start + 9_999 + 10_000))
                .containsEntry("etag", etag);
        assertThat(items.get(name + ":fixed")).isEqualTo(fixed);
        assertThat(items.contains(name + ":once")).isFalse();
        assertThat(items.get(name + ":for ever"))
                .containsEntry("value", RawItems.encoded("40000"))
                .doesNotContainKeys("expires", "expiresAt");
    }

    private static final class SlidingPolicy implements EntryExpiryPolicy<String, String> {
        @Override
        public @Nullable Duration getExpiry(String key, String value) {
            return lifetime(value);
        }

        @Override
        public @Nullable Duration getExpiryAfterAccess(String key, String value) {
            return switch (key) {
                case "slides" -> lifetime(value);
                case "once" -> Duration.ZERO;
                case "for ever" -> Duration.ETERNAL;
                default -> null;
            };
        }
    }

    @Test
    void get_entryRemovedWhileLifetimeAfterAccessIsAsked_staysGone() {
        Cache<String, String> elsewhere = other.cache(name, configuration((key, value) -> lifetime(value)));
        Cache<String, String> cache = node.cache(name, configuration(new EntryExpiryPolicy<String, String>() {
            @Override
            public @Nullable Duration getExpiry(String key, String value) {
                return lifetime(value);
            }

            @Override
            public Duration getExpiryAfterAccess(String key, String value) {
                elsewhere.remove(key);
                return Duration.ONE_DAY;
            }
        }));
        cache.put("key", "90001");

        assertThat(cache.get("key")).isEqualTo("90001");

        assertThat(items.contains(name + ":key")).isFalse();
    }

    static Stream<Arguments> refusals() {
        return Stream.concat(
                        Stream.concat(writes("throws"), replacements("throws")),
                        Stream.of(new Write("putIfAbsent", cache -> cache.putIfAbsent("absent", "throws"), "throws")))
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void anyWrite_policyThatThrows_isRefusedAndItemStaysAsItIs(Write write) {
        Cache<String, String> cache = cache();
        cache.put("key", "3600000");
        Map<String, AttributeValue> before = items.get(name + ":key");

        assertThatThrownBy(() -> write.run().accept(cache))
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(items.get(name + ":key")).isEqualTo(before);
        assertThat(items.all(name + ":")).hasSize(1);
    }

    @Test
    void put_noLifetime_createdEntryIsEternalAndUpdatedOneKeepsDeadline() {
        Cache<String, String> cache = cache();
        cache.put("updated", "90001");
        AttributeValue deadline = items.get(name + ":updated").get("expiresAt");

        cache.put("created", "null");
        cache.put("updated", "null");
        cache.putAll(Map.of("created too", "null", "updated", "null"));

        assertThat(items.get(name + ":created")).doesNotContainKeys("expires", "expiresAt");
        assertThat(items.get(name + ":created too")).doesNotContainKeys("expires", "expiresAt");
        assertThat(items.get(name + ":updated"))
                .containsEntry("value", RawItems.encoded("null"))
                .containsEntry("expiresAt", deadline);
    }
}
