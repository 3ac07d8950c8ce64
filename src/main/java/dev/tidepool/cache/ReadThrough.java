package dev.tidepool.cache;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import org.jspecify.annotations.Nullable;

/** A cache's loader; what it throws becomes a {@link CacheLoaderException} here. */
final class ReadThrough<K, V> {
    private final @Nullable CacheLoader<K, V> loader;
    private final boolean readThrough;

    ReadThrough(@Nullable CacheLoader<K, V> loader, boolean readThrough) {
        this.loader = loader;
        this.readThrough = readThrough;
    }

    @Nullable CacheLoader<K, V> loader() {
        return loader;
    }

    boolean isReadThrough() {
        return readThrough && loader != null;
    }

    /** Loads a value for a read that found none; null when there is no loader for reads or it has none. */
    @Nullable V readThrough(K key) {
        if (!readThrough || loader == null) {
            return null;
        }
        try {
            return loader.load(key);
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    /** Loads what the loader has of some keys; it may leave keys out or answer null for them. */
    Map<K, V> loadAll(Collection<K> keys) {
        Map<K, V> loaded = new HashMap<>();
        if (loader == null || keys.isEmpty()) {
            return loaded;
        }
        try {
            Map<K, V> answer = loader.loadAll(keys);
            keys.forEach(key -> {
                V value = answer.get(key);
                if (value != null) {
                    loaded.put(key, value);
                }
            });
        } catch (RuntimeException e) {
            throw failure(e);
        }
        return loaded;
    }

    private static CacheLoaderException failure(RuntimeException e) {
        return e instanceof CacheLoaderException known
                ? known
                : new CacheLoaderException("The cache's loader failed", e);
    }
}
