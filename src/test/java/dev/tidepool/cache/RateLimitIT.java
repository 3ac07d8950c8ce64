package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.grid.jcache.Bucket4jJCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rate limits of Bucket4j on entry processors of ours: what all nodes together let through. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class RateLimitIT {
    private static final int LIMIT = 100;
    private static final int THREADS_PER_NODE = 4;
    private static final int TRIES = 20;

    /** More than the limit, from 8 threads. */
    private static final int ALL_TRIES = 2 * THREADS_PER_NODE * TRIES;

    private final String table = Node.freshTable();

    private DynamoDbConfiguration.Builder<String, byte[]> configuration() {
        return DynamoDbConfiguration.builder(String.class, byte[].class).table(table);
    }

    private Cache<String, byte[]> limits(Node node) {
        return node.cache("limits", configuration());
    }

    /** A bucket that holds the limit, and gets a token in ten years, which is never. */
    private static Bucket bucket(Cache<String, byte[]> limits, long capacity) {
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(capacity).refillIntervally(1, Duration.ofDays(3_650)))
                .build();
        return Bucket4jJCache.entryProcessorBasedBuilder(limits)
                .build()
                .builder()
                .build("api", () -> configuration);
    }

    /** Takes from buckets in many threads at once, and counts what they got. */
    private static int taken(List<Bucket> buckets) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(buckets.size());
        try {
            CyclicBarrier start = new CyclicBarrier(buckets.size());
            List<Future<Integer>> counts = new ArrayList<>();
            for (Bucket bucket : buckets) {
                counts.add(threads.submit(() -> {
                    start.await();
                    int taken = 0;
                    for (int i = 0; i < TRIES; i++) {
                        taken += bucket.tryConsume(1) ? 1 : 0;
                    }
                    return taken;
                }));
            }
            int all = 0;
            for (Future<Integer> count : counts) {
                all += count.get();
            }
            return all;
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<Bucket> ofThreads(Cache<String, byte[]> one, Cache<String, byte[]> two) {
        List<Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < THREADS_PER_NODE; i++) {
            buckets.add(bucket(one, LIMIT));
            buckets.add(bucket(two, LIMIT));
        }
        return buckets;
    }

    /** The bucket does not exist before, so the threads create it at the same time as well. */
    @Test
    void tryConsume_twoNodesOfFourThreadsAndNoBucketYet_admitExactlyTheLimit() throws Exception {
        assertThat(ALL_TRIES).isGreaterThan(LIMIT);
        try (Node one = Node.start();
                Node two = Node.besides(one)) {
            assertThat(taken(ofThreads(limits(one), limits(two)))).isEqualTo(LIMIT);
        }
    }

    @Test
    void tryConsume_bucketExistsAndIsHalfEmpty_twoNodesAdmitExactlyTheRest() throws Exception {
        try (Node one = Node.start();
                Node two = Node.besides(one)) {
            Cache<String, byte[]> first = limits(one);
            assertThat(bucket(first, LIMIT).tryConsume(LIMIT / 2)).isTrue();

            assertThat(taken(ofThreads(first, limits(two)))).isEqualTo(LIMIT - LIMIT / 2);
        }
    }

    @Test
    void tryConsume_nodesAreGone_newNodeFindsTheBucketExhausted() {
        try (Node node = Node.start()) {
            assertThat(bucket(limits(node), LIMIT).tryConsume(LIMIT)).isTrue();
        }
        try (Node node = Node.start()) {
            Bucket bucket = bucket(limits(node), LIMIT);

            assertThat(bucket.tryConsume(1)).isFalse();
            assertThat(bucket.getAvailableTokens()).isZero();
        }
    }

    /** Bucket4j has no expiry of its own on JCache; the cache's is the only one. */
    @Test
    void tryConsume_bucketUntouchedForAsLongAsPolicySays_isFullAgain() {
        try (Node node = Node.start()) {
            Cache<String, byte[]> limits = node.cache(
                    "limits",
                    configuration()
                            .expiryPolicy(() ->
                                    new ModifiedExpiryPolicy(new javax.cache.expiry.Duration(TimeUnit.MINUTES, 10))));
            Bucket bucket = bucket(limits, 1);
            assertThat(bucket.tryConsume(1)).isTrue();

            node.clock().advance(Duration.ofMinutes(9));
            assertThat(bucket.tryConsume(1)).isFalse();

            node.clock().advance(Duration.ofMinutes(10));
            assertThat(bucket.tryConsume(1)).isTrue();
        }
    }

    @Test
    void tryConsume_nobodyElse_isOneReadAndOneConditionalWrite() {
        try (Node node = Node.start()) {
            Bucket bucket = bucket(limits(node), 2);
            node.requests().clear();

            assertThat(bucket.tryConsume(1)).isTrue();
            assertThat(node.requests().operations())
                    .as("the first asks for the bucket, and creates it")
                    .containsExactly("GetItem", "GetItem", "PutItem");
            node.requests().clear();

            assertThat(bucket.tryConsume(1)).isTrue();
            assertThat(node.requests().operations()).containsExactly("GetItem", "UpdateItem");
            assertThat(node.requests().sent().get(1).getValueForField("ConditionExpression", String.class))
                    .isPresent();
            node.requests().clear();

            assertThat(bucket.tryConsume(1)).isFalse();
            assertThat(node.requests().operations()).containsExactly("GetItem");
        }
    }

    @Test
    void bucket_stored_isAnEntryThatOthersRead() {
        try (Node node = Node.start()) {
            Cache<String, byte[]> limits = limits(node);
            bucket(limits, 1).tryConsume(1);

            assertThat(requireNonNull(limits.get("api"))).isNotEmpty();
            limits.remove("api");

            assertThat(bucket(limits, 1).tryConsume(1)).isTrue();
        }
    }
}
