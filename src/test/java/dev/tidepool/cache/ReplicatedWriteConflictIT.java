package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.RequestObserver.SentRequest;
import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import dev.tidepool.cache.StoreFailure.StoreUnavailable;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.retry.RetryPolicy;

/**
 * A global table with multi-Region strong consistency, which refuses a write of an item that another Region is in the
 * midst of writing.
 */
@ExtendWith(DynamoDbLocal.class)
final class ReplicatedWriteConflictIT {
    private static final String KEY = "key";
    private static final String MAY_HAVE_BEEN_APPLIED = "may have been applied";
    private static final int CONFLICTS = 3;

    private final List<UnreliableTransport> transports = new ArrayList<>();

    private static DynamoDbConfiguration.Builder<String, String> strings() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(Node.freshTable());
    }

    private Node node(Consumer<ClientOverrideConfiguration.Builder> settings) {
        return Node.over(
                server -> {
                    UnreliableTransport transport = new UnreliableTransport(server);
                    transports.add(transport);
                    return transport;
                },
                settings);
    }

    /** Of a client that sends nothing again by itself. */
    private Node nodeWithoutRetries() {
        return node(override -> override.retryStrategy(retries -> retries.maxAttempts(1)));
    }

    private void conflict(String request, Fault... first) {
        List<Fault> faults = new ArrayList<>(List.of(first));
        faults.addAll(Collections.nCopies(CONFLICTS, Fault.OTHER_REGION));
        transports.get(0).failNext(request, faults, () -> {});
    }

    private record Use(String request, String method, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    static Stream<Use> changes() {
        return Stream.of(
                new Use("UpdateItem", "put", cache -> cache.put(KEY, "new")),
                new Use(
                        "PutItem",
                        "putIfAbsent",
                        cache -> assertThat(cache.putIfAbsent("other", "new")).isTrue()),
                new Use(
                        "UpdateItem",
                        "replace",
                        cache -> assertThat(cache.replace(KEY, "old", "new")).isTrue()),
                new Use(
                        "DeleteItem",
                        "remove",
                        cache -> assertThat(cache.remove(KEY, "old")).isTrue()),
                new Use(
                        "DeleteItem",
                        "getAndRemove",
                        cache -> assertThat(cache.getAndRemove(KEY)).isEqualTo("old")),
                new Use("BatchWriteItem", "putAll", cache -> cache.putAll(Map.of(KEY, "new", "other", "new"))));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void change_otherRegionWritesForAWhile_isMadeAfterIt(Use use) {
        try (Node node = nodeWithoutRetries()) {
            Cache<String, String> cache = node.cache("c", strings());
            cache.put(KEY, "old");
            Measurements measured = Measurements.of(node);
            node.requests().clear();
            conflict(use.request());

            use.run().accept(cache);

            assertThat(transports.get(0).isFaultPending()).isFalse();
            assertThat(node.requests().operations())
                    .containsExactlyElementsOf(Collections.nCopies(CONFLICTS + 1, use.request()));
            assertThat(measured.conflicts()).isEqualTo(CONFLICTS);
            assertThat(measured.sent())
                    .extracting(SentRequest::answer, SentRequest::retries, SentRequest::throttles)
                    .containsExactly(tuple(Answer.SUCCESS, CONFLICTS, 0));
        }
    }

    /** Retries of the old kind do not tell how an attempt has ended. */
    @SuppressWarnings("deprecation") // applications may still give clients a RetryPolicy
    @Test
    void put_clientOfARetryPolicy_countsNoConflictAsThrottled() {
        try (Node node = node(override -> override.retryPolicy(RetryPolicy.none()))) {
            Cache<String, String> cache = node.cache("c", strings());
            Measurements measured = Measurements.of(node);
            conflict("UpdateItem");

            cache.put(KEY, "new");

            assertThat(measured.sent()).extracting(SentRequest::throttles).containsExactly(0);
        }
    }

    @Test
    void putIfAbsent_otherRegionHasCreatedTheEntryMeanwhile_isRefusedForCertain() {
        try (Node node = nodeWithoutRetries()) {
            Cache<String, String> cache = node.cache("c", strings());
            cache.put(KEY, "theirs");
            conflict("PutItem");

            assertThat(cache.putIfAbsent(KEY, "ours")).isFalse();
            assertThat(cache.get(KEY)).isEqualTo("theirs");
        }
    }

    @Test
    void invoke_otherRegionWritesForAWhile_runsTheProcessorOnce() {
        try (Node node = nodeWithoutRetries()) {
            Cache<String, String> cache = node.cache("c", strings());
            cache.put(KEY, "old");
            conflict("UpdateItem");
            AtomicInteger runs = new AtomicInteger();

            cache.invoke(KEY, (entry, arguments) -> {
                runs.incrementAndGet();
                entry.setValue(entry.getValue() + "er");
                return null;
            });

            assertThat(cache.get(KEY)).isEqualTo("older");
            assertThat(runs).hasValue(1);
        }
    }

    /** The SDK's own retries come first, and are none of ours. */
    @Test
    void put_conflictThatTheSdkSitsOut_isMade() {
        try (Node node = node(override -> override.retryStrategy(Haste::shortenPauses))) {
            Cache<String, String> cache = node.cache("c", strings());
            conflict("UpdateItem");

            cache.put(KEY, "new");

            assertThat(cache.get(KEY)).isEqualTo("new");
        }
    }

    @Test
    void putIfAbsent_answerLostBeforeTheConflicts_staysInDoubt() {
        try (Node node = node(override -> override.retryStrategy(retries -> {
            Haste.shortenPauses(retries);
            retries.maxAttempts(2);
        }))) {
            Cache<String, String> cache = node.cache("c", strings());
            cache.put(KEY, "theirs");
            conflict("PutItem", Fault.RESET_BEFORE);

            assertThatThrownBy(() -> cache.putIfAbsent(KEY, "ours"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
            assertThat(transports.get(0).isFaultPending()).isFalse();
        }
    }

    /** Whoever ends the pause before the next try must not be told that nothing happened. */
    @Test
    void putIfAbsent_interruptedAfterAnAnswerWasLost_staysInDoubt() {
        try (Node node = node(override -> override.retryStrategy(retries -> {
            Haste.shortenPauses(retries);
            retries.maxAttempts(2);
        }))) {
            Cache<String, String> cache = node.cache("c", strings());
            node.manager().unwrap(DynamoDbCacheManager.class).observe(name -> new InterruptingOnConflict());
            conflict("PutItem", Fault.RESET_BEFORE);

            assertThatThrownBy(() -> cache.putIfAbsent(KEY, "ours"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** Interrupts the thread that is about to pause. */
    private static final class InterruptingOnConflict implements RequestObserver {
        @Override
        public void conflict() {
            Thread.currentThread().interrupt();
        }

        @Override
        public void sent(SentRequest request) {}

        @Override
        public void unavailable() {}

        @Override
        public void closed() {}
    }

    @ParameterizedTest
    @MethodSource("changes")
    void change_otherRegionWritesUntilTimeIsUp_saysSoAndLeavesNoDoubt(Use use) {
        String table = Node.freshTable();
        try (Node first = Node.start();
                Node node = Node.over(
                        Transport.refusing(
                                use.request(), "ReplicatedWriteConflictException", "modified in another Region"),
                        override -> override.apiCallTimeout(Duration.ofMillis(900))
                                .retryStrategy(retries -> retries.maxAttempts(1)))) {
            first.cache("c", strings().table(table)).put(KEY, "old");
            Cache<String, String> cache = node.cache("c", strings().table(table).set(Option.INITIALIZED, true));
            cache.get(KEY); // the first request of a client takes long

            assertThatThrownBy(() -> use.run().accept(cache))
                    .isInstanceOf(CacheException.class)
                    .satisfies(failure -> assertThat(failure instanceof StoreUnavailable ? failure : failure.getCause())
                            .isInstanceOfSatisfying(
                                    StoreUnavailable.class,
                                    unavailable ->
                                            assertThat(unavailable.isDown()).isFalse()))
                    .hasMessageContaining(use.request() + " on table '" + table + "'")
                    .hasMessageContaining("another Region was writing the same item")
                    .hasMessageContaining(Transport.REFUSED)
                    .hasMessageNotContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }
}
