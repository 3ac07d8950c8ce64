package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Tables that somebody else made, or is about to change, and servers that do not know all that DynamoDB does. */
@ExtendWith(DynamoDbLocal.class)
final class TableAsFoundIT {
    private final String table = Node.freshTable();
    private DynamoDbClient client;

    @BeforeEach
    void use(DynamoDbClient shared) {
        client = shared;
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private void create(String hashKey, ScalarAttributeType type, @Nullable String sortKey) {
        List<KeySchemaElement> keys = new ArrayList<>();
        List<AttributeDefinition> attributes = new ArrayList<>();
        keys.add(KeySchemaElement.builder()
                .attributeName(hashKey)
                .keyType(KeyType.HASH)
                .build());
        attributes.add(AttributeDefinition.builder()
                .attributeName(hashKey)
                .attributeType(type)
                .build());
        if (sortKey != null) {
            keys.add(KeySchemaElement.builder()
                    .attributeName(sortKey)
                    .keyType(KeyType.RANGE)
                    .build());
            attributes.add(AttributeDefinition.builder()
                    .attributeName(sortKey)
                    .attributeType(ScalarAttributeType.S)
                    .build());
        }
        client.createTable(request -> request.tableName(table)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .keySchema(keys)
                .attributeDefinitions(attributes));
    }

    private void createUsual() {
        create("id", ScalarAttributeType.S, null);
    }

    private void enableTimeToLive(String attribute) {
        client.updateTimeToLive(request -> request.tableName(table)
                .timeToLiveSpecification(ttl -> ttl.attributeName(attribute).enabled(true)));
    }

    private static void assertUsable(Cache<String, String> cache) {
        cache.put("ann", "Ann");
        assertThat(cache.get("ann")).isEqualTo("Ann");
    }

    /** Refused by the first look at the table, and nothing is changed in it. */
    private void assertRefused(String... message) {
        try (Node node = Node.start()) {
            assertThatThrownBy(() -> node.cache("users", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("Table '" + table + "'")
                    .hasMessageContainingAll(message);
            assertThat(node.requests().operations()).containsExactly("DescribeTable");
            assertThat(node.manager().getCacheNames()).isEmpty();
        }
    }

    @Test
    void createCache_hashKeyOfAnotherName_isRefusedNamingBothAndTheOption() {
        create("sid", ScalarAttributeType.S, null);

        assertRefused("'sid'", "not 'id'", "hashKey=sid", "option 'table'");

        try (Node node = Node.start()) {
            assertUsable(node.cache("users", configuration().set(Option.HASH_KEY, "sid")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"N", "B"})
    void createCache_hashKeyOfAnotherType_isRefusedNamingBothTypes(ScalarAttributeType type) {
        create("id", type, null);

        assertRefused("a hash key of type " + type, "one of type S", "option 'table'");
    }

    @Test
    void createCache_sortKey_isRefusedNamingIt() {
        create("id", ScalarAttributeType.S, "created");

        assertRefused("the sort key 'created'", "must have none", "option 'table'");
    }

    @Test
    void createCache_timeToLiveOnAnotherAttribute_isRefusedNamingBothAndTheOption() {
        createUsual();
        enableTimeToLive("ttl");

        try (Node node = Node.start()) {
            assertThatThrownBy(() -> node.cache("users", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("Table '" + table + "'")
                    .hasMessageContaining("'ttl'")
                    .hasMessageContaining("'expires'")
                    .hasMessageContaining("timeToLive=false");
            assertThat(node.requests().operations()).containsExactly("DescribeTable", "DescribeTimeToLive");
        }
        assertThat(client.describeTimeToLive(request -> request.tableName(table))
                        .timeToLiveDescription()
                        .attributeName())
                .isEqualTo("ttl");
    }

    @Test
    void createCache_timeToLiveOnAnotherAttributeAndLeftAlone_isUsed() {
        createUsual();
        enableTimeToLive("ttl");

        try (Node node = Node.start()) {
            assertUsable(node.cache("users", configuration().set(Option.TIME_TO_LIVE, false)));
        }
    }

    @Test
    void createCache_timeToLiveBeingSwitchedOff_isUsedWithAWarning() {
        createUsual();
        enableTimeToLive("expires");

        try (Node node = Node.over(Transport.rewriting(
                        "DescribeTimeToLive",
                        body -> replaced(
                                body, "\"TimeToLiveStatus\":\"ENABLED\"", "\"TimeToLiveStatus\":\"DISABLING\"")));
                CapturedLog log = new CapturedLog()) {
            assertUsable(node.cache("users", configuration()));

            assertThat(log.warningsOf(table)).singleElement().asString().contains("expired items will stay");
            assertThat(node.requests().operations()).doesNotContain("UpdateTimeToLive");
        }
    }

    private static UnaryOperator<SdkHttpClient> inStatus(String status) {
        return Transport.rewriting(
                "DescribeTable",
                body -> replaced(body, "\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"" + status + "\""));
    }

    private static String replaced(String body, String old, String by) {
        assertThat(body).contains(old);
        return body.replace(old, by);
    }

    @Test
    void createCache_tableBeingUpdated_isUsedAtOnce() {
        createUsual();
        enableTimeToLive("expires");

        try (Node node = Node.over(inStatus("UPDATING"))) {
            assertUsable(node.cache("users", configuration()));

            assertThat(node.requests().operations())
                    .containsExactly("DescribeTable", "DescribeTimeToLive", "UpdateItem", "GetItem");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "DELETING, is being deleted; wait until it is gone",
        "ARCHIVING, is archived; restore it from its backup",
        "ARCHIVED, is archived; restore it from its backup",
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS, no access to the KMS key"
    })
    void createCache_tableThatWaitingDoesNotHelp_isRefusedAtOnce(String status, String message) {
        createUsual();

        try (Node node = Node.over(inStatus(status))) {
            assertThatThrownBy(() -> node.cache("users", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("Table '" + table + "'")
                    .hasMessageContaining(message);
            assertThat(node.requests().operations()).containsExactly("DescribeTable");
            assertThat(node.manager().getCacheNames()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DescribeTimeToLive", "UpdateTimeToLive"})
    void createCache_serverThatKnowsNoTimeToLive_warnsOnceAndIsUsed(String unknown) {
        try (Node node = Node.over(Transport.refusing(unknown, "UnknownOperationException", ""));
                CapturedLog log = new CapturedLog()) {
            assertUsable(node.cache("users", configuration()));
            assertUsable(node.cache("orders", configuration()));

            assertThat(log.warningsOf(table))
                    .singleElement()
                    .asString()
                    .contains(unknown)
                    .contains("expired items will stay");
            assertThat(node.requests().operations()).containsOnlyOnce(unknown);
        }
    }

    /** As of a global table with multi-Region strong consistency. */
    @ParameterizedTest
    @ValueSource(strings = {"DescribeTimeToLive", "UpdateTimeToLive"})
    void createCache_tableThatCanHaveNoTimeToLive_warnsOnceAndIsUsed(String refused) {
        String said = "Time to live is not supported for this table";
        try (Node node = Node.over(Transport.refusing(refused, "ValidationException", said));
                CapturedLog log = new CapturedLog()) {
            assertUsable(node.cache("users", configuration()));
            assertUsable(node.cache("orders", configuration()));

            assertThat(log.warningsOf(table))
                    .singleElement()
                    .asString()
                    .contains("can have no TTL", "timeToLive=false", "'reapInterval'", said);
            assertThat(node.requests().operations()).containsOnlyOnce(refused);
        }
    }

    @Test
    void createCache_tableThatCanHaveNoTimeToLiveAndIsAskedForNone_isUsedWithoutAWord() {
        try (Node node = Node.over(Transport.refusing("UpdateTimeToLive", "ValidationException", "not supported"));
                CapturedLog log = new CapturedLog()) {
            assertUsable(node.cache("users", configuration().set(Option.TIME_TO_LIVE, false)));

            assertThat(log.warningsOf(table)).isEmpty();
        }
    }
}
