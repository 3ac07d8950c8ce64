package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.SpecialKey;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The items of an open cache. */
final class OwnItems<K, V> implements CacheItems<K> {
    private final DynamoDbCache<K, V> cache;
    private final CacheParts<K, V> parts;
    private final Reaper<K, V> reaper;

    OwnItems(DynamoDbCache<K, V> cache, CacheParts<K, V> parts, Reaper<K, V> reaper) {
        this.cache = cache;
        this.parts = parts;
        this.reaper = reaper;
    }

    @Override
    public long reap() {
        cache.requireOpen();
        return reaper.reap();
    }

    @Override
    public Set<K> find(String specialKey, Object value) {
        requireNonNull(value, "value");
        cache.requireOpen();
        SpecialKeys specialKeys = parts.codec().specialKeys();
        SpecialKey key = specialKeys.indexed(requireNonNull(specialKey, "specialKey"));
        Set<K> found = new LinkedHashSet<>();
        parts.table()
                .find(key, specialKeys.attribute(key, value))
                .forEach(item -> found.add(parts.codec().key(item)));
        return found;
    }

    @Override
    public boolean isAnswering(Duration atMost) {
        cache.requireOpen();
        return parts.table().within(atMost).isAnswering();
    }

    @Override
    public Optional<Duration> clockOffset() {
        return parts.table().skew().offset();
    }
}
