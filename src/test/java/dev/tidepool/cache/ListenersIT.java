package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What listeners hear, beyond what the TCK looks at. */
@ExtendWith(DynamoDbLocal.class)
class ListenersIT {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final long PATIENCE_SECONDS = 20;

    private static final String CREATED = "CREATED key: new";
    private static final String UPDATED = "UPDATED key: old -> new";
    private static final String REMOVED = "REMOVED key: old";
    private static final String EXPIRED = "EXPIRED key: old";

    private static Node node;
    private static Node other;

    private final String name = "listeners-" + NAMES.incrementAndGet();
    private final String table = Node.freshTable();
    private final Events<String, String> events = new Events<>();

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

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /**
     * An operation on the entry "key" that writes "new" if it writes.
     *
     * @param absent what is heard of it when there is no entry
     * @param present what is heard of it when the entry is "old"
     */
    private record Told(
            String operation, Consumer<Cache<String, String>> run, List<String> absent, List<String> present) {
        @Override
        public String toString() {
            return operation;
        }
    }

    private static List<Told> operations() {
        List<String> silence = List.of();
        List<String> created = List.of(CREATED);
        List<String> updated = List.of(UPDATED);
        List<String> removed = List.of(REMOVED);
        return List.of(
                new Told("put", cache -> cache.put("key", "new"), created, updated),
                new Told("getAndPut", cache -> cache.getAndPut("key", "new"), created, updated),
                new Told("putIfAbsent", cache -> cache.putIfAbsent("key", "new"), created, silence),
                new Told("putAll", cache -> cache.putAll(Map.of("key", "new")), created, updated),
                new Told("replace", cache -> cache.replace("key", "new"), silence, updated),
                new Told("replace if equal", cache -> cache.replace("key", "old", "new"), silence, updated),
                new Told("replace if equal, unequal", cache -> cache.replace("key", "x", "new"), silence, silence),
                new Told("getAndReplace", cache -> cache.getAndReplace("key", "new"), silence, updated),
                new Told("remove", cache -> cache.remove("key"), silence, removed),
                new Told("remove if equal", cache -> cache.remove("key", "old"), silence, removed),
                new Told("remove if equal, unequal", cache -> cache.remove("key", "x"), silence, silence),
                new Told("getAndRemove", cache -> cache.getAndRemove("key"), silence, removed),
                new Told("removeAll of keys", cache -> cache.removeAll(Set.of("key", "no")), silence, removed),
                new Told("removeAll", Cache::removeAll, silence, removed),
                new Told("clear", Cache::clear, silence, silence),
                new Told("iterator, remove", ListenersIT::removeByIterator, silence, removed),
                new Told("iterator", cache -> cache.forEach(entry -> entry.getValue()), silence, silence),
                new Told("containsKey", cache -> cache.containsKey("key"), silence, silence),
                new Told("get, read through", cache -> cache.get("key"), created, silence),
                new Told("getAll, read through", cache -> cache.getAll(Set.of("key")), created, silence),
                new Told("loadAll", cache -> loadAll(cache, false), created, silence),
                new Told("loadAll, replacing", cache -> loadAll(cache, true), created, updated),
                new Told("invoke, getValue, read through", ListenersIT::getValue, created, silence),
                new Told("invoke, setValue", cache -> cache.invoke("key", ListenersIT::set), created, updated),
                new Told("invoke, setValue twice", ListenersIT::setTwice, created, updated),
                new Told("invoke, setValue and remove", ListenersIT::setAndRemove, silence, removed),
                new Told("invoke, remove and setValue", ListenersIT::removeAndSet, created, updated),
                new Told("invoke, remove", ListenersIT::removeInProcessor, silence, removed),
                new Told("invokeAll", cache -> cache.invokeAll(Set.of("key"), ListenersIT::set), created, updated));
    }

    private static Object set(javax.cache.processor.MutableEntry<String, String> entry, Object... arguments) {
        entry.setValue("new");
        return "done";
    }

    private static void getValue(Cache<String, String> cache) {
        cache.invoke("key", (entry, none) -> entry.getValue());
    }

    private static void setTwice(Cache<String, String> cache) {
        cache.invoke("key", (entry, none) -> {
            entry.setValue("in between");
            entry.setValue("new");
            return null;
        });
    }

    private static void setAndRemove(Cache<String, String> cache) {
        cache.invoke("key", (entry, none) -> {
            entry.setValue("new");
            entry.remove();
            return null;
        });
    }

    private static void removeAndSet(Cache<String, String> cache) {
        cache.invoke("key", (entry, none) -> {
            entry.remove();
            entry.setValue("new");
            return null;
        });
    }

