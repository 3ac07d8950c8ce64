package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.CreatedExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** The options that say what is done with a table: who creates it, with which capacity, key and TTL. */
@ExtendWith(DynamoDbLocal.class)
final class TableOptionsIT {
    private final String table = Node.freshTable();

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /** Has a node make the table as it is by default. */
    private void createTable() {
        try (Node node = Node.start()) {
            node.cache("first", configuration());
        }
    }

    private TableDescription describe(DynamoDbClient client) {
        return client.describeTable(request -> request.tableName(table)).table();
    }

    private TimeToLiveStatus timeToLive(DynamoDbClient client) {
        return client.describeTimeToLive(request -> request.tableName(table))
                .timeToLiveDescription()
                .timeToLiveStatus();
    }

    @Test
    void createCache_missingTableThatIsNotToBeCreated_namesTableAndOptions(DynamoDbClient client) {
        try (Node node = Node.start()) {
            assertThatThrownBy(() -> node.cache("users", configuration().set(Option.CREATE_TABLE, false)))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("Table '" + table + "' does not exist")
                    .hasMessageContaining("options 'table', 'region', 'endpoint'")
                    .hasMessageContaining("createTable=true");

            assertThat(node.requests().operations()).containsExactly("DescribeTable");
            assertThat(node.manager().getCacheNames()).isEmpty();
        }
        assertThatThrownBy(() -> describe(client)).isInstanceOf(ResourceNotFoundException.class);
    }

