package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CacheOperations.StoreHealth;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** What an operator is told of the stores of caches. */
@ExtendWith(DynamoDbLocal.class)
final class HealthIT {
    private static final Duration LIMIT = Duration.ofMillis(400);
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

    private Map<String, StoreHealth> all() {
        return node.manager().unwrap(CacheOperations.class).health(LIMIT);
    }

    private StoreHealth health(String name) {
        return requireNonNull(all().get(name));
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

        StoreHealth health = health("users");

        assertThat(health.isAnswering()).isFalse();
        assertThat(health.isReady()).isFalse();
        assertThat(health.problem())
                .get()
                .asString()
                .contains("table '" + table + "' had no answer for")
                .doesNotContain("option");
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
    void health_clockThatIsOff_isToldAsTheCacheKnowsIt() {
        CacheItems<?> items = cache("users").unwrap(CacheItems.class);

        assertThat(health("users").clockOffset()).isPresent().isEqualTo(items.clockOffset());
    }

    @Test
    void health_severalCaches_areAllAskedAndNamed() {
        cache("users");
        cache("orders");
        node.requests().clear();

        assertThat(all()).containsOnlyKeys("orders", "users");
        assertThat(node.requests().operations()).containsExactly("GetItem", "GetItem");
    }

    @Test
    void health_closedManager_throws() {
        CacheOperations operations = node.manager().unwrap(CacheOperations.class);
        node.manager().close();

        assertThatThrownBy(() -> operations.health(LIMIT)).isInstanceOf(IllegalStateException.class);
    }
}
