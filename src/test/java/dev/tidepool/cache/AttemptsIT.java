package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.retry.RetryPolicy;
import software.amazon.awssdk.core.retry.backoff.FixedDelayBackoffStrategy;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** What is learned of the attempts of a request, by whatever client. */
@ExtendWith(DynamoDbLocal.class)
final class AttemptsIT {
    private static final String KEY = "key";
    private static final String MAY_HAVE_BEEN_APPLIED = "may have been applied";

    /** More than a client makes. */
    private static final int EVERY_ATTEMPT = 20;

    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private final List<UnreliableTransport> transports = new ArrayList<>();

    private static Cache<String, String> cacheOf(Node node) {
        return node.cache("cache", strings().table(Node.freshTable()));
    }

    private static DynamoDbConfiguration.Builder<String, String> strings() {
        return DynamoDbConfiguration.builder(String.class, String.class);
    }

    /** Fails at one PutItem. */
    private final class FailingOnce extends Transport {
        FailingOnce(SdkHttpClient server) {
            super(server);
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            IOException due = operation.equals("PutItem") ? failure.getAndSet(null) : null;
            if (due != null) {
                throw due;
            }
            return pass(request);
        }
    }

    static Stream<IOException> failuresBeforeAnythingIsSent() {
        return Stream.of(
                new ConnectException("Connection refused"),
                new NoRouteToHostException("No route to host"),
                new UnknownHostException("dynamodb.nowhere.amazonaws.com"),
                new ConnectTimeoutException("Connect timed out"),
                new ConnectionRequestTimeoutException("Timeout deadline"),
                new SSLHandshakeException("Remote host terminated the handshake"),
                new SSLPeerUnverifiedException("Certificate doesn't match any of the names"));
    }

    @ParameterizedTest
    @MethodSource("failuresBeforeAnythingIsSent")
    void putIfAbsent_attemptNeverSentAndThenRefused_isCertain(IOException neverSent) {
        try (Node node = Node.over(FailingOnce::new)) {
            Cache<String, String> cache = cacheOf(node);
            cache.put(KEY, "old");
            failure.set(neverSent);

            assertThat(cache.putIfAbsent(KEY, "new")).isFalse();

            assertThat(failure).hasValue(null);
        }
    }

    static Stream<IOException> failuresOfConnections() {
        return Stream.of(
                new SocketException("Broken pipe"),
                new SocketTimeoutException("Read timed out"),
                new SSLException("Connection closed"),
                new IOException("The target server failed to respond"));
    }

