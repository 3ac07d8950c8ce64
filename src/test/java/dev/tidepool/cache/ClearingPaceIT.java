package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What removes every entry leaves capacity to those who use the table. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ClearingPaceIT {
    private static boolean keepsAPace(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("Pace"));
    }

    static Stream<Arguments> emptyings() {
        return Stream.<Map.Entry<String, Consumer<Cache<String, String>>>>of(
                        Map.entry("clear", Cache::clear),
                        Map.entry("removeAll", Cache::removeAll),
                        Map.entry(
                                "destroyCache", cache -> cache.getCacheManager().destroyCache(cache.getName())))
                .map(emptying -> Arguments.argumentSet(emptying.getKey(), emptying.getValue()));
    }

    @ParameterizedTest
    @MethodSource("emptyings")
    void anyEmptying_tableShortOfCapacity_slowsDownAndEmptiesIt(Consumer<Cache<String, String>> emptying)
            throws Exception {
        String table = Node.freshTable();
        DynamoDbConfiguration.Builder<String, String> configuration =
                DynamoDbConfiguration.builder(String.class, String.class).table(table);
        try (Node node = Node.start();
                Node starved = Node.over(http -> new ShortOfCapacity(http, 20))) {
            node.cache("c", configuration)
                    .putAll(IntStream.range(0, 500).boxed().collect(Collectors.toMap(i -> "key-" + i, i -> "value")));
            Cache<String, String> cache = starved.cache("c", configuration);

            CompletableFuture<Void> emptied = CompletableFuture.runAsync(() -> emptying.accept(cache));
            Eventually.holds(
                    "it keeps a pace",
                    () -> Thread.getAllStackTraces().keySet().stream().anyMatch(ClearingPaceIT::keepsAPace));
            emptied.get(50, TimeUnit.SECONDS);

            assertThat(new RawItems(node.client(), table).all("c:")).isEmpty();
        }
    }
}
