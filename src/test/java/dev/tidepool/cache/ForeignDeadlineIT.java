package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Items of another program that have the TTL attribute alone. It is a number of seconds that may be a fraction, and is
 * rounded up: by the code that reads an item as by the conditions that the server looks at. Where the two differ, an
 * operation may try for ever, so each test has a time limit.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ForeignDeadlineIT {
    private static final String TABLE = Node.freshTable();
    private static Node node;
    private static Cache<String, String> cache;

    @BeforeAll
    static void start() {
        node = Node.start();
        cache = node.cache(
                "c", DynamoDbConfiguration.builder(String.class, String.class).table(TABLE));
    }

    @AfterAll
    static void close() {
        node.close();
    }

    private record Use(String operation, Function<Cache<String, String>, Boolean> findsEntry) {
        @Override
        public String toString() {
            return operation;
        }
    }

    static Stream<Use> uses() {
        return Stream.of(
                new Use("get", cache -> cache.get("key") != null),
                new Use("getAll", cache -> !cache.getAll(Set.of("key")).isEmpty()),
                new Use("containsKey", cache -> cache.containsKey("key")),
                new Use("iterator", cache -> cache.iterator().hasNext()),
                new Use("invoke", cache -> cache.invoke("key", (entry, none) -> entry.exists())),
                new Use("putIfAbsent", cache -> !cache.putIfAbsent("key", "new")),
                new Use("replace", cache -> cache.replace("key", "new")),
                new Use("replace if equal", cache -> cache.replace("key", "old", "new")),
                new Use("getAndReplace", cache -> cache.getAndReplace("key", "new") != null),
                new Use("getAndPut", cache -> cache.getAndPut("key", "new") != null),
                new Use("remove", cache -> cache.remove("key")),
                new Use("remove if equal", cache -> cache.remove("key", "old")),
                new Use("getAndRemove", cache -> cache.getAndRemove("key") != null));
    }

    /** The deadline's fraction of a second, the time in that second, and whether the entry is there. */
    static Stream<Arguments> deadlines() {
        return uses().flatMap(use -> Stream.of(
                Arguments.of(use, ".25", 999, true),
                Arguments.of(use, ".25", 1_000, false),
                Arguments.of(use, ".999999999", 999, true),
                Arguments.of(use, ".999999999", 1_000, false),
                Arguments.of(use, ".0", 600, false),
                Arguments.of(use, "", 600, false)));
    }

    @ParameterizedTest(name = "{0}, {1} at {2} ms: {3}")
    @MethodSource("deadlines")
    void anyOperation_fractionOfSeconds_isRoundedUp(Use use, String fraction, int millis, boolean alive) {
        long second = node.clock().instant().getEpochSecond() + 1;
        Map<String, AttributeValue> item = Map.of(
                "value", RawItems.encoded("old"),
                "etag", RawItems.number(7),
                "expires", AttributeValue.fromN(second + fraction));
        new RawItems(node.client(), TABLE).put("c:key", item);
        node.clock()
                .advance(
                        Duration.ofMillis(second * 1_000 + millis - node.clock().millis()));

        assertThat(use.findsEntry().apply(cache)).isEqualTo(alive);
    }
}
