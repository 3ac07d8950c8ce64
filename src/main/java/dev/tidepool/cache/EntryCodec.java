package dev.tidepool.cache;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.KeyCodec;
import dev.tidepool.codec.ValueFormat;
import javax.cache.CacheException;

/**
 * The keys and values of one cache as texts and bytes; a {@link CodecException} becomes a {@link CacheException} here.
 */
final class EntryCodec<K, V> {
    private final String cacheName;
    private final KeyCodec<K> keys;
    private final ValueFormat values;

    EntryCodec(String cacheName, KeyCodec<K> keys, ValueFormat values) {
        this.cacheName = cacheName;
        this.keys = keys;
        this.values = values;
    }

    String keyText(K key) {
        try {
            return keys.encode(key);
        } catch (CodecException e) {
            throw failure("a key of " + key.getClass() + " cannot be encoded", e);
        }
    }

    K key(StoredItem item) {
        try {
            return keys.decode(item.keyText());
        } catch (CodecException e) {
            throw failure("the key of an item cannot be decoded", e);
        }
    }

    byte[] encode(K key, V value) {
        try {
            return values.write(value);
        } catch (CodecException e) {
            throw failure(
                    "a value of " + value.getClass() + " for a key of " + key.getClass() + " cannot be encoded", e);
        }
    }

    @SuppressWarnings("unchecked") // what is in the cache was put in through the cache's own type
    V decode(StoredItem item) {
        try {
            return (V) values.read(item.value());
        } catch (CodecException e) {
            throw failure("the value of an item cannot be decoded", e);
        }
    }

    private CacheException failure(String what, CodecException cause) {
        return new CacheException("Cache '" + cacheName + "': " + what + ": " + cause.getMessage(), cause);
    }
}
