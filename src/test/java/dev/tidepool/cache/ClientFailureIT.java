package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A client that fails by the application's own doing, as an interceptor can; the message says what it was. */
@ExtendWith(DynamoDbLocal.class)
final class ClientFailureIT {
    private final AtomicReference<@Nullable RuntimeException> before = new AtomicReference<>();
    private final AtomicReference<@Nullable RuntimeException> after = new AtomicReference<>();
    private final DynamoDbClient client = DynamoDbClient.builder()
            .endpointOverride(DynamoDbLocal.endpoint())
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
            .overrideConfiguration(override -> override.addExecutionInterceptor(new Failing()))
            .build();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();

    /** An interceptor that throws what the test wants. */
    private final class Failing implements ExecutionInterceptor {
        @Override
        public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
            throwIfSet(before.get());
        }

        @Override
        public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
            throwIfSet(after.get());
        }

        private static void throwIfSet(@Nullable RuntimeException failure) {
            if (failure != null) {
                throw failure;
            }
        }
    }

    @AfterEach
    void close() {
        provider.close();
        client.close();
    }

    private Cache<String, String> cache(String name, String table) {
        Properties properties = new Properties();
        properties.put("tidepool.client", client);
        return provider.getCacheManager(null, null, properties)
                .createCache(
                        name,
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(table)
                                .build());
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                        new IllegalStateException("tracer not started"),
                        new IllegalStateException(),
                        new IllegalArgumentException("bad header"),
                        new NullPointerException("no span"),
                        new UncheckedIOException(new java.io.IOException("no file")),
                        new RejectedExecutionException("the tracer's queue is full"))
                .map(failure -> Arguments.argumentSet(failure.toString(), failure));
    }

    private static void assertTold(Throwable failure, RuntimeException cause, String operation) {
        assertThat(failure)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(operation)
                .hasMessageContaining(cause.toString())
                .hasMessageNotContaining("closed")
                .hasCause(cause);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void anyOperation_interceptorThatThrows_isACacheExceptionThatSaysSo(RuntimeException cause) {
        Cache<String, String> cache = cache("c", Node.freshTable());
        before.set(cause);

        assertTold(catchThrowable(() -> cache.get("key")), cause, "GetItem");
        assertTold(catchThrowable(() -> cache.put("key", "value")), cause, "");
        assertTold(catchThrowable(() -> cache.getAll(Set.of("key"))), cause, "BatchGetItem");
        Throwable failureOfBatch = catchThrowable(() -> cache.putAll(Map.of("key", "value")));
        assertTold(requireNonNull(failureOfBatch.getCause()), cause, "BatchWriteItem");
        assertTold(catchThrowable(() -> cache.iterator().hasNext()), cause, "Scan");
        assertTold(catchThrowable(() -> cache("d", "another")), cause, "'another'");
    }

    @Test
    void put_interceptorThatThrowsAfterTheAnswer_mayHaveBeenApplied() {
        Cache<String, String> cache = cache("c", Node.freshTable());
        RuntimeException cause = new IllegalStateException("tracer not started");
        after.set(cause);

        for (Throwable failure : List.of(
                catchThrowable(() -> cache.put("key", "value")),
                catchThrowable(() -> cache.putIfAbsent("other", "value")),
                catchThrowable(() -> cache.remove("other")))) {
            assertTold(failure, cause, "");
            assertThat(failure).hasMessageContaining("may have been applied");
        }

        after.set(null);
        assertThat(cache.get("key")).isEqualTo("value");
    }
}
