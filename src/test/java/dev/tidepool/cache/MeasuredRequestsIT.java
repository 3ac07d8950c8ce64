package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.RequestObserver.SentRequest;
import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.metrics.CoreMetric;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** What observers are told of a cache's requests, and that requests are none the larger for it without any. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class MeasuredRequestsIT {
    private static final Duration TEN_MINUTES = new Duration(TimeUnit.MINUTES, 10);

    /** Puts under it update an entry without moving its deadline, and create one otherwise. */
    private static final ExpiryPolicy CREATED = new CreatedExpiryPolicy(TEN_MINUTES);

    private final String table = Node.freshTable();

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "key" + i, i -> "value" + i));
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static CacheItems<String> items(Cache<String, ?> cache) {
        return cache.unwrap(CacheItems.class);
    }

    /** Uses a cache so that it sends every kind of request, each at least once. */
    private static void useAll(Node node, String table) {
        Cache<String, Map<String, Object>> cache = node.cache(
                "all", SpecialKeysIT.configuration(table).expiryPolicy(() -> new TouchedExpiryPolicy(TEN_MINUTES)));
        Map<String, Object> value = Map.of("userId", "ann");
        cache.put("ann", value);
        cache.putIfAbsent("ann", value);
        cache.get("ann");
        node.clock().advance(java.time.Duration.ofMinutes(1));
        cache.get("ann");
        cache.getAll(Set.of("ann", "bob"));
        cache.replace("ann", value);
        cache.invoke("ann", (entry, arguments) -> {
            entry.setValue(value);
            return null;
        });
        cache.putAll(Map.of("bob", value, "eve", value));
        cache.forEach(entry -> {});
        items(cache).find("userId", "ann");
        cache.remove("ann");
        cache.clear();
    }

    /** The requests for entries, without those that make a table. */
    private static List<SdkRequest> ofEntries(Node node) {
        Set<String> others = Set.of(
                "DescribeTableRequest",
                "CreateTableRequest",
                "DescribeTimeToLiveRequest",
                "UpdateTimeToLiveRequest",
                "UpdateTableRequest");
        return node.requests().sent().stream()
                .filter(request -> !others.contains(request.getClass().getSimpleName()))
                .toList();
    }

    private static boolean isAskingForCapacity(SdkRequest request) {
        return request.getValueForField("ReturnConsumedCapacity", Object.class).isPresent();
    }

    private static boolean isWatched(SdkRequest request) {
        return request.overrideConfiguration()
                .map(overrides -> !overrides.metricPublishers().isEmpty())
                .orElse(false);
    }

    @Test
    void anyRequest_nobodyObserves_asksForNothingMore() {
        try (Node node = Node.start()) {
            useAll(node, table);

            assertThat(ofEntries(node)).isNotEmpty().noneMatch(MeasuredRequestsIT::isAskingForCapacity);
            Set<String> watched = ofEntries(node).stream()
                    .filter(MeasuredRequestsIT::isWatched)
                    .map(request -> request.getClass().getSimpleName())
                    .collect(Collectors.toSet());
            assertThat(watched)
                    .as("changes must learn of lost answers")
                    .containsExactlyInAnyOrder("PutItemRequest", "DeleteItemRequest");
        }
    }

    @Test
    void everyRequest_somebodyObserves_isMeasuredOnce() {
        try (Node node = Node.start()) {
            Measurements measurements = Measurements.of(node);

            useAll(node, table);

            assertThat(ofEntries(node))
                    .allMatch(MeasuredRequestsIT::isAskingForCapacity)
                    .allMatch(MeasuredRequestsIT::isWatched);
            assertThat(measurements.operations())
                    .containsExactlyElementsOf(ofEntries(node).stream()
                            .map(request -> request.getClass().getSimpleName().replace("Request", ""))
                            .toList())
                    .contains(
                            "GetItem",
                            "BatchGetItem",
                            "PutItem",
                            "UpdateItem",
                            "DeleteItem",
                            "BatchWriteItem",
                            "Scan",
                            "Query");
            assertThat(measurements.sent()).allSatisfy(request -> {
                assertThat(request.nanos()).isPositive();
                assertThat(request.retries()).isZero();
                assertThat(request.throttles()).isZero();
                if (request.answer() == Answer.SUCCESS) {
                    assertThat(request.units()).as(request.operation()).isPositive();
                }
            });
            assertThat(measurements.answers()).containsOnlyOnce(Answer.REFUSED).contains(Answer.SUCCESS);
        }
    }

    @Test
    void smallEntry_readAndWritten_consumesTheUnitsThatDynamoDbStates() {
        try (Node node = Node.start()) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> strong = node.cache("strong", configuration().set(Option.CONSISTENT_READS, true));
            Cache<String, String> weak = node.cache("weak", configuration().set(Option.CONSISTENT_READS, false));

            strong.put("key", "value");
            strong.get("key");
            weak.put("key", "value");
            weak.get("key");

            assertThat(measurements.sent().stream().map(SentRequest::units)).containsExactly(1.0, 1.0, 1.0, 0.5);
        }
    }

    @Test
    void putIfAbsent_entryIsThere_isRefusedAtUnknownCostAndNoConflict() {
        try (Node node = Node.start()) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());
            cache.put("key", "value");

            cache.putIfAbsent("key", "other");

            assertThat(measurements.answers()).containsExactly(Answer.SUCCESS, Answer.REFUSED);
            assertThat(measurements.sent().get(1).units()).isZero();
            assertThat(measurements.conflicts()).isZero();
        }
    }

    /** One attempt goes wrong, and the next is well. */
    @ParameterizedTest
    @CsvSource({"THROTTLED, 1", "SLOWED_DOWN, 1", "RESET_BEFORE, 0", "ERROR_BEFORE, 0"})
    void retry_ofRead_isCountedAndSoIsItsReason(UnreliableTransport.Fault fault, int throttles) {
        AtomicReference<UnreliableTransport> transport = new AtomicReference<>();
        try (Node node = Node.over(server -> {
            transport.set(new UnreliableTransport(server));
            return requireNonNull(transport.get());
        })) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());
            requireNonNull(transport.get()).failNext("GetItem", fault, () -> {});

            cache.get("key");

            assertThat(measurements.sent()).singleElement().satisfies(request -> {
                assertThat(request.answer()).isEqualTo(Answer.SUCCESS);
                assertThat(request.retries()).isEqualTo(1);
                assertThat(request.throttles()).isEqualTo(throttles);
                assertThat(request.units()).isPositive();
            });
        }
    }

    /** The changes watch their attempts anyway, for another reason. */
    @Test
    void retry_ofChangeWhoseAnswerWasLost_isCountedOnceAndTheChangeIsKnownToBeMade() {
        AtomicReference<UnreliableTransport> transport = new AtomicReference<>();
        try (Node node = Node.over(server -> {
            transport.set(new UnreliableTransport(server));
            return requireNonNull(transport.get());
        })) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());
            requireNonNull(transport.get()).failNext("PutItem", UnreliableTransport.Fault.RESET_AFTER, () -> {});

            assertThat(cache.putIfAbsent("key", "value")).isTrue();

            assertThat(measurements.sent()).singleElement().satisfies(request -> {
                assertThat(request.answer()).isEqualTo(Answer.REFUSED);
                assertThat(request.retries()).isEqualTo(1);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ProvisionedThroughputExceededException, THROTTLED, 1",
        "RequestLimitExceeded, THROTTLED, 1",
        "AccessDeniedException, FAILED, 0",
        "ValidationException, FAILED, 0"
    })
    void failure_ofAnyRequest_isToldByItsKind(String code, Answer answer, int throttles) {
        try (Node node = Node.withoutRetries(Transport.refusing("GetItem", code, "no"))) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());

            assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("key"));

            assertThat(measurements.answers()).containsExactly(answer);
            assertThat(measurements.sent().get(0).throttles()).isEqualTo(throttles);
        }
    }

    @Test
    void failure_clientClosed_isAFailureToo() {
        try (Node node = Node.start()) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());
            node.client().close();

            assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("key"));

            assertThat(measurements.answers()).containsExactly(Answer.FAILED);
        }
    }

    @Test
    void batch_notProcessedToItsEnd_countsAsThrottled() {
        try (Node node = Node.over(server -> new ShortOfCapacity(server, 10))) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());

            cache.putAll(entries(15));
            assertThat(cache.getAll(entries(15).keySet())).hasSize(15);

            assertThat(measurements.sent().stream().map(request -> request.operation() + " " + request.throttles()))
                    .containsExactly("BatchWriteItem 1", "BatchWriteItem 0", "BatchGetItem 1", "BatchGetItem 0");
            assertThat(measurements.answers()).containsOnly(Answer.SUCCESS);
        }
    }

    /** A change of one entry, and the requests of it between which somebody else's write may come. */
    @SuppressWarnings("ImmutableEnumChecker") // nothing changes a policy
    enum Contested {
        INVOKE("UpdateItem PutItem", CREATED) {
            @Override
            void change(Cache<String, String> cache) {
                cache.invoke("key", (entry, arguments) -> {
                    entry.setValue("changed");
                    return null;
                });
            }
        },
        PUT_UNDER_POLICY_OF_APPLICATION("UpdateItem PutItem", new TablePolicy(TEN_MINUTES, TEN_MINUTES, TEN_MINUTES)) {
            @Override
            void change(Cache<String, String> cache) {
                cache.put("key", "changed");
            }
        };

        private final String operations;
        private final ExpiryPolicy policy;

        Contested(String operations, ExpiryPolicy policy) {
            this.operations = operations;
            this.policy = policy;
        }

        abstract void change(Cache<String, String> cache);
    }

    /** Somebody else writes before each of the first three tries. */
    @ParameterizedTest
    @EnumSource
    void change_triedAgainForOthersCameFirst_countsEachConflict(Contested contested) {
        AtomicReference<SteeredTransport> transport = new AtomicReference<>();
        try (Node node = steered(transport);
                Node other = Node.besides(node)) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration().expiryPolicy(() -> contested.policy));
            Cache<String, String> elsewhere = other.cache("c", configuration());
            elsewhere.put("key", "first");
            AtomicInteger tries = new AtomicInteger();
            requireNonNull(transport.get()).before(operation -> {
                if (contested.operations.contains(operation) && tries.incrementAndGet() <= 3) {
                    elsewhere.put("key", "other " + tries);
                }
                return true;
            });

            contested.change(cache);

            assertThat(elsewhere.get("key")).isEqualTo("changed");
            assertThat(measurements.conflicts()).isEqualTo(3);
        }
    }

    private static Node steered(AtomicReference<SteeredTransport> transport) {
        return Node.over(server -> {
            transport.set(new SteeredTransport(server));
            return requireNonNull(transport.get());
        });
    }

    /** The first try finds no entry, the second one, which is gone again for the third. */
    @Test
    void put_entryComesAndGoes_countsAConflict() {
        AtomicReference<SteeredTransport> transport = new AtomicReference<>();
        try (Node node = steered(transport);
                Node other = Node.besides(node)) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration().expiryPolicy(() -> CREATED));
            Cache<String, String> elsewhere = other.cache("c", configuration().expiryPolicy(() -> CREATED));
            AtomicInteger creations = new AtomicInteger();
            requireNonNull(transport.get()).before(operation -> {
                if (operation.equals("PutItem") && creations.incrementAndGet() == 1) {
                    elsewhere.put("key", "other");
                }
                return true;
            });

            cache.put("key", "value");

            assertThat(elsewhere.get("key")).isEqualTo("value");
            assertThat(measurements.operations()).containsExactly("UpdateItem", "PutItem", "UpdateItem");
            assertThat(measurements.conflicts()).isEqualTo(1);
        }
    }

    /** Equal maps whose bytes differ: that costs a second try, and nobody came first. */
    @Test
    void replaceEqual_bytesDiffer_isNoConflictUnlessSomebodyWrote() {
        AtomicReference<SteeredTransport> transport = new AtomicReference<>();
        try (Node node = steered(transport);
                Node other = Node.besides(node)) {
            Measurements measurements = Measurements.of(node);
            Cache<String, Map<String, Integer>> cache = node.cache("c", maps());
            Cache<String, Map<String, Integer>> elsewhere = other.cache("c", maps());
            elsewhere.put("key", inOrder("a", "b"));

            assertThat(cache.replace("key", inOrder("b", "a"), inOrder("a", "b")))
                    .isTrue();
            assertThat(measurements.answers()).containsExactly(Answer.REFUSED, Answer.SUCCESS);
            assertThat(measurements.conflicts()).isZero();

            AtomicInteger tries = new AtomicInteger();
            requireNonNull(transport.get()).before(operation -> {
                if (tries.incrementAndGet() == 2) {
                    elsewhere.put("key", inOrder("a", "b"));
                }
                return true;
            });
            assertThat(cache.replace("key", inOrder("b", "a"), inOrder("c"))).isTrue();
            assertThat(measurements.conflicts()).isEqualTo(1);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type arguments
    private DynamoDbConfiguration.Builder<String, Map<String, Integer>> maps() {
        return DynamoDbConfiguration.builder(String.class, (Class<Map<String, Integer>>) (Class) Map.class)
                .table(table);
    }

    private static Map<String, Integer> inOrder(String... keys) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String key : keys) {
            map.put(key, (int) key.charAt(0));
        }
        return map;
    }

    @Test
    void replaceEqual_otherValue_isNoConflict() {
        try (Node node = Node.start()) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration());
            cache.put("key", "value");

            assertThat(cache.replace("key", "other", "new")).isFalse();

            assertThat(measurements.conflicts()).isZero();
        }
    }

    @Test
    void reads_answeredAsAbsentForStoreFailure_areCountedAsUnavailable() {
        try (Node node =
                Node.withoutRetries(Transport.refusing("GetItem", "ProvisionedThroughputExceededException", "no"))) {
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache("c", configuration().set(Option.ON_STORE_FAILURE, "miss"));

            assertThat(cache.get("key")).isNull();
            assertThat(cache.containsKey("key")).isFalse();

            assertThat(measurements.unavailable()).isEqualTo(2);
            assertThat(measurements.answers()).containsExactly(Answer.THROTTLED, Answer.THROTTLED);
        }
    }

    @Test
    void observers_cachesCreatedBeforeAndAfter_observeThemUntilTheyAreClosed() {
        try (Node node = Node.start()) {
            Cache<String, String> before = node.cache("before", configuration());
            Measurements measurements = Measurements.of(node);
            Cache<String, String> after = node.cache("after", configuration());
            assertThat(measurements.opened()).containsExactly("before", "after");

            before.get("key");
            after.get("key");
            assertThat(measurements.operations()).containsExactly("GetItem", "GetItem");

            before.close();
            node.manager().destroyCache("after");
            assertThat(measurements.closed()).containsExactly("before", "after");

            measurements.clear();
            node.cache("before", configuration()).get("key");
            assertThat(measurements.operations()).containsExactly("GetItem");
            node.manager().close();
            assertThat(measurements.closed()).containsExactly("before", "after", "before");
        }
    }

    @Test
    void observers_sameOnceMore_areNotToldTwice() {
        try (Node node = Node.start()) {
            Measurements measurements = Measurements.of(node);
            node.manager().unwrap(DynamoDbCacheManager.class).observe(measurements);

            node.cache("c", configuration()).get("key");

            assertThat(measurements.operations()).containsExactly("GetItem");
        }
    }

    @Test
    void observers_managerClosed_areRefused() {
        try (Node node = Node.start()) {
            DynamoDbCacheManager manager = node.manager().unwrap(DynamoDbCacheManager.class);
            manager.close();

            assertThatIllegalStateException()
                    .isThrownBy(() -> manager.observe(new Measurements()))
                    .withMessageContaining("is closed");
        }
    }

    /** A registry that is broken must not make a change look as if it had failed. */
    @Test
    void observers_oneThrows_doesNoHarmAndIsToldOnce() {
        RequestObserver broken = new RequestObserver() {
            @Override
            public void sent(SentRequest request) {
                throw new Quiet();
            }

            @Override
            public void conflict() {
                throw new Quiet();
            }

            @Override
            public void unavailable() {
                throw new Quiet();
            }

            @Override
            public void closed() {
                throw new Quiet();
            }
        };
        try (CapturedLog log = new CapturedLog();
                Node node = Node.start()) {
            DynamoDbCacheManager manager = node.manager().unwrap(DynamoDbCacheManager.class);
            manager.observe(name -> broken);
            manager.observe(name -> {
                throw new Quiet();
            });
            Measurements measurements = Measurements.of(node);
            Cache<String, String> cache = node.cache(table, configuration());

            cache.put("key", "value");
            assertThat(cache.get("key")).isEqualTo("value");
            cache.close();

            assertThat(measurements.operations()).containsExactly("UpdateItem", "GetItem");
            assertThat(measurements.closed()).containsExactly(table);
            assertThat(log.warningsOf(table)).hasSize(1).first().asString().contains("Metrics of cache");
        }
    }

    /** Publishers of a request take the place of the client's. */
    @Test
    void publishersOfApplication_somebodyObserves_hearOfEveryRequestAsBefore() {
        List<MetricCollection> published = new CopyOnWriteArrayList<>();
        MetricPublisher publisher = new MetricPublisher() {
            @Override
            public void publish(MetricCollection call) {
                published.add(call);
            }

            @Override
            public void close() {
                // nothing to close
            }
        };
        try (DynamoDbClient client = DynamoDbClient.builder()
                        .endpointOverride(DynamoDbLocal.endpoint())
                        .region(Region.US_EAST_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                        .overrideConfiguration(override -> override.addMetricPublisher(publisher))
                        .build();
                DynamoDbCachingProvider provider = new DynamoDbCachingProvider()) {
            Properties properties = new Properties();
            properties.put("tidepool.client", client);
            CacheManager manager = provider.getCacheManager(null, null, properties);
            manager.unwrap(DynamoDbCacheManager.class).observe(new Measurements());
            Cache<String, String> cache =
                    manager.createCache("c", configuration().build());
            published.clear();

            cache.put("key", "value");
            cache.get("key");
            cache.putAll(entries(3));
            cache.forEach(entry -> {});

            List<String> operations = new ArrayList<>();
            published.forEach(call -> operations.addAll(call.metricValues(CoreMetric.OPERATION_NAME)));
            assertThat(operations).containsExactly("UpdateItem", "GetItem", "BatchWriteItem", "Scan");
        }
    }
}
