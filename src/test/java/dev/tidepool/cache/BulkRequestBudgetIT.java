package dev.tidepool.cache;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;

/** The requests of operations on many entries, and the bytes that answers carry. */
@ExtendWith(DynamoDbLocal.class)
class BulkRequestBudgetIT {
    private static final Duration TEN_MINUTES = new Duration(MINUTES, 10);

    private static final Factory<ExpiryPolicy> ETERNAL = EternalExpiryPolicy.factoryOf();
    private static final Factory<ExpiryPolicy> CREATED = CreatedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> MODIFIED = ModifiedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> ACCESSED = AccessedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> TOUCHED = TouchedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> PER_ENTRY =
            () -> (EntryExpiryPolicy<String, String>) (key, value) -> TEN_MINUTES;
    private static final Factory<ExpiryPolicy> ARBITRARY = ArbitraryPolicy::new;

    private static final int MANY = 60;

    /** A policy that the library knows nothing about, so that it may ask for one outcome only. */
    private static final class ArbitraryPolicy implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            return TEN_MINUTES;
        }

        @Override
        public Duration getExpiryForAccess() {
            return TEN_MINUTES;
        }

        @Override
        public Duration getExpiryForUpdate() {
            return TEN_MINUTES;
        }
    }

    private static DynamoDbConfiguration.Builder<String, String> configuration(Factory<ExpiryPolicy> policy) {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(Node.freshTable())
                .expiryPolicy(policy);
    }

    private static MutableCacheEntryListenerConfiguration<String, String> listener() {
        CacheEntryRemovedListener<String, String> listener = events -> {};
        return new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true);
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "key" + i, i -> "value" + i));
    }

    private static Cache<String, String> filled(
            Node node, DynamoDbConfiguration.Builder<String, String> configuration, int count) {
        Cache<String, String> cache = node.cache("cache", configuration);
        refuseOnce(cache);
        cache.putAll(entries(count));
        node.requests().clear();
        return cache;
    }

    /** A refusal that carries its item tells the node that refusals do; until then one without costs a read. */
    private static void refuseOnce(Cache<String, String> cache) {
        cache.put("refusing", "");
        assertThat(cache.putIfAbsent("refusing", "")).isFalse();
        cache.remove("refusing");
    }

    private static Map<String, Long> counts(Node node) {
        return node.requests().operations().stream()
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    static Stream<Arguments> policies() {
        return Stream.of(
                arguments("eternal", ETERNAL),
                arguments("created", CREATED),
                arguments("modified", MODIFIED),
                arguments("accessed", ACCESSED),
                arguments("touched", TOUCHED),
                arguments("per entry", PER_ENTRY),
                arguments("arbitrary", ARBITRARY));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("policies")
    void getAll_250Keys_isThreeBatches(String name, Factory<ExpiryPolicy> policy) {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(policy), 150);
            Map<String, String> stored = entries(150);

            Map<String, String> found = cache.getAll(entries(250).keySet());

            assertThat(found).isEqualTo(stored);
            assertThat(node.requests().operations()).containsExactlyElementsOf(Collections.nCopies(3, "BatchGetItem"));
            assertThat(node.requests().sent())
                    .extracting(request -> ((BatchGetItemRequest) request)
                            .requestItems()
                            .values()
                            .iterator()
                            .next()
                            .keys()
                            .size())
                    .containsExactlyInAnyOrder(100, 100, 50);
        }
    }

    @Test
    void getAll_accessMovesDeadlines_isOneUpdateMoreForEachFoundEntry() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(TOUCHED), 10);
            node.clock().advance(java.time.Duration.ofMinutes(1));

            cache.getAll(entries(30).keySet());

            assertThat(counts(node)).isEqualTo(Map.of("BatchGetItem", 1L, "UpdateItem", 10L));
        }
    }

    static Stream<Arguments> puts() {
        return Stream.of(
                arguments("eternal, create", ETERNAL, 0, Map.of("BatchWriteItem", 3L)),
                arguments("eternal, update", ETERNAL, MANY, Map.of("BatchWriteItem", 3L)),
                arguments("modified, create", MODIFIED, 0, Map.of("BatchWriteItem", 3L)),
                arguments("modified, update", MODIFIED, MANY, Map.of("BatchWriteItem", 3L)),
                arguments("touched, create", TOUCHED, 0, Map.of("BatchWriteItem", 3L)),
                arguments("touched, update", TOUCHED, MANY, Map.of("BatchWriteItem", 3L)),
                arguments("per entry, create", PER_ENTRY, 0, Map.of("BatchWriteItem", 3L)),
                arguments("per entry, update", PER_ENTRY, MANY, Map.of("BatchWriteItem", 3L)),
                arguments("created, create", CREATED, 0, Map.of("UpdateItem", 60L)),
                arguments("created, update", CREATED, MANY, Map.of("UpdateItem", 60L)),
                arguments("accessed, create", ACCESSED, 0, Map.of("UpdateItem", 60L)),
                arguments("accessed, update", ACCESSED, MANY, Map.of("UpdateItem", 60L)),
                arguments("arbitrary, create", ARBITRARY, 0, Map.of("GetItem", 60L, "PutItem", 60L)),
                arguments("arbitrary, update", ARBITRARY, MANY, Map.of("GetItem", 60L, "PutItem", 60L)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("puts")
    void putAll_60Entries_sendsTheRequestsOfItsRow(
            String name, Factory<ExpiryPolicy> policy, int present, Map<String, Long> expected) {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(policy), present);

            cache.putAll(entries(MANY));

            assertThat(counts(node)).isEqualTo(expected);
            assertThat(cache.getAll(entries(MANY).keySet())).isEqualTo(entries(MANY));
        }
    }

    @Test
    void putAll_60Entries_fillsItsBatches() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(MODIFIED), 0);

            cache.putAll(entries(MANY));

            assertThat(batchSizes(node)).containsExactlyInAnyOrder(25, 25, 10);
        }
    }

    private static List<Integer> batchSizes(Node node) {
        List<Integer> sizes = new ArrayList<>();
        node.requests().sent().forEach(request -> {
            if (request instanceof BatchWriteItemRequest batch) {
                sizes.add(batch.requestItems().values().iterator().next().size());
            }
        });
        return sizes;
    }

    @Test
    void putAll_listener_isSingleRequests() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(MODIFIED).listener(listener()), 0);

            cache.putAll(entries(MANY));

            assertThat(counts(node)).isEqualTo(Map.of("PutItem", 60L));
        }
    }

    @Test
    void putAll_statisticsOnly_staysBatches() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(MODIFIED).statisticsEnabled(true), 0);

            cache.putAll(entries(MANY));

            assertThat(counts(node)).isEqualTo(Map.of("BatchWriteItem", 3L));
        }
    }

    @Test
    void putAllAndRemoveAll_writer_stayBatchesAndCallItOnce() {
        BatchWriter writer = new BatchWriter();
        try (Node node = Node.start()) {
            Cache<String, String> cache =
                    node.cache("cache", configuration(MODIFIED).writeThrough(() -> writer));
            node.requests().clear();

            cache.putAll(entries(MANY));
            cache.removeAll(entries(MANY).keySet());

            assertThat(counts(node)).isEqualTo(Map.of("BatchWriteItem", 6L));
            assertThat(writer.sizes).containsExactly(60, 60);
        }
    }

    private static final class BatchWriter implements CacheWriter<String, String> {
        private final List<Integer> sizes = new ArrayList<>();

        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            sizes.add(entries.size());
            entries.clear();
        }

        @Override
        public void delete(Object key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            sizes.add(keys.size());
            keys.clear();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("policies")
    void removeAllOfKeys_60Keys_isThreeBatches(String name, Factory<ExpiryPolicy> policy) {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(policy), 30);

            cache.removeAll(entries(MANY).keySet());

            assertThat(counts(node)).isEqualTo(Map.of("BatchWriteItem", 3L));
            assertThat(batchSizes(node)).containsExactlyInAnyOrder(25, 25, 10);
            assertThat(cache.getAll(entries(MANY).keySet())).isEmpty();
        }
    }

    @Test
    void removeAllOfKeys_listener_isSingleRequests() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL).listener(listener()), 30);

            cache.removeAll(entries(MANY).keySet());

            assertThat(counts(node)).isEqualTo(Map.of("DeleteItem", 60L));
        }
    }

    @Test
    void removeAllOfKeys_statistics_isSingleRequests() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL).statisticsEnabled(true), 30);

            cache.removeAll(entries(MANY).keySet());

            assertThat(counts(node)).isEqualTo(Map.of("DeleteItem", 60L));
        }
    }

    @Test
    void removeAll_60Entries_isOneScanAndThreeBatches() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(CREATED), MANY);

            cache.removeAll();

            assertThat(counts(node)).isEqualTo(Map.of("Scan", 1L, "BatchWriteItem", 3L));
            assertThat(cache.iterator().hasNext()).isFalse();
        }
    }

    @Test
    void removeAll_listener_isOneScanAndSingleRequests() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL).listener(listener()), 30);

            cache.removeAll();

            assertThat(counts(node)).isEqualTo(Map.of("Scan", 1L, "DeleteItem", 30L));
        }
    }

    @Test
    void clear_60Entries_isOneScanAndThreeBatchesEvenWithAListener() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL).listener(listener()), MANY);

            cache.clear();

            assertThat(counts(node)).isEqualTo(Map.of("Scan", 1L, "BatchWriteItem", 3L));
            assertThat(cache.iterator().hasNext()).isFalse();
        }
    }

    @Test
    void destroyCache_60Entries_isOneScanAndThreeBatches() {
        try (Node node = Node.start()) {
            filled(node, configuration(ETERNAL), MANY);

            node.manager().destroyCache("cache");

            assertThat(counts(node)).isEqualTo(Map.of("Scan", 1L, "BatchWriteItem", 3L));
        }
    }

    @Test
    void clear_noEntries_isOneScan() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL), 0);

            cache.clear();

            assertThat(node.requests().operations()).containsExactly("Scan");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("policies")
    void iterator_60Entries_isOneScan(String name, Factory<ExpiryPolicy> policy) {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(policy), MANY);
            Map<String, String> seen = new HashMap<>();

            cache.forEach(entry -> seen.put(entry.getKey(), entry.getValue()));

            assertThat(seen).isEqualTo(entries(MANY));
            assertThat(node.requests().operations()).containsExactly("Scan");
        }
    }

    @Test
    void iteratorRemove_eachEntry_isOneDeleteMore() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL), 3);
            Iterator<Cache.Entry<String, String>> entries = cache.iterator();

            while (entries.hasNext()) {
                entries.next();
                entries.remove();
            }

            assertThat(node.requests().operations()).containsExactly("Scan", "DeleteItem", "DeleteItem", "DeleteItem");
        }
    }

    @Test
    void iterator_tableOfSeveralPages_readsAtMostOnePageAhead() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = filled(node, configuration(ETERNAL), 0);
            Map<String, String> large = new LinkedHashMap<>();
            for (int i = 0; i < 12; i++) {
                large.put("key" + i, noise(300_000));
            }
            large.forEach(cache::put);
            node.requests().clear();

            Iterator<Cache.Entry<String, String>> entries = cache.iterator();
            Set<String> seen = Set.of(entries.next().getKey());

            assertThat(seen).hasSize(1);
            assertThat(node.requests().operations()).hasSizeBetween(1, 2).containsOnly("Scan");

            entries.forEachRemaining(entry -> assertThat(entry.getValue()).hasSize(300_000));

            // 3.6 MB in pages that end with the item that passes 1 MB.
            assertThat(node.requests().operations()).hasSizeBetween(3, 4).containsOnly("Scan");
        }
    }

    /** Text that does not compress below its own length in Latin letters. */
    private static String noise(int length) {
        return new Random(length)
                .ints(length, ' ', '~')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void answers_largeEntry_carryItsValueOnlyWhereItIsWanted() {
        AtomicLong received = new AtomicLong();
        try (Node node = Node.over(server -> new CountingTransport(server, received))) {
            Cache<String, String> cache = filled(node, configuration(MODIFIED), 0);
            cache.put("key", noise(100_000));

            assertThat(bytes(received, () -> cache.get("key"))).isGreaterThan(50_000);
            assertThat(bytes(received, () -> cache.containsKey("key"))).isLessThan(1_000);
            assertThat(bytes(received, () -> cache.put("key", noise(100_000)))).isLessThan(1_000);
            assertThat(bytes(received, () -> cache.replace("key", noise(100_001))))
                    .isLessThan(1_000);
            assertThat(bytes(received, () -> cache.getAndPut("key", noise(100_000))))
                    .isGreaterThan(50_000);
            assertThat(bytes(received, () -> cache.remove("key"))).isLessThan(1_000);
        }
    }

    private static long bytes(AtomicLong received, Runnable operation) {
        received.set(0);
        operation.run();
        assertThat(received).as("the answer's length is known").hasPositiveValue();
        return received.get();
    }

    /** Counts the bytes of answers. */
    private record CountingTransport(SdkHttpClient server, AtomicLong received) implements SdkHttpClient {
        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            ExecutableHttpRequest forwarded = server.prepareRequest(request);
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws IOException {
                    HttpExecuteResponse response = forwarded.call();
                    response.httpResponse()
                            .firstMatchingHeader("Content-Length")
                            .ifPresent(length -> received.addAndGet(Long.parseLong(length)));
                    return response;
                }

                @Override
                public void abort() {
                    forwarded.abort();
                }
            };
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
