package dev.tidepool.cache;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Two nodes of four threads each that increment one counter on DynamoDB Local as fast as they can. What counts is not
 * the time of a round, which is given, but what it prints: how many increments each node made, how long the slowest one
 * took, and how often the processor of one increment ran at most.
 *
 * <pre>
 * mvn -Pjmh test-compile exec:exec -Djmh.args=HotKeyBenchmark
 * </pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 5)
@Fork(1)
@State(Scope.Benchmark)
public class HotKeyBenchmark {
    private static final int NODES = 2;
    private static final int THREADS = 4;

    /** How long a round takes. */
    @Param("60")
    public int seconds;

    private final List<DynamoDbCachingProvider> providers = new ArrayList<>();
    private final List<Cache<String, Integer>> caches = new ArrayList<>();

    /** Starts the server and the nodes. */
    @Setup
    public void start() {
        Properties properties = new Properties();
        properties.setProperty(
                "tidepool.awsConfigJson",
                "{\"accessKeyId\":\"local\",\"secretAccessKey\":\"local\",\"region\":\"us-east-1\"}");
        for (int node = 0; node < NODES; node++) {
            DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
            providers.add(provider);
            caches.add(provider.getCacheManager(
                            URI.create("node-" + node), HotKeyBenchmark.class.getClassLoader(), properties)
                    .createCache(
                            "counters",
                            DynamoDbConfiguration.builder(String.class, Integer.class)
                                    .table("counters")
                                    .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                                    .build()));
        }
    }

    /** Stops the nodes. */
    @TearDown
    public void stop() {
        providers.forEach(DynamoDbCachingProvider::close);
    }

    /** One round. */
    @Benchmark
    public void increment() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        List<Incrementing> all = new ArrayList<>();
        caches.forEach(cache -> {
            for (int thread = 0; thread < THREADS; thread++) {
                all.add(new Incrementing(cache, end));
            }
        });
        all.forEach(Thread::start);
        for (Incrementing each : all) {
            each.join();
        }
        for (int node = 0; node < NODES; node++) {
            System.out.println(
                    "node " + node + ": " + Incrementing.said(all.subList(node * THREADS, (node + 1) * THREADS)));
        }
    }

    /** A thread that increments until a time has come. */
    private static final class Incrementing extends Thread {
        private final Cache<String, Integer> cache;
        private final long end;
        private int count;
        private long slowestNanos;
        private int mostRuns;

        Incrementing(Cache<String, Integer> cache, long end) {
            this.cache = cache;
            this.end = end;
        }

        @Override
        public void run() {
            for (long start = System.nanoTime(); start - end < 0; start = System.nanoTime()) {
                AtomicInteger runs = new AtomicInteger();
                cache.invoke("counter", (entry, arguments) -> {
                    runs.incrementAndGet();
                    entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
                    return null;
                });
                count++;
                slowestNanos = Math.max(slowestNanos, System.nanoTime() - start);
                mostRuns = Math.max(mostRuns, runs.get());
            }
        }

        static String said(List<Incrementing> threads) {
            int increments = threads.stream().mapToInt(thread -> thread.count).sum();
            long slowest = threads.stream()
                    .mapToLong(thread -> thread.slowestNanos)
                    .max()
                    .orElse(0);
            int runs =
                    threads.stream().mapToInt(thread -> thread.mostRuns).max().orElse(0);
            return increments + " increments, the slowest took " + TimeUnit.NANOSECONDS.toMillis(slowest)
                    + " ms, one ran " + runs + " times";
        }
    }
}
