package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.DynamoDbLocal;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.management.CacheMXBean;
import javax.cache.management.CacheStatisticsMXBean;
import javax.management.MBeanServerDelegate;
import javax.management.Notification;
import javax.management.NotificationListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.SdkHttpClient;

/** Statistics and MXBeans, beyond what the TCK looks at. */
@ExtendWith(DynamoDbLocal.class)
class StatisticsIT {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static Node node;
    private static Node other;

    private final String name = "statistics-" + NAMES.incrementAndGet();
    private final String table = Node.freshTable();

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

    /** Without a listener bulk operations send batches, with one they send single requests; both count the same. */
    enum Mode {
        SILENT,
        LISTENER;

        DynamoDbConfiguration.Builder<String, String> in(DynamoDbConfiguration.Builder<String, String> builder) {
            return this == LISTENER ? builder.listener(new Events<String, String>().synchronous()) : builder;
        }
    }

    /**
     * What is done with the entries "a" and "b", which are there, and "c" and "d", which are not.
     *
     * @param figures what it counts for
     */
    private record Counted(String operation, Consumer<Cache<String, String>> run, String figures) {
        @Override
        public String toString() {
            return operation;
        }
    }

    private static Counted counted(
            String operation, Consumer<Cache<String, String>> run, long hits, long misses, long puts, long removals) {
        return new Counted(operation, run, Beans.figures(hits, misses, puts, removals));
    }

    private static final Set<String> ABC = Set.of("a", "b", "c");

    static Stream<Arguments> operations() {
        return Stream.of(
                        counted("getAll", cache -> cache.getAll(ABC), 2, 1, 0, 0),
                        counted("containsKey", cache -> ABC.forEach(cache::containsKey), 0, 0, 0, 0),
                        counted("putAll", cache -> cache.putAll(Map.of("a", "x", "b", "x", "c", "x")), 0, 0, 3, 0),
                        counted("removeAll of keys", cache -> cache.removeAll(ABC), 0, 0, 0, 2),
                        counted("removeAll", Cache::removeAll, 0, 0, 0, 2),
                        counted("clear", Cache::clear, 0, 0, 0, 0),
                        counted("iterator", cache -> cache.forEach(entry -> entry.getValue()), 2, 0, 0, 0),
                        counted("iterator, remove", StatisticsIT::removeByIterator, 2, 0, 0, 2),
                        counted("loadAll", cache -> loadAll(cache, false), 0, 0, 0, 0),
                        counted("loadAll, replacing", cache -> loadAll(cache, true), 0, 0, 0, 0),
                        counted("get, read through", cache -> cache.get("c"), 0, 1, 0, 0),
                        counted("get, nothing to read through", cache -> cache.get("d"), 0, 1, 0, 0),
                        counted("getAll, read through", cache -> cache.getAll(Set.of("a", "c", "d")), 1, 2, 0, 0),
                        counted("putIfAbsent, present", cache -> cache.putIfAbsent("a", "x"), 1, 0, 0, 0),
                        counted("putIfAbsent, absent", cache -> cache.putIfAbsent("c", "x"), 0, 1, 1, 0),
                        counted("replace, present", cache -> cache.replace("a", "x"), 1, 0, 1, 0),
                        counted("replace, absent", cache -> cache.replace("c", "x"), 0, 1, 0, 0),
                        counted("replace if equal", cache -> cache.replace("a", "A", "x"), 1, 0, 1, 0),
                        counted("replace if equal, unequal", cache -> cache.replace("a", "x", "y"), 1, 0, 0, 0),
                        counted("remove if equal", cache -> cache.remove("a", "A"), 1, 0, 0, 1),
                        counted("remove if equal, unequal", cache -> cache.remove("a", "x"), 1, 0, 0, 0),
                        counted("remove, absent", cache -> cache.remove("c"), 0, 0, 0, 0),
                        counted("remove, present", cache -> cache.remove("a"), 0, 0, 0, 1),
                        counted("getAndRemove, present", cache -> cache.getAndRemove("a"), 1, 0, 0, 1),
                        counted("invokeAll, reading", cache -> cache.invokeAll(ABC, StatisticsIT::exists), 2, 1, 0, 0),
                        counted("invokeAll, writing", cache -> cache.invokeAll(ABC, StatisticsIT::set), 2, 1, 3, 0),
                        counted("invokeAll, removing", cache -> cache.invokeAll(ABC, StatisticsIT::remove), 2, 1, 0, 2))
                .flatMap(operation -> Stream.of(Mode.values()).map(mode -> Arguments.of(operation, mode)));
    }

