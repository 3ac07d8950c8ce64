package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

@ExtendWith(DynamoDbLocal.class)
final class TableSetupIT {
    private static final KeySchemaElement KEY =
            KeySchemaElement.builder().attributeName("id").keyType(KeyType.HASH).build();
    private static final AttributeDefinition ID = AttributeDefinition.builder()
            .attributeName("id")
            .attributeType(ScalarAttributeType.S)
            .build();

    private final String table = Node.freshTable();

    @Test
    void createCache_tableAbsent_createsItOnDemandWithTimeToLive(DynamoDbClient client) {
        try (Node node = Node.start()) {
            node.cache("users", configuration());
        }

        TableDescription created =
                client.describeTable(request -> request.tableName(table)).table();
        assertThat(created.billingModeSummary().billingMode()).isEqualTo(BillingMode.PAY_PER_REQUEST);
        assertThat(created.keySchema()).containsExactly(KEY);
        assertThat(created.attributeDefinitions()).containsExactly(ID);
        assertThat(created.hasGlobalSecondaryIndexes()).isFalse();
        assertTimeToLive(client);
    }

    @Test
    void createCache_tableAbsent_isActiveBeforeFirstOperation() {
        try (Node node = Node.over(creatingFor(2))) {
            Cache<String, String> cache = node.cache("users", configuration());
            assertThat(cache.get("ann")).isNull();

            assertThat(node.requests().operations())
                    .containsExactly(
                            "DescribeTable",
                            "CreateTable",
                            "DescribeTable",
                            "DescribeTable",
                            "DescribeTable",
                            "DescribeTimeToLive",
                            "UpdateTimeToLive",
                            "GetItem");
        }
    }

    @Test
    void createCache_tableBeingCreatedByAnother_isWaitedFor(DynamoDbClient client) {
        create(client, true);
        try (Node node = Node.over(creatingFor(2))) {
            node.cache("users", configuration());

            assertThat(node.requests().operations())
                    .containsExactly("DescribeTable", "DescribeTable", "DescribeTable", "DescribeTimeToLive");
        }
    }

    @Test
    void createCache_tableWithTimeToLive_changesNothing(DynamoDbClient client) {
        create(client, true);
        client.putItem(request -> request.tableName(table).item(Map.of("id", AttributeValue.fromS("of-another"))));
        TableDescription before =
                client.describeTable(request -> request.tableName(table)).table();
        try (Node node = Node.start()) {
            node.cache("users", configuration());

            assertThat(node.requests().operations()).containsExactly("DescribeTable", "DescribeTimeToLive");
        }
        TableDescription after =
                client.describeTable(request -> request.tableName(table)).table();
        assertThat(after.billingModeSummary()).isEqualTo(before.billingModeSummary());
        assertThat(after.provisionedThroughput()).isEqualTo(before.provisionedThroughput());
        assertThat(after.creationDateTime()).isEqualTo(before.creationDateTime());
        assertThat(client.getItem(request ->
                                request.tableName(table).key(Map.of("id", AttributeValue.fromS("of-another"))))
                        .hasItem())
                .isTrue();
    }

    @Test
    void createCache_tableWithoutTimeToLive_enablesIt(DynamoDbClient client) {
        create(client, false);
        try (Node node = Node.start()) {
            node.cache("users", configuration());

            assertThat(node.requests().operations())
                    .containsExactly("DescribeTable", "DescribeTimeToLive", "UpdateTimeToLive");
        }
        assertTimeToLive(client);
    }

    @Test
    void createCache_secondCacheOnTable_doesNotLookAgain() {
        try (Node node = Node.start()) {
            node.cache("users", configuration());
            node.requests().clear();

            for (int i = 0; i < 5; i++) {
                node.cache("users" + i, configuration());
            }
            node.manager().destroyCache("users0");
            node.cache("users0", configuration());

            assertThat(node.requests().operations()).doesNotContain("DescribeTable", "DescribeTimeToLive");
        }
    }

