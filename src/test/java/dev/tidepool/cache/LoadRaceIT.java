package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.integration.CacheLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * A thread that misses a key before another has loaded it, and goes on after, finds it instead of loading again. Loads
 * of other keys do not concern it.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
class LoadRaceIT {
    private record Holding(SdkHttpClient server, CountDownLatch answered, CountDownLatch hold)
            implements SdkHttpClient {
        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            ExecutableHttpRequest forwarded = server.prepareRequest(request);
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws IOException {
                    HttpExecuteResponse response = forwarded.call();
                    if (Thread.currentThread().getName().equals("late") && answered.getCount() > 0) {
                        answered.countDown();
                        try {
                            hold.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                    return response;
                }

                @Override
                public void abort() {
                    forwarded.abort();
                }
            };
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Test
    void get_missSeenBeforeAnotherThreadLoaded_doesNotLoadAgain() throws Exception {
        try (Late late = new Late()) {
            FutureTask<Integer> missed = late.get("key");

            assertThat(late.cache.get("key")).isEqualTo(1);
            late.hold.countDown();

            assertThat(missed.get()).isEqualTo(1);
            assertThat(late.loads).hasValue(1);
        }
    }

    @Test
    void get_missSeenBeforeAnotherKeyWasLoaded_readsItOnce() throws Exception {
        try (Late late = new Late()) {
            FutureTask<Integer> missed = late.get("key");

            assertThat(late.cache.get("other")).isEqualTo(1);
            late.hold.countDown();

            assertThat(missed.get()).isEqualTo(2);
            assertThat(late.node.requests().operations())
                    .containsExactlyInAnyOrder("GetItem", "GetItem", "PutItem", "PutItem");
        }
    }

    /** A load that brought nothing says nothing of the key, but it was this key's. */
    @Test
    void get_missSeenBeforeAnotherThreadFoundNothingToLoad_asksAgain() throws Exception {
        try (Late late = new Late()) {
            late.nothing.set(true);
            FutureTask<Integer> missed = late.get("key");
            assertThat(late.cache.get("key")).isNull();
            late.nothing.set(false);
            late.hold.countDown();

            assertThat(missed.get()).isEqualTo(2);
        }
    }

    /** A node whose thread "late" gets the answer to its first read when a test lets it. */
    private static final class Late implements AutoCloseable {
        private final AtomicInteger loads = new AtomicInteger();
        private final AtomicBoolean nothing = new AtomicBoolean();
        private final CountDownLatch answered = new CountDownLatch(1);
        private final CountDownLatch hold = new CountDownLatch(1);
        private final Node node = Node.over(server -> new Holding(server, answered, hold));
        private final Cache<String, Integer> cache = node.cache(
                "loaded",
                DynamoDbConfiguration.builder(String.class, Integer.class)
                        .table(Node.freshTable())
                        .readThrough(() -> new Counting(loads, nothing)));

        /** Begins to get a key; returns when the read has missed and its answer is held back. */
        FutureTask<Integer> get(String key) throws InterruptedException {
            node.requests().clear();
            FutureTask<Integer> late = new FutureTask<>(() -> cache.get(key));
            new Thread(late, "late").start();
            answered.await();
            return late;
        }

        @Override
        public void close() {
            hold.countDown();
            node.close();
        }
    }

    /** A loader that answers how often it was asked. */
    private record Counting(AtomicInteger loads, AtomicBoolean nothing) implements CacheLoader<String, Integer> {
        @Override
        public @Nullable Integer load(String key) {
            int count = loads.incrementAndGet();
            return nothing.get() ? null : count;
        }

        @Override
        public Map<String, Integer> loadAll(Iterable<? extends String> keys) {
            throw new UnsupportedOperationException();
        }
    }
}
