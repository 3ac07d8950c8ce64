package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.integration.CacheLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** A thread that misses a key before another has loaded it, and goes on after, finds it instead of loading again. */
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
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch hold = new CountDownLatch(1);
        CacheLoader<String, Integer> loader = new CacheLoader<>() {
            @Override
            public Integer load(String key) {
                return loads.incrementAndGet();
            }

            @Override
            public Map<String, Integer> loadAll(Iterable<? extends String> keys) {
                throw new UnsupportedOperationException();
            }
        };
        try (Node node = Node.over(server -> new Holding(server, answered, hold))) {
            Cache<String, Integer> cache = node.cache(
                    "loaded",
                    DynamoDbConfiguration.builder(String.class, Integer.class)
                            .table(Node.freshTable())
                            .readThrough(() -> loader));
            FutureTask<Integer> late = new FutureTask<>(() -> cache.get("key"));
            Thread thread = new Thread(late, "late");
            thread.start();
            answered.await();
            assertThat(cache.get("key")).isEqualTo(1);
            hold.countDown();
            assertThat(late.get()).isEqualTo(1);
            assertThat(loads).hasValue(1);
        }
    }
}
