package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Accesses that are not written, as one shortly before was: what they cost and how long an entry lives by them. */
@ExtendWith(DynamoDbLocal.class)
final class TouchIntervalIT {
    private static final Duration INTERVAL = Duration.ofSeconds(60);
    private static final Duration LIFE = Duration.ofMinutes(10);
    private static final Duration MOMENT = Duration.ofMillis(1);
    private static final javax.cache.expiry.Duration TEN_MINUTES =
            new javax.cache.expiry.Duration(TimeUnit.MINUTES, 10);

    private final String table = Node.freshTable();
    private final Node node = Node.start();

    @AfterEach
    void close() {
        node.close();
    }

    private record Policy(String name, Factory<ExpiryPolicy> factory) {
        @Override
        public String toString() {
            return name;
        }
    }

    private record PerEntry() implements EntryExpiryPolicy<String, String> {
        @Override
        public javax.cache.expiry.Duration getExpiry(String key, String value) {
            return TEN_MINUTES;
        }

        @Override
        public javax.cache.expiry.Duration getExpiryAfterAccess(String key, String value) {
            return TEN_MINUTES;
        }
    }

    static Stream<Policy> policies() {
        return Stream.of(
                new Policy("accessed", AccessedExpiryPolicy.factoryOf(TEN_MINUTES)),
                new Policy("touched", TouchedExpiryPolicy.factoryOf(TEN_MINUTES)),
                new Policy("per entry", PerEntry::new),
                new Policy("of the application", () -> new TablePolicy(TEN_MINUTES, TEN_MINUTES, TEN_MINUTES)));
    }

    private record Read(String method, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    static Stream<Arguments> readsUnderPolicies() {
        return Stream.of(
                        new Read("get", cache -> cache.get("key")),
                        new Read("getAll", cache -> cache.getAll(Set.of("key"))),
                        new Read("iterator", cache -> cache.iterator().next()),
                        new Read("invoke", cache -> cache.invoke("key", (entry, none) -> entry.getValue())),
                        new Read("replace if equal, mismatch", cache -> cache.replace("key", "other", "new")))
                .flatMap(read -> policies().map(policy -> Arguments.of(read, policy)));
    }

    private Cache<String, String> cache(Factory<ExpiryPolicy> policy) {
        return node.cache(
                "c",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(table)
                        .set(Option.TOUCH_INTERVAL, INTERVAL)
                        .expiryPolicy(policy));
    }

    private Map<String, AttributeValue> item() {
        return new RawItems(node.client(), table).get("c:key");
    }

    private Duration lifeInTable() {
        return Duration.ofMillis(
                Long.parseLong(requireNonNull(item().get("expiresAt")).n())
                        - node.clock().millis());
    }

    /** An entry whose access has just been written. */
    private Cache<String, String> justRead(Factory<ExpiryPolicy> policy) {
        Cache<String, String> cache = cache(policy);
        cache.put("key", "value");
        node.clock().advance(MOMENT);
        assertThat(cache.get("key")).isEqualTo("value");
        assertThat(lifeInTable()).isEqualTo(LIFE.plus(INTERVAL));
        node.requests().clear();
        return cache;
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("readsUnderPolicies")
    void anyRead_withinTheInterval_isOneRequestAndTwoAfterIt(Read read, Policy policy) {
        Cache<String, String> cache = justRead(policy.factory());
        Map<String, AttributeValue> before = item();
        node.requests().clear();
        for (int i = 0; i < 3; i++) {
            read.run().accept(cache);
            assertThat(node.requests().operations()).hasSize(1);
            node.requests().clear();
            node.clock().advance(Duration.ofSeconds(20));
        }
        read.run().accept(cache);
        assertThat(node.requests().operations()).hasSize(1);
        assertThat(item()).isEqualTo(before);
        node.clock().advance(MOMENT);
        node.requests().clear();

        read.run().accept(cache);

        assertThat(node.requests().operations()).hasSize(2).endsWith("UpdateItem");
        assertThat(lifeInTable()).isEqualTo(LIFE.plus(INTERVAL));
        assertThat(item()).containsEntry("etag", before.get("etag")).containsEntry("value", before.get("value"));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void get_lastOfTheInterval_keepsTheEntryForItsWholeLife(Policy policy) {
        Cache<String, String> cache = justRead(policy.factory());
        node.clock().advance(INTERVAL);
        assertThat(cache.get("key")).isEqualTo("value");
        assertThat(node.requests().operations()).containsExactly("GetItem");

        node.clock().advance(LIFE.minus(MOMENT));
        assertThat(cache.containsKey("key")).isTrue();

        node.clock().advance(MOMENT);
        assertThat(cache.containsKey("key")).isFalse();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void get_firstOfTheInterval_keepsTheEntryNoLongerThanTheIntervalMore(Policy policy) {
        Cache<String, String> cache = justRead(policy.factory());

        node.clock().advance(LIFE.plus(INTERVAL).minus(MOMENT));
        assertThat(cache.containsKey("key")).isTrue();

        node.clock().advance(MOMENT);
        assertThat(cache.containsKey("key")).isFalse();
    }

    @Test
    void get_noInterval_isWrittenEachTime() {
        Cache<String, String> cache = node.cache(
                "c",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(table)
                        .expiryPolicy(AccessedExpiryPolicy.factoryOf(TEN_MINUTES)));
        cache.put("key", "value");
        for (int i = 0; i < 3; i++) {
            node.clock().advance(MOMENT);
            node.requests().clear();

            cache.get("key");

            assertThat(node.requests().operations()).containsExactly("GetItem", "UpdateItem");
            assertThat(lifeInTable()).isEqualTo(LIFE);
        }
    }

    @Test
    void get_policyShortensTheLife_isHonoured() {
        Cache<String, String> cache =
                cache(() -> new TablePolicy(javax.cache.expiry.Duration.ONE_HOUR, null, TEN_MINUTES));
        cache.put("key", "value");
        node.requests().clear();

        cache.get("key");

        assertThat(node.requests().operations()).containsExactly("GetItem", "UpdateItem");
        assertThat(lifeInTable()).isEqualTo(LIFE.plus(INTERVAL));
    }

    @Test
    void get_policyEndsTheLife_removesTheEntry() {
        Cache<String, String> cache = cache(() -> new TablePolicy(TEN_MINUTES, null, javax.cache.expiry.Duration.ZERO));
        cache.put("key", "value");

        assertThat(cache.get("key")).isEqualTo("value");

        assertThat(cache.containsKey("key")).isFalse();
        assertThat(item()).isEmpty();
    }

    @Test
    void get_eternalOnAccess_losesItsDeadlineOnce() {
        Cache<String, String> cache =
                cache(() -> new TablePolicy(TEN_MINUTES, null, javax.cache.expiry.Duration.ETERNAL));
        cache.put("key", "value");
        node.requests().clear();

        cache.get("key");
        cache.get("key");

        assertThat(node.requests().operations()).containsExactly("GetItem", "UpdateItem", "GetItem");
        assertThat(item()).doesNotContainKeys("expires", "expiresAt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999s", "-1s", "soon"})
    void touchInterval_noSuchTime_isRefusedNamingOptionAndValue(String value) {
        assertThatThrownBy(() -> Option.TOUCH_INTERVAL.parse(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'touchInterval'")
                .hasMessageContaining("'" + value + "'");
    }
}
