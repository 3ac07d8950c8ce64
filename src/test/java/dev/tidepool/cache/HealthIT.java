package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CacheOperations.StoreHealth;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** What an operator is told of the stores of caches. */
@ExtendWith(DynamoDbLocal.class)
final class HealthIT {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final Duration WHILE = Duration.ofMinutes(5);

    /** What becomes of a read. */
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
            return operation.equals("GetItem") ? fate.answer(request) : pass(request);
        }
    }

    private volatile Fate fate = request -> {
        throw new IOException("not wrapped yet");
    };

    private final Node node = Node.over(Fateful::new);
    private final String table = Node.freshTable();

    @AfterEach
    void closeNode() {
        node.close();
    }

    private Cache<String, String> cache(String name) {
        return node.cache(
                name, DynamoDbConfiguration.builder(String.class, String.class).table(table));
    }

    private CacheOperations operations() {
        return node.manager().unwrap(CacheOperations.class);
    }

    private StoreHealth health(String name) {
        return requireNonNull(operations().health(LIMIT).get(name));
    }

    @Test
    void health_calmStore_isReady() {
        cache("users");
        node.requests().clear();

        StoreHealth health = health("users");

        assertThat(health.isAnswering()).isTrue();
        assertThat(health.isReady()).isTrue();
        assertThat(health.problem()).isEmpty();
        assertThat(node.requests().operations()).containsExactly("GetItem");
    }

    @ParameterizedTest
    @CsvSource({
        "AccessDeniedException, dynamodb:GetItem",
        "ResourceNotFoundException, the table does not exist",
        "ProvisionedThroughputExceededException, throttled",
        "InternalServerError, InternalServerError"
    })
    void health_storeThatRefuses_isAnsweringAndNotReady(String code, String problem) {
        cache("users");
        fate = request -> Transport.refusal(code, "as the test wants");

        StoreHealth health = health("users");

        assertThat(health.isAnswering()).isTrue();
        assertThat(health.isReady()).isFalse();
        assertThat(health.problem()).get().asString().contains(problem);
    }

    @Test
    void health_storeThatHangs_isNotAnsweringAndNamesNoOption() {
        cache("users");
        fate = AnsweringIT::hang;

        StoreHealth health = requireNonNull(operations().health(SHORT).get("users"));

        assertThat(health.isAnswering()).isFalse();
        assertThat(health.isReady()).isFalse();
        assertThat(health.problem())
                .get()
                .asString()
                .contains("table '" + table + "' had no answer for")
                .doesNotContain("option");
        assertThat(millis(health.problem().get())).isBetween(SHORT.toMillis(), LIMIT.toMillis());
    }

    private static long millis(String problem) {
        Matcher millis = Pattern.compile("had no answer for (\\d+) ms").matcher(problem);
        assertThat(millis.find()).isTrue();
        return Long.parseLong(millis.group(1));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void health_noTime_isRefusedAndNoFaultOfTheStore(long millis) {
        cache("users");

        assertThatThrownBy(() -> operations().health(Duration.ofMillis(millis)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void health_storeThatCannotBeReached_tellsHowLongAgoItDidSomething() {
        Cache<String, String> cache = cache("users");
        cache.put("ann", "Ann");
        node.clock().advance(WHILE);
        fate = request -> {
            throw new ConnectException("Connection refused");
        };

        assertThat(health("users").isAnswering()).isFalse();
        assertThat(health("users").sinceSuccess()).contains(WHILE);
        assertThat(health("users").problem()).get().asString().contains("DynamoDB cannot be reached");
    }

    @Test
    void health_askedAgain_tellsOfTheLastSuccessBeforeTheQuestion() {
        cache("users");
        node.clock().advance(WHILE);

        assertThat(health("users").sinceSuccess()).contains(WHILE);
        assertThat(health("users").sinceSuccess()).contains(Duration.ZERO);
    }

    @Test
    void health_clockSetBack_tellsOfNoTimeBelowZero() {
        cache("users").put("ann", "Ann");
        node.clock().advance(WHILE.negated());

        assertThat(health("users").sinceSuccess()).contains(Duration.ZERO);
    }

    @Test
    void health_clockThatIsOff_isToldAsTheCacheKnowsIt() {
        CacheItems<?> items = cache("users").unwrap(CacheItems.class);

        assertThat(health("users").clockOffset()).isPresent().isEqualTo(items.clockOffset());
    }

    @Test
    void health_severalCaches_areAllAskedAndNamed() {
        cache("users");
        cache("orders");
        node.requests().clear();

        assertThat(operations().health(LIMIT)).containsOnlyKeys("orders", "users");
        assertThat(node.requests().operations()).containsExactly("GetItem", "GetItem");
    }

    @Test
    void health_severalCaches_areAskedAtTheSameTime() {
        cache("users");
        cache("orders");
        Fate calm = fate;
        CountDownLatch underWay = new CountDownLatch(2);
        fate = request -> {
            underWay.countDown();
            awaitAnswer(underWay);
            return calm.answer(request);
        };

        assertThat(operations().health(LIMIT).values()).hasSize(2).allMatch(StoreHealth::isReady);
    }

    private static void awaitAnswer(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // so the SDK gives up an attempt
            throw new InterruptedIOException("The answer was not waited for");
        }
    }

    @Test
    void health_closedManager_throws() {
        CacheOperations operations = operations();
        node.manager().close();

        assertThatThrownBy(() -> operations.health(LIMIT)).isInstanceOf(IllegalStateException.class);
    }
}