    @Test
    void createCache_manyCachesAtOnceOnOneTable_looksOnce() throws Exception {
        try (Node node = Node.start()) {
            AtomicInteger number = new AtomicInteger();
            atOnce(8, () -> node.cache("users" + number.incrementAndGet(), configuration()));

            assertThat(node.requests().operations())
                    .containsOnlyOnce("CreateTable", "DescribeTimeToLive", "UpdateTimeToLive");
        }
    }

    @Test
    void createCache_anotherTable_looksAtThatToo() {
        String other = Node.freshTable();
        try (Node node = Node.start()) {
            node.cache("users", configuration());
            node.requests().clear();

            node.cache("orders", configuration().table(other));

            assertThat(node.requests().sent())
                    .filteredOn(DescribeTableRequest.class::isInstance)
                    .extracting(request -> ((DescribeTableRequest) request).tableName())
                    .containsOnly(other);
        }
    }

    @Test
    void createCache_manyNodesAtOnce_allSucceed(DynamoDbClient client) throws Exception {
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            nodes.add(Node.start());
        }
        try {
            AtomicInteger number = new AtomicInteger();
            atOnce(nodes.size(), () -> {
                int mine = number.getAndIncrement();
                Cache<String, String> cache = nodes.get(mine).cache("users", configuration());
                cache.put("node" + mine, "ready");
                return cache;
            });

            Cache<String, String> seen = nodes.get(0).manager().getCache("users");
            assertThat(seen).hasSize(nodes.size());
            assertTimeToLive(client);
        } finally {
            nodes.forEach(Node::close);
        }
    }

    @Test
    void createCache_tableCreatedBetweenLookAndCreation_usesIt(DynamoDbClient client) {
        UnaryOperator<SdkHttpClient> createdMeanwhile = transport -> new Transport(transport) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                if (operation.equals("CreateTable")) {
                    create(client, true);
                }
                return pass(request);
            }
        };
        try (Node node = Node.over(createdMeanwhile)) {
            Cache<String, String> cache = node.cache("users", configuration());
            cache.put("ann", "Ann");

            assertThat(cache.get("ann")).isEqualTo("Ann");
        }
    }

    @Test
    void createCache_timeToLiveEnabledBetweenLookAndChange_succeeds(DynamoDbClient client) {
        create(client, false);
        UnaryOperator<SdkHttpClient> enabledMeanwhile = transport -> new Transport(transport) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                if (operation.equals("UpdateTimeToLive")) {
                    enableTimeToLive(client);
                    return refusal("ValidationException", "TimeToLive is already enabled");
                }
                return pass(request);
            }
        };
        try (Node node = Node.over(enabledMeanwhile)) {
            node.cache("users", configuration());

            assertThat(node.requests().operations()).contains("UpdateTimeToLive");
        }
        assertTimeToLive(client);
    }

    @ParameterizedTest
    @CsvSource({
        "DescribeTable, initialized=true",
        "CreateTable, createTable=false",
        "DescribeTimeToLive, timeToLive=false",
        "UpdateTimeToLive, timeToLive=false"
    })
    void createCache_noPermission_namesActionToAllowAndHowToDoWithout(String denied, String without) {
        try (Node node = Node.over(Transport.refusing(denied, "AccessDeniedException", "User: me is not authorized"))) {
            assertThatThrownBy(() -> node.cache("users", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(denied + " on table '" + table + "'")
                    .hasMessageContaining("IAM")
                    .hasMessageContaining("dynamodb:" + denied)
                    .hasMessageContaining("(" + without + ")")
                    .hasMessageContaining(Transport.REFUSED)
                    .hasCauseInstanceOf(DynamoDbException.class);
            assertThat(node.manager().getCacheNames()).isEmpty();
        }
    }

    @Test
    void createCache_otherRefusal_saysWhatServerSaid() {
        try (Node node = Node.over(Transport.refusing("CreateTable", "LimitExceededException", "Too many tables"))) {
            assertThatThrownBy(() -> node.cache("users", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("CreateTable on table '" + table + "'")
                    .hasMessageContaining("LimitExceededException")
                    .hasMessageContaining("Too many tables");
        }
    }

    @Test
    void createCache_afterFailure_looksAgain() {
        AtomicInteger refusals = new AtomicInteger(1);
        UnaryOperator<SdkHttpClient> refusingOnce = transport -> new Transport(transport) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                return operation.equals("DescribeTimeToLive") && refusals.getAndDecrement() > 0
                        ? refusal("AccessDeniedException", "not yet")
                        : pass(request);
            }
        };
        try (Node node = Node.over(refusingOnce)) {
            assertThatThrownBy(() -> node.cache("users", configuration())).isInstanceOf(CacheException.class);
            node.requests().clear();

            Cache<String, String> cache = node.cache("users", configuration());
            assertThat(cache.get("ann")).isNull();

            assertThat(node.requests().operations())
                    .containsExactly("DescribeTable", "DescribeTimeToLive", "UpdateTimeToLive", "GetItem");
        }
    }

    @Test
    void createCache_nobodyListens_failsInTimeAndNamesOperationAndTable() throws IOException {
        URI closed = closedPort();
        DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
        try {
            Instant start = Instant.now();

            assertThatThrownBy(() -> provider.getCacheManager()
                            .createCache(
                                    "users",
                                    configuration()
                                            .set(Option.ENDPOINT, closed)
                                            .set(Option.REGION, "us-east-1")
                                            .build()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("DescribeTable on table '" + table + "'")
                    .hasMessageContaining("DynamoDB cannot be reached (options 'endpoint', 'region')")
                    .hasMessageContaining("refused");
            assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(25));
        } finally {
            provider.close();
        }
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private void create(DynamoDbClient client, boolean timeToLive) {
        client.createTable(request -> request.tableName(table)
                .provisionedThroughput(
                        capacity -> capacity.readCapacityUnits(7L).writeCapacityUnits(8L))
                .keySchema(KEY)
                .attributeDefinitions(ID));
        if (timeToLive) {
            enableTimeToLive(client);
        }
    }

    private void enableTimeToLive(DynamoDbClient client) {
        client.updateTimeToLive(request -> request.tableName(table)
                .timeToLiveSpecification(ttl -> ttl.attributeName("expires").enabled(true)));
    }

    private void assertTimeToLive(DynamoDbClient client) {
        TimeToLiveDescription description =
                client.describeTimeToLive(request -> request.tableName(table)).timeToLiveDescription();
        assertThat(description.timeToLiveStatus()).isEqualTo(TimeToLiveStatus.ENABLED);
        assertThat(description.attributeName()).isEqualTo("expires");
    }

    private static URI closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://" + socket.getInetAddress().getHostAddress() + ":" + socket.getLocalPort());
        }
    }

    /** Does something in so many threads that all begin together, and fails when one of them does. */
    private static <T> void atOnce(int threads, Callable<T> task) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(threads);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                futures.add(executor.submit(() -> {
                    barrier.await(30, TimeUnit.SECONDS);
                    return task.call();
                }));
            }
            for (Future<T> future : futures) {
                future.get(60, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** A transport whose first answers that describe a table say that it is being created. */
    private static UnaryOperator<SdkHttpClient> creatingFor(int answers) {
        AtomicInteger left = new AtomicInteger(answers);
        return transport -> new Transport(transport) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                HttpExecuteResponse response = pass(request);
                boolean rewrite = operation.equals("DescribeTable")
                        && response.httpResponse().isSuccessful()
                        && left.getAndDecrement() > 0;
                return rewrite ? answer(200, creating(UnreliableTransport.body(response))) : response;
            }

            private String creating(String body) {
                assertThat(body).contains("\"TableStatus\":\"ACTIVE\"");
                return body.replace("\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"CREATING\"");
            }
        };
    }
}