    private static void removeInProcessor(Cache<String, String> cache) {
        cache.invoke("key", (entry, none) -> {
            entry.remove();
            return null;
        });
    }

    private static void removeByIterator(Cache<String, String> cache) {
        for (var entries = cache.iterator(); entries.hasNext(); ) {
            entries.next();
            entries.remove();
        }
    }

    private static void loadAll(Cache<String, String> cache, boolean replaceExisting) {
        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(Set.of("key"), replaceExisting, done);
        try {
            done.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Under a policy that is asked once, everything is done another way, and must be heard just the same. */
    static Stream<Arguments> operationsInBothWays() {
        return operations().stream()
                .flatMap(operation -> Stream.of(true, false).map(eternal -> Arguments.of(operation, eternal)));
    }

    private Cache<String, String> listenedTo(boolean eternal) {
        ExpiryPolicy own = new TablePolicy(Duration.ONE_HOUR, Duration.ONE_HOUR, null);
        DynamoDbConfiguration.Builder<String, String> builder = configuration()
                .readThrough(() -> new MapLoader<>(Map.of("key", "new")))
                .listener(events.synchronous());
        return node.cache(name, eternal ? builder : builder.expiryPolicy(() -> own));
    }

    @ParameterizedTest(name = "{0}, eternal: {1}")
    @MethodSource("operationsInBothWays")
    void anyOperation_absentEntry_isHeardAsTheTableSays(Told operation, boolean eternal) {
        Cache<String, String> cache = listenedTo(eternal);

        operation.run().accept(cache);

        assertThat(events.heard()).isEqualTo(operation.absent());
    }

    @ParameterizedTest(name = "{0}, eternal: {1}")
    @MethodSource("operationsInBothWays")
    void anyOperation_presentEntry_isHeardAsTheTableSays(Told operation, boolean eternal) {
        Cache<String, String> cache = listenedTo(eternal);
        cache.put("key", "old");
        events.clear();

        operation.run().accept(cache);

        assertThat(events.heard()).isEqualTo(operation.present());
    }

    static Stream<Arguments> accesses() {
        return Stream.<Map.Entry<String, Consumer<Cache<String, String>>>>of(
                        Map.entry("get", cache -> cache.get("key")),
                        Map.entry("getAll", cache -> cache.getAll(Set.of("key"))),
                        Map.entry("iterator", cache -> cache.forEach(entry -> entry.getValue())),
                        Map.entry("invoke", ListenersIT::getValue),
                        Map.entry("replace if equal", cache -> cache.replace("key", "x", "new")),
                        Map.entry("remove if equal", cache -> cache.remove("key", "x")))
                .map(operation -> Arguments.of(operation.getKey(), operation.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accesses")
    void anyAccess_lifetimeEndsWithIt_expiryIsHeardOnce(String operation, Consumer<Cache<String, String>> run) {
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .expiryPolicy(() -> new TablePolicy(Duration.ETERNAL, null, Duration.ZERO))
                        .listener(events.synchronous()));
        cache.put("key", "old");
        events.clear();

        run.accept(cache);

        assertThat(events.heard()).as(operation).containsExactly(EXPIRED);
    }

    @Test
    void putAllAndRemoveAll_manyEntries_eachIsHeardOnce() {
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        Map<String, String> entries = new HashMap<>();
        List<String> created = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            entries.put("k" + i, "v" + i);
            created.add("CREATED k" + i + ": v" + i);
            removed.add("REMOVED k" + i + ": v" + i);
        }

        cache.putAll(entries);
        assertThat(events.heard()).containsExactlyInAnyOrderElementsOf(created);

        events.clear();
        cache.removeAll();
        assertThat(events.heard()).containsExactlyInAnyOrderElementsOf(removed);
    }

    @Test
    void anyOperation_ofAnotherNode_isNotHeard() {
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        Cache<String, String> elsewhere = other.cache(name, configuration());

        elsewhere.put("key", "old");
        assertThat(events.heard()).isEmpty();

        cache.put("key", "new");
        assertThat(events.heard()).as("with what the other node had written").containsExactly(UPDATED);
    }

    @Test
    void asynchronousListener_manyChangesOfTwoKeys_hearsThemInOrderPerKey() throws Exception {
        int changes = 200;
        CountDownLatch delivered = new CountDownLatch(2 * changes);
        Events<String, Integer> slow = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends Integer> event, String what) {
                super.heard(event, event.getKey() + "=" + event.getValue());
                delivered.countDown();
            }
        };
        Cache<String, Integer> cache = node.cache(
                name,
                DynamoDbConfiguration.builder(String.class, Integer.class)
                        .table(table)
                        .listener(slow.asynchronous()));

        Thread second = new Thread(() -> count(cache, "b", changes));
        second.start();
        count(cache, "a", changes);
        second.join();

        assertThat(delivered.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        for (String key : List.of("a", "b")) {
            List<String> expected = new ArrayList<>();
            expected.add("CREATED " + key + "=0");
            for (int i = 1; i < changes; i++) {
                expected.add("UPDATED " + key + "=" + i);
            }
            assertThat(slow.heard().stream().filter(line -> line.contains(" " + key + "=")))
                    .containsExactlyElementsOf(expected);
        }
    }

    private static void count(Cache<String, Integer> cache, String key, int changes) {
        for (int i = 0; i < changes; i++) {
            cache.put(key, i);
        }
    }

    @Test
    void synchronousListener_threadsThatChangeOneKey_hearsAChainWithoutGaps() throws Exception {
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        cache.put("key", "start");

        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String writer = "writer" + i;
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 25; n++) {
                    cache.put("key", writer + "." + n);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }

        String value = "start";
        for (String line : events.heard().subList(1, 101)) {
            assertThat(line).startsWith("UPDATED key: " + value + " -> ");
            value = line.substring(line.indexOf("-> ") + 3);
        }
        assertThat(cache.get("key")).isEqualTo(value);
    }

    @Test
    void asynchronousListener_thatBlocks_doesNotHoldUpTheCaller() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch delivered = new CountDownLatch(2);
        Events<String, String> blocking = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                await(release);
                super.heard(event, what);
                delivered.countDown();
            }
        };
        Cache<String, String> cache = node.cache(name, configuration().listener(blocking.asynchronous()));

        cache.put("key", "old");
        cache.put("key", "new");
        assertThat(blocking.heard()).isEmpty();

        release.countDown();
        await(delivered);
        assertThat(blocking.heard()).containsExactly("CREATED key: old", UPDATED);
    }

    /** The listener that is waited for might want the key that is loaded. */
    @Test
    void get_readThroughWhileTooManyEventsWait_waitsBeforeItLoads() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CacheEntryCreatedListener<String, String> blocking = created -> await(release);
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .readThrough(() -> new MapLoader<>(Map.of("key", "loaded")))
                        .listener(new MutableCacheEntryListenerConfiguration<>(() -> blocking, null, false, false)));
        cache.putAll(IntStream.range(0, 1_001).boxed().collect(Collectors.toMap(i -> "key-" + i, i -> "value")));
        FutureTask<String> get = new FutureTask<>(() -> cache.get("key"));
        Thread reader = new Thread(get);

        reader.start();
        try {
            Eventually.holds(
                    "it waits for room",
                    () -> Stream.of(reader.getStackTrace())
                            .anyMatch(frame -> frame.getMethodName().equals("awaitRoom")));
            assertThat(Stream.of(reader.getStackTrace()).map(StackTraceElement::getMethodName))
                    .contains("loadOnce")
                    .doesNotContain("store");
        } finally {
            release.countDown();
        }
        assertThat(get.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("loaded");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void asynchronousListener_thatThrows_hearsTheNextEventAndCallerNothing() {
        CountDownLatch delivered = new CountDownLatch(2);
        Events<String, String> failing = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                super.heard(event, what);
                delivered.countDown();
                throw new Quiet();
            }
        };
        Cache<String, String> cache = node.cache(name, configuration().listener(failing.asynchronous()));

        cache.put("key", "old");
        cache.put("key", "new");

        await(delivered);
        assertThat(failing.heard()).containsExactly("CREATED key: old", UPDATED);
    }

    private static CacheEntryListenerConfiguration<String, String> filtered(
            Events<String, String> events, CacheEntryEventFilter<String, String> filter, boolean synchronous) {
        return new MutableCacheEntryListenerConfiguration<>(() -> events, () -> filter, true, synchronous);
    }

    @Test
    void filter_someEvents_onlyTheseAreHeard() {
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .listener(filtered(events, event -> event.getKey().startsWith("a"), true)));

        cache.putAll(Map.of("a1", "1", "a2", "2", "b", "3"));
        cache.removeAll(Set.of("a1", "b"));

        assertThat(events.heard()).containsExactlyInAnyOrder("CREATED a1: 1", "CREATED a2: 2", "REMOVED a1: 1");
    }

    @Test
    void filter_oldValues_areThereToGoBy() {
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .listener(filtered(
                                events,
                                event -> event.isOldValueAvailable()
                                        && event.getOldValue().equals("old"),
                                true)));

        cache.put("key", "old");
        cache.put("key", "new");
        cache.put("key", "newer");

        assertThat(events.heard()).containsExactly(UPDATED);
    }

    @Test
    void filter_thatThrows_reachesTheCallerAndChangeStays() {
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .listener(filtered(
                                events,
                                event -> {
                                    throw new Quiet();
                                },
                                true)));

        assertThatThrownBy(() -> cache.put("key", "new"))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasCauseInstanceOf(Quiet.class);
        assertThat(cache.get("key")).isEqualTo("new");
        assertThat(events.heard()).isEmpty();
    }

    static Stream<Arguments> changes() {
        return operations().stream()
                .filter(operation -> !operation.present().isEmpty())
                .filter(operation -> !operation.operation().startsWith("loadAll"))
                .filter(operation -> !operation.operation().equals("invokeAll"))
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("changes")
    void synchronousListener_thatThrows_reachesTheCallerAndChangeStays(Told operation) {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.put("key", "old");
        Events<String, String> failing = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                super.heard(event, what);
                throw new Quiet();
            }
        };
        cache.registerCacheEntryListener(failing.synchronous());
        cache.registerCacheEntryListener(events.synchronous());

        assertThatThrownBy(() -> operation.run().accept(cache))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(failing.heard()).isEqualTo(operation.present());
        assertThat(events.heard()).as("the other listener is told all the same").isEqualTo(operation.present());
        assertThat(cache.get("key")).isEqualTo(operation.present().contains(REMOVED) ? null : "new");
    }

    @Test
    void putAllAndRemoveAll_listenerThatThrows_dealWithAllEntries() {
        Events<String, String> failing = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                super.heard(event, what);
                throw new Quiet();
            }
        };
        Cache<String, String> cache = node.cache(name, configuration().listener(failing.synchronous()));
        Map<String, String> entries = Map.of("a", "1", "b", "2", "c", "3");

        assertThatThrownBy(() -> cache.putAll(entries)).isInstanceOf(CacheEntryListenerException.class);
        assertThat(cache.getAll(entries.keySet())).isEqualTo(entries);
        assertThatThrownBy(() -> cache.removeAll(entries.keySet())).isInstanceOf(CacheEntryListenerException.class);
        assertThat(cache.getAll(entries.keySet())).isEmpty();
        assertThat(failing.heard()).hasSize(6);
    }

    @Test
    void synchronousListener_thatThrowsCacheEntryListenerException_itReachesTheCallerAsItIs() {
        CacheEntryListenerException thrown = new CacheEntryListenerException("as it is");
        Events<String, String> failing = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                throw thrown;
            }
        };
        Cache<String, String> cache = node.cache(name, configuration().listener(failing.synchronous()));

        assertThatThrownBy(() -> cache.put("key", "new")).isSameAs(thrown);
    }

    @Test
    void loadAll_listenerThatThrows_completionListenerHearsOfIt() {
        Events<String, String> failing = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                throw new Quiet();
            }
        };
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .readThrough(() -> new MapLoader<>(Map.of("key", "new")))
                        .listener(failing.synchronous()));
        CompletionListenerFuture done = new CompletionListenerFuture();

        cache.loadAll(Set.of("key"), true, done);

        assertThatThrownBy(done::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CacheEntryListenerException.class);
        assertThat(cache.get("key")).isEqualTo("new");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void deregister_registeredListener_hearsNothingAnyMore(boolean fromTheStart) {
        CacheEntryListenerConfiguration<String, String> listener = events.synchronous();
        Cache<String, String> cache =
                node.cache(name, fromTheStart ? configuration().listener(listener) : configuration());
        if (!fromTheStart) {
            cache.registerCacheEntryListener(listener);
        }
        cache.put("key", "old");

        cache.deregisterCacheEntryListener(listener);
        cache.put("key", "new");

        assertThat(events.heard()).containsExactly("CREATED key: old");
        assertThatThrownBy(() -> {
                    cache.registerCacheEntryListener(listener);
                    cache.registerCacheEntryListener(listener);
                })
                .as("registered again, but not twice")
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void listener_forCreationsAlone_hearsNothingElse() {
        List<String> created = new ArrayList<>();
        CacheEntryCreatedListener<String, String> listener = new CacheEntryCreatedListener<>() {
            @Override
            public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> heard) {
                heard.forEach(event -> created.add(event.getKey()));
            }
        };
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .listener(new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true)));

        cache.put("key", "old");
        cache.put("key", "new");
        cache.remove("key");

        assertThat(created).containsExactly("key");
    }

    @Test
    void event_source_isTheCache() {
        List<Object> sources = new ArrayList<>();
        Events<String, String> noting = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                sources.add(event.getSource());
            }
        };
        Cache<String, String> cache = node.cache(name, configuration().listener(noting.synchronous()));

        cache.put("key", "new");

        assertThat(sources).containsExactly(cache);
    }
}