    private static Object exists(javax.cache.processor.MutableEntry<String, String> entry, Object... arguments) {
        return entry.exists();
    }

    private static Object set(javax.cache.processor.MutableEntry<String, String> entry, Object... arguments) {
        entry.setValue("x");
        return true;
    }

    private static Object remove(javax.cache.processor.MutableEntry<String, String> entry, Object... arguments) {
        entry.remove();
        return true;
    }

    private static void removeByIterator(Cache<String, String> cache) {
        for (var entries = cache.iterator(); entries.hasNext(); ) {
            entries.next();
            entries.remove();
        }
    }

    private static void loadAll(Cache<String, String> cache, boolean replaceExisting) {
        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(ABC, replaceExisting, done);
        try {
            done.get();
        } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("operations")
    void anyOperation_presentAndAbsentEntries_countsAsTheTableSays(Counted operation, Mode mode) {
        Cache<String, String> cache = node.cache(
                name,
                mode.in(configuration()
                        .statisticsEnabled(true)
                        .readThrough(() -> new MapLoader<>(Map.of("a", "loaded", "c", "loaded")))));
        cache.putAll(Map.of("a", "A", "b", "B"));
        Beans.statistics(cache).clear();

        operation.run().accept(cache);

        assertThat(Beans.figures(cache)).isEqualTo(operation.figures());
    }

    @ParameterizedTest
    @EnumSource
    void bulkOperations_manyEntries_countEachEntryOnce(Mode mode) {
        Cache<String, String> cache = node.cache(name, mode.in(configuration().statisticsEnabled(true)));
        Map<String, String> entries = new HashMap<>();
        for (int i = 0; i < 120; i++) {
            entries.put("k" + i, "v");
        }

        cache.putAll(entries);
        cache.getAll(entries.keySet());
        cache.removeAll(entries.keySet());
        cache.removeAll(entries.keySet());

        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(120, 0, 120, 120));
    }

