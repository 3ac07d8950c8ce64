package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Loaders and writers, beyond what the TCK looks at: other nodes, order, failures in the middle. */
@ExtendWith(DynamoDbLocal.class)
class LoaderWriterIT {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final long PATIENCE_SECONDS = 20;

    private static Node node;
    private static Node other;

    private final String name = "loader-writer-" + NAMES.incrementAndGet();
    private final String table = Node.freshTable();
    private final NotingWriter writer = new NotingWriter();

    @BeforeAll
    static void start() {
        node = Node.start();
        other = Node.besides(node);
    }

    @AfterAll
    static void close() {
        other.close();
        node.close();
    }

    /** Everything is done another way when a listener must be told, or a policy is asked once. */
    enum Way {
        PLAIN,
        STATISTICS,
        LISTENER,
        OWN_POLICY;

        <K, V> DynamoDbConfiguration.Builder<K, V> in(DynamoDbConfiguration.Builder<K, V> builder) {
            return switch (this) {
                case PLAIN -> builder;
                case STATISTICS -> builder.statisticsEnabled(true);
                case LISTENER -> builder.listener(new Events<K, V>().synchronous());
                case OWN_POLICY ->
                    builder.expiryPolicy(() -> new TablePolicy(Duration.ONE_HOUR, Duration.ONE_HOUR, null));
            };
        }
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /** A loader that does something else first; its values are upper case of the keys. */
    private static CacheLoader<String, String> loader(Consumer<String> before) {
        return new CacheLoader<>() {
            @Override
            public String load(String key) {
                before.accept(key);
                return "loaded " + key;
            }

            @Override
            public Map<String, String> loadAll(Iterable<? extends String> keys) {
                Map<String, String> loaded = new HashMap<>();
                keys.forEach(key -> loaded.put(key, load(key)));
                return loaded;
            }
        };
    }

    private static void loadAll(Cache<String, String> cache, Set<String> keys, boolean replaceExisting)
            throws ExecutionException, InterruptedException {
        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(keys, replaceExisting, done);
        done.get();
    }

    private static Stream<Arguments> inEveryWay(Stream<Map.Entry<String, Consumer<Cache<String, String>>>> operations) {
        return operations.flatMap(operation ->
                Stream.of(Way.values()).map(way -> Arguments.of(operation.getKey(), way, operation.getValue())));
    }

