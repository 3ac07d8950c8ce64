package dev.tidepool.cache;

import javax.cache.Cache;

/** An entry as it was when it was read; a copy, so changing its value does not change the cache. */
record CacheEntry<K, V>(K key, V value) implements Cache.Entry<K, V> {
    @Override
    public K getKey() {
        return key;
    }

    @Override
    public V getValue() {
        return value;
    }

    /** Names no key and no value: they may be secrets. */
    @Override
    public String toString() {
        return "CacheEntry";
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return Unwrap.to(type, this);
    }
}
