package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidepool.NpmProgram;
import dev.tidepool.Option;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server that is not DynamoDB: it knows no UpdateTimeToLive, and returns no item with a failed condition. All works
 * as on DynamoDB, for a warning and a read more. Skipped where node or npm is missing.
 */
@Timeout(180)
class DynaliteIT {
    private static final Duration TEN_MINUTES = new Duration(TimeUnit.MINUTES, 10);

    private static @Nullable Dynalite server;

    private final String table = Node.freshTable();
    private final Node node = Node.at(requireServer().endpoint());

    @BeforeAll
    static void start() throws Exception {
        List<String> missing = NpmProgram.missingPrograms();
        assumeTrue(missing.isEmpty(), () -> "dynalite takes " + missing + ", which are not on the PATH");
        server = Dynalite.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @AfterEach
    void close() {
        node.close();
    }

    private static Dynalite requireServer() {
        return requireNonNull(server);
    }

    private Cache<String, Object> cacheOf(Node of, Factory<ExpiryPolicy> policy) {
        return of.cache(
                "cache",
                DynamoDbConfiguration.builder(String.class, Object.class)
                        .table(table)
                        .expiryPolicy(policy));
    }

    private Cache<String, Object> cache() {
        Cache<String, Object> cache = cacheOf(node, EternalExpiryPolicy.factoryOf());
        node.requests().clear();
        return cache;
    }

    private void assertRequests(String... operations) {
        assertThat(node.requests().operations()).containsExactly(operations);
        node.requests().clear();
    }

    @Test
    void createCache_serverWithoutTimeToLive_createsTableAndWarnsOnce() {
        try (CapturedLog log = new CapturedLog()) {
            Cache<String, Object> cache = cacheOf(node, EternalExpiryPolicy.factoryOf());
            node.cache(
                    "second",
                    DynamoDbConfiguration.builder(String.class, String.class).table(table));

            assertThat(log.warningsOf(table)).singleElement().asString().contains("TimeToLive");
            cache.put("key", "value");
            assertThat(cache.get("key")).isEqualTo("value");
        }
        assertThat(node.requests().operations()).containsOnlyOnce("CreateTable", "UpdateTimeToLive");
    }

    @Test
    void createCache_missingTableThatIsNotToBeCreated_isRefused() {
        assertThatThrownBy(() -> node.cache(
                        "cache",
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(table)
                                .set(Option.CREATE_TABLE, false)))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("Table '" + table + "' does not exist");
    }

    @Test
    void singleOperations_matches_areOneRequestEach() {
        Cache<String, Object> cache = cache();

        cache.put("key", "1");
        assertThat(cache.get("key")).isEqualTo("1");
        assertThat(cache.containsKey("key")).isTrue();
        assertThat(cache.getAndPut("key", "2")).isEqualTo("1");
        assertThat(cache.replace("key", "3")).isTrue();
        assertThat(cache.replace("key", "3", "4")).isTrue();
        assertThat(cache.getAndReplace("key", "5")).isEqualTo("4");
        assertThat(cache.remove("key", "5")).isTrue();
        assertThat(cache.putIfAbsent("key", "6")).isTrue();
        assertThat(cache.getAndRemove("key")).isEqualTo("6");

        assertThat(node.requests().operations()).hasSize(10);
        assertThat(cache.get("key")).isNull();
    }

    @Test
    void singleOperations_mismatches_areRefusedForOneMoreRead() {
        Cache<String, Object> cache = cache();
        cache.put("key", "old");
        node.requests().clear();

        try (CapturedLog log = new CapturedLog()) {
            assertThat(cache.putIfAbsent("key", "new")).isFalse();
            assertRequests("PutItem", "GetItem");
            assertThat(log.warningsWith("does not return the item")).hasSize(1);
            assertThat(cache.replace("key", "other", "new")).isFalse();
            assertRequests("UpdateItem", "GetItem");
            assertThat(cache.remove("key", "other")).isFalse();
            assertRequests("DeleteItem", "GetItem");
            assertThat(log.warningsWith("does not return the item")).hasSize(1);
        }
        assertThat(cache.get("key")).isEqualTo("old");
    }

    @Test
    void singleOperations_absent_areRefused() {
        Cache<String, Object> cache = cache();

        assertThat(cache.replace("key", "new")).isFalse();
        assertThat(cache.getAndReplace("key", "new")).isNull();
        assertThat(cache.remove("key")).isFalse();
        assertThat(cache.getAndRemove("key")).isNull();
        assertRequests("UpdateItem", "UpdateItem", "DeleteItem", "DeleteItem");
        assertThat(cache.replace("key", "old", "new")).isFalse();
        assertThat(cache.remove("key", "old")).isFalse();
        assertRequests("UpdateItem", "GetItem", "DeleteItem", "GetItem");
        assertThat(cache.containsKey("key")).isFalse();
    }

    @Test
    void invoke_createsUpdatesAndRemoves() {
        Cache<String, Object> cache = cache();

        increment(cache, 2);
        assertRequests("GetItem", "PutItem", "GetItem", "UpdateItem");
        cache.invoke("key", (entry, none) -> {
            entry.remove();
            return null;
        });
        assertRequests("GetItem", "DeleteItem");

        assertThat(cache.containsKey("key")).isFalse();
    }

    private static void increment(Cache<String, Object> cache, int times) {
        for (int i = 0; i < times; i++) {
            cache.invoke("key", (entry, none) -> {
                entry.setValue(entry.exists() ? (Integer) entry.getValue() + 1 : 1);
                return null;
            });
        }
    }

    @Test
    void invoke_twoNodesOfTwoThreadsIncrement_loseNoneAndCountNoneTwice() throws Exception {
        try (Node other = Node.at(requireServer().endpoint())) {
            Cache<String, Object> ours = cache();
            Cache<String, Object> theirs = cacheOf(other, EternalExpiryPolicy.factoryOf());
            List<FutureTask<?>> tasks = new ArrayList<>();
            for (Cache<String, Object> of : List.of(ours, theirs, ours, theirs)) {
                FutureTask<?> task = new FutureTask<>(() -> increment(of, 100), null);
                tasks.add(task);
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                thread.start();
            }
            for (FutureTask<?> task : tasks) {
                task.get();
            }

            assertThat(ours.get("key")).isEqualTo(400);
        }
    }

    @Test
    void bulkOperations_manyEntries_dealWithEveryOne() {
        Cache<String, Object> cache = cache();
        Cache<String, String> neighbour = node.cache(
                "neighbour",
                DynamoDbConfiguration.builder(String.class, String.class).table(table));
        neighbour.put("key", "theirs");
        Map<String, Object> expected = new HashMap<>();
        for (int i = 0; i < 130; i++) {
            expected.put("key " + i, i);
        }
        expected.put("long".repeat(1_000), "digested");

        cache.putAll(expected);
        assertThat(cache.getAll(expected.keySet())).isEqualTo(expected);
        Map<String, Object> seen = new HashMap<>();
        cache.forEach(entry -> seen.put(entry.getKey(), entry.getValue()));
        assertThat(seen).isEqualTo(expected);

        cache.removeAll(Set.of("key 0", "key 1"));
        assertThat(cache).hasSize(129);
        cache.clear();
        assertThat(cache).isEmpty();
        assertThat(neighbour.get("key")).isEqualTo("theirs");
    }

    @Test
    void expiry_deadlineReached_entryIsAbsentForEveryOperation() {
        Cache<String, Object> cache = cacheOf(node, CreatedExpiryPolicy.factoryOf(TEN_MINUTES));
        cache.put("key", "old");
        node.clock().advance(java.time.Duration.ofMinutes(10).minusMillis(1));
        assertThat(cache.get("key")).isEqualTo("old");
        node.clock().advance(java.time.Duration.ofMillis(1));

        assertThat(cache.get("key")).isNull();
        assertThat(cache.containsKey("key")).isFalse();
        assertThat(cache.getAll(Set.of("key"))).isEmpty();
        assertThat(cache).isEmpty();
        assertThat(cache.replace("key", "new")).isFalse();
        assertThat(cache.replace("key", "old", "new")).isFalse();
        assertThat(cache.remove("key")).isFalse();
        assertThat(cache.putIfAbsent("key", "new")).isTrue();
        assertThat(cache.get("key")).isEqualTo("new");
    }

    @Test
    void expiry_access_movesTheDeadline() {
        Cache<String, Object> cache = cacheOf(node, AccessedExpiryPolicy.factoryOf(TEN_MINUTES));
        cache.put("key", "value");
        for (int i = 0; i < 3; i++) {
            node.clock().advance(java.time.Duration.ofMinutes(9));
            assertThat(cache.get("key")).isEqualTo("value");
        }
        node.clock().advance(java.time.Duration.ofMinutes(10));
        assertThat(cache.get("key")).isNull();
    }

    @Test
    void reap_expiredItems_areDeletedAndOthersStay() {
        Cache<String, Object> cache = cacheOf(node, CreatedExpiryPolicy.factoryOf(TEN_MINUTES));
        RawItems items = new RawItems(node.client(), table);
        cache.putAll(Map.of("a", "1", "b", "2"));
        node.clock().advance(java.time.Duration.ofMinutes(9));
        cache.put("c", "3");
        node.clock().advance(java.time.Duration.ofMinutes(1));
        items.put("other:d", Map.of("expires", RawItems.number(1)));
        node.requests().clear();

        assertThat(cache.unwrap(CacheItems.class).reap()).isEqualTo(2);

        assertRequests("Scan", "DeleteItem", "DeleteItem");
        assertThat(items.all("cache:")).hasSize(1);
        assertThat(items.contains("other:d")).isTrue();
        assertThat(cache.get("c")).isEqualTo("3");
    }
}
