package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.configuration.OptionalFeature;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.processor.MutableEntry;
import javax.cache.spi.CachingProvider;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@ExtendWith(DynamoDbLocal.class)
final class ProviderIT {
    private static final ClassLoader LOADER = ProviderIT.class.getClassLoader();
    private static final URI ONE = URI.create("one");
    private static final URI TWO = URI.create("two");

    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final String table = Node.freshTable();

    @AfterEach
    void closeProvider() {
        provider.close();
    }

    @Test
    void getCachingProvider_libraryOnClassPath_findsIt() {
        ClassLoader onlyLibrary = new OnlyLibrary();

        assertThat(Caching.getCachingProvider(onlyLibrary)).isInstanceOf(DynamoDbCachingProvider.class);
        assertThat(Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider", onlyLibrary))
                .isSameAs(Caching.getCachingProvider(onlyLibrary));
    }

    @Test
    void getCachingProvider_nameGivenAndOtherProviderOnClassPath_findsIt() {
        assertThat(Caching.getCachingProviders()).hasSizeGreaterThan(1);
        assertThat(Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider"))
                .isInstanceOf(DynamoDbCachingProvider.class);
    }

    /** The tests' class path without the reference implementation, with which JCache demands a name. */
    private static final class OnlyLibrary extends ClassLoader {
        private static final String SERVICE = "META-INF/services/javax.cache.spi.CachingProvider";

        OnlyLibrary() {
            super(ProviderIT.class.getClassLoader());
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            List<URL> all = Collections.list(super.getResources(name));
            if (name.equals(SERVICE)) {
                all.removeIf(url -> url.getPath().contains("cache-ri-impl"));
            }
            return Collections.enumeration(all);
        }
    }

    @Test
    void getDefaultURI_anyProvider_isPlain() {
        assertThat(provider.getDefaultURI().toString())
                .doesNotContainAnyWhitespaces()
                .doesNotContainPattern("[:,=*?\"]");
    }

    @ParameterizedTest
    @EnumSource(OptionalFeature.class)
    void isSupported_storeByReference_isFalse(OptionalFeature feature) {
        assertThat(provider.isSupported(feature)).isFalse();
    }

    @Test
    void getCacheManager_noArguments_hasDefaults() {
        CacheManager manager = provider.getCacheManager();

        assertThat(manager.getURI()).isEqualTo(provider.getDefaultURI());
        assertThat(manager.getClassLoader()).isSameAs(provider.getDefaultClassLoader());
        assertThat(manager.getProperties()).isEmpty();
        assertThat(manager.getCachingProvider()).isSameAs(provider);
    }

    @Test
    void getCacheManager_nulls_standForDefaults() {
        assertThat(provider.getCacheManager(null, null)).isSameAs(provider.getCacheManager());
        assertThat(provider.getCacheManager(null, null, null)).isSameAs(provider.getCacheManager());
    }

    @Test
    void getCacheManager_sameUriAndLoader_returnsTheSame() {
        assertThat(provider.getCacheManager(URI.create("one"), LOADER)).isSameAs(provider.getCacheManager(ONE, LOADER));
    }

    @Test
    void getCacheManager_anotherUriOrLoader_returnsAnother() throws IOException {
        try (URLClassLoader other = emptyLoader()) {
            assertThat(provider.getCacheManager(ONE, LOADER))
                    .isNotSameAs(provider.getCacheManager(TWO, LOADER))
                    .isNotSameAs(provider.getCacheManager(ONE, other));
            assertThat(provider.getCacheManager(ONE, other).getClassLoader()).isSameAs(other);
        }
    }

    @Test
    void getCacheManager_badOption_failsAndLeavesNoManager() {
        Properties bad = new Properties();
        bad.setProperty("tidepool.tabel", "users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider.getCacheManager(ONE, LOADER, bad))
                .withMessageContaining("tidepool.tabel");
        assertThat(provider.getCacheManager(ONE, LOADER).getProperties()).isEmpty();
    }

    @Test
    void close_manager_leavesOthersAndMakesRoomForNewOne() {
        CacheManager closed = provider.getCacheManager(ONE, LOADER);
        CacheManager other = provider.getCacheManager(TWO, LOADER);

        closed.close();

        assertThat(closed.isClosed()).isTrue();
        assertThat(other.isClosed()).isFalse();
        assertThat(provider.getCacheManager(TWO, LOADER)).isSameAs(other);
        CacheManager renewed = provider.getCacheManager(ONE, LOADER);
        assertThat(renewed).isNotSameAs(closed);
        assertThat(renewed.isClosed()).isFalse();
    }

    @Test
    void close_managerTwice_leavesItsSuccessor() {
        CacheManager closed = provider.getCacheManager(ONE, LOADER);
        closed.close();
        CacheManager renewed = provider.getCacheManager(ONE, LOADER);

        closed.close();

        assertThat(renewed.isClosed()).isFalse();
        assertThat(provider.getCacheManager(ONE, LOADER)).isSameAs(renewed);
    }

    @Test
    void close_provider_closesAllManagersAndCanBeUsedAgain() throws IOException {
        try (URLClassLoader other = emptyLoader()) {
            CacheManager first = provider.getCacheManager(ONE, LOADER);
            CacheManager second = provider.getCacheManager(TWO, LOADER);
            CacheManager third = provider.getCacheManager(ONE, other);

            provider.close();

            assertThat(first.isClosed()).isTrue();
            assertThat(second.isClosed()).isTrue();
            assertThat(third.isClosed()).isTrue();
            assertThat(provider.getCacheManager(ONE, LOADER).isClosed()).isFalse();
        }
    }

    @Test
    void close_loader_closesItsManagersOnly() throws IOException {
        try (URLClassLoader other = emptyLoader()) {
            CacheManager first = provider.getCacheManager(ONE, other);
            CacheManager second = provider.getCacheManager(TWO, other);
            CacheManager third = provider.getCacheManager(ONE, LOADER);

            provider.close(other);

            assertThat(first.isClosed()).isTrue();
            assertThat(second.isClosed()).isTrue();
            assertThat(third.isClosed()).isFalse();
        }
    }

    @Test
    void close_uriAndLoader_closesThatManagerOnly() throws IOException {
        try (URLClassLoader other = emptyLoader()) {
            CacheManager first = provider.getCacheManager(ONE, other);
            CacheManager second = provider.getCacheManager(TWO, other);
            CacheManager third = provider.getCacheManager(ONE, LOADER);

            provider.close(ONE, other);

            assertThat(first.isClosed()).isTrue();
            assertThat(second.isClosed()).isFalse();
            assertThat(third.isClosed()).isFalse();
        }
    }

    @Test
    void close_loaderWithoutManagers_doesNothing() throws IOException {
        CacheManager manager = provider.getCacheManager(ONE, LOADER);
        try (URLClassLoader other = emptyLoader()) {
            provider.close(other);
            provider.close(ONE, other);
            provider.close(TWO, LOADER);
        }
        assertThat(manager.isClosed()).isFalse();
    }

    @Test
    void classLoader_managerForgotten_isCollected() throws IOException {
        WeakReference<ClassLoader> loader = loaderWithForgottenManager();

        assertCollected(loader);
    }

    private WeakReference<ClassLoader> loaderWithForgottenManager() throws IOException {
        try (URLClassLoader loader = emptyLoader()) {
            assertThat(provider.getCacheManager(ONE, loader, given()).getCacheNames())
                    .isEmpty();
            return new WeakReference<>(loader);
        }
    }

    @Test
    void classLoader_managerClosedAfterUse_isCollected() throws IOException {
        WeakReference<ClassLoader> loader = loaderWithClosedManager();

        assertCollected(loader);
    }

    private WeakReference<ClassLoader> loaderWithClosedManager() throws IOException {
        try (URLClassLoader loader = emptyLoader();
                CacheManager manager = provider.getCacheManager(ONE, loader, given())) {
            Cache<String, String> cache = manager.createCache("users", users().build());
            cache.put("ann", "Ann");
            assertThat(cache.get("ann")).isEqualTo("Ann");
            assertThat(cache).hasSize(1);
            return new WeakReference<>(loader);
        }
    }

    @Test
    void classLoader_collectedWhileManagerIsKept_managerSaysSo() throws IOException {
        AtomicReference<WeakReference<ClassLoader>> loader = new AtomicReference<>();
        CacheManager manager = managerOfForgottenLoader(loader);
        assertCollected(requireNonNull(loader.get()));

        for (ThrowingCallable use : List.<ThrowingCallable>of(
                () -> manager.createCache("users", users().build()),
                () -> manager.getCache("users"),
                manager::getCacheNames,
                () -> manager.destroyCache("users"),
                () -> manager.unwrap(DynamoDbClient.class))) {
            assertThatThrownBy(use)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(ONE.toString())
                    .hasMessageContaining("class loader")
                    .hasMessageContaining("gone");
        }
        assertThat(manager.isClosed()).isTrue();
        manager.close();
        assertThatThrownBy(() -> manager.getCache("users"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    private CacheManager managerOfForgottenLoader(AtomicReference<WeakReference<ClassLoader>> reference)
            throws IOException {
        try (URLClassLoader loader = emptyLoader()) {
            reference.set(new WeakReference<>(loader));
            return provider.getCacheManager(ONE, loader, given());
        }
    }

    @Test
    void createCache_threadEndsBeforeTheCache_isCollected() throws InterruptedException {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());

        assertCollected(threadThatMade(manager));

        assertThat(manager.getCacheNames()).containsExactly("users");
    }

    private WeakReference<Thread> threadThatMade(CacheManager manager) throws InterruptedException {
        Thread maker = new Thread(() -> manager.createCache("users", users().build()));
        maker.start();
        maker.join();
        return new WeakReference<>(maker);
    }

    /** Allocates besides asking for a collection, and gives up after ten seconds. */
    private static void assertCollected(WeakReference<?> reference) {
        Instant deadline = Instant.now().plus(Duration.ofSeconds(10));
        while (reference.get() != null && Instant.now().isBefore(deadline)) {
            System.gc();
        }
        assertThat(reference.get()).isNull();
    }

    @Test
    void unwrap_manager_givesManagerProviderAndClient() {
        try (Node node = Node.start()) {
            CacheManager manager = node.manager();

            assertThat(manager.unwrap(CacheManager.class)).isSameAs(manager);
            assertThat(manager.unwrap(CachingProvider.class)).isSameAs(node.provider());
            assertThat(manager.unwrap(DynamoDbCachingProvider.class)).isSameAs(node.provider());
            assertThat(manager.unwrap(DynamoDbClient.class)).isSameAs(node.client());
            assertCannotUnwrap(() -> manager.unwrap(String.class));
        }
    }

    @Test
    void unwrap_cache_givesCacheAndClient() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", users());

            assertThat(cache.<Cache<?, ?>>unwrap(uncheckedCacheType())).isSameAs(cache);
            assertThat(cache.unwrap(DynamoDbClient.class)).isSameAs(node.client());
            assertCannotUnwrap(() -> cache.unwrap(String.class));
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type arguments
    private static Class<Cache<?, ?>> uncheckedCacheType() {
        return (Class) Cache.class;
    }

    @Test
    void unwrap_entry_givesEntryOnly() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", users());
            cache.put("ann", "Ann");

            assertThat(cache).singleElement().satisfies(entry -> {
                assertThat(entry.unwrap(Cache.Entry.class)).isSameAs(entry);
                assertCannotUnwrap(() -> entry.unwrap(DynamoDbClient.class));
            });
            Boolean same = cache.invoke("ann", (entry, arguments) -> {
                assertCannotUnwrap(() -> entry.unwrap(DynamoDbClient.class));
                return entry.unwrap(MutableEntry.class) == entry;
            });
            assertThat(same).isTrue();
        }
    }

    private static void assertCannotUnwrap(org.assertj.core.api.ThrowableAssert.ThrowingCallable unwrapping) {
        assertThatIllegalArgumentException().isThrownBy(unwrapping).withMessageContaining("unwrap");
    }

    @Test
    void client_given_isUsedAndNotClosed() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", users());
            node.requests().clear();
            assertThat(cache.get("ann")).isNull();
            assertThat(node.requests().operations()).containsExactly("GetItem");

            node.provider().close();

            assertThat(node.client().listTablesPaginator().tableNames()).contains(table);
        }
    }

    @Test
    void client_ownOfCacheOrManager_isClosedWithManager() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        DynamoDbClient ofCache = manager.createCache(
                        "users", users().set(Option.REGION, "eu-central-1").build())
                .unwrap(DynamoDbClient.class);
        DynamoDbClient ofManager = manager.unwrap(DynamoDbClient.class);
        assertThat(ofCache).isNotSameAs(ofManager);
        assertThat(ofCache.listTablesPaginator().tableNames()).contains(table);
        assertThat(ofManager.listTablesPaginator().tableNames()).contains(table);

        manager.close();

        assertClosed(ofCache);
        assertClosed(ofManager);
    }

