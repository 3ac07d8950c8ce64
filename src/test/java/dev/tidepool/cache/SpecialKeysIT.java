package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** Parts of values as attributes of items, the indexes for them, and finding entries by them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SpecialKeysIT {
    private static final String KEYS = "userId:S:by-user,level:N:by-level,photo:B:by-photo,admin:BOOL";

    private final String table = Node.freshTable();
    private final Node node = Node.start();
    private final RawItems items = new RawItems(node.client(), table);

    @AfterEach
    void close() {
        node.close();
    }

    private DynamoDbConfiguration.Builder<String, Map<String, Object>> configuration() {
        return configuration(table);
    }

    /** Begins the configuration of a cache whose values have parts. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type arguments
    static DynamoDbConfiguration.Builder<String, Map<String, Object>> configuration(String table) {
        return DynamoDbConfiguration.builder(String.class, (Class<Map<String, Object>>) (Class) Map.class)
                .table(table)
                .codec(new PartsOfMap())
                .specialKeys(KEYS.split(","))
                .set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, true);
    }

    private Cache<String, Map<String, Object>> cache() {
        return node.cache("users", configuration());
    }

    private static Map<String, Object> value(Object... namesAndParts) {
        Map<String, Object> value = new HashMap<>();
        for (int i = 0; i < namesAndParts.length; i += 2) {
            value.put((String) namesAndParts[i], namesAndParts[i + 1]);
        }
        return value;
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static CacheItems<String> items(Cache<String, ?> cache) {
        return cache.unwrap(CacheItems.class);
    }

    private Map<String, AttributeValue> special(String id) {
        Map<String, AttributeValue> attributes = new HashMap<>(items.get(id));
        attributes.keySet().removeAll(List.of("id", "value", "etag", "expires", "expiresAt"));
        return attributes;
    }

    private AttributeValue attribute(String id, String name) {
        return requireNonNull(special(id).get(name), name);
    }

    @Test
    void put_valueWithAllParts_writesThemAsAttributes() {
        Cache<String, Map<String, Object>> cache = cache();
        node.requests().clear();

        cache.put("k", value("userId", "ann", "level", 5L, "photo", new byte[] {7}, "admin", false, "other", "x"));

        assertThat(special("users:k"))
                .isEqualTo(Map.of(
                        "userId", AttributeValue.fromS("ann"),
                        "level", AttributeValue.fromN("5"),
                        "photo", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {7})),
                        "admin", AttributeValue.fromBool(false)));
        assertThat(node.requests().operations().get(0)).isEqualTo("UpdateItem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1E125", "-1E-130", "99999999999999999999999999999999999999", "0", "1200"})
    void put_number_arrivesExactly(String number) {
        cache().put("k", value("level", new BigDecimal(number)));

        assertThat(new BigDecimal(attribute("users:k", "level").n())).isEqualByComparingTo(number);
    }

    @Test
    void put_missingParts_leavesAttributesOut() {
        cache().put("k", value("userId", "ann"));

        assertThat(special("users:k")).containsOnlyKeys("userId");
    }

    @Test
    void put_missingPartsThatAreNotSkipped_namesThemAndSendsNothing() {
        Cache<String, Map<String, Object>> cache =
                node.cache("users", configuration().set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, false));
        node.requests().clear();

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.put("k", value("userId", "ann", "admin", true)))
                .withMessageContaining("Cache 'users'")
                .withMessageContaining("(level, photo)")
                .withMessageContaining("set these session attributes")
                .withMessageContaining("skipThrowMissingSpecialKeys=true");
        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.putAll(Map.of("a", value(), "b", value())))
                .withMessageContaining("(userId, level, photo, admin)");

        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void put_valueThatIsToHaveNone_writesNoneWithoutError() {
        node.cache("users", configuration().set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, false))
                .put("k", value(PartsOfMap.NONE, true, "userId", "ann"));

        assertThat(special("users:k")).isEmpty();
    }

    @Test
    void put_partOfOtherType_namesItAndSendsNothing() {
        Cache<String, Map<String, Object>> cache = cache();
        node.requests().clear();

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.put("k", value("level", "secret")))
                .withMessageContaining("Cache 'users': Special key 'level' of type N needs a Number")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));

        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void put_partsThatMakeItemTooLarge_isRefusedBeforeAnyRequest() {
        Cache<String, Map<String, Object>> cache =
                node.cache("users", configuration().specialKeys("text"));
        node.requests().clear();

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.put("k", value("text", "a".repeat(409_600))))
                .withMessageContaining("DynamoDB takes items of at most 409600 bytes");

        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void put_updateThatKeepsDeadline_setsAndRemovesAttributes() {
        Cache<String, Map<String, Object>> cache = node.cache(
                "users", configuration().expiryPolicy(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 1))));
        cache.put("k", value("userId", "ann", "level", 5, "admin", true));
        node.requests().clear();

        cache.put("k", value("userId", "bob", "photo", new byte[] {1}));

        assertThat(node.requests().operations()).containsExactly("UpdateItem");
        assertThat(special("users:k")).containsOnlyKeys("userId", "photo");
        assertThat(attribute("users:k", "userId").s()).isEqualTo("bob");
        assertThat(cache.get("k")).containsOnlyKeys("userId", "photo");
    }

    @Test
    void get_thatMovesDeadline_keepsAttributes() {
        Cache<String, Map<String, Object>> cache = node.cache(
                "users", configuration().expiryPolicy(TouchedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 1))));
        cache.put("k", value("userId", "ann", "admin", true));
        Map<String, AttributeValue> before = special("users:k");
        node.clock().advance(java.time.Duration.ofMinutes(1));
        node.requests().clear();

        cache.get("k");

        assertThat(node.requests().operations()).containsExactly("GetItem", "UpdateItem");
        assertThat(special("users:k")).isEqualTo(before);
    }

    @Test
    void bulkAndConditionalWrites_anyValue_haveAttributes() {
        Cache<String, Map<String, Object>> cache = cache();

        cache.putAll(Map.of("a", value("userId", "ann"), "b", value("userId", "bob")));
        cache.putIfAbsent("c", value("userId", "cid"));
        cache.replace("a", value("userId", "ann"), value("userId", "amy"));
        cache.invoke("b", (entry, arguments) -> {
            entry.setValue(value("userId", "ben"));
            return null;
        });

        assertThat(attribute("users:a", "userId").s()).isEqualTo("amy");
        assertThat(attribute("users:b", "userId").s()).isEqualTo("ben");
        assertThat(attribute("users:c", "userId").s()).isEqualTo("cid");
    }

    @Test
    void createCache_missingTable_makesIndexes(DynamoDbClient client) {
        cache();

        TableDescription made =
                client.describeTable(request -> request.tableName(table)).table();

        assertThat(made.attributeDefinitions().stream()
                        .collect(Collectors.toMap(
                                AttributeDefinition::attributeName, AttributeDefinition::attributeTypeAsString)))
                .isEqualTo(Map.of("id", "S", "userId", "S", "level", "N", "photo", "B"));
        assertThat(made.globalSecondaryIndexes())
                .extracting(GlobalSecondaryIndexDescription::indexName)
                .containsExactlyInAnyOrder("by-user", "by-level", "by-photo");
        assertThat(made.globalSecondaryIndexes()).allSatisfy(index -> {
            assertThat(index.projection().projectionType()).isEqualTo(ProjectionType.KEYS_ONLY);
            assertThat(index.keySchema()).hasSize(1);
        });
    }

    @Test
    void createCache_provisionedTable_provisionsIndexesLikeIt(DynamoDbClient client) {
        node.cache("users", configuration().set(Option.READ_CAPACITY_UNITS, 7L).set(Option.WRITE_CAPACITY_UNITS, 8L));

        assertThat(client.describeTable(request -> request.tableName(table))
                        .table()
                        .globalSecondaryIndexes())
                .hasSize(3)
                .allSatisfy(index -> {
                    assertThat(index.provisionedThroughput().readCapacityUnits())
                            .isEqualTo(7);
                    assertThat(index.provisionedThroughput().writeCapacityUnits())
                            .isEqualTo(8);
                });
    }

    @Test
    void createCache_existingTableWithoutIndex_isNotChangedAndWarnedOf(DynamoDbClient client) {
        try (Node other = Node.start()) {
            other.cache("users", configuration().specialKeys("userId:S:by-user"));
        }
        node.requests().clear();
        try (CapturedLog log = new CapturedLog()) {
            cache();

            assertThat(log.warningsOf(table))
                    .hasSize(2)
                    .allMatch(line -> line.contains("create the index, with the hash key"))
                    .anyMatch(line -> line.contains("'by-level'"))
                    .anyMatch(line -> line.contains("'by-photo'"));
        }
        assertThat(node.requests().operations()).containsExactly("DescribeTable", "DescribeTimeToLive");
        assertThat(client.describeTable(request -> request.tableName(table))
                        .table()
                        .globalSecondaryIndexes())
                .hasSize(1);
    }

    @Test
    void createCache_codecWithoutParts_saysThatItIsForSessions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.cache(
                        "users",
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(table)
                                .specialKeys("userId")))
                .withMessageContaining("Cache 'users': option 'specialKeys' is for sessions");
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void createCache_specialKeyOfHashKeysName_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.cache("users", configuration().set(Option.HASH_KEY, "userId")))
                .withMessageContaining("cannot have 'userId'")
                .withMessageContaining("'hashKey'");
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void find_eachIndexedType_findsKeysOfThisCacheByOneQuery() {
        Cache<String, Map<String, Object>> cache = cache();
        Cache<String, Map<String, Object>> neighbour = node.cache("neighbours", configuration());
        cache.put("a", value("userId", "ann", "level", 5, "photo", new byte[] {1, 2}));
        cache.put("b", value("userId", "ann", "level", 5.5));
        cache.put("c", value("userId", "bob", "level", new BigDecimal("5.00")));
        cache.put("d", value("other", "ann"));
        neighbour.put("n", value("userId", "ann", "level", 5));
        node.requests().clear();

        assertThat(items(cache).find("userId", "ann")).containsExactlyInAnyOrder("a", "b");
        assertThat(node.requests().operations()).containsExactly("Query");
        assertThat(items(cache).find("userId", "Ann")).isEmpty();
        assertThat(items(cache).find("level", 5L)).containsExactlyInAnyOrder("a", "c");
        assertThat(items(cache).find("level", new BigDecimal("5.50"))).containsExactly("b");
        assertThat(items(cache).find("photo", new byte[] {1, 2})).containsExactly("a");
        assertThat(items(neighbour).find("userId", "ann")).containsExactly("n");
    }

    @Test
    void find_otherNode_findsWhatWasWrittenHere() {
        cache().put("a", value("userId", "ann"));

        try (Node other = Node.besides(node)) {
            assertThat(items(other.cache("users", configuration())).find("userId", "ann"))
                    .containsExactly("a");
        }
    }

    @Test
    void find_removedAndReplacedEntries_areNotFound() {
        Cache<String, Map<String, Object>> cache = cache();
        cache.put("a", value("userId", "ann"));
        cache.put("b", value("userId", "ann"));
        cache.remove("a");
        cache.put("b", value("level", 1));

        assertThat(items(cache).find("userId", "ann")).isEmpty();
    }

    /** A page of a query has at most 1 MB; keys of 2 KB fill it soon. */
    @Test
    void find_moreThanOnePage_findsAll() {
        Cache<String, Map<String, Object>> cache =
                node.cache("users", configuration().prefix("p".repeat(1_990)));
        Map<String, Map<String, Object>> entries =
                IntStream.range(0, 800).boxed().collect(Collectors.toMap(i -> "key-" + i, i -> value("userId", "ann")));
        cache.putAll(entries);
        node.requests().clear();

        assertThat(items(cache).find("userId", "ann")).containsExactlyInAnyOrderElementsOf(entries.keySet());
        assertThat(node.requests().operations()).containsExactly("Query", "Query");
    }

    @Test
    void find_keyThatItsIdIsOnlyDigestOf_isReadFromItem() {
        Cache<String, Map<String, Object>> cache = cache();
        String longKey = "k".repeat(3_000);
        cache.put(longKey, value("userId", "ann"));
        node.requests().clear();

        assertThat(items(cache).find("userId", "ann")).containsExactly(longKey);
        assertThat(node.requests().operations()).containsExactly("Query", "GetItem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "unknown"})
    void find_noIndex_saysHowToNameOne(String name) {
        CacheItems<String> items = items(cache());
        node.requests().clear();

        assertThatIllegalStateException()
                .isThrownBy(() -> items.find(name, true))
                .withMessageContaining("Cache 'users' has no index by '" + name + "'")
                .withMessageContaining("specialKeys")
                .withMessageContaining(name + ":S:by-" + name);
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void find_valueOfOtherType_namesSpecialKey() {
        CacheItems<String> items = items(cache());
        node.requests().clear();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> items.find("userId", 5))
                .withMessageContaining("Special key 'userId' of type S needs a String");
        assertThatIllegalArgumentException().isThrownBy(() -> items.find("userId", ""));
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void find_tableWithoutIndex_saysWhatToCreate() {
        try (Node other = Node.start()) {
            other.cache("users", configuration().specialKeys("level:N"));
        }
        Cache<String, Map<String, Object>> cache = cache();
        cache.put("a", value("userId", "ann"));

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> items(cache).find("userId", "ann"))
                .withMessageContaining("Query on table '" + table + "' failed")
                .withMessageContaining("its index 'by-user' (option 'specialKeys') cannot be used")
                .withMessageContaining("hash key 'userId' of type S");
    }

    @Test
    void find_withoutPermission_namesAction() {
        try (Node denied =
                Node.over(Transport.refusing("Query", "AccessDeniedException", "not authorized, says the test"))) {
            Cache<String, Map<String, Object>> cache = denied.cache("users", configuration());

            assertThatExceptionOfType(CacheException.class)
                    .isThrownBy(() -> items(cache).find("userId", "ann"))
                    .withMessageContaining("the IAM policy must allow dynamodb:Query");
        }
    }

    @Test
    void find_closedCache_isRefused() {
        Cache<String, Map<String, Object>> cache = cache();
        CacheItems<String> items = items(cache);
        cache.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> items.find("userId", "ann"))
                .withMessageContaining("closed");
    }
}
