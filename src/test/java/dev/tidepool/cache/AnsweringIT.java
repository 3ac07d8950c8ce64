package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** Whether a store answers at all. */
@ExtendWith(DynamoDbLocal.class)
final class AnsweringIT {
    private static final Duration LIMIT = Duration.ofMillis(400);

    /** What becomes of a request. */
    @FunctionalInterface
    private interface Fate {
        HttpExecuteResponse answer(HttpExecuteRequest request) throws IOException;
    }

    private final class Fateful extends Transport {
        Fateful(SdkHttpClient server) {
            super(server);
            fate = this::pass;
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            return fate.answer(request);
        }
    }

    private volatile Fate fate = request -> {
        throw new IOException("not wrapped yet");
    };

    private final Node node = Node.over(Fateful::new);
    private final Cache<String, String> cache = node.cache(
            "asked", DynamoDbConfiguration.builder(String.class, String.class).table(Node.freshTable()));

    private boolean isAnswering() {
        CacheItems<?> items = cache.unwrap(CacheItems.class);
        return items.isAnswering(LIMIT);
    }

    @AfterEach
    void closeNode() {
        node.close();
    }

    @Test
    void isAnswering_calmStore_isTrue() {
        assertThat(isAnswering()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ProvisionedThroughputExceededException", "AccessDeniedException", "InternalServerError"})
    void isAnswering_storeRefuses_isTrue(String code) {
        fate = request -> Transport.refusal(code, "as the test wants");

        assertThat(isAnswering()).isTrue();
    }

    /** As when a request is throttled, and its time is up before it is tried again. */
    @Test
    void isAnswering_secondAttemptHangs_isTrue() {
        fate = request -> {
            fate = AnsweringIT::hang;
            return Transport.answer(500, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\"}");
        };

        assertThat(isAnswering()).isTrue();
    }

    @Test
    void isAnswering_storeHangs_isFalseWhenTimeIsUp() {
        fate = AnsweringIT::hang;
        long begin = System.nanoTime();

        assertThat(isAnswering()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(LIMIT, LIMIT.multipliedBy(5));
    }

    @Test
    void isAnswering_noConnection_isFalse() {
        fate = request -> {
            throw new ConnectException("Connection refused");
        };

        assertThat(isAnswering()).isFalse();
    }

    @Test
    void isAnswering_closedCache_throws() {
        CacheItems<?> items = cache.unwrap(CacheItems.class);
        cache.close();

        assertThatThrownBy(() -> items.isAnswering(LIMIT)).isInstanceOf(IllegalStateException.class);
    }

    static HttpExecuteResponse hang(HttpExecuteRequest request) throws IOException {
        try {
            new CountDownLatch(1).await();
            throw new IOException("nobody counts it down");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // so the SDK gives up an attempt
            throw new InterruptedIOException("The answer was not waited for");
        }
    }
}
