package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.codec.Codec;
import dev.tidepool.connect.ConnectItem;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Puts under policies by which an entry that is updated keeps its deadline: what they write, in how many requests, over
 * whatever may be there.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class KeptDeadlineIT {
    private static final Duration LIFE = Duration.ofMinutes(10);
    private static final javax.cache.expiry.Duration TEN_MINUTES =
            new javax.cache.expiry.Duration(TimeUnit.MINUTES, 10);

    private final String table = Node.freshTable();
    private final Node node = Node.start();
    private final RawItems items = new RawItems(node.client(), table);

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

    private static final List<Policy> POLICIES = List.of(
            new Policy("created", CreatedExpiryPolicy.factoryOf(TEN_MINUTES)),
            new Policy("accessed", AccessedExpiryPolicy.factoryOf(TEN_MINUTES)));

    private record Put(String name, BiConsumer<Cache<String, String>, String> run) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> puts() {
        return Stream.of(
                        new Put("put", (cache, value) -> cache.put("k", value)),
                        new Put("getAndPut", (cache, value) -> cache.getAndPut("k", value)),
                        new Put("putAll", (cache, value) -> cache.putAll(Map.of("k", value))))
                .flatMap(put -> POLICIES.stream().map(policy -> Arguments.of(put, policy)));
    }

    private Cache<String, String> cache(Policy policy) {
        Cache<String, String> cache = node.cache(
                "c",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(table)
                        .expiryPolicy(policy.factory()));
        node.requests().clear();
        return cache;
    }

    private Map<String, AttributeValue> deadline(long millis) {
        return Map.of(
                "expiresAt", RawItems.number(millis),
                "expires", RawItems.number(Math.floorDiv(millis + 999, 1_000)));
    }

    private long now() {
        return node.clock().millis();
    }

    private void stored(String value, Map<String, AttributeValue> deadline) {
        Map<String, AttributeValue> item = new HashMap<>(deadline);
        item.put("value", RawItems.encoded(value));
        item.put("etag", RawItems.number(7));
        items.put("c:k", item);
    }

    private void assertStored(String value, Map<String, AttributeValue> deadline) {
        Map<String, AttributeValue> item = new HashMap<>(items.get("c:k"));
        assertThat(item.remove("id")).isEqualTo(AttributeValue.fromS("c:k"));
        assertThat(item.remove("value")).isEqualTo(RawItems.encoded(value));
        assertThat(item.remove("etag")).isNotNull().isNotEqualTo(RawItems.number(7));
        assertThat(item).isEqualTo(deadline);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void anyPut_nothingThere_isOneRequestAndGivesTheDeadlineOfCreation(Put put, Policy policy) {
        Cache<String, String> cache = cache(policy);

        put.run().accept(cache, "new");

        assertThat(node.requests().operations()).containsExactly("UpdateItem");
        assertStored("new", deadline(now() + LIFE.toMillis()));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void anyPut_livingEntry_isOneRequestAndKeepsTheDeadline(Put put, Policy policy) {
        Cache<String, String> cache = cache(policy);
        Map<String, AttributeValue> deadline = deadline(now() + 5_000);
        stored("old", deadline);
        node.requests().clear();

        put.run().accept(cache, "new");

        assertThat(node.requests().operations()).containsExactly("UpdateItem");
        assertStored("new", deadline);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void anyPut_expiredEntry_isTwoRequestsAndGivesTheDeadlineOfCreation(Put put, Policy policy) {
        Cache<String, String> cache = cache(policy);
        stored("old", deadline(now()));
        node.requests().clear();

        put.run().accept(cache, "new");

        assertThat(node.requests().operations()).containsExactly("UpdateItem", "PutItem");
        assertStored("new", deadline(now() + LIFE.toMillis()));
    }

    /** Another cache, or another program, has given it none, and it has none to lose. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void anyPut_entryWithoutDeadline_isTwoRequestsAndGivesNone(Put put, Policy policy) {
        Cache<String, String> cache = cache(policy);
        stored("old", Map.of());
        node.requests().clear();

        put.run().accept(cache, "new");

        assertThat(node.requests().operations()).containsExactly("UpdateItem", "UpdateItem");
        assertStored("new", Map.of());
    }

    /** An item of which half a deadline is known must not get the other half of another one. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void anyPut_entryWithTheTtlAttributeAlone_keepsIt(Put put, Policy policy) {
        Cache<String, String> cache = cache(policy);
        Map<String, AttributeValue> expires = Map.of("expires", RawItems.number(now() / 1_000 + 5));
        stored("old", expires);

        put.run().accept(cache, "new");

        assertStored("new", expires);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void anyPut_entryWithTheExactDeadlineAlone_keepsIt(Put put, Policy policy) {
        Cache<String, String> cache = cache(policy);
        Map<String, AttributeValue> exact = Map.of("expiresAt", RawItems.number(now() + 5_000));
        stored("old", exact);

        put.run().accept(cache, "new");

        assertStored("new", exact);
    }

    @Test
    void getAndPut_entryInEachState_returnsWhatWasThere() {
        Cache<String, String> cache = cache(POLICIES.get(0));

        assertThat(cache.getAndPut("k", "1")).isNull();
        assertThat(cache.getAndPut("k", "2")).isEqualTo("1");
        node.clock().advance(LIFE);
        assertThat(cache.getAndPut("k", "3")).isNull();
        stored("4", Map.of());
        assertThat(cache.getAndPut("k", "5")).isEqualTo("4");
    }

    @Test
    void put_newValueLacksParts_removesTheirAttributes() {
        Cache<String, Map<String, Object>> cache = node.cache(
                "c", SpecialKeysIT.configuration(table).expiryPolicy(CreatedExpiryPolicy.factoryOf(TEN_MINUTES)));
        cache.put("k", Map.of("userId", "ann", "level", 5L));
        node.requests().clear();

        cache.put("k", Map.of("userId", "bea"));

        assertThat(node.requests().operations()).containsExactly("UpdateItem");
        assertThat(items.get("c:k"))
                .containsEntry("userId", AttributeValue.fromS("bea"))
                .doesNotContainKey("level");
    }

    /** A long key stands in an attribute of its own. */
    @Test
    void put_keyThatIsDigested_createsTheWholeItem() {
        Cache<String, String> cache = cache(POLICIES.get(0));
        String key = "k".repeat(3_000);

        cache.put(key, "new");

        assertThat(node.requests().operations()).containsExactly("UpdateItem");
        assertThat(cache.get(key)).isEqualTo("new");
        assertThat(cache.iterator().next().getKey()).isEqualTo(key);
    }

    /** The items of connect-dynamodb have their deadline in the value; a put brings its own. */
    @Test
    void put_connectFormat_isOneRequestOverNothingAndOverALivingSession() {
        Cache<String, ConnectItem> cache = node.cache(
                "s",
                DynamoDbConfiguration.builder(String.class, ConnectItem.class)
                        .table(table)
                        .set(Option.FORMAT, "connect")
                        .codec(new Sessions())
                        .expiryPolicy(CreatedExpiryPolicy.factoryOf(TEN_MINUTES)));
        String soon = Long.toString(now() / 1_000 + 60);
        String later = Long.toString(now() / 1_000 + 120);
        node.requests().clear();

        cache.put("k", new ConnectItem("{}", soon, "from", null));
        assertThat(node.requests().operations()).containsExactly("UpdateItem");
        cache.put("k", new ConnectItem("{\"a\":1}", later, null, null));

        assertThat(node.requests().operations()).containsExactly("UpdateItem", "UpdateItem");
        assertThat(items.all("s:"))
                .containsExactly(Map.of(
                        "id", AttributeValue.fromS("s:k"),
                        "type", AttributeValue.fromS("connect-session"),
                        "sess", AttributeValue.fromS("{\"a\":1}"),
                        "expires", AttributeValue.fromN(later)));
    }

    /** As the codec of sessions, by whose id it is known. */
    private static final class Sessions implements Codec {
        @Override
        public int id() {
            return 3;
        }

        @Override
        public String name() {
            return "sessions";
        }

        @Override
        public byte[] encode(Object value) {
            return ((ConnectItem) value).encode();
        }

        @Override
        public Object decode(byte[] payload) {
            return ConnectItem.decode(payload);
        }
    }

    @Test
    void putAll_newEntries_sendsAsManyAtOnceAsOtherBulkOperations() {
        int atOnce = 16;
        AtomicReference<Crowding> transport = new AtomicReference<>();
        try (Node crowded = Node.over(server -> {
            Crowding crowding = new Crowding(server);
            transport.set(crowding);
            return crowding;
        })) {
            Cache<String, String> cache = crowded.cache(
                    "c",
                    DynamoDbConfiguration.builder(String.class, String.class)
                            .table(table)
                            .expiryPolicy(CreatedExpiryPolicy.factoryOf(TEN_MINUTES)));
            Map<String, String> many = new HashMap<>();
            for (int i = 0; i < 2 * atOnce; i++) {
                many.put("k" + i, "v");
            }
            crowded.requests().clear();
            Crowding crowding = requireNonNull(transport.get());
            crowding.awaitCrowd(atOnce);

            cache.putAll(many);

            assertThat(crowding.most()).isEqualTo(atOnce);
            assertThat(crowded.requests().operations()).hasSize(2 * atOnce).containsOnly("UpdateItem");
        }
    }
}
