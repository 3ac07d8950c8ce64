package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that is lost with the value before: the change is known to be made, and so it is told and counted. */
@ExtendWith(DynamoDbLocal.class)
final class LostBeforeIT {
    private final AtomicReference<UnreliableTransport> transport = new AtomicReference<>();

    @ParameterizedTest
    @ValueSource(strings = {"getAndPut", "getAndReplace"})
    void getAndWrite_answerLost_listenersHearAndItIsCounted(String operation) {
        Events<String, String> events = new Events<>();
        try (Node node = Node.over(server -> {
            transport.set(new UnreliableTransport(server));
            return requireNonNull(transport.get());
        })) {
            Cache<String, String> cache = node.cache(
                    "lost-" + operation,
                    DynamoDbConfiguration.builder(String.class, String.class)
                            .table(Node.freshTable())
                            .expiryPolicy(ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR))
                            .statisticsEnabled(true)
                            .listener(events.synchronous()));
            cache.put("key", "old");
            events.clear();
            requireNonNull(transport.get()).failNext("PutItem", Fault.RESET_AFTER, () -> {});

            Throwable failure = catchThrowable(() -> {
                if (operation.equals("getAndPut")) {
                    cache.getAndPut("key", "new");
                } else {
                    cache.getAndReplace("key", "new");
                }
            });

            assertThat(requireNonNull(transport.get()).isFaultPending()).isFalse();
            assertThat(failure).isInstanceOf(CacheException.class).hasMessageContaining("may have been applied");
            assertThat(events.heard()).containsExactly("UPDATED key: null -> new");
            assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(1, 0, 2, 0));
            assertThat(cache.get("key")).isEqualTo("new");
        }
    }
}
