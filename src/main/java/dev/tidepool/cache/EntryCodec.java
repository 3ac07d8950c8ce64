package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.ContentKeyCodec;
import dev.tidepool.codec.KeyCodec;
import dev.tidepool.codec.ValueFormat;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys and values of one cache as texts and bytes; a {@link CodecException} becomes a {@link CacheException} here.
 */
final class EntryCodec<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(EntryCodec.class);

    /** The id of the codec of sessions. */
    private static final int OF_SESSIONS = 3;

    private final ItemNames itemNames;
    private final KeyCodec<K> keys;
    private final Values values;
    private final Class<V> valueType;

    /**
     * A codec of one cache.
     *
     * @param keys keys as texts
     * @param values values as they are stored
     * @param valueType what every value must be
     */
    EntryCodec(ItemNames itemNames, KeyCodec<K> keys, Values values, Class<V> valueType) {
        this.itemNames = itemNames;
        this.keys = keys;
        this.values = values;
        this.valueType = valueType;
    }

    /**
     * Returns a codec of keys by their content. It warns of each class whose {@code equals} is narrower than its
     * fields.
     */
    static ContentKeyCodec keysByContent(String cacheName, ClassLoader loader, AllowList allowed) {
        return new ContentKeyCodec(
                loader,
                allowed,
                type -> LOG.warn(
                        "Cache '{}': keys that are equal are two entries, because the equals of {} leaves out what its"
                                + " fields tell apart; give the cache a KeyCodec (option 'keyCodec', or"
                                + " DynamoDbConfiguration.Builder.keyCodec), or make transient what equals leaves out",
                        cacheName,
                        type.getName()));
    }

    /**
     * Values as they are stored; both functions throw {@link CodecException}.
     *
     * @param writer gives the stored form of a value
     * @param reader gives the value of a stored form
     */
    record Values(Function<Object, byte[]> writer, Function<byte[], Object> reader) {
        /** In Tidepool's own format, written by a codec of the application. */
        static Values by(Codec codec, ClassLoader loader, AllowList allowed, int compressFrom) {
            return of(ValueFormat.of(codec, loader, allowed, compressFrom));
        }

        /**
         * In Tidepool's own format, written by the codec of a name.
         *
         * @throws IllegalArgumentException when there is none of the name
         */
        static Values named(String cacheName, String codec, ClassLoader loader, AllowList allowed, int compressFrom) {
            try {
                return of(ValueFormat.of(codec, loader, allowed, compressFrom));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "Option '" + Option.CODEC + "' cannot be '" + codec + "': " + e.getMessage(), e.getCause());
            } catch (IllegalStateException e) {
                throw new CacheException("Cache '" + cacheName + "' cannot be made: " + e.getMessage(), e.getCause());
            }
        }

        private static Values of(ValueFormat format) {
            return new Values(format::write, format::read);
        }

        /** Bare: the items of connect-dynamodb have no place for anything around a session. */
        static Values ofConnect(String cacheName, @Nullable Codec codec) {
            if (codec == null || codec.id() != OF_SESSIONS) {
                throw new IllegalArgumentException("Cache '" + cacheName
                        + "': format=connect is for sessions: begin its configuration with SessionCaches.configuration(),"
                        + " or leave the option to the cache that holds them (tidepool.cache.<name>.format=connect)");
            }
            return new Values(codec::encode, codec::decode);
        }
    }

    String keyText(K key) {
        try {
            return keys.encode(key);
        } catch (CodecException e) {
            throw refused("a key of " + key.getClass(), e);
        }
    }

    K key(StoredItem item) {
        return readable(item, "its key cannot be decoded: ", () -> keys.decode(item.keyText()));
    }

    /** What a processor sets or a loader brings has passed no other check of its type. */
    byte[] encode(K key, V value) {
        if (!valueType.isInstance(value)) {
            throw new ClassCastException(
                    "Cache '" + itemNames.cache() + "' takes a value of " + valueType + ", not of " + value.getClass());
        }
        try {
            return values.writer().apply(value);
        } catch (CodecException e) {
            throw refused("a value of " + value.getClass() + " for a key of " + key.getClass(), e);
        }
    }

    @SuppressWarnings("unchecked") // what is in the cache was put in through the cache's own type
    V decode(StoredItem item) {
        if (item.value().length == 0) {
            throw itemNames.damaged(item.id(), "it has no binary attribute 'value', or an empty one", null);
        }
        return readable(
                item, "its value cannot be decoded: ", () -> (V) values.reader().apply(item.value()));
    }

    private CacheException refused(String what, CodecException cause) {
        return new CacheException(
                "Cache '" + itemNames.cache() + "': " + what + " cannot be encoded: " + cause.getMessage(), cause);
    }

    private <T> T readable(StoredItem item, String why, Supplier<T> decoded) {
        try {
            return decoded.get();
        } catch (CodecException e) {
            throw itemNames.damaged(item.id(), why + e.getMessage(), e);
        }
    }
}
