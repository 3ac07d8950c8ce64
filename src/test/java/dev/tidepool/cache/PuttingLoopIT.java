package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A put under a policy that keeps the deadline of what is there: it asks for one, then for the other, and may lose. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class PuttingLoopIT {
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();

    private static boolean pauses(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("Backoff"));
    }

    @Test
    void put_othersCreateAndRemoveAllTheTime_pausesBetweenTries() throws Exception {
        String table = Node.freshTable();
        try (Node node = Node.over(server -> {
                    transport.set(new SteeredTransport(server));
                    return requireNonNull(transport.get());
                });
                Node other = Node.besides(node)) {
            Cache<String, String> cache = node.cache(
                    "c",
                    DynamoDbConfiguration.builder(String.class, String.class)
                            .table(table)
                            .expiryPolicy(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 10))));
            RawItems items = new RawItems(other.client(), table);
            long now = node.clock().millis();
            AtomicBoolean contended = new AtomicBoolean(true);
            requireNonNull(transport.get()).before(operation -> {
                if (contended.get()) {
                    long deadline = operation.equals("UpdateItem") ? now - 1 : now + 60_000;
                    items.put(
                            "c:key",
                            Map.of(
                                    "value", RawItems.encoded("another's"),
                                    "etag", RawItems.number(1),
                                    "expires", RawItems.number((deadline + 999) / 1000),
                                    "expiresAt", RawItems.number(deadline)));
                }
                return true;
            });

            Thread putting = new Thread(() -> cache.put("key", "value"));
            putting.start();
            Eventually.holds("the put pauses", () -> pauses(putting));
            contended.set(false);
            putting.join();

            assertThat(cache.get("key")).isEqualTo("value");
        }
    }
}
