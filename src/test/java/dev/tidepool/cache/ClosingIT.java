package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.io.Closeable;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;
import javax.management.Notification;
import javax.management.NotificationListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The end of a cache. */
@ExtendWith(DynamoDbLocal.class)
class ClosingIT {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final long PATIENCE_SECONDS = 20;
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private static Node node;

    private final String name = "closing-" + NAMES.incrementAndGet();
    private final String table = Node.freshTable();
    private final List<String> closed = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        node = Node.start();
    }

    @AfterAll
    static void close() {
        node.close();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /** Every kind of customization, each of which notes when it is closed. */
    private final class Loader implements CacheLoader<String, String>, Closeable {
        private final CountDownLatch loading = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);

        @Override
        public String load(String key) {
            return "loaded";
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            loading.countDown();
            await(release);
            assertThat(closed).as("closed while it loads").isEmpty();
            return Map.of("key", "loaded");
        }

        @Override
        public void close() {
            closed.add("loader");
        }
    }

    private final class Writer implements CacheWriter<String, String>, Closeable {
        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {}

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.clear();
        }

        @Override
        public void delete(Object key) {}

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.clear();
        }

        @Override
        public void close() {
            closed.add("writer");
        }
    }

    private final class Policy implements ExpiryPolicy, Closeable {
        @Override
        public Duration getExpiryForCreation() {
            return Duration.ETERNAL;
        }

        @Override
        public @Nullable Duration getExpiryForAccess() {
            return null;
        }

        @Override
        public @Nullable Duration getExpiryForUpdate() {
            return null;
        }

        @Override
        public void close() {
            closed.add("policy");
        }
    }

    private final class Listener implements CacheEntryCreatedListener<String, String>, Closeable {
        private final String name;

        private Listener(String name) {
            this.name = name;
        }

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

        @Override
        public void close() {
            closed.add(name);
        }
    }

    private final class Filter implements CacheEntryEventFilter<String, String>, Closeable {
        @Override
        public boolean evaluate(CacheEntryEvent<? extends String, ? extends String> event) {
            return true;
        }

        @Override
        public void close() {
            closed.add("filter");
        }
    }

    private CacheEntryListenerConfiguration<String, String> listener(String listenerName, boolean withFilter) {
        return new MutableCacheEntryListenerConfiguration<>(
                () -> new Listener(listenerName), withFilter ? () -> new Filter() : null, false, true);
    }

    private DynamoDbConfiguration.Builder<String, String> customized(Loader loader) {
        return configuration()
                .readThrough(() -> loader)
                .writeThrough(() -> new Writer())
                .expiryPolicy(() -> new Policy())
                .listener(listener("listener", true));
    }

    private static final String[] ALL = {"loader", "writer", "policy", "listener", "filter"};

    /** The ways in which a cache comes to its end. */
    static Stream<Arguments> endings() {
        return Stream.<Map.Entry<String, Consumer<Cache<String, String>>>>of(
                        Map.entry("close", Cache::close),
                        Map.entry("close twice", cache -> {
                            cache.close();
                            cache.close();
                        }),
                        Map.entry(
                                "destroyCache", cache -> cache.getCacheManager().destroyCache(cache.getName())),
                        Map.entry(
                                "the manager's close",
                                cache -> cache.getCacheManager().close()),
                        Map.entry(
                                "the provider's close",
                                cache -> cache.getCacheManager()
                                        .getCachingProvider()
                                        .close()))
                .map(ending -> Arguments.of(ending.getKey(), ending.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endings")
    void anyEnding_customizations_areClosedOnce(String ending, Consumer<Cache<String, String>> run) {
        try (Node own = Node.start()) {
            Cache<String, String> cache = own.cache(name, customized(new Loader()));
            cache.registerCacheEntryListener(listener("later listener", false));
            cache.put("key", "value");

            run.accept(cache);

            assertThat(cache.isClosed()).as(ending).isTrue();
        }
        List<String> expected = new ArrayList<>(List.of(ALL));
        expected.add("later listener");
        assertThat(closed).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void close_severalThreads_closeCustomizationsOnce() {
        Cache<String, String> cache = node.cache(name, customized(new Loader()));

        CompletableFuture.allOf(Stream.generate(() -> CompletableFuture.runAsync(cache::close))
                        .limit(4)
                        .toArray(CompletableFuture[]::new))
                .join();

        assertThat(closed).containsExactlyInAnyOrder(ALL);
    }

    @Test
    void deregister_listenerAndFilter_areClosedThenAndNotAgain() {
        CacheEntryListenerConfiguration<String, String> listener = listener("listener", true);
        Cache<String, String> cache = node.cache(name, configuration().listener(listener));

        cache.deregisterCacheEntryListener(listener);
        assertThat(closed).containsExactlyInAnyOrder("listener", "filter");

        cache.close();
        assertThat(closed).containsExactlyInAnyOrder("listener", "filter");
    }

    @Test
    void close_customizationThatCannotBeClosed_closesTheOthers() {
        Cache<String, String> cache = node.cache(
                name,
                customized(new Loader())
                        .listener(new MutableCacheEntryListenerConfiguration<>(
                                () -> new Unclosable(), null, false, true)));

        cache.close();

        assertThat(closed).containsExactlyInAnyOrder(ALL);
        assertThat(cache.isClosed()).isTrue();
    }

    private static final class Unclosable implements CacheEntryCreatedListener<String, String>, Closeable {
        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

        @Override
        public void close() {
            throw new Quiet();
        }
    }

    /** As in a redeployment, when the application's classes are gone already. */
    private static final class Unlinkable implements CacheEntryCreatedListener<String, String>, Closeable {
        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

        @Override
        public void close() {
            throw new NoClassDefFoundError("com/acme/Gone");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endings")
    void anyEnding_customizationWhoseClassesAreGone_closesTheOthers(
            String ending, Consumer<Cache<String, String>> run) {
        try (Node own = Node.start()) {
            Cache<String, String> cache = own.cache(
                    name,
                    configuration()
                            .listener(new MutableCacheEntryListenerConfiguration<>(
                                    () -> new Unlinkable(), null, false, true))
                            .listener(listener("listener", true)));

            run.accept(cache);

            assertThat(cache.isClosed()).as(ending).isTrue();
            assertThat(closed).containsExactlyInAnyOrder("listener", "filter");
        }
    }

    private void failWhenUnregistered(Notification notification, @Nullable Object handback) {
        if (notification instanceof MBeanServerNotification bean
                && bean.getType().equals(MBeanServerNotification.UNREGISTRATION_NOTIFICATION)
                && bean.getMBeanName().toString().contains(name)) {
            throw new NoClassDefFoundError("com/acme/Gone");
        }
    }

    /** A monitoring agent whose classes are gone fails the thread that takes the cache's bean from the JMX server. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("endings")
    void anyEnding_stepThatFails_doesTheOthersAndTellsIt(String ending, Consumer<Cache<String, String>> run)
            throws JMException {
        NotificationListener unlinkable = this::failWhenUnregistered;
        SERVER.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, unlinkable, null, null);
        try (Node own = Node.start()) {
            Cache<String, String> cache =
                    own.cache(name, configuration().statisticsEnabled(true).listener(listener("listener", true)));
            cache.put("key", "value");

            assertThatThrownBy(() -> run.accept(cache)).as(ending).isInstanceOf(NoClassDefFoundError.class);

            assertThat(closed).containsExactlyInAnyOrder("listener", "filter");
            if (!cache.getCacheManager().isClosed()) {
                assertThat(cache.getCacheManager().getCacheNames()).isEmpty();
            }
        } finally {
            SERVER.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, unlinkable);
        }
        try (Node other = Node.start()) {
            assertThat(other.cache(name, configuration()).containsKey("key"))
                    .as(ending)
                    .isNotEqualTo(ending.equals("destroyCache"));
        }
    }

    @Test
    void providerClose_managerThatFails_closesTheOthers() throws JMException {
        NotificationListener unlinkable = this::failWhenUnregistered;
        SERVER.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, unlinkable, null, null);
        try (Node own = Node.start()) {
            Properties properties = own.manager().getProperties();
            List<CacheManager> managers = new ArrayList<>();
            for (String uri : List.of("a", "b", "c")) {
                CacheManager manager =
                        own.provider().getCacheManager(URI.create(uri), ClosingIT.class.getClassLoader(), properties);
                manager.createCache(
                        name,
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(table)
                                .statisticsEnabled(true)
                                .build());
                managers.add(manager);
            }

            assertThatThrownBy(() -> own.provider().close())
                    .isInstanceOf(NoClassDefFoundError.class)
                    .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(2));

            assertThat(managers).allMatch(CacheManager::isClosed);
        } finally {
            SERVER.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, unlinkable);
        }
    }

    @Test
    void close_loadInFlight_waitsForItBeforeClosingTheLoader() throws Exception {
        Loader loader = new Loader();
        Cache<String, String> cache = node.cache(name, customized(loader));
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        cache.loadAll(Set.of("key"), true, loaded);
        await(loader.loading);

        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> {
            begun.countDown();
            cache.close();
        });
        await(begun);
        while (!cache.isClosed()) {
            Thread.onSpinWait();
        }
        assertThat(closed).isEmpty();
        assertThat(closing).isNotDone();
        loader.release.countDown();
        closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);

        loaded.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(closed).containsExactlyInAnyOrder(ALL);
        assertThat(node.cache(name, configuration()).get("key")).isEqualTo("loaded");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void close_entries_stayForTheNextCache() {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.put("key", "value");

        cache.close();

        assertThat(node.manager().<String, String>getCache(name)).isNull();
        assertThat(node.cache(name, configuration()).get("key")).isEqualTo("value");
    }

    @Test
    void close_cacheOfTheSameNameMadeSince_isLeftAlone() {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.close();
        Cache<String, String> second = node.cache(name, configuration());

        cache.close();

        assertThat(second.isClosed()).isFalse();
        assertThat(node.manager().<String, String>getCache(name)).isSameAs(second);
    }

    /** Each with null for everything that may not be null: the state is checked first. */
    @SuppressWarnings({"NullAway", "DataFlowIssue"}) // nulls are what is tested
    static Stream<Arguments> operations() {
        return Stream.<Map.Entry<String, Consumer<Cache<String, String>>>>of(
                        Map.entry("get", cache -> cache.get(null)),
                        Map.entry("getAll", cache -> cache.getAll(null)),
                        Map.entry("containsKey", cache -> cache.containsKey(null)),
                        Map.entry("loadAll", cache -> cache.loadAll(null, true, null)),
                        Map.entry("put", cache -> cache.put(null, null)),
                        Map.entry("getAndPut", cache -> cache.getAndPut(null, null)),
                        Map.entry("putAll", cache -> cache.putAll(null)),
                        Map.entry("putIfAbsent", cache -> cache.putIfAbsent(null, null)),
                        Map.entry("remove", cache -> cache.remove(null)),
                        Map.entry("remove if equal", cache -> cache.remove(null, null)),
                        Map.entry("getAndRemove", cache -> cache.getAndRemove(null)),
                        Map.entry("replace if equal", cache -> cache.replace(null, null, null)),
                        Map.entry("replace", cache -> cache.replace(null, null)),
                        Map.entry("getAndReplace", cache -> cache.getAndReplace(null, null)),
                        Map.entry("removeAll of keys", cache -> cache.removeAll(null)),
                        Map.entry("removeAll", Cache::removeAll),
                        Map.entry("clear", Cache::clear),
                        Map.entry("invoke", cache -> cache.invoke(null, null)),
                        Map.entry("invokeAll", cache -> cache.invokeAll(null, null)),
                        Map.entry("register", cache -> cache.registerCacheEntryListener(null)),
                        Map.entry("deregister", cache -> cache.deregisterCacheEntryListener(null)),
                        Map.entry("iterator", cache -> cache.forEach(entry -> {})),
                        Map.entry(
                                "reap", cache -> cache.unwrap(CacheItems.class).reap()))
                .map(operation -> Arguments.of(operation.getKey(), operation.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void anyOperation_closedCacheAndNulls_isAnIllegalState(String operation, Consumer<Cache<String, String>> run) {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.close();
        node.requests().clear();

        assertThatThrownBy(() -> run.accept(cache))
                .as(operation)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(name);

        assertThat(node.requests().operations()).isEmpty();
    }

    static Stream<Arguments> operationsWithArguments() {
        return operations()
                .filter(arguments -> !Set.of("removeAll", "clear", "iterator", "reap")
                        .contains(arguments.get()[0]));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operationsWithArguments")
    void anyOperation_openCacheAndNulls_isANullPointerExceptionWithoutARequest(
            String operation, Consumer<Cache<String, String>> run) {
        Cache<String, String> cache = node.cache(name, configuration());
        node.requests().clear();

        assertThatThrownBy(() -> run.accept(cache)).as(operation).isInstanceOf(NullPointerException.class);

        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void iterator_cacheClosedMeanwhile_isAnIllegalState() {
        Cache<String, String> cache = node.cache(name, configuration());
        cache.putAll(Map.of("a", "1", "b", "2"));
        var entries = cache.iterator();
        entries.next();
        cache.close();

        assertThatThrownBy(entries::hasNext).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(entries::next).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(entries::remove).isInstanceOf(IllegalStateException.class);
        assertThat(node.cache(name, configuration()).getAll(Set.of("a", "b"))).hasSize(2);
    }
}
