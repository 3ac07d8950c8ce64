package dev.tidepool.cache;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.cache.integration.CacheLoader;
import org.jspecify.annotations.Nullable;

/** A loader that has what is in a map, and notes the keys that it was asked for. */
final class MapLoader<K, V> implements CacheLoader<K, V> {
    private final Map<K, V> source = new ConcurrentHashMap<>();
    private final List<K> asked = new CopyOnWriteArrayList<>();

    MapLoader(Map<K, V> source) {
        this.source.putAll(source);
    }

    List<K> asked() {
        return List.copyOf(asked);
    }

    @Override
    public @Nullable V load(K key) {
        asked.add(key);
        return source.get(key);
    }

    @Override
    public Map<K, V> loadAll(Iterable<? extends K> keys) {
        Map<K, V> loaded = new HashMap<>();
        keys.forEach(key -> {
            V value = load(key);
            if (value != null) {
                loaded.put(key, value);
            }
        });
        return loaded;
    }
}