    static Stream<Arguments> readsThrough() {
        return inEveryWay(Stream.of(
                Map.entry("get", cache -> assertThat(cache.get("key")).isEqualTo("newer")),
                Map.entry(
                        "getAll",
                        cache -> assertThat(cache.getAll(Set.of("key"))).isEqualTo(Map.of("key", "newer"))),
                Map.entry(
                        "invoke",
                        cache -> assertThat(cache.<String>invoke("key", (entry, none) -> entry.getValue()))
                                .isEqualTo("newer"))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("readsThrough")
    void anyReadThrough_anotherNodePutsWhileLoading_itsValueStaysAndIsReturned(
            String operation, Way way, Consumer<Cache<String, String>> run) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache =
                node.cache(name, way.in(configuration().readThrough(() -> loader(key -> elsewhere.put(key, "newer")))));

        run.accept(cache);

        assertThat(elsewhere.get("key")).as(operation).isEqualTo("newer");
    }

    @ParameterizedTest
    @EnumSource
    void loadAll_anotherNodePutsWhileLoading_staysUnlessReplacing(Way way) throws Exception {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache =
                node.cache(name, way.in(configuration().readThrough(() -> loader(key -> elsewhere.put(key, "newer")))));

        loadAll(cache, Set.of("key"), false);
        assertThat(elsewhere.get("key")).isEqualTo("newer");

        loadAll(cache, Set.of("key"), true);
        assertThat(elsewhere.get("key")).isEqualTo("loaded key");
    }

    @Test
    void loadAll_presentAndAbsentKeys_asksTheLoaderForTheAbsentOnly() throws Exception {
        MapLoader<String, String> loader = new MapLoader<>(Map.of("a", "loaded", "b", "loaded"));
        Cache<String, String> cache = node.cache(name, configuration().readThrough(() -> loader));
        cache.put("a", "own");

        loadAll(cache, Set.of("a", "b", "unknown"), false);

        assertThat(loader.asked()).containsExactlyInAnyOrder("b", "unknown");
        assertThat(cache.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", "own", "b", "loaded"));
    }

    @Test
    void getAll_manyMisses_loadsEachOnceAndStoresThem() {
        Map<String, String> source = new HashMap<>();
        for (int i = 0; i < 250; i++) {
            source.put("k" + i, "v" + i);
        }
        MapLoader<String, String> loader = new MapLoader<>(source);
        Cache<String, String> cache = node.cache(name, configuration().readThrough(() -> loader));
        cache.put("k0", "own");
        Map<String, String> expected = new HashMap<>(source);
        expected.put("k0", "own");
        Set<String> keys = new HashSet<>(source.keySet());
        keys.add("unknown");

        assertThat(cache.getAll(keys)).isEqualTo(expected);

        assertThat(loader.asked()).hasSize(250).doesNotContain("k0").doesNotHaveDuplicates();
        assertThat(other.cache(name, configuration()).getAll(keys)).isEqualTo(expected);
    }

    @Test
    void get_severalThreadsMissOneKey_loaderIsAskedOnce() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger loads = new AtomicInteger();
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .readThrough(() -> loader(key -> {
                            loads.incrementAndGet();
                            loading.countDown();
                            await(release);
                        })));

        List<CompletableFuture<String>> readers = new ArrayList<>();
        readers.add(CompletableFuture.supplyAsync(() -> cache.get("key")));
        await(loading);
        for (int i = 0; i < 3; i++) {
            readers.add(CompletableFuture.supplyAsync(() -> cache.get("key")));
        }
        release.countDown();

        for (CompletableFuture<String> reader : readers) {
            assertThat(reader.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("loaded key");
        }
        assertThat(loads).hasValue(1);
    }

    @Test
    void getAndOthers_withoutReading_neverLoad() {
        MapLoader<String, String> loader = new MapLoader<>(Map.of("key", "loaded"));
        Cache<String, String> cache = node.cache(name, configuration().readThrough(() -> loader));

        assertThat(cache.containsKey("key")).isFalse();
        assertThat(cache.getAndPut("key", "a")).isNull();
        assertThat(cache.getAndRemove("key")).isEqualTo("a");
        assertThat(cache.getAndReplace("key", "b")).isNull();
        assertThat(cache.remove("key", "loaded")).isFalse();
        assertThat(cache.replace("key", "loaded", "b")).isFalse();
        assertThat(cache.putIfAbsent("key", "c")).isTrue();
        assertThat(cache.remove("key")).isTrue();
        assertThat(cache.<Boolean>invoke("key", (entry, none) -> entry.exists()))
                .isFalse();
        assertThat(cache.iterator().hasNext()).isFalse();

        assertThat(loader.asked()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void anyReadThrough_loaderThatThrows_isALoaderExceptionAndStoresNothing(Way way) {
        Cache<String, String> cache = node.cache(
                name,
                way.in(configuration()
                        .readThrough(() -> loader(key -> {
                            throw new Quiet();
                        }))));

        assertThatThrownBy(() -> cache.get("key"))
                .isInstanceOf(CacheLoaderException.class)
                .hasCauseInstanceOf(Quiet.class);
        assertThatThrownBy(() -> cache.getAll(Set.of("key"))).isInstanceOf(CacheLoaderException.class);
        assertThatThrownBy(() -> loadAll(cache, Set.of("key"), true))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CacheLoaderException.class);
        assertThat(cache.containsKey("key")).isFalse();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Notes what it is told, and what the store then held; fails on keys that begin with "bad". */
    private static final class NotingWriter implements CacheWriter<String, String> {
        private final List<String> told = new CopyOnWriteArrayList<>();
        private UnaryOperator<String> store = key -> "";

        private void note(String what, String key) {
            if (key.startsWith("bad")) {
                throw new Quiet();
            }
            told.add(what + store.apply(key));
        }

        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {
            note("write " + entry.getKey() + "=" + entry.getValue(), entry.getKey());
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.removeIf(entry -> {
                if (!entry.getKey().startsWith("bad")) {
                    write(entry);
                    return true;
                }
                return false;
            });
            failUnlessEmpty(entries);
        }

        @Override
        public void delete(Object key) {
            note("delete " + key, key.toString());
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.removeIf(key -> {
                if (!key.toString().startsWith("bad")) {
                    delete(key);
                    return true;
                }
                return false;
            });
            failUnlessEmpty(keys);
        }

        private static void failUnlessEmpty(Collection<?> left) {
            if (!left.isEmpty()) {
                throw new Quiet();
            }
        }
    }

    /** The operations, with what the writer hears when there is no entry, and when it is "old". */
    private enum Written {
        PUT("write key=new", "write key=new"),
        GET_AND_PUT("write key=new", "write key=new"),
        PUT_ALL("write key=new", "write key=new"),
        PUT_IF_ABSENT("write key=new", ""),
        REPLACE("", "write key=new"),
        REPLACE_EQUAL("", "write key=new"),
        REPLACE_UNEQUAL("", ""),
        GET_AND_REPLACE("", "write key=new"),
        REMOVE("delete key", "delete key"),
        GET_AND_REMOVE("delete key", "delete key"),
        REMOVE_EQUAL("", "delete key"),
        REMOVE_UNEQUAL("", ""),
        REMOVE_ALL_OF_KEYS("delete key", "delete key"),
        REMOVE_ALL("", "delete key"),
        CLEAR("", ""),
        ITERATOR_REMOVE("", "delete key"),
        INVOKE_SET("write key=new", "write key=new"),
        INVOKE_REMOVE("delete key", "delete key"),
        INVOKE_GET("", ""),
        GET("", "");

        private final String whenAbsent;
        private final String whenPresent;

        Written(String whenAbsent, String whenPresent) {
            this.whenAbsent = whenAbsent;
            this.whenPresent = whenPresent;
        }

        void run(Cache<String, String> cache, String key) {
            switch (this) {
                case PUT -> cache.put(key, "new");
                case GET_AND_PUT -> cache.getAndPut(key, "new");
                case PUT_ALL -> cache.putAll(Map.of(key, "new"));
                case PUT_IF_ABSENT -> cache.putIfAbsent(key, "new");
                case REPLACE -> cache.replace(key, "new");
                case REPLACE_EQUAL -> cache.replace(key, "old", "new");
                case REPLACE_UNEQUAL -> cache.replace(key, "x", "new");
                case GET_AND_REPLACE -> cache.getAndReplace(key, "new");
                case REMOVE -> cache.remove(key);
                case GET_AND_REMOVE -> cache.getAndRemove(key);
                case REMOVE_EQUAL -> cache.remove(key, "old");
                case REMOVE_UNEQUAL -> cache.remove(key, "x");
                case REMOVE_ALL_OF_KEYS -> cache.removeAll(Set.of(key));
                case REMOVE_ALL -> cache.removeAll();
                case CLEAR -> cache.clear();
                case ITERATOR_REMOVE -> {
                    for (var entries = cache.iterator(); entries.hasNext(); ) {
                        entries.next();
                        entries.remove();
                    }
                }
                case INVOKE_SET ->
                    cache.invoke(key, (entry, none) -> {
                        entry.setValue("new");
                        return null;
                    });
                case INVOKE_REMOVE ->
                    cache.invoke(key, (entry, none) -> {
                        entry.remove();
                        return null;
                    });
                case INVOKE_GET -> cache.invoke(key, (entry, none) -> entry.getValue());
                case GET -> cache.get(key);
            }
        }
    }

    static Stream<Arguments> writes() {
        return Stream.of(Written.values())
                .flatMap(operation -> Stream.of(Way.values()).map(way -> Arguments.of(operation, way)));
    }

    private Cache<String, String> written(Way way) {
        return node.cache(name, way.in(configuration().writeThrough(() -> writer)));
    }

    private static List<String> lines(String line) {
        return line.isEmpty() ? List.of() : List.of(line);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("writes")
    void anyWrite_absentEntry_writerHearsWhatTheTableSaysBeforeTheStoreChanges(Written operation, Way way) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache = written(way);
        writer.store = key -> ", store has " + elsewhere.get(key);

        operation.run(cache, "key");

        assertThat(writer.told)
                .isEqualTo(lines(operation.whenAbsent).stream()
                        .map(line -> line + ", store has null")
                        .toList());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("writes")
    void anyWrite_presentEntry_writerHearsWhatTheTableSaysBeforeTheStoreChanges(Written operation, Way way) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache = written(way);
        elsewhere.put("key", "old");
        writer.store = key -> ", store has " + elsewhere.get(key);

        operation.run(cache, "key");

        assertThat(writer.told)
                .isEqualTo(lines(operation.whenPresent).stream()
                        .map(line -> line + ", store has old")
                        .toList());
    }

    static Stream<Arguments> writesOfPresent() {
        return writes().filter(arguments -> !((Written) arguments.get()[0]).whenPresent.isEmpty());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("writesOfPresent")
    void anyWrite_presentEntryAndWriterThatThrows_storeStaysAsItIs(Written operation, Way way) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache = written(way);
        elsewhere.put("bad", "old");

        assertThatThrownBy(() -> operation.run(cache, "bad"))
                .isInstanceOf(CacheWriterException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(elsewhere.get("bad")).isEqualTo("old");
    }

    static Stream<Arguments> writesOfAbsent() {
        return writes().filter(arguments -> ((Written) arguments.get()[0]).whenAbsent.startsWith("write"));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("writesOfAbsent")
    void anyWrite_absentEntryAndWriterThatThrows_nothingIsStored(Written operation, Way way) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache = written(way);

        assertThatThrownBy(() -> operation.run(cache, "bad")).isInstanceOf(CacheWriterException.class);

        assertThat(elsewhere.containsKey("bad")).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void putAll_writerThatLeavesSome_storesTheOthersAndThrows(Way way) {
        Cache<String, String> cache = written(way);
        cache.put("a", "old");

        assertThatThrownBy(() -> cache.putAll(Map.of("a", "new", "b", "new", "bad1", "new", "bad2", "new")))
                .isInstanceOf(CacheWriterException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(cache.getAll(Set.of("a", "b", "bad1", "bad2"))).isEqualTo(Map.of("a", "new", "b", "new"));
        assertThat(writer.told).containsExactlyInAnyOrder("write a=old", "write a=new", "write b=new");
    }

    @ParameterizedTest
    @EnumSource
    void removeAll_writerThatLeavesSomeKeys_removesTheOthersAndThrows(Way way) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        elsewhere.putAll(Map.of("a", "1", "b", "2", "bad1", "3", "bad2", "4", "untouched", "5"));
        Cache<String, String> cache = written(way);

        assertThatThrownBy(() -> cache.removeAll(Set.of("a", "b", "bad1", "bad2")))
                .isInstanceOf(CacheWriterException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(cache.getAll(Set.of("a", "b", "bad1", "bad2", "untouched")))
                .isEqualTo(Map.of("bad1", "3", "bad2", "4", "untouched", "5"));
    }

    @ParameterizedTest
    @EnumSource
    void removeAll_writerThatLeavesSome_removesTheOthersAndThrows(Way way) {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        elsewhere.putAll(Map.of("a", "1", "b", "2", "bad1", "3", "bad2", "4"));
        Cache<String, String> cache = written(way);

        assertThatThrownBy(cache::removeAll)
                .isInstanceOf(CacheWriterException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(cache.getAll(Set.of("a", "b", "bad1", "bad2"))).isEqualTo(Map.of("bad1", "3", "bad2", "4"));
    }

    @ParameterizedTest
    @EnumSource
    void loads_writer_hearsNothing(Way way) throws Exception {
        Cache<String, String> cache = node.cache(
                name, way.in(configuration().writeThrough(() -> writer).readThrough(() -> loader(key -> {}))));

        cache.get("a");
        cache.getAll(Set.of("b"));
        loadAll(cache, Set.of("c"), false);
        loadAll(cache, Set.of("c"), true);
        cache.invoke("d", (entry, none) -> entry.getValue());

        assertThat(writer.told).isEmpty();
        assertThat(cache.getAll(Set.of("a", "b", "c", "d"))).hasSize(4);
    }

    @Test
    void replaceIfEqual_anotherNodeChangesEntryWhileWriterWrites_isDecidedAnew() {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache = written(Way.PLAIN);
        elsewhere.put("key", "old");
        writer.store = key -> {
            elsewhere.put(key, "newer");
            return "";
        };

        assertThat(cache.replace("key", "old", "new")).isFalse();

        assertThat(elsewhere.get("key")).isEqualTo("newer");
    }

    @Test
    void putIfAbsent_anotherNodePutsWhileWriterWrites_itsValueStays() {
        Cache<String, String> elsewhere = other.cache(name, configuration());
        Cache<String, String> cache = written(Way.PLAIN);
        writer.store = key -> {
            elsewhere.put(key, "newer");
            return "";
        };

        assertThat(cache.putIfAbsent("key", "new")).isFalse();

        assertThat(elsewhere.get("key")).isEqualTo("newer");
    }
}
