package dev.tidepool.cache;

import dev.tidepool.AwsConfig;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
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
 * Operations of a cache beside the requests that one would make without it: on the AWS SDK's client with its own
 * defaults, and on the SDK's enhanced client; all on a {@link CannedStore}. An entry is a text of 1,000 characters. The
 * allocated bytes are those of {@code -prof gc}:
 *
 * <pre>
 * mvn -Pjmh test-compile exec:exec -Djmh.args="cache.CacheBenchmark -prof gc"
 * mvn -Pjmh test-compile exec:exec -Djmh.args="cache.CacheBenchmark.put -prof gc -p subject=bare,cache"
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class CacheBenchmark {
    static final String TABLE = "benchmark";

    private static final int LENGTH = 1_000;
    private static final int MANY = 100;

    /** Who works: the SDK's client, its enhanced client, or a cache on the client that the library makes. */
    @Param({"bare", "enhanced", "cache"})
    public String subject;

    private final CannedStore store = new CannedStore();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private EntryStore entries;

    /** What all of them can do. */
    interface EntryStore {
        /** Reads the value of a key. */
        Object get(String key);

        /** Writes a value. */
        Object put(String key, String value);

        /** Writes a value in place of another. */
        Object replace(String key, String value);

        /** Reads a value, and writes another unless somebody else has done so meanwhile. */
        Object invoke(String key, String value);

        /** Reads the values of many keys. */
        Object getAll(Set<String> keys);
    }

    private String key;
    private String value;
    private Set<String> keys;

    /** Asks DynamoDB Local for each operation once. */
    @Setup
    public void prepare() throws ReflectiveOperationException {
        Cache<String, String> cache = cache();
        entries = switch (subject) {
            case "bare" -> new BareEntries(store.bareClient());
            case "enhanced" -> new EnhancedEntries(store.bareClient());
            default -> new CachedEntries(cache);
        };
        value = new Random(1)
                .ints(LENGTH, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        keys = IntStream.range(0, MANY).mapToObj(number -> "user-" + number).collect(Collectors.toSet());
        key = keys.iterator().next();
        keys.forEach(each -> entries.put(each, value));
        for (Supplier<Object> each : List.<Supplier<Object>>of(this::getAll, this::put, this::replace, this::invoke)) {
            each.get();
        }
        store.replay();
    }

    /** The first cache makes the client and the table. */
    private Cache<String, String> cache() throws ReflectiveOperationException {
        CacheManager manager = provider.getCacheManager();
        manager.createCache("first", configuration().build());
        store.carry(manager);
        return manager.createCache(
                "entries", configuration().set(Option.PREFIX, "").build());
    }

    private static DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(TABLE)
                .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                .set(
                        Option.AWS_CONFIG_JSON,
                        new AwsConfig(CannedStore.CREDENTIAL, CannedStore.CREDENTIAL, null, "us-east-1", null));
    }

    /** Closes the clients. */
    @TearDown
    public void close() {
        provider.close();
        store.close();
    }

    /** Reads an entry. */
    @Benchmark
    public Object get() {
        return entries.get(key);
    }

    /** Writes an entry. */
    @Benchmark
    public Object put() {
        return entries.put(key, value);
    }

    /** Writes an entry that is there. */
    @Benchmark
    public Object replace() {
        return entries.replace(key, value);
    }

    /** Reads an entry, and writes it unless another one has. */
    @Benchmark
    public Object invoke() {
        return entries.invoke(key, value);
    }

    /** Reads a hundred entries. */
    @Benchmark
    public Object getAll() {
        return entries.getAll(keys);
    }

    /** Those of a cache. */
    private record CachedEntries(Cache<String, String> cache) implements EntryStore {
        @Override
        public Object get(String key) {
            return cache.get(key);
        }

        @Override
        public Object put(String key, String value) {
            cache.put(key, value);
            return value;
        }

        @Override
        public Object replace(String key, String value) {
            return cache.replace(key, value);
        }

        @Override
        public Object invoke(String key, String value) {
            return cache.invoke(key, (entry, arguments) -> {
                String before = entry.getValue();
                entry.setValue(value);
                return before;
            });
        }

        @Override
        public Object getAll(Set<String> keys) {
            return cache.getAll(keys);
        }
    }
}