    @ParameterizedTest
    @MethodSource("failuresOfConnections")
    void putIfAbsent_attemptLostAndThenRefused_isInDoubt(IOException lost) {
        try (Node node = Node.over(FailingOnce::new)) {
            Cache<String, String> cache = cacheOf(node);
            cache.put(KEY, "old");
            failure.set(lost);

            assertThatThrownBy(() -> cache.putIfAbsent(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    private Node unreliable(Consumer<ClientOverrideConfiguration.Builder> settings) {
        return Node.over(
                server -> {
                    UnreliableTransport transport = new UnreliableTransport(server);
                    transports.add(transport);
                    return transport;
                },
                settings);
    }

    @SuppressWarnings("deprecation") // applications may still use it
    private static void retryOnceByPolicy(ClientOverrideConfiguration.Builder override) {
        override.retryPolicy(RetryPolicy.builder().numRetries(1).build());
    }

    @Test
    void put_clientOfARetryPolicy_isSentAgainAsThePolicySays() {
        try (Node node = unreliable(AttemptsIT::retryOnceByPolicy)) {
            Cache<String, String> cache = cacheOf(node);
            transports.get(0).failNext("UpdateItem", Collections.nCopies(EVERY_ATTEMPT, Fault.RESET_BEFORE), () -> {});
            node.requests().clear();

            assertThatThrownBy(() -> cache.put(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);

            assertThat(node.requests().operations()).containsExactly("UpdateItem", "UpdateItem");
        }
    }

    @Test
    void putIfAbsent_clientOfARetryPolicy_tellsWhatIsTrue() {
        try (Node node = unreliable(AttemptsIT::retryOnceByPolicy)) {
            Cache<String, String> cache = cacheOf(node);

            transports.get(0).failNext("PutItem", Fault.RESET_AFTER, () -> {});
            assertThat(cache.putIfAbsent(KEY, "new")).isTrue();

            transports.get(0).failNext("PutItem", Fault.THROTTLED, () -> {});
            assertThat(cache.putIfAbsent(KEY, "newer")).isFalse();

            transports.get(0).failNext("PutItem", Fault.RESET_BEFORE, () -> {});
            assertThatThrownBy(() -> cache.putIfAbsent(KEY, "newer"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    @SuppressWarnings("deprecation") // applications may still use it
    private static void pauseByPolicy(ClientOverrideConfiguration.Builder override) {
        override.apiCallTimeout(Duration.ofSeconds(1))
                .retryPolicy(RetryPolicy.builder()
                        .throttlingBackoffStrategy(FixedDelayBackoffStrategy.create(Duration.ofMinutes(1)))
                        .build());
    }

    @Test
    void put_clientOfARetryPolicyThrottledUntilTimeIsUp_saysSoAndLeavesNoDoubt() {
        try (Node node = unreliable(AttemptsIT::pauseByPolicy);
                Node first = Node.start()) {
            String table = Node.freshTable();
            first.cache("cache", strings().table(table)).put(KEY, "old"); // which may take longer than a call may here
            Cache<String, String> cache =
                    node.cache("cache", strings().table(table).set(Option.INITIALIZED, true));
            transports.get(0).failNext("UpdateItem", Fault.THROTTLED, () -> {});

            assertThatThrownBy(() -> cache.put(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("throttled beyond the retries")
                    .hasMessageNotContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** What an application does with a client may fail before a request is sent. */
    @Test
    void put_interceptorFailsBeforeTheFirstAttempt_wasNotApplied() {
        ExecutionInterceptor failing = new ExecutionInterceptor() {
            @Override
            public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
                if (context.request().getClass().getSimpleName().equals("UpdateItemRequest")) {
                    throw SdkClientException.create("as the test wants");
                }
            }
        };
        try (Node node = unreliable(override -> override.addExecutionInterceptor(failing))) {
            Cache<String, String> cache = cacheOf(node);

            assertThatThrownBy(() -> cache.put(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("as the test wants")
                    .hasMessageNotContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** The connections of a client may go while one of its requests is being tried again. */
    @Test
    void put_answerLostAndClientClosed_isInDoubt() {
        try (Node node = unreliable(override -> override.retryStrategy(Haste::shortenPauses))) {
            Cache<String, String> cache = cacheOf(node);
            transports
                    .get(0)
                    .failNext(
                            "UpdateItem", Fault.RESET_AFTER, () -> node.client().close());

            assertThatThrownBy(() -> cache.put(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("the DynamoDB client has been closed")
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** A client of the library's own that an application hands on has been listened to from its beginning. */
    @Test
    void changes_ownClientOfAnotherManager_areCertain() {
        Properties given = new Properties();
        given.setProperty("tidepool.endpoint", DynamoDbLocal.endpoint().toString());
        given.setProperty("tidepool.region", "us-east-1");
        try (DynamoDbCachingProvider provider = new DynamoDbCachingProvider()) {
            Cache<String, String> first = provider.getCacheManager(URI.create("first"), null, given)
                    .createCache("cache", strings().table(Node.freshTable()).build());
            Properties handedOn = new Properties();
            handedOn.put("tidepool.client", first.unwrap(DynamoDbClient.class));
            Cache<String, String> cache = provider.getCacheManager(URI.create("second"), null, handedOn)
                    .createCache("cache", strings().table(Node.freshTable()).build());

            cache.put(KEY, "old");
            assertThat(cache.putIfAbsent(KEY, "new")).isFalse();
            assertThat(cache.getAndPut(KEY, "new")).isEqualTo("old");
            assertThat(cache.remove(KEY)).isTrue();
        }
    }
}
