package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.ContentKeyCodec;
import dev.tidepool.codec.KeyCodec;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of one cache as texts and bytes; a {@link CodecException} becomes a {@link CacheException} here.
 */
final class EntryCodec<K, V> {
    private final ItemNames itemNames;
    private final KeyCodec<K> keys;
    private final ValueCodecs values;
    private final Class<V> valueType;
    private final SpecialKeys specialKeys;

    private EntryCodec(
            ItemNames itemNames, KeyCodec<K> keys, ValueCodecs values, Class<V> valueType, SpecialKeys specialKeys) {
        this.itemNames = itemNames;
        this.keys = keys;
        this.values = values;
        this.valueType = valueType;
        this.specialKeys = specialKeys;
    }

    /** Makes what a configuration asks for; throws {@link IllegalArgumentException} for a codec that there is not. */
    static <K, V> EntryCodec<K, V> of(ItemNames names, DynamoDbConfiguration<K, V> configuration, ClassLoader loader) {
        AllowList allowed = AllowList.of(configuration.settings().get(Option.ALLOW))
                .plus(configuration.getKeyType(), configuration.getValueType());
        KeyCodec<K> keys = configuration.keyCodec();
        ValueCodecs values = ValueCodecs.of(names.cache(), configuration, loader, allowed);
        return new EntryCodec<>(
                names,
                keys == null ? contentCodec(loader, allowed) : keys,
                values,
                configuration.getValueType(),
                SpecialKeys.of(names.cache(), configuration, values::read));
    }

    @SuppressWarnings("unchecked") // it takes any object, and gives back keys that this cache has encoded
    private static <K> KeyCodec<K> contentCodec(ClassLoader loader, AllowList allowed) {
        return (KeyCodec<K>) new ContentKeyCodec(loader, allowed);
    }

    /** The parts of values that items have as attributes of their own. */
    SpecialKeys specialKeys() {
        return specialKeys;
    }

    String keyText(K key) {
        try {
            return keys.encode(key);
        } catch (CodecException e) {
            throw refused("a key of " + key.getClass(), e);
        }
    }

    K key(StoredItem item) {
        try {
            return keys.decode(item.keyText());
        } catch (CodecException e) {
            throw unreadable(item, "its key cannot be decoded: " + e.getMessage(), e);
        }
    }

    /** What a processor sets or a loader brings has passed no other check of its type. */
    byte[] encode(K key, V value) {
        if (!valueType.isInstance(value)) {
            throw new ClassCastException(
                    "Cache '" + itemNames.cache() + "' takes a value of " + valueType + ", not of " + value.getClass());
        }
        try {
            return values.write(value);
        } catch (CodecException e) {
            throw refused("a value of " + value.getClass() + " for a key of " + key.getClass(), e);
        }
    }

    @SuppressWarnings("unchecked") // what is in the cache was put in through the cache's own type
    V decode(StoredItem item) {
        if (item.value().length == 0) {
            throw unreadable(item, "it has no binary attribute 'value', or an empty one", null);
        }
        try {
            return (V) values.read(item.value());
        } catch (CodecException e) {
            throw unreadable(item, "its value cannot be decoded: " + e.getMessage(), e);
        }
    }

    private CacheException refused(String what, CodecException cause) {
        return new CacheException(
                "Cache '" + itemNames.cache() + "': " + what + " cannot be encoded: " + cause.getMessage(), cause);
    }

    private CacheException unreadable(StoredItem item, String why, @Nullable CodecException cause) {
        return new CacheException(itemNames.of(item.id()) + " cannot be read: " + why, cause);
    }
}
