package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server that returns no item with a failed condition: every answer is as on DynamoDB, and a refusal costs one read
 * more.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
class LookalikeServerIT {
    private static final Factory<ExpiryPolicy> ETERNAL = EternalExpiryPolicy.factoryOf();
    private static final Factory<ExpiryPolicy> CREATED =
            CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 10));

    private final String table = Node.freshTable();
    private final AtomicReference<UnreliableTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(server -> {
        UnreliableTransport unreliable = new UnreliableTransport(new LookalikeTransport(server));
        transport.set(unreliable);
        return unreliable;
    });
    private final Node other = Node.over(LookalikeTransport::new);

    private Cache<String, Object> cache = cacheOf(node, ETERNAL);
    private final Cache<String, Object> theirs = cacheOf(other, ETERNAL);

    private Cache<String, Object> cacheOf(Node of, Factory<ExpiryPolicy> policy) {
        return of.cache(
                "cache",
                DynamoDbConfiguration.builder(String.class, Object.class)
                        .table(table)
                        .expiryPolicy(policy));
    }

    @BeforeEach
    void forgetSetup() {
        node.requests().clear();
    }

    @AfterEach
    void stop() {
        node.close();
        other.close();
    }

    private void given(Object value) {
        theirs.put("key", value);
    }

    private void expired() {
        cache.close();
        cache = cacheOf(node, CREATED);
        cache.put("key", "old");
        node.clock().advance(java.time.Duration.ofHours(1));
        node.requests().clear();
    }

    private static Map<String, Integer> filled(String... keys) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String key : keys) {
            map.put(key, (int) key.charAt(0));
        }
        return map;
    }

    private void assertRequests(String... operations) {
        assertThat(node.requests().operations()).containsExactly(operations);
    }

    @Test
    void putIfAbsent_absent_isOneRequest() {
        assertThat(cache.putIfAbsent("key", "new")).isTrue();

        assertRequests("PutItem");
        assertThat(theirs.get("key")).isEqualTo("new");
    }

    @Test
    void putIfAbsent_present_readsWhatRefused() {
        given("old");

        assertThat(cache.putIfAbsent("key", "new")).isFalse();

        assertRequests("PutItem", "GetItem");
        assertThat(theirs.get("key")).isEqualTo("old");
    }

    @Test
    void putIfAbsent_expired_isOneRequest() {
        expired();

        assertThat(cache.putIfAbsent("key", "new")).isTrue();

        assertRequests("PutItem");
    }

    @Test
    void put_underPolicyThatKeepsDeadlines_readsWhatRefusedIt() {
        expired();

        cache.put("key", "new");

        assertRequests("UpdateItem", "GetItem", "PutItem");
        assertThat(cache.get("key")).isEqualTo("new");
    }

    @Test
    void replace_absent_needsNoRead() {
        assertThat(cache.replace("key", "new")).isFalse();

        assertRequests("UpdateItem");
        assertThat(theirs.containsKey("key")).isFalse();
    }

    @Test
    void getAndReplace_present_isOneRequest() {
        given("old");

        assertThat(cache.getAndReplace("key", "new")).isEqualTo("old");

        assertRequests("UpdateItem");
    }

    @Test
    void replaceEqual_match_isOneRequest() {
        given("old");

        assertThat(cache.replace("key", "old", "new")).isTrue();

        assertRequests("UpdateItem");
        assertThat(theirs.get("key")).isEqualTo("new");
    }

    @Test
    void replaceEqual_mismatch_readsWhatRefused() {
        given("theirs");

        assertThat(cache.replace("key", "old", "new")).isFalse();

        assertRequests("UpdateItem", "GetItem");
        assertThat(theirs.get("key")).isEqualTo("theirs");
    }

    @Test
    void replaceEqual_matchOfOtherBytes_readsAndReplaces() {
        given(filled("a", "b"));

        assertThat(cache.replace("key", filled("b", "a"), "new")).isTrue();

        assertRequests("UpdateItem", "GetItem", "UpdateItem");
        assertThat(theirs.get("key")).isEqualTo("new");
    }

    @Test
    void replaceEqual_absent_readsAndReplacesNothing() {
        assertThat(cache.replace("key", "old", "new")).isFalse();

        assertRequests("UpdateItem", "GetItem");
        assertThat(theirs.containsKey("key")).isFalse();
    }

    @Test
    void replaceEqual_expired_replacesNothing() {
        expired();

        assertThat(cache.replace("key", "old", "new")).isFalse();

        assertRequests("UpdateItem", "GetItem");
        assertThat(cache.containsKey("key")).isFalse();
    }

    @Test
    void removeEqual_match_isOneRequest() {
        given("old");

        assertThat(cache.remove("key", "old")).isTrue();

        assertRequests("DeleteItem");
        assertThat(theirs.containsKey("key")).isFalse();
    }

    @Test
    void removeEqual_mismatch_readsWhatRefused() {
        given("theirs");

        assertThat(cache.remove("key", "old")).isFalse();

        assertRequests("DeleteItem", "GetItem");
        assertThat(theirs.get("key")).isEqualTo("theirs");
    }

    @Test
    void removeEqual_matchOfOtherBytes_readsAndRemoves() {
        given(filled("a", "b"));

        assertThat(cache.remove("key", filled("b", "a"))).isTrue();

        assertRequests("DeleteItem", "GetItem", "DeleteItem");
        assertThat(theirs.containsKey("key")).isFalse();
    }

    @Test
    void remove_absent_needsNoRead() {
        assertThat(cache.remove("key")).isFalse();
        assertThat(cache.getAndRemove("key")).isNull();

        assertRequests("DeleteItem", "DeleteItem");
    }

    /** It reads what refused it, which such a server does not tell, and what is there after the pause. */
    @Test
    void invoke_otherNodeUpdatesMeanwhile_readsAndStartsAgain() {
        given(1);

        assertThat(cache.<Integer>invoke("key", (entry, arguments) -> {
                    int seen = (Integer) entry.getValue();
                    if (seen == 1) {
                        theirs.put("key", 10);
                    }
                    entry.setValue(seen + 1);
                    return seen + 1;
                }))
                .isEqualTo(11);

        assertRequests("GetItem", "UpdateItem", "GetItem", "GetItem", "UpdateItem");
        assertThat(theirs.get("key")).isEqualTo(11);
    }

    @Test
    void invoke_otherNodeRemovesMeanwhile_readsAndCreates() {
        given(1);

        assertThat(cache.<String>invoke("key", (entry, arguments) -> {
                    if (entry.exists()) {
                        theirs.remove("key");
                        entry.setValue("updated");
                        return "updated";
                    }
                    entry.setValue("created");
                    return "created";
                }))
                .isEqualTo("created");

        assertRequests("GetItem", "UpdateItem", "GetItem", "GetItem", "PutItem");
        assertThat(theirs.get("key")).isEqualTo("created");
    }

    @Test
    void invoke_otherNodeCreatesMeanwhile_readsAndUpdates() {
        assertThat(cache.<String>invoke("key", (entry, arguments) -> {
                    if (!entry.exists()) {
                        theirs.put("key", "theirs");
                        entry.setValue("created");
                        return "created";
                    }
                    String updated = entry.getValue() + ", ours";
                    entry.setValue(updated);
                    return updated;
                }))
                .isEqualTo("theirs, ours");

        assertRequests("GetItem", "PutItem", "GetItem", "GetItem", "UpdateItem");
        assertThat(theirs.get("key")).isEqualTo("theirs, ours");
    }

    @Test
    void invoke_twoNodesIncrement_loseNoneAndCountNoneTwice() throws Exception {
        List<FutureTask<Integer>> tasks = new ArrayList<>();
        for (Cache<String, Object> of : List.of(cache, theirs, cache, theirs)) {
            FutureTask<Integer> task = new FutureTask<>(() -> increment(of, 50));
            tasks.add(task);
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        }
        for (FutureTask<Integer> task : tasks) {
            assertThat(task.get()).isBetween(50, 200);
        }

        assertThat(cache.get("key")).isEqualTo(200);
    }

    private static int increment(Cache<String, Object> cache, int times) {
        int last = 0;
        for (int i = 0; i < times; i++) {
            last = cache.invoke("key", (entry, arguments) -> {
                int next = entry.exists() ? (Integer) entry.getValue() + 1 : 1;
                entry.setValue(next);
                return next;
            });
        }
        return last;
    }

    private void lose(String operation, Fault fault) {
        requireTransport().failNext(operation, fault, () -> {});
    }

    private UnreliableTransport requireTransport() {
        return requireNonNull(transport.get());
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_AFTER", "ERROR_AFTER"})
    void putIfAbsent_answerLost_recognisesItsOwnWrite(Fault fault) {
        lose("PutItem", fault);

        assertThat(cache.putIfAbsent("key", "new")).isTrue();

        assertRequests("PutItem", "PutItem", "GetItem");
        assertThat(theirs.get("key")).isEqualTo("new");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_AFTER", "ERROR_AFTER"})
    void replaceEqual_answerLost_recognisesItsOwnWrite(Fault fault) {
        given("old");
        lose("UpdateItem", fault);

        assertThat(cache.replace("key", "old", "new")).isTrue();

        assertRequests("UpdateItem", "UpdateItem", "GetItem");
        assertThat(theirs.get("key")).isEqualTo("new");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_AFTER", "ERROR_AFTER"})
    void invoke_answerLost_countsOnce(Fault fault) {
        lose("PutItem", fault);
        assertThat(increment(cache, 1)).isEqualTo(1);
        lose("UpdateItem", fault);
        assertThat(increment(cache, 1)).isEqualTo(2);

        assertRequests("GetItem", "PutItem", "PutItem", "GetItem", "GetItem", "UpdateItem", "UpdateItem", "GetItem");
        assertThat(theirs.get("key")).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_AFTER", "ERROR_AFTER"})
    void removeEqual_answerLost_saysThatItCannotKnow(Fault fault) {
        given("old");
        lose("DeleteItem", fault);

        assertThatThrownBy(() -> cache.remove("key", "old"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("may have been applied");

        assertThat(theirs.containsKey("key")).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_AFTER", "ERROR_AFTER"})
    void remove_answerLost_saysThatItCannotKnow(Fault fault) {
        given("old");
        lose("DeleteItem", fault);

        assertThatThrownBy(() -> cache.remove("key"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("may have been applied");

        assertThat(theirs.containsKey("key")).isFalse();
    }

    @Test
    void invoke_answerLostAndOtherNodeWrites_saysThatItCannotKnow() {
        given(1);
        requireTransport().failNext("UpdateItem", Fault.RESET_AFTER, () -> increment(theirs, 1));

        assertThatThrownBy(() -> increment(cache, 1))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("may have been applied");

        assertThat(theirs.get("key")).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_BEFORE", "ERROR_BEFORE", "THROTTLED"})
    void operations_requestLost_areAppliedOnce(Fault fault) {
        lose("PutItem", fault);
        assertThat(cache.putIfAbsent("key", 0)).isTrue();
        lose("UpdateItem", fault);
        assertThat(cache.replace("key", 0, 1)).isTrue();
        lose("UpdateItem", fault);
        assertThat(increment(cache, 1)).isEqualTo(2);
        lose("DeleteItem", fault);
        assertThat(cache.remove("key", 2)).isTrue();

        assertRequests(
                "PutItem",
                "PutItem",
                "UpdateItem",
                "UpdateItem",
                "GetItem",
                "UpdateItem",
                "UpdateItem",
                "DeleteItem",
                "DeleteItem");
        assertThat(theirs.containsKey("key")).isFalse();
    }

    @Test
    void putIfAbsent_refusalAfterThrottling_isCertain() {
        given("old");
        lose("PutItem", Fault.THROTTLED);

        assertThat(cache.putIfAbsent("key", "new")).isFalse();

        assertRequests("PutItem", "PutItem", "GetItem");
    }
}
