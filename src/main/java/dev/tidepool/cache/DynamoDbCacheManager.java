package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.ManagerSettings;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.Connections.Connection;
import dev.tidepool.cache.TableSetup.TableSettings;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.ContentKeyCodec;
import dev.tidepool.codec.KeyCodec;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The caches of one application, their settings, connections and threads. Thread-safe. */
@SuppressWarnings("NullAway") // JSR-107 answers null for a cache that there is not
final class DynamoDbCacheManager implements CacheManager {
    private final DynamoDbCachingProvider provider;
    private final URI uri;
    private final WeakReference<ClassLoader> loader;
    private final Properties properties;
    private final ManagerSettings settings;
    private final Connections connections = new Connections();
    private final CacheThreads threads;
    private final Map<String, Place> caches = new ConcurrentHashMap<>();

    /** What makes an observer for each cache; guarded by itself, so that none misses a cache or has it twice. */
    private final Set<Function<String, RequestObserver>> observers = new LinkedHashSet<>();

    private volatile boolean closed;

    /** A cache and the part of a table that is its own. */
    private record Place(DynamoDbCache<?, ?> cache, Connection connection, String table, String prefix) {
        boolean overlaps(Connection otherConnection, String otherTable, String otherPrefix) {
            return connection == otherConnection
                    && table.equals(otherTable)
                    && (prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix));
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
        DynamoDbConfiguration<K, V> complete = resolved(cacheName, configuration);
        DynamoDbCache<K, V> cache = create(cacheName, complete);
        cache.enableManagement(complete.isManagementEnabled());
        cache.enableStatistics(complete.isStatisticsEnabled());
        return cache;
    }

    private <K, V> DynamoDbConfiguration<K, V> resolved(String cacheName, Configuration<K, V> configuration) {
        return DynamoDbConfiguration.builder(configuration).build().resolvedBy(settings.of(cacheName));
    }

    private synchronized <K, V> DynamoDbCache<K, V> create(
            String cacheName, DynamoDbConfiguration<K, V> configuration) {
        requireOpen();
        if (caches.containsKey(cacheName)) {
            throw new CacheException("There is a cache '" + cacheName + "' already");
        }
        Settings own = configuration.settings();
        Connection connection = connections.to(own);
        TableSettings table = TableSettings.of(own, cacheName);
        String prefix = own.prefixOf(cacheName);
        refuseOverlap(cacheName, connection, table.name(), prefix);
        ItemNames names = new ItemNames(cacheName, table.name(), own.get(Option.SECRET_KEYS));
        EntryCodec.Values values = values(cacheName, configuration);
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
        RequestSender sender = new RequestSender(names, connection.client(), skew);
        boolean consistentReads = own.isConnectFormat() || own.get(Option.CONSISTENT_READS);
        CacheTable cacheTable = new CacheTable(connection, mapper, consistentReads, sender);
        EntryCodec<K, V> codec = new EntryCodec<>(names, keys(configuration), values, configuration.getValueType());
        DynamoDbCache<K, V> cache = new DynamoDbCache<>(cacheName, this, configuration, cacheTable, codec, threads);
        synchronized (observers) {
            caches.put(cacheName, new Place(cache, connection, table.name(), prefix));
            observers.forEach(cache::observe);
        }
        return cache;
    }

    @SuppressWarnings("unchecked") // it takes any object, and gives back keys that this cache has encoded
    private <K> KeyCodec<K> keys(DynamoDbConfiguration<K, ?> configuration) {
        KeyCodec<K> given = configuration.keyCodec();
        return given == null ? (KeyCodec<K>) new ContentKeyCodec(openLoader(), allowed(configuration)) : given;
    }

    private EntryCodec.Values values(String cacheName, DynamoDbConfiguration<?, ?> configuration) {
        Settings own = configuration.settings();
        Codec codec = configuration.codec();
        if (own.isConnectFormat()) {
            return EntryCodec.Values.ofConnect(cacheName, codec);
        }
        AllowList allowed = allowed(configuration);
        int compressFrom = own.get(Option.COMPRESS_FROM);
        return codec == null
                ? EntryCodec.Values.named(cacheName, own.get(Option.CODEC), openLoader(), allowed, compressFrom)
                : EntryCodec.Values.by(codec, openLoader(), allowed, compressFrom);
    }

    private static AllowList allowed(DynamoDbConfiguration<?, ?> configuration) {
        return AllowList.of(configuration.settings().get(Option.ALLOW))
                .plus(configuration.getKeyType(), configuration.getValueType());
    }

    private ClassLoader openLoader() {
        return requireNonNull(getClassLoader(), "class loader");
    }

    /**
     * Observes the caches that there are and those to come, each until it is closed.
     *
     * @param observerOf makes an observer for the cache of a name; one that equals an earlier one changes nothing
     */
    void observe(Function<String, RequestObserver> observerOf) {
        requireOpen();
        synchronized (observers) {
            if (observers.add(observerOf)) {
                caches.values().forEach(place -> place.cache().observe(observerOf));
            }
        }
    }

    private void refuseOverlap(String cacheName, Connection connection, String table, String prefix) {
        caches.forEach((name, place) -> {
            if (place.overlaps(connection, table, prefix)) {
                throw new CacheException(
                        "The caches '" + name + "' and '" + cacheName + "' would share items of table '"
                                + table + "': the prefix '" + place.prefix() + "' overlaps '" + prefix
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
        return List.copyOf(caches.keySet());
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

    /** Forgets a cache that has been closed. */
    void release(DynamoDbCache<?, ?> cache) {
        caches.computeIfPresent(cache.getName(), (name, place) -> place.cache() == cache ? null : place);
    }

    @Override
    public void close() {
        if (markClosed()) {
            provider.release(this);
            new ArrayList<>(caches.values()).forEach(place -> place.cache().close());
            synchronized (observers) {
                observers.clear();
            }
            threads.close();
            connections.close();
        }
    }

    private synchronized boolean markClosed() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    @Override
    public boolean isClosed() {
        return closed;
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
    }

    @Override
    public String toString() {
        return "DynamoDbCacheManager[" + uri + "]";
    }
}