    @Test
    void anyChange_listenerThatThrows_countsAllTheSame() {
        Events<String, String> failing = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                throw new Quiet();
            }
        };
        Cache<String, String> cache =
                node.cache(name, configuration().statisticsEnabled(true).listener(failing.synchronous()));
        List<Consumer<Cache<String, String>>> changes = List.of(
                it -> it.put("a", "1"),
                it -> it.putAll(Map.of("b", "2", "c", "3")),
                it -> it.invoke("d", StatisticsIT::set),
                it -> it.remove("a"),
                it -> it.removeAll(Set.of("b", "c")));

        changes.forEach(change ->
                assertThatThrownBy(() -> change.accept(cache)).isInstanceOf(CacheEntryListenerException.class));

        assertThat(Beans.figures(cache)).as("all of it was done").isEqualTo(Beans.figures(0, 1, 4, 3));
    }

    @Test
    void figures_afterSomeUse_areConsistent() {
        Cache<String, String> cache = node.cache(name, configuration().statisticsEnabled(true));
        cache.put("a", "1");
        cache.put("b", "2");
        cache.get("a");
        cache.get("b");
        cache.get("a");
        cache.get("c");
        cache.remove("a");

        CacheStatisticsMXBean bean = Beans.statistics(cache);
        assertThat(bean.getCacheGets()).isEqualTo(4);
        assertThat(bean.getCacheHitPercentage()).isEqualTo(75f);
        assertThat(bean.getCacheMissPercentage()).isEqualTo(25f);
        assertThat(bean.getCacheEvictions()).isZero();
        assertThat(bean.getAverageGetTime()).isPositive();
        assertThat(bean.getAveragePutTime()).isPositive();
        assertThat(bean.getAverageRemoveTime()).isPositive();

        bean.clear();
        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(0, 0, 0, 0));
        assertThat(bean.getCacheHitPercentage()).isZero();
        assertThat(bean.getCacheMissPercentage()).isZero();
        assertThat(bean.getAverageGetTime()).isZero();
        assertThat(bean.getAveragePutTime()).isZero();
        assertThat(bean.getAverageRemoveTime()).isZero();
    }

    @Test
    void enableStatistics_whileInUse_countsFromThenOn() {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.put("a", "1");

        node.manager().enableStatistics(name, true);
        cache.get("a");
        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(1, 0, 0, 0));

        node.manager().enableStatistics(name, false);
        assertThat(Beans.namesOf(name)).isEmpty();
        cache.get("a");

        node.manager().enableStatistics(name, true);
        node.manager().enableStatistics(name, true);
        assertThat(Beans.statistics(cache).getCacheHits())
                .as("not what was done in between")
                .isEqualTo(1);
    }

    /** What is done while statistics are switched on, with the entries "a" and "b", which are there. */
    static Stream<Arguments> operationsUnderWay() {
        return Stream.of(
                arguments("get", (Use) cache -> cache.get("a")),
                arguments("get, absent", (Use) cache -> cache.get("c")),
                arguments("getAll", (Use) cache -> cache.getAll(ABC)),
                arguments("iterator", (Use) cache -> cache.iterator().next()),
                arguments("put", (Use) cache -> cache.put("a", "x")),
                arguments("getAndPut", (Use) cache -> cache.getAndPut("a", "x")),
                arguments("putIfAbsent", (Use) cache -> cache.putIfAbsent("c", "x")),
                arguments("replace", (Use) cache -> cache.replace("a", "x")),
                arguments("replace if equal", (Use) cache -> cache.replace("a", "A", "x")),
                arguments("remove", (Use) cache -> cache.remove("a")),
                arguments("remove if equal", (Use) cache -> cache.remove("a", "A")),
                arguments("getAndRemove", (Use) cache -> cache.getAndRemove("a")),
                arguments("putAll", (Use) cache -> cache.putAll(Map.of("a", "x", "c", "x"))),
                arguments("removeAll of keys", (Use) cache -> cache.removeAll(ABC)),
                arguments("removeAll", (Use) Cache::removeAll),
                arguments("invoke", (Use) cache -> cache.invoke("a", StatisticsIT::set)),
                arguments("invokeAll", (Use) cache -> cache.invokeAll(Set.of("a"), StatisticsIT::set)));
    }

    private interface Use extends Consumer<Cache<String, String>> {}

    /** Switches statistics on when a request is on its way, in single requests and in batches. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("operationsUnderWay")
    void enableStatistics_operationUnderWay_itsTimeIsWhatItTook(String operation, Use use) {
        AtomicReference<Runnable> onRequest = new AtomicReference<>(() -> {});
        try (Node own = Node.over(server -> steered(server, onRequest))) {
            Cache<String, String> cache = own.cache(name, configuration());
            cache.putAll(Map.of("a", "A", "b", "B"));
            onRequest.set(() -> own.manager().enableStatistics(name, true));
            long start = System.nanoTime();

            use.accept(cache);

            assertTimesWithin(System.nanoTime() - start, Beans.statistics(cache));
        }
    }

    private static SteeredTransport steered(SdkHttpClient server, AtomicReference<Runnable> onRequest) {
        SteeredTransport transport = new SteeredTransport(server);
        transport.before(request -> {
            onRequest.getAndSet(() -> {}).run();
            return true;
        });
        return transport;
    }

    /** No operation takes longer than all that was done, and those of one thread not longer together. */
    private static void assertTimesWithin(long nanos, CacheStatisticsMXBean bean) {
        double micros = nanos / 1_000.0 * 1.001; // the averages are floats
        assertThat((double) bean.getAverageGetTime() * bean.getCacheGets()).isBetween(0.0, micros);
        assertThat((double) bean.getAveragePutTime() * bean.getCachePuts()).isBetween(0.0, micros);
        assertThat((double) bean.getAverageRemoveTime() * bean.getCacheRemovals())
                .isBetween(0.0, micros);
    }

    /** With a listener, they are done one after the other; the time of one is not that of those before it. */
    @Test
    void bulkOperations_oneEntryAfterTheOther_eachCountsItsOwnTime() {
        Cache<String, String> cache =
                node.cache(name, Mode.LISTENER.in(configuration().statisticsEnabled(true)));
        Map<String, String> entries = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            entries.put("k" + i, "v");
        }
        long start = System.nanoTime();

        cache.putAll(entries);
        cache.removeAll(entries.keySet());

        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(0, 0, 30, 30));
        assertTimesWithin(System.nanoTime() - start, Beans.statistics(cache));
    }

    @Test
    void statistics_ofAnotherNode_areItsOwn() {
        Cache<String, String> cache = node.cache(name, configuration().statisticsEnabled(true));
        Cache<String, String> elsewhere = other.cache(name, configuration());

        elsewhere.put("a", "1");
        elsewhere.get("a");

        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(0, 0, 0, 0));
    }

    @Test
    void beans_bothOff_mBeanServerIsNotTouched() throws Exception {
        List<String> touched = new CopyOnWriteArrayList<>();
        NotificationListener listener = (Notification notification, Object handback) ->
                touched.add(notification.getType() + " " + notification);
        ManagementFactory.getPlatformMBeanServer()
                .addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, listener, null, null);
        try {
            Cache<String, String> cache = node.cache(name, configuration());
            cache.put("a", "1");
            cache.get("a");
            node.manager().enableStatistics(name, false);
            node.manager().enableManagement(name, false);
            cache.close();
            node.cache(name, configuration());
            node.manager().destroyCache(name);

            assertThat(touched).filteredOn(line -> line.contains("javax.cache")).isEmpty();
        } finally {
            ManagementFactory.getPlatformMBeanServer()
                    .removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, listener);
        }
    }

    @Test
    void beans_bothOn_haveTheNamesOfTheSpecification() {
        node.cache(name, configuration().statisticsEnabled(true).managementEnabled(true));

        assertThat(Beans.namesOf(name))
                .containsExactly(
                        "javax.cache:Cache=" + name + ",CacheManager=tidepool,type=CacheConfiguration",
                        "javax.cache:Cache=" + name + ",CacheManager=tidepool,type=CacheStatistics");
    }

    static Stream<Arguments> illegalNames() {
        return Stream.of(",", ":", "=", "\n", "*", "?", "\"").map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("illegalNames")
    void beans_nameWithACharacterThatJmxForbids_haveAPeriodInItsPlace(String forbidden) {
        Cache<String, String> cache = node.cache(
                name + forbidden + "users",
                configuration().statisticsEnabled(true).managementEnabled(true));
        cache.put("a", "1");

        assertThat(Beans.namesOf(name + ".users")).hasSize(2);
        assertThat(Beans.statistics(name + ".users").getCachePuts()).isEqualTo(1);

        cache.close();
        assertThat(Beans.namesOf(name + ".users")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void beans_cacheComesToItsEnd_areGone(Ending ending) {
        try (Node own = Node.start()) {
            Cache<String, String> cache =
                    own.cache(name, configuration().statisticsEnabled(true).managementEnabled(true));
            assertThat(Beans.namesOf(name)).hasSize(2);

            switch (ending) {
                case CLOSE -> cache.close();
                case DESTROY -> own.manager().destroyCache(name);
                case MANAGER -> own.manager().close();
                case PROVIDER -> own.provider().close();
            }

            assertThat(Beans.namesOf(name)).isEmpty();
        }
    }

    enum Ending {
        CLOSE,
        DESTROY,
        MANAGER,
        PROVIDER
    }

    @Test
    void managementBean_configuration_isShownAsItStands() {
        node.cache(name, configuration().managementEnabled(true).readThrough(() -> new MapLoader<>(Map.of())));
        CacheMXBean bean = Beans.configuration(name);

        assertThat(bean.getKeyType()).isEqualTo("java.lang.String");
        assertThat(bean.getValueType()).isEqualTo("java.lang.String");
        assertThat(bean.isReadThrough()).isTrue();
        assertThat(bean.isWriteThrough()).isFalse();
        assertThat(bean.isStoreByValue()).isTrue();
        assertThat(bean.isManagementEnabled()).isTrue();
        assertThat(bean.isStatisticsEnabled()).isFalse();

        node.manager().enableStatistics(name, true);
        assertThat(bean.isStatisticsEnabled()).isTrue();
    }
}
