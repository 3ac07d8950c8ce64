package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.expiry.Duration;
import javax.cache.integration.CompletionListenerFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * A table that is short of capacity for longer than anybody tries: the operation says so, and one on many entries says
 * which of them it has not changed. What never gets through here are the requests for the keys that begin with "stuck".
 */
@ExtendWith(DynamoDbLocal.class)
final class ThrottlingIT {
    private static final String STUCK = "stuck";
    private static final int FREE_KEYS = 60;
    private static final int STUCK_KEYS = 7;

    private final String table = Node.freshTable();
    private final AtomicBoolean throttled = new AtomicBoolean();

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /** In an order in which a batch takes all that is stuck. */
    private static Map<String, String> entries(String value) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (int i = 0; i < FREE_KEYS; i++) {
            entries.put("free " + i, value);
        }
        for (int i = 0; i < STUCK_KEYS; i++) {
            entries.put(STUCK + " " + i, value);
        }
        return entries;
    }

    private static Set<String> stuckKeys() {
        Set<String> keys = new HashSet<>(entries("").keySet());
        keys.removeIf(key -> !key.startsWith(STUCK));
        return keys;
    }

    /** Refuses each write, single or batch, that something stuck is part of. */
    private SdkHttpClient refusingWrites(SdkHttpClient server) {
        return new Transport(server) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                boolean writes = !Set.of("GetItem", "BatchGetItem", "Scan").contains(operation);
                return throttled.get() && writes && body(request).contains(STUCK)
                        ? refusal("ProvisionedThroughputExceededException", "too fast")
                        : pass(request);
            }
        };
    }

    /** The keys of a cache that have this value in the table. */
    private Set<String> keysInTable(Node node, String cacheName, String value) {
        Set<String> keys = new HashSet<>();
        String prefix = cacheName + ":";
        new RawItems(node.client(), table)
                .all(prefix).stream()
                        .filter(item -> RawItems.encoded(value).equals(item.get("value")))
                        .forEach(item -> keys.add(
                                Objects.requireNonNull(item.get("id")).s().substring(prefix.length())));
        return keys;
    }

    private void assertIncomplete(
            @Nullable Throwable failure, String cacheName, String operation, Set<String> expected) {
        assertThat(failure)
                .isInstanceOf(IncompleteBatchException.class)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("Cache '" + cacheName + "': " + operation + " on table '" + table + "'")
                .hasMessageContaining(expected.size() + " of " + (FREE_KEYS + STUCK_KEYS) + " entries")
                .hasMessageContaining("throttled beyond the retries")
                .hasMessageNotContaining(STUCK)
                .hasMessageNotContaining("free ")
                .hasCauseInstanceOf(CacheException.class);
        assertThat(((IncompleteBatchException) Objects.requireNonNull(failure)).keys())
                .isEqualTo(expected);
    }

    private static void load(Cache<String, String> cache, boolean replace) {
        CompletionListenerFuture told = new CompletionListenerFuture();
        cache.loadAll(entries("").keySet(), replace, told);
        try {
            told.get();
        } catch (ExecutionException e) {
            throw (RuntimeException) Objects.requireNonNull(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<String> without(Set<String> some) {
        Set<String> others = new HashSet<>(entries("").keySet());
        others.removeAll(some);
        return others;
    }

    /** Takes some seconds: the library is patient with a server that leaves out what it was sent. */
    @Test
    void allBatches_serverLeavesSomeOutForEver_failNamingTheirKeys() {
        try (Node node = Node.over(server -> ShortOfCapacity.starving(server, STUCK));
                Node filling = Node.besides(node)) {
            Map<String, Consumer<Cache<String, String>>> operations = Map.of(
                    "putAll", cache -> cache.putAll(entries("new")),
                    "loadAll", cache -> load(cache, true),
                    "removeAll", cache -> cache.removeAll(entries("").keySet()));
            filling.cache("removeAll", configuration()).putAll(entries("old"));
            Map<String, Throwable> failures = new ConcurrentHashMap<>();

            CompletableFuture.allOf(operations.keySet().stream()
                            .map(name -> CompletableFuture.runAsync(() -> failures.put(
                                    name,
                                    catchThrowable(() -> Objects.requireNonNull(operations.get(name))
                                            .accept(node.cache(
                                                    name,
                                                    configuration()
                                                            .readThrough(() -> new MapLoader<>(entries("new")))))))))
                            .toArray(CompletableFuture[]::new))
                    .join();

            assertThat(failures).hasSize(3);
            failures.forEach((name, failure) -> assertIncomplete(failure, name, name, stuckKeys()));
            assertThat(keysInTable(node, "putAll", "new")).isEqualTo(without(stuckKeys()));
            assertThat(keysInTable(node, "loadAll", "new")).isEqualTo(without(stuckKeys()));
            assertThat(keysInTable(node, "removeAll", "old")).isEqualTo(stuckKeys());
        }
    }

    @Test
    void putAll_batchRefused_namesAllItsKeysAndCountsTheOthers() {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", configuration().statisticsEnabled(true));
            throttled.set(true);

            Throwable failure = catchThrowable(() -> cache.putAll(entries("new")));

            Set<String> written = keysInTable(node, "c", "new");
            assertThat(written).as("two of three batches").hasSize(50).doesNotContainAnyElementsOf(stuckKeys());
            assertIncomplete(failure, "c", "putAll", without(written));
            assertThat(Beans.statistics(cache).getCachePuts()).isEqualTo(written.size());
        }
    }

    /** Why an operation on many entries sends a request for each of them. */
    enum Singly {
        LISTENER,
        POLICY,
        STATISTICS_AND_LISTENER;

        DynamoDbConfiguration.Builder<String, String> in(DynamoDbConfiguration.Builder<String, String> builder) {
            return switch (this) {
                case LISTENER -> builder.listener(new Events<String, String>().synchronous());
                case POLICY ->
                    builder.expiryPolicy(() -> new TablePolicy(Duration.ONE_HOUR, Duration.ONE_HOUR, null))
                            .statisticsEnabled(true);
                case STATISTICS_AND_LISTENER ->
                    builder.listener(new Events<String, String>().synchronous()).statisticsEnabled(true);
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void putAll_singleRequestsRefused_namesTheirKeysAndCountsTheOthers(Singly reason) {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", reason.in(configuration()));
            throttled.set(true);

            Throwable failure = catchThrowable(() -> cache.putAll(entries("new")));

            assertIncomplete(failure, "c", "putAll", stuckKeys());
            assertThat(keysInTable(node, "c", "new")).isEqualTo(without(stuckKeys()));
            assertThat(node.requests().operations()).doesNotContain("BatchWriteItem");
            if (reason != Singly.LISTENER) {
                assertThat(Beans.statistics(cache).getCachePuts()).isEqualTo(FREE_KEYS);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LISTENER", "STATISTICS_AND_LISTENER"})
    void removeAll_singleRequestsRefused_namesTheirKeysAndCountsTheOthers(Singly reason) {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", reason.in(configuration()));
            cache.putAll(entries("old"));
            throttled.set(true);

            Throwable failure = catchThrowable(() -> cache.removeAll(entries("").keySet()));

            assertIncomplete(failure, "c", "removeAll", stuckKeys());
            assertThat(keysInTable(node, "c", "old")).isEqualTo(stuckKeys());
            if (reason == Singly.STATISTICS_AND_LISTENER) {
                assertThat(Beans.statistics(cache).getCacheRemovals()).isEqualTo(FREE_KEYS);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LISTENER", "POLICY"})
    void loadAll_singleRequestsRefused_tellsTheCompletionListenerTheirKeys(Singly reason) {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache =
                    node.cache("c", reason.in(configuration()).readThrough(() -> new MapLoader<>(entries("new"))));
            throttled.set(true);

            assertIncomplete(catchThrowable(() -> load(cache, true)), "c", "loadAll", stuckKeys());
            assertThat(keysInTable(node, "c", "new")).isEqualTo(without(stuckKeys()));
        }
    }

    @Test
    void loadAll_additionsRefused_tellsTheCompletionListenerTheirKeys() {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache =
                    node.cache("c", configuration().readThrough(() -> new MapLoader<>(entries("new"))));
            throttled.set(true);

            assertIncomplete(catchThrowable(() -> load(cache, false)), "c", "loadAll", stuckKeys());
            assertThat(keysInTable(node, "c", "new")).isEqualTo(without(stuckKeys()));
        }
    }

    @Test
    void putAll_incompleteAndRepeatedWithItsKeys_completes() {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", configuration());
            throttled.set(true);
            Throwable failure = catchThrowable(() -> cache.putAll(entries("new")));
            throttled.set(false);
            Map<String, String> left = entries("new");
            left.keySet().retainAll(((IncompleteBatchException) failure).keys());

            cache.putAll(left);

            assertThat(keysInTable(node, "c", "new")).isEqualTo(entries("").keySet());
        }
    }

    private static void listen(Cache<String, String> cache, CacheEntryCreatedListener<String, String> listener) {
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true));
    }

    @Test
    void putAll_listenerThrowsAndAllIsWritten_isTheListenersFailure() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("c", configuration());
            listen(cache, events -> {
                throw new Quiet();
            });

            assertThatThrownBy(() -> cache.putAll(entries("new")))
                    .isInstanceOf(CacheException.class)
                    .isNotInstanceOf(IncompleteBatchException.class)
                    .hasRootCauseInstanceOf(Quiet.class);

            assertThat(keysInTable(node, "c", "new")).isEqualTo(entries("").keySet());
        }
    }

    @Test
    void putAll_listenerThrowsAndSomeIsRefused_namesOnlyWhatIsNotWritten() {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", configuration());
            listen(cache, events -> {
                throw new Quiet();
            });
            throttled.set(true);

            Throwable failure = catchThrowable(() -> cache.putAll(entries("new")));

            assertThat(failure).isInstanceOf(IncompleteBatchException.class);
            assertThat(((IncompleteBatchException) failure).keys()).isEqualTo(stuckKeys());
        }
    }

    @Test
    void clear_batchesRefused_saysThrottled() {
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", configuration());
            cache.putAll(entries("old"));
            throttled.set(true);

            for (Runnable operation : List.<Runnable>of(cache::clear, cache::removeAll)) {
                assertThatThrownBy(operation::run)
                        .isInstanceOf(CacheException.class)
                        .hasMessageContaining("Cache 'c': BatchWriteItem on table '" + table + "'")
                        .hasMessageContaining("throttled beyond the retries");
            }
        }
    }

    @Test
    void incompleteBatchException_serialized_keepsAllButItsKeys() throws Exception {
        IncompleteBatchException thrown;
        try (Node node = Node.withoutRetries(this::refusingWrites)) {
            Cache<String, String> cache = node.cache("c", configuration());
            throttled.set(true);
            thrown = (IncompleteBatchException) catchThrowable(() -> cache.putAll(entries("new")));
        }
        assertThat(thrown.keys()).isNotEmpty();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(thrown);
        }

        IncompleteBatchException read;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            read = (IncompleteBatchException) in.readObject();
        }

        assertThat(read).hasMessage(thrown.getMessage()).hasCauseInstanceOf(CacheException.class);
        assertThat(read.keys()).isEmpty();
    }

    private record Use(String request, String method, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    static Stream<Arguments> singleOperations() {
        List<Use> uses = List.of(
                new Use("GetItem", "get", cache -> cache.get("key")),
                new Use("GetItem", "containsKey", cache -> cache.containsKey("key")),
                new Use("GetItem", "invoke", cache -> cache.invoke("key", (entry, none) -> null)),
                new Use("UpdateItem", "put", cache -> cache.put("key", "new")),
                new Use("PutItem", "putIfAbsent", cache -> cache.putIfAbsent("key", "new")),
                new Use("UpdateItem", "replace if equal", cache -> cache.replace("key", "old", "new")),
                new Use("DeleteItem", "remove", cache -> cache.remove("key")),
                new Use("BatchGetItem", "getAll", cache -> cache.getAll(Set.of("key", "other"))),
                new Use("Scan", "iterator", cache -> cache.forEach(entry -> {})));
        return uses.stream()
                .flatMap(use -> Stream.of("ProvisionedThroughputExceededException", "ThrottlingException")
                        .map(code -> Arguments.of(use, code)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("singleOperations")
    void anyOperation_throttled_saysSoWithOperationAndTable(Use use, String code) {
        try (Node node = Node.withoutRetries(Transport.refusing(use.request(), code, "too fast"))) {
            Cache<String, String> cache = node.cache("c", configuration());

            assertThatThrownBy(() -> use.run().accept(cache))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("Cache 'c': " + use.request() + " on table '" + table + "' failed")
                    .hasMessageContaining("throttled beyond the retries")
                    .hasMessageContaining("capacity")
                    .hasMessageContaining(Transport.REFUSED)
                    .hasMessageNotContaining("may have been applied");
        }
    }
}
