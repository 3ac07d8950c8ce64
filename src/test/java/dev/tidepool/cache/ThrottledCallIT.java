package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/** Requests that are refused for want of capacity until the time of the call is up, in the pause before another try. */
@ExtendWith(DynamoDbLocal.class)
final class ThrottledCallIT {
    private static final Duration CALL = Duration.ofSeconds(1);
    private static final Duration LONGER = Duration.ofMinutes(1);
    private static final String MAY_HAVE_BEEN_APPLIED = "may have been applied";

    private static final String TABLE = Node.freshTable();

    /** The first requests of a machine that is busy may take longer than a call may here. */
    @BeforeAll
    static void makeTable() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache(
                    "c",
                    DynamoDbConfiguration.builder(String.class, String.class).table(TABLE));
            cache.put("key", "old");
        }
    }

    private static DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(TABLE)
                .set(Option.INITIALIZED, true);
    }

    private static void endInPause(ClientOverrideConfiguration.Builder override) {
        BackoffStrategy pause = BackoffStrategy.fixedDelay(LONGER);
        override.apiCallTimeout(CALL)
                .retryStrategy(retries ->
                        retries.throttlingBackoffStrategy(pause).backoffStrategy(BackoffStrategy.retryImmediately()));
    }

    private static Node throttled(String operation) {
        return Node.over(
                Transport.refusing(operation, "ProvisionedThroughputExceededException", "too fast"),
                ThrottledCallIT::endInPause);
    }

    private record Use(String request, String method, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    private static final List<Use> READS = List.of(
            new Use("GetItem", "get", cache -> cache.get("key")),
            new Use("BatchGetItem", "getAll", cache -> cache.getAll(Set.of("key", "other"))),
            new Use("Scan", "iterator", cache -> cache.forEach(entry -> {})));

    private static final List<Use> CHANGES = List.of(
            new Use("UpdateItem", "put", cache -> cache.put("key", "new")),
            new Use("PutItem", "putIfAbsent", cache -> cache.putIfAbsent("key", "new")),
            new Use("DeleteItem", "remove", cache -> cache.remove("key")),
            new Use("BatchWriteItem", "putAll", cache -> cache.putAll(Map.of("key", "new"))));

    static Stream<Use> uses() {
        return Stream.concat(READS.stream(), CHANGES.stream());
    }

    @ParameterizedTest
    @MethodSource("uses")
    void anyOperation_throttledUntilTimeIsUp_saysSoAndLeavesNoDoubt(Use use) {
        try (Node node = throttled(use.request())) {
            Cache<String, String> cache = node.cache("c", configuration());

            assertThatThrownBy(() -> use.run().accept(cache))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(use.request() + " on table '" + TABLE + "'")
                    .hasMessageContaining("throttled beyond the retries")
                    .hasMessageNotContaining("'endpoint'")
                    .hasMessageNotContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    @Test
    void createCache_throttledUntilTimeIsUp_saysSo() {
        try (Node node = throttled("DescribeTable")) {
            assertThatThrownBy(() -> node.cache("c", configuration().set(Option.INITIALIZED, false)))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("DescribeTable on table '" + TABLE + "'")
                    .hasMessageContaining("throttled beyond the retries")
                    .hasMessageNotContaining("'endpoint'");
        }
    }

    static Stream<Use> changes() {
        return CHANGES.stream();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void change_answerLostAndThenThrottledUntilTimeIsUp_saysBoth(Use use) {
        List<UnreliableTransport> transports = new ArrayList<>();
        try (Node node = Node.over(
                server -> {
                    UnreliableTransport transport = new UnreliableTransport(server);
                    transports.add(transport);
                    return transport;
                },
                ThrottledCallIT::endInPause)) {
            Cache<String, String> cache = node.cache("c", configuration());
            transports.get(0).failNext(use.request(), List.of(Fault.RESET_BEFORE, Fault.THROTTLED), () -> {});

            assertThatThrownBy(() -> use.run().accept(cache))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("throttled beyond the retries")
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** Of the attempt that is under way when the time is up, nobody knows what becomes of it. */
    @Test
    void put_throttledAndThenUnderWayWhenTimeIsUp_saysThatThereIsNoAnswerAndLeavesDoubt() {
        try (Node node = Node.over(
                ThrottledOnce::new,
                override -> override.apiCallTimeout(CALL)
                        .retryStrategy(
                                retries -> retries.throttlingBackoffStrategy(BackoffStrategy.retryImmediately())))) {
            Cache<String, String> cache = node.cache("c", configuration());

            assertThatThrownBy(() -> cache.put("key", "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("no answer within the time")
                    .hasMessageNotContaining("throttled")
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** Throttles one change, and never answers the next. */
    private static final class ThrottledOnce extends Transport {
        private boolean throttled;

        ThrottledOnce(SdkHttpClient server) {
            super(server);
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            if (!operation.equals("UpdateItem")) {
                return pass(request);
            }
            if (!throttled) {
                throttled = true;
                return refusal("ThrottlingException", "too fast");
            }
            return AnsweringIT.hang(request);
        }
    }

    /** A client of the library's own, which no test can reach into. */
    @Test
    void anyOperation_throttledUntilOptionsTimeIsUp_saysSoAndLeavesNoDoubt() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", ThrottledCallIT::throttle);
        server.start();
        try (DynamoDbCachingProvider provider = new DynamoDbCachingProvider()) {
            Cache<String, String> cache = provider.getCacheManager()
                    .createCache(
                            "c",
                            configuration()
                                    .set(Option.REGION, "us-east-1")
                                    .set(
                                            Option.ENDPOINT,
                                            URI.create("http://127.0.0.1:"
                                                    + server.getAddress().getPort()))
                                    .set(Option.CALL_TIMEOUT, Duration.ofSeconds(3))
                                    .build());

            for (Use use : List.of(READS.get(0), CHANGES.get(0))) {
                assertThatThrownBy(() -> use.run().accept(cache))
                        .isInstanceOf(CacheException.class)
                        .hasMessageContaining("throttled beyond the retries")
                        .hasMessageNotContaining(MAY_HAVE_BEEN_APPLIED);
            }
        } finally {
            server.stop(0);
        }
    }

    private static void throttle(HttpExchange exchange) throws IOException {
        byte[] refusal = "{\"__type\":\"ThrottlingException\"}".getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(400, refusal.length);
        exchange.getResponseBody().write(refusal);
        exchange.close();
    }
}