    private static void assertClosed(DynamoDbClient client) {
        // The one comes from the pool of connections, the other from the timer of time-outs.
        assertThatThrownBy(client::listTables)
                .isInstanceOfAny(IllegalStateException.class, RejectedExecutionException.class);
    }

    @Test
    void client_sameConnectionSettings_isShared() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());

        DynamoDbClient first = client(manager, "first", users());
        DynamoDbClient second = client(manager, "second", users().table(Node.freshTable()));
        DynamoDbClient third = client(manager, "third", users().set(Option.ENDPOINT, DynamoDbLocal.endpoint()));

        assertThat(first).isSameAs(second).isSameAs(third).isSameAs(manager.unwrap(DynamoDbClient.class));
    }

    @Test
    void client_ofAnotherManager_isNotShared() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        CacheManager other = provider.getCacheManager(TWO, LOADER, given());
        DynamoDbClient survivor = other.unwrap(DynamoDbClient.class);
        assertThat(manager.unwrap(DynamoDbClient.class)).isNotSameAs(survivor);

        manager.close();

        assertThat(survivor.listTables().tableNames()).isNotNull();
    }

    private static DynamoDbClient client(
            CacheManager manager, String name, DynamoDbConfiguration.Builder<String, String> configuration) {
        return manager.createCache(name, configuration.build()).unwrap(DynamoDbClient.class);
    }

    @Test
    void unwrap_closedManager_givesNoClient() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        manager.close();

        assertThatIllegalStateException().isThrownBy(() -> manager.unwrap(DynamoDbClient.class));
    }

    @Test
    void createCache_nameTaken_isRefusedAndLeavesTheFirst() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> first = manager.createCache("users", users().build());

        assertThatThrownBy(() -> manager.createCache("users", users().build()))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("'users'");

        assertThat(manager.<String, String>getCache("users")).isSameAs(first);
        assertThat(first.isClosed()).isFalse();
    }

    @Test
    void createCache_nameOfClosedCache_isFree() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> first = manager.createCache("users", users().build());
        first.put("ann", "Ann");
        first.close();

        assertThat(manager.<String, String>getCache("users")).isNull();
        assertThat(manager.createCache("users", users().build()).get("ann")).isEqualTo("Ann");
    }

    @Test
    void createCache_storeByReference_isRefused() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());

        assertThatThrownBy(() ->
                        manager.createCache("users", new MutableConfiguration<String, String>().setStoreByValue(false)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("'users'");
        assertThat(manager.getCacheNames()).isEmpty();
    }

    @Test
    void createCache_closedManager_isRefused() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        manager.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> manager.createCache("users", users().build()))
                .withMessageContaining("closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "users:", "users:admin:"})
    void createCache_prefixOverlapsThatOfAnother_isRefusedUntilThatIsClosed(String prefix) {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> first = manager.createCache("users", users().build());

        assertThatThrownBy(() ->
                        manager.createCache("others", users().prefix(prefix).build()))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("'users'")
                .hasMessageContaining("'others'")
                .hasMessageContaining("'" + table + "'");

        first.close();
        assertThat(manager.createCache("others", users().prefix(prefix).build()).isClosed())
                .isFalse();
    }

    @Test
    void createCache_samePrefixInAnotherTable_isAllowed() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> first =
                manager.createCache("first", users().prefix("").build());
        Cache<String, String> second = manager.createCache(
                "second", users().prefix("").table(Node.freshTable()).build());
        first.put("ann", "Ann");

        assertThat(second.containsKey("ann")).isFalse();
    }

    @Test
    void createCache_plainConfiguration_takesOptionsFromProperties() {
        try (Node node = Node.start()) {
            Properties properties = new Properties();
            properties.put("tidepool.client", node.client());
            properties.setProperty("tidepool.table", table);
            properties.setProperty("tidepool.cache.users.prefix", "people/");
            properties.setProperty("tidepool.cache.users.consistentReads", "false");
            CacheManager manager = provider.getCacheManager(ONE, LOADER, properties);

            Cache<Object, Object> cache = manager.createCache("users", new MutableConfiguration<>());
            cache.put("ann", "Ann");

            assertThat(cache.get("ann")).isEqualTo("Ann");
            assertThat(cache.unwrap(DynamoDbClient.class)).isSameAs(node.client());
            assertThat(ids(node.client())).containsExactly("people/ann");
            assertThat(node.requests().sent().toString()).contains("ConsistentRead=false");
        }
    }

    @Test
    void createCache_typedConfiguration_winsOverProperties() {
        try (Node node = Node.start()) {
            Properties properties = given();
            properties.setProperty("tidepool.table", Node.freshTable());
            properties.setProperty("tidepool.cache.users.table", Node.freshTable());
            properties.setProperty("tidepool.cache.users.prefix", "of-properties");
            CacheManager manager = provider.getCacheManager(ONE, LOADER, properties);

            Cache<String, String> cache = manager.createCache(
                    "users",
                    users().set(Option.CLIENT, node.client())
                            .prefix("of-builder/")
                            .build());
            cache.put("ann", "Ann");

            assertThat(ids(node.client())).containsExactly("of-builder/ann");
            assertThat(cache.unwrap(DynamoDbClient.class)).isSameAs(node.client());
        }
    }

    private List<String> ids(DynamoDbClient client) {
        return client.scan(request -> request.tableName(table)).items().stream()
                .map(item -> requireNonNull(item.get("id")).s())
                .toList();
    }

    @Test
    void getCache_typesOfConfiguration_returnsCache() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> cache = manager.createCache("users", users().build());

        assertThat(manager.getCache("users", String.class, String.class)).isSameAs(cache);
        assertThat(manager.<String, String>getCache("users")).isSameAs(cache);
        assertThat(manager.getCacheNames()).containsExactly("users");
    }

    @Test
    void getCache_otherTypes_isRefused() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        manager.createCache("users", users().build());

        assertThatThrownBy(() -> manager.getCache("users", Integer.class, String.class))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("key")
                .hasMessageContaining("java.lang.Integer");
        assertThatThrownBy(() -> manager.getCache("users", String.class, Object.class))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("value")
                .hasMessageContaining("java.lang.Object");
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without a null check does
    void getCache_null_isRefused() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());

        assertThatNullPointerException().isThrownBy(() -> manager.getCache(null));
        assertThatNullPointerException().isThrownBy(() -> manager.getCache("users", null, String.class));
        assertThatNullPointerException().isThrownBy(() -> manager.getCache("users", String.class, null));
    }

    @Test
    void getCache_unknownName_isNull() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());

        assertThat(manager.<String, String>getCache("users")).isNull();
        assertThat(manager.getCache("users", String.class, String.class)).isNull();
    }

    @Test
    void getConfiguration_listenerRegisteredLater_isInIt() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        CacheEntryListenerConfiguration<String, String> early = listener();
        CacheEntryListenerConfiguration<String, String> late = listener();
        Cache<String, String> cache =
                manager.createCache("users", users().listener(early).build());

        cache.registerCacheEntryListener(late);
        assertThat(complete(cache).getCacheEntryListenerConfigurations()).containsExactlyInAnyOrder(early, late);

        cache.deregisterCacheEntryListener(early);
        assertThat(complete(cache).getCacheEntryListenerConfigurations()).containsExactly(late);
    }

    @Test
    void getConfiguration_statisticsAndManagementSwitched_showsIt() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> cache =
                manager.createCache("switched", users().statisticsEnabled(true).build());
        assertThat(complete(cache).isStatisticsEnabled()).isTrue();
        assertThat(complete(cache).isManagementEnabled()).isFalse();

        manager.enableStatistics("switched", false);
        manager.enableManagement("switched", true);

        assertThat(complete(cache).isStatisticsEnabled()).isFalse();
        assertThat(complete(cache).isManagementEnabled()).isTrue();
    }

    @Test
    void getConfiguration_obtainedEarlier_doesNotChange() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> cache = manager.createCache("switched", users().build());
        CompleteConfiguration<String, String> before = complete(cache);

        manager.enableStatistics("switched", true);
        cache.registerCacheEntryListener(listener());

        assertThat(before.isStatisticsEnabled()).isFalse();
        assertThat(before.getCacheEntryListenerConfigurations()).isEmpty();
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type arguments
    void getConfiguration_typeItIsNot_isRefused() {
        CacheManager manager = provider.getCacheManager(ONE, LOADER, given());
        Cache<String, String> cache = manager.createCache("users", users().build());

        assertThat((Object) cache.getConfiguration((Class) DynamoDbConfiguration.class))
                .isInstanceOf(DynamoDbConfiguration.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.getConfiguration((Class) MutableConfiguration.class));
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static CompleteConfiguration<String, String> complete(Cache<String, String> cache) {
        return cache.getConfiguration(CompleteConfiguration.class);
    }

    private static CacheEntryListenerConfiguration<String, String> listener() {
        CacheEntryCreatedListener<String, String> listener = events -> {};
        return new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true);
    }

    private DynamoDbConfiguration.Builder<String, String> users() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /** Properties from which a manager makes a client of its own. */
    private static Properties given() {
        Properties properties = new Properties();
        properties.setProperty("tidepool.endpoint", DynamoDbLocal.endpoint().toString());
        properties.setProperty("tidepool.region", "us-east-1");
        return properties;
    }

    private static URLClassLoader emptyLoader() {
        return new URLClassLoader(new URL[0], LOADER);
    }
}