    @Test
    void createCache_tableThatIsThereAndNotToBeCreated_usesIt() {
        createTable();
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", configuration().set(Option.CREATE_TABLE, false));
            cache.put("ann", "Ann");

            assertThat(cache.get("ann")).isEqualTo("Ann");
            assertThat(node.requests().operations())
                    .containsExactly("DescribeTable", "DescribeTimeToLive", "UpdateItem", "GetItem");
        }
    }

    @Test
    void createCache_missingTableAndTimeToLiveLeftAlone_createsItWithoutTimeToLive(DynamoDbClient client) {
        try (Node node = Node.start()) {
            node.cache("users", configuration().set(Option.TIME_TO_LIVE, false));

            assertThat(node.requests().operations()).containsOnly("DescribeTable", "CreateTable");
        }
        assertThat(timeToLive(client)).isEqualTo(TimeToLiveStatus.DISABLED);
    }

    @Test
    void createCache_tableThatIsThereAndTimeToLiveLeftAlone_isOneRequest() {
        createTable();
        try (Node node = Node.start()) {
            node.cache("users", configuration().set(Option.TIME_TO_LIVE, false).set(Option.CREATE_TABLE, false));

            assertThat(node.requests().operations()).containsExactly("DescribeTable");
        }
    }

    @Test
    void createCache_initializedTable_sendsNothing() {
        createTable();
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", configuration().set(Option.INITIALIZED, true));
            assertThat(node.requests().operations()).isEmpty();

            cache.put("ann", "Ann");
            assertThat(cache.get("ann")).isEqualTo("Ann");
        }
    }

    @Test
    void get_missingTableThatWasCalledInitialized_namesTableAndOptions() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", configuration().set(Option.INITIALIZED, true));

            assertThatThrownBy(() -> cache.get("ann"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("Cache 'users'")
                    .hasMessageContaining("GetItem on table '" + table + "'")
                    .hasMessageContaining("does not exist")
                    .hasMessageContaining("'table', 'region', 'endpoint'");
            assertThat(node.requests().operations()).containsExactly("GetItem");
        }
    }

    @ParameterizedTest(name = "read {0}, write {1}, payPerRequest {2}: {3}, {4}")
    @CsvSource({
        " ,  ,      ,  ,  ",
        " ,  , true ,  ,  ",
        " ,  , false, 5, 5",
        "7,  ,      , 7, 5",
        "7,  , true ,  ,  ",
        "7,  , false, 7, 5",
        " , 8,      , 5, 8",
        " , 8, true ,  ,  ",
        " , 8, false, 5, 8",
        "7, 8,      , 7, 8",
        "7, 8, true ,  ,  ",
        "7, 8, false, 7, 8"
    })
    void createCache_capacityOptions_areWhatTheTableIsCreatedWith(
            @Nullable Long read,
            @Nullable Long write,
            @Nullable Boolean payPerRequest,
            @Nullable Long provisionedReads,
            @Nullable Long provisionedWrites,
            DynamoDbClient client) {
        DynamoDbConfiguration.Builder<String, String> configuration = configuration();
        if (read != null) {
            configuration.set(Option.READ_CAPACITY_UNITS, read);
        }
        if (write != null) {
            configuration.set(Option.WRITE_CAPACITY_UNITS, write);
        }
        if (payPerRequest != null) {
            configuration.set(Option.PAY_PER_REQUEST, payPerRequest);
        }

        try (Node node = Node.start()) {
            node.cache("users", configuration);
        }

        TableDescription created = describe(client);
        if (provisionedReads == null) {
            assertThat(created.billingModeSummary().billingMode()).isEqualTo(BillingMode.PAY_PER_REQUEST);
        } else {
            assertThat(created.billingModeSummary()).isNull();
            assertThat(created.provisionedThroughput().readCapacityUnits()).isEqualTo(provisionedReads);
            assertThat(created.provisionedThroughput().writeCapacityUnits()).isEqualTo(provisionedWrites);
        }
    }

    /** The last two are names that an expression takes only as a placeholder. */
    @ParameterizedTest
    @ValueSource(strings = {"pk", "name", "user-id"})
    void allOperations_hashKey_isTheKeyOfEveryItem(String hashKey, DynamoDbClient client) {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", configuration().set(Option.HASH_KEY, hashKey));
            assertThat(describe(client).keySchema())
                    .singleElement()
                    .satisfies(key -> assertThat(key.attributeName()).isEqualTo(hashKey));
            Cache<String, String> neighbour =
                    node.cache("neighbour", configuration().set(Option.HASH_KEY, hashKey));
            neighbour.put("ann", "theirs");

            assertSingleOperations(cache);
            assertThat(keys(client, hashKey)).containsExactlyInAnyOrder("users:ann", "neighbour:ann");
            assertBulkOperations(cache);
            assertThat(keys(client, hashKey)).containsExactly("neighbour:ann");
        }
    }

    private Set<String> keys(DynamoDbClient client, String hashKey) {
        Set<String> keys = new HashSet<>();
        client.scan(request -> request.tableName(table).consistentRead(true))
                .items()
                .forEach(item -> keys.add(
                        item.getOrDefault(hashKey, AttributeValue.fromS("none")).s()));
        return keys;
    }

    private static void assertSingleOperations(Cache<String, String> cache) {
        assertThat(cache.replace("ann", "0")).isFalse();
        assertThat(cache.getAndPut("ann", "1")).isNull();
        assertThat(cache.putIfAbsent("ann", "2")).isFalse();
        assertThat(cache.replace("ann", "1", "2")).isTrue();
        assertThat(cache.replace("ann", "1", "3")).isFalse();
        assertThat(cache.getAndReplace("ann", "3")).isEqualTo("2");
        assertThat(cache.remove("ann", "2")).isFalse();
        assertThat(cache.remove("ann", "3")).isTrue();
        assertThat(cache.remove("ann")).isFalse();
        assertThat(cache.putIfAbsent("ann", "4")).isTrue();
        cache.invoke("ann", (entry, arguments) -> {
            entry.setValue(entry.getValue() + "!");
            return null;
        });
        assertThat(cache.containsKey("ann")).isTrue();
        assertThat(cache.get("ann")).isEqualTo("4!");
    }

    private static void assertBulkOperations(Cache<String, String> cache) {
        Map<String, String> expected = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            expected.put("k" + i, "v" + i);
        }
        expected.put("ann", "v");
        expected.put("long".repeat(1_000), "digested");
        cache.putAll(expected);
        assertThat(cache.getAll(expected.keySet())).isEqualTo(expected);
        Map<String, String> seen = new HashMap<>();
        cache.forEach(entry -> seen.put(entry.getKey(), entry.getValue()));
        assertThat(seen).isEqualTo(expected);
        assertThat(cache.getAndRemove("long".repeat(1_000))).isEqualTo("digested");
        cache.removeAll(Set.of("k0", "k1"));
        assertThat(cache).hasSize(29);
        cache.clear();
        assertThat(cache).isEmpty();
    }

    @Test
    void putIfAbsent_hashKeyAndExpiredItem_writesOverIt() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache(
                    "users",
                    configuration()
                            .set(Option.HASH_KEY, "pk")
                            .expiryPolicy(CreatedExpiryPolicy.factoryOf(
                                    new javax.cache.expiry.Duration(TimeUnit.MINUTES, 10))));
            cache.put("ann", "old");
            node.clock().advance(Duration.ofMinutes(11));

            assertThat(cache.replace("ann", "new")).isFalse();
            assertThat(cache.putIfAbsent("ann", "new")).isTrue();
            assertThat(cache.get("ann")).isEqualTo("new");
        }
    }

    @Test
    void createCache_tableThatAnotherCacheCalledInitialized_isLookedAt() {
        createTable();
        try (Node node = Node.start()) {
            node.cache("users", configuration().set(Option.INITIALIZED, true));
            assertThat(node.requests().operations()).isEmpty();

            node.cache("orders", configuration());

            assertThat(node.requests().operations()).containsExactly("DescribeTable", "DescribeTimeToLive");
        }
    }

    @Test
    void createCache_tableThatAnotherCacheUsesByAnotherHashKey_isRefused() {
        try (Node node = Node.start()) {
            node.cache("users", configuration());

            assertThatThrownBy(() -> node.cache("orders", configuration().set(Option.HASH_KEY, "pk")))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("has the hash key 'id', not 'pk'");
            assertThat(node.manager().getCacheNames()).containsExactly("users");
        }
    }
}
