package dev.tidepool.cache;

import static java.util.Objects.requireNonNullElse;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The JCache provider for DynamoDB; {@code Caching.getCachingProvider()} finds it.
 *
 * <p>There is one cache manager for each URI and class loader. A URI with the scheme {@code classpath}, {@code file} or
 * {@code jar} names a properties file with the manager's options; any other is only a name. Class loaders are held
 * weakly, so that a manager without caches does not keep an application in memory. Thread-safe.
 */
public final class DynamoDbCachingProvider implements CachingProvider {
    /** Plain, as JMX names and metrics are made of it. */
    private static final URI DEFAULT_URI = URI.create("tidepool");

    /** The managers of each class loader; guarded by itself. */
    private final Map<ClassLoader, Map<URI, DynamoDbCacheManager>> managers = new WeakHashMap<>();

    /**
     * The names of the caches that were to be made with settings of their own, by whichever manager: managers share
     * files and system properties. Others are not remembered, as an application may make any number of them.
     */
    private final Set<String> cacheNames = ConcurrentHashMap.newKeySet();

    /** Makes a provider; JCache does it by the service loader. */
    public DynamoDbCachingProvider() {}

    @Override
    public CacheManager getCacheManager(
            @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
        URI actualUri = requireNonNullElse(uri, getDefaultURI());
        ClassLoader actualLoader = requireNonNullElse(classLoader, getDefaultClassLoader());
        synchronized (managers) {
            return managers.computeIfAbsent(actualLoader, loader -> new HashMap<>())
                    .computeIfAbsent(
                            actualUri,
                            key -> new DynamoDbCacheManager(
                                    this, key, actualLoader, requireNonNullElse(properties, getDefaultProperties())));
        }
    }

    @Override
    public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader classLoader) {
        return getCacheManager(uri, classLoader, getDefaultProperties());
    }

    @Override
    public CacheManager getCacheManager() {
        return getCacheManager(getDefaultURI(), getDefaultClassLoader(), getDefaultProperties());
    }

    @Override
    public ClassLoader getDefaultClassLoader() {
        return DynamoDbCachingProvider.class.getClassLoader();
    }

    @Override
    public URI getDefaultURI() {
        return DEFAULT_URI;
    }

    @Override
    public Properties getDefaultProperties() {
        return new Properties();
    }

    /**
     * Tells that this JVM was restored from a snapshot, of which there may be several restored (CRaC, Lambda
     * SnapStart): a node knows its own writes by random numbers, and those of such JVMs would be the same. To be called
     * before the caches are used again, as from {@code afterRestore} of an {@code org.crac.Resource}. It holds for all
     * providers of this class loader, sends nothing, and is quick.
     */
    public void restored() {
        Etags.renew();
    }

    /** Closes all cache managers. */
    @Override
    public void close() {
        List<DynamoDbCacheManager> all = new ArrayList<>();
        synchronized (managers) {
            managers.values().forEach(byUri -> all.addAll(byUri.values()));
        }
        closeAll(all);
    }

    @Override
    public void close(@Nullable ClassLoader classLoader) {
        closeAll(managersOf(requireNonNullElse(classLoader, getDefaultClassLoader())));
    }

    @Override
    public void close(@Nullable URI uri, @Nullable ClassLoader classLoader) {
        URI actualUri = requireNonNullElse(uri, getDefaultURI());
        List<DynamoDbCacheManager> matching =
                managersOf(requireNonNullElse(classLoader, getDefaultClassLoader())).stream()
                        .filter(manager -> manager.getURI().equals(actualUri))
                        .toList();
        closeAll(matching);
    }

    private List<DynamoDbCacheManager> managersOf(ClassLoader loader) {
        synchronized (managers) {
            return List.copyOf(managers.getOrDefault(loader, Map.of()).values());
        }
    }

    /** Closing waits for loads in flight, so it happens outside the lock; one that fails keeps no other open. */
    private static void closeAll(List<DynamoDbCacheManager> closing) {
        Failures failures = new Failures();
        closing.forEach(manager -> failures.trying(manager::close));
        failures.throwIfAny();
    }

    Set<String> cacheNames() {
        return cacheNames;
    }

    /** Forgets a manager that has been closed. */
    void release(DynamoDbCacheManager manager) {
        synchronized (managers) {
            managers.values().forEach(byUri -> byUri.remove(manager.getURI(), manager));
            managers.values().removeIf(Map::isEmpty);
        }
    }

    @Override
    public boolean isSupported(OptionalFeature feature) {
        return false;
    }
}
