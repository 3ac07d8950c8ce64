package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.ManagerSettings;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.Connections.Connection;
import dev.tidepool.cache.TableSetup.TableSettings;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The caches of one application, their settings, connections and threads. Thread-safe. */
@SuppressWarnings("NullAway") // JSR-107 answers null for a cache that there is not
final class DynamoDbCacheManager implements CacheManager, CacheOperations {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbCacheManager.class);

    /** How many caches ask their stores at the same time. */
    private static final int PARALLEL_QUESTIONS = 16;

    private static final String UNUSED =
            "Options are set for a cache '{}' (tidepool.cache.{}.*), and so far none of that name has been made with them";

    private final DynamoDbCachingProvider provider;
    private final URI uri;
    private final WeakReference<ClassLoader> loader;
    private final Properties properties;
    private final ManagerSettings settings;
    private final Connections connections = new Connections();
    private final CacheThreads threads;

    /** Those that there are and those that are being made; changed under its own lock. */
    private final Map<String, Place> caches = new ConcurrentHashMap<>();

    /** What makes an observer for each cache; guarded by the caches, so that none misses one or has it twice. */
    private final Set<Function<String, RequestObserver>> observers = new LinkedHashSet<>();

    /** The names in the settings that belong to no cache, and have been warned of. */
    private final Set<String> misspelt = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    /**
     * The part of a table that is a cache's own, from when its making begins.
     *
     * @param name the cache's name
     * @param maker the id of the thread that makes the cache; the thread itself may end before the cache does
     * @param made the cache; null when it could not be made
     */
    private record Place(
            String name,
            Connection connection,
            String table,
            String prefix,
            long maker,
            CompletableFuture<@Nullable DynamoDbCache<?, ?>> made) {
        static Place of(String name, Connection connection, String table, String prefix) {
            return new Place(
                    name, connection, table, prefix, Thread.currentThread().getId(), new CompletableFuture<>());
        }

        boolean overlaps(Place other) {
            return connection == other.connection
                    && table.equals(other.table)
                    && (prefix.startsWith(other.prefix) || other.prefix.startsWith(prefix));
        }

        /** Returns the cache, or null while it is being made. */
        @Nullable DynamoDbCache<?, ?> cache() {
            return made.getNow(null);
        }

        /**
         * Waits until it is known whether the cache can be made.
         *
         * @throws CacheException when it has been, so that its name is taken
         */
        void await() {
            if (!made.isDone() && maker == Thread.currentThread().getId()) {
                throw new CacheException("Cache '" + name + "' is being made by this very thread");
            }
            try {
                if (made.get() != null) {
                    throw new CacheException("There is a cache '" + name + "' already");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CacheException("Interrupted while another thread makes cache '" + name + "'", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a cache that cannot be made is null", e);
            }
        }
    }

    DynamoDbCacheManager(DynamoDbCachingProvider provider, URI uri, ClassLoader loader, Properties properties) {
        this.provider = provider;
        this.uri = uri;
        this.loader = new WeakReference<>(loader);
        this.threads = CacheThreads.create(this.loader);
        this.properties = properties;
        this.settings = ManagerSettings.load(uri, loader, properties);
    }

    @Override
    public CachingProvider getCachingProvider() {
        return provider;
    }

    @Override
    public URI getURI() {
        return uri;
    }

    /** The class loader, as long as the application that it belongs to is there. */
    @Override
    public ClassLoader getClassLoader() {
        return loader.get();
    }

    @Override
    public Properties getProperties() {
        return properties;
    }

    @Override
    public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(String cacheName, C configuration) {
        requireNonNull(cacheName, "cacheName");
        requireNonNull(configuration, "configuration");
        if (!configuration.isStoreByValue()) {
            throw new UnsupportedOperationException(
                    "Cache '" + cacheName + "': storeByValue=false is not supported, as entries live in a table");
        }
        warnOfMisspelt(cacheName);
        return create(cacheName, resolved(cacheName, configuration));
    }

    /** Before the cache is made, which may fail for want of the very settings. */
    private void warnOfMisspelt(String cacheName) {
        if (settings.cacheNames().contains(cacheName)) {
            provider.cacheNames().add(cacheName);
        }
        settings.cacheNamesLike(cacheName).stream()
                .filter(name -> !provider.cacheNames().contains(name) && misspelt.add(name))
                .forEach(name -> LOG.warn(UNUSED + "; did you mean '{}'?", name, name, cacheName));
    }

    private void warnOfUnused() {
        settings.cacheNames().stream()
                .filter(name -> !provider.cacheNames().contains(name) && misspelt.add(name))
                .sorted()
                .forEach(name -> LOG.warn(UNUSED, name, name));
    }

    private <K, V> DynamoDbConfiguration<K, V> resolved(String cacheName, Configuration<K, V> configuration) {
        return DynamoDbConfiguration.builder(configuration).build().resolvedBy(settings.of(cacheName));
    }

    /** A table that is made ready may take minutes: until then only the cache's name and place are taken. */
    private <K, V> DynamoDbCache<K, V> create(String cacheName, DynamoDbConfiguration<K, V> configuration) {
        requireOpen();
        Settings own = configuration.settings();
        TableSettings table = TableSettings.of(own, cacheName);
        Place place = Place.of(cacheName, connections.to(own), table.name(), own.prefixOf(cacheName));
        take(place);
        try {
            DynamoDbCache<K, V> cache = cache(place, table, configuration);
            open(place, cache, configuration);
            return cache;
        } catch (RuntimeException | Error e) {
            giveUp(place);
            if (closed) { // what the closing has done to the client is no failure of its own
                throw new IllegalStateException("The cache manager " + uri + " is closed", e);
            }
            throw e;
        }
    }

    /** Takes a cache's name and place; waits while another cache of the name is being made, which may fail. */
    private void take(Place place) {
        for (Place other = takenBefore(place); other != null; other = takenBefore(place)) {
            other.await();
        }
    }

    /** Returns what has the name, or takes it and returns null. */
    private @Nullable Place takenBefore(Place place) {
        synchronized (caches) {
            requireOpen();
            Place other = caches.get(place.name());
            if (other == null) {
                refuseOverlap(place);
                caches.put(place.name(), place);
            }
            return other;
        }
    }

    private void giveUp(Place place) {
        caches.remove(place.name(), place);
        place.made().complete(null);
    }

    private void open(Place place, DynamoDbCache<?, ?> cache, DynamoDbConfiguration<?, ?> configuration) {
        try {
            cache.enableManagement(configuration.isManagementEnabled());
            cache.enableStatistics(configuration.isStatisticsEnabled());
            synchronized (caches) {
                requireOpen();
                place.made().complete(cache);
                observers.forEach(cache::observe);
            }
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    private <K, V> DynamoDbCache<K, V> cache(
            Place place, TableSettings table, DynamoDbConfiguration<K, V> configuration) {
        String cacheName = place.name();
        String prefix = place.prefix();
        Connection connection = place.connection();
        Settings own = configuration.settings();
        ItemNames names = new ItemNames(cacheName, table.name(), own.get(Option.SECRET_KEYS));
        EntryCodec.Classes classes = EntryCodec.Classes.of(cacheName, configuration, openLoader());
        EntryCodec.Values values = EntryCodec.Values.of(cacheName, configuration, classes);
        SpecialKeys specialKeys = SpecialKeys.of(
                cacheName,
                own.get(Option.SPECIAL_KEYS),
                own.get(Option.SKIP_THROW_MISSING_SPECIAL_KEYS),
                configuration.codec(),
                values.reader());
        ItemMapper mapper = own.isConnectFormat()
                ? new ConnectItemMapper(table.hashKey(), prefix, names, specialKeys)
                : new NativeItemMapper(table.hashKey(), prefix, names, specialKeys);
        ClockSkew skew = connection.skewOf(own.get(Option.CLOCK));
        connections.prepare(connection, table, skew);
        RequestSender sender = new RequestSender(names, connection, skew);
        boolean consistentReads = own.isConnectFormat() || own.get(Option.CONSISTENT_READS);
        CacheTable cacheTable = new CacheTable(connection, mapper, consistentReads, sender);
        EntryCodec<K, V> codec = new EntryCodec<>(
                names, EntryCodec.keys(cacheName, configuration, classes), values, configuration.getValueType());
        Customizations customizations = new Customizations(cacheName);
        try {
            return new DynamoDbCache<>(cacheName, this, configuration, cacheTable, codec, customizations, threads);
        } catch (RuntimeException | Error e) {
            customizations.closeAll();
            throw e;
        }
    }

    private ClassLoader openLoader() {
        ClassLoader open = loader.get();
        if (open == null) {
            throw new IllegalStateException("The class loader of the cache manager " + uri
                    + " is gone, and so is the application that it was for; get another manager, of a class loader that"
                    + " is kept");
        }
        return open;
    }

    /**
     * Observes the caches that there are and those to come, each until it is closed.
     *
     * @param observerOf makes an observer for the cache of a name; one that equals an earlier one changes nothing
     */
    void observe(Function<String, RequestObserver> observerOf) {
        requireOpen();
        synchronized (caches) {
            if (observers.add(observerOf)) {
                made().forEach(cache -> cache.observe(observerOf));
            }
        }
    }

    private List<DynamoDbCache<?, ?>> made() {
        List<DynamoDbCache<?, ?>> made = new ArrayList<>();
        caches.values().forEach(place -> Optional.ofNullable(place.cache()).ifPresent(made::add));
        return made;
    }

    private void refuseOverlap(Place wanted) {
        caches.values().forEach(place -> {
            if (place.overlaps(wanted)) {
                throw new CacheException("The caches '" + place.name() + "' and '" + wanted.name()
                        + "' would share items of table '" + wanted.table() + "': the prefix '" + place.prefix()
                        + "' overlaps '" + wanted.prefix()
                        + "' (option 'prefix'); give one of them another prefix or table");
            }
        });
    }

    @Override
    public <K, V> Cache<K, V> getCache(String cacheName, Class<K> keyType, Class<V> valueType) {
        requireNonNull(keyType, "keyType");
        requireNonNull(valueType, "valueType");
        DynamoDbCache<?, ?> cache = find(cacheName);
        if (cache != null) {
            Configuration<?, ?> configuration = cache.currentConfiguration();
            requireType(cacheName, "key", configuration.getKeyType(), keyType);
            requireType(cacheName, "value", configuration.getValueType(), valueType);
        }
        return getCache(cacheName);
    }

    private static void requireType(String cacheName, String role, Class<?> configured, Class<?> asked) {
        if (!configured.equals(asked)) {
            throw new ClassCastException("Cache '" + cacheName + "' has the " + role + " type " + configured.getName()
                    + ", not " + asked.getName());
        }
    }

    @Override
    @SuppressWarnings("unchecked") // as JSR-107 has it: the caller knows
    public <K, V> Cache<K, V> getCache(String cacheName) {
        return (Cache<K, V>) find(cacheName);
    }

    private @Nullable DynamoDbCache<?, ?> find(String cacheName) {
        requireOpen();
        Place place = caches.get(requireNonNull(cacheName, "cacheName"));
        return place == null ? null : place.cache();
    }

    @Override
    public Iterable<String> getCacheNames() {
        requireOpen();
        return made().stream().map(Cache::getName).toList();
    }

    @Override
    public void destroyCache(String cacheName) {
        DynamoDbCache<?, ?> cache = find(cacheName);
        if (cache != null) {
            cache.destroy();
        }
    }

    @Override
    public void enableManagement(String cacheName, boolean enabled) {
        DynamoDbCache<?, ?> cache = find(cacheName);
        if (cache != null) {
            cache.enableManagement(enabled);
        }
    }

    @Override
    public void enableStatistics(String cacheName, boolean enabled) {
        DynamoDbCache<?, ?> cache = find(cacheName);
        if (cache != null) {
            cache.enableStatistics(enabled);
        }
    }

    @Override
    public void warmUp() {
        requireOpen();
        atOnce().forEach(made(), cache -> cache.warmUp(Map.of()));
    }

    private Parallel atOnce() {
        return new Parallel(threads.requests(), PARALLEL_QUESTIONS);
    }

    @Override
    public Map<String, StoreHealth> health(Duration atMost) {
        requireOpen();
        Map<String, StoreHealth> found = new ConcurrentSkipListMap<>();
        atOnce().forEach(made(), cache -> found.put(cache.getName(), cache.health(atMost)));
        return found;
    }

    /** Forgets a cache that has been closed. */
    void release(DynamoDbCache<?, ?> cache) {
        caches.computeIfPresent(cache.getName(), (name, place) -> place.cache() == cache ? null : place);
    }

    @Override
    public void close() {
        if (markClosed()) {
            Failures failures = new Failures();
            failures.trying(() -> provider.release(this));
            failures.trying(this::warnOfUnused);
            made().forEach(cache -> failures.trying(cache::close));
            failures.trying(threads::close);
            failures.trying(connections::close);
            failures.throwIfAny();
        }
    }

    /** Whoever waits for a cache that is being made need not wait longer. */
    private boolean markClosed() {
        synchronized (caches) {
            boolean first = !closed;
            closed = true;
            observers.clear();
            caches.values().forEach(place -> place.made().complete(null));
            return first;
        }
    }

    /** As good as closed is a manager whose application is gone. */
    @Override
    public boolean isClosed() {
        return closed || loader.get() == null;
    }

    /** Unwraps to this manager, its provider, or the client that its settings ask for. */
    @Override
    public <T> T unwrap(Class<T> type) {
        if (type == DynamoDbClient.class) {
            requireOpen();
            return type.cast(connections.to(settings.common()).client());
        }
        return Unwrap.to(type, this, provider);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The cache manager " + uri + " is closed");
        }
        openLoader();
    }

    @Override
    public String toString() {
        return "DynamoDbCacheManager[" + uri + "]";
    }
}
