package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.KeyCodec;
import dev.tidepool.codec.ValueFormat;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
     * The classes that the keys and values of a cache consist of.
     *
     * @param ofKeys finds those of keys
     * @param ofValues finds those of values
     * @param allowed those that may be
     */
    record Classes(ClassLoader ofKeys, ClassLoader ofValues, AllowList allowed) {
        static Classes of(String cacheName, DynamoDbConfiguration<?, ?> configuration, ClassLoader ofManager) {
            Class<?> keyType = configuration.getKeyType();
            Class<?> valueType = configuration.getValueType();
            return new Classes(
                    loaderOf(keyType, valueType, ofManager),
                    loaderOf(valueType, keyType, ofManager),
                    allowed(cacheName, configuration.settings()).plus(keyType, valueType));
        }

        private static AllowList allowed(String cacheName, Settings settings) {
            AllowList allowed = AllowList.of(settings.get(Option.ALLOW));
            Settings.Place place = settings.placeOf(Option.ALLOW);
            return place == null
                    ? allowed.setInCode("the DynamoDbConfiguration of cache '" + cacheName + "'")
                    : allowed.setBy(place.name(), place.source());
        }

        /**
         * The manager's loader may be a child of the one that has a type, and see more: it is left aside only where it
         * does not find the very type. The other type's loader speaks for a type that tells nothing, as {@code Object}
         * or {@code List} do.
         */
        private static ClassLoader loaderOf(Class<?> type, Class<?> other, ClassLoader ofManager) {
            return Stream.of(type, other)
                    .filter(each -> !finds(ofManager, each))
                    .map(Class::getClassLoader)
                    .filter(Objects::nonNull)
                    .filter(loader -> loader != ClassLoader.getPlatformClassLoader() && finds(loader, type))
                    .findFirst()
                    .orElse(ofManager);
        }

        private static boolean finds(ClassLoader loader, Class<?> type) {
            try {
                return Class.forName(type.getName(), false, loader) == type;
            } catch (ClassNotFoundException | LinkageError e) {
                return false;
            }
        }
    }

    /**
     * Returns the codec of a cache's keys. The library's warns of each class whose {@code equals} is narrower than its
     * fields.
     *
     * @throws IllegalArgumentException when there is none of the name that is configured
     */
    @SuppressWarnings("unchecked") // one that is named takes what it takes, and gives back keys that it has encoded
    static <K> KeyCodec<K> keys(String cacheName, DynamoDbConfiguration<K, ?> configuration, Classes classes) {
        KeyCodec<K> given = configuration.keyCodec();
        if (given != null) {
            return given;
        }
        String name = configuration.settings().get(Option.KEY_CODEC);
        Consumer<Class<?>> narrow = type -> warnOfEquality(cacheName, type);
        return (KeyCodec<K>)
                named(Option.KEY_CODEC, name, () -> KeyCodec.named(name, classes.ofKeys(), classes.allowed(), narrow));
    }

    private static void warnOfEquality(String cacheName, Class<?> type) {
        LOG.warn(
                "Cache '{}': keys that are equal are two entries, because the equals of {} leaves out what its fields"
                        + " tell apart; give the cache a KeyCodec (option 'keyCodec', or"
                        + " DynamoDbConfiguration.Builder.keyCodec), or make transient what equals leaves out",
                cacheName,
                type.getName());
    }

    private static <C> C named(Option<String> option, String name, Supplier<C> codec) {
        try {
            return codec.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Option '" + option + "' cannot be '" + name + "': " + e.getMessage(), e.getCause());
        }
    }

    /**
     * Values as they are stored; both functions throw {@link CodecException}.
     *
     * @param writer gives the stored form of a value
     * @param reader gives the value of a stored form
     */
    record Values(Function<Object, byte[]> writer, Function<byte[], Object> reader) {
        /**
         * Returns those of a cache.
         *
         * @throws IllegalArgumentException when there is no codec of the name that is configured
         */
        static Values of(String cacheName, DynamoDbConfiguration<?, ?> configuration, Classes classes) {
            Codec codec = configuration.codec();
            if (configuration.settings().isConnectFormat()) {
                return ofConnect(cacheName, codec);
            }
            ValueFormat format = codec == null
                    ? named(cacheName, configuration.settings(), classes)
                    : ValueFormat.of(
                            codec,
                            classes.ofValues(),
                            classes.allowed(),
                            configuration.settings().get(Option.COMPRESS_FROM));
            return new Values(format::write, format::read);
        }

        private static ValueFormat named(String cacheName, Settings settings, Classes classes) {
            String codec = settings.get(Option.CODEC);
            int compressFrom = settings.get(Option.COMPRESS_FROM);
            try {
                return EntryCodec.named(
                        Option.CODEC,
                        codec,
                        () -> ValueFormat.of(codec, classes.ofValues(), classes.allowed(), compressFrom));
            } catch (IllegalStateException e) {
                throw new CacheException("Cache '" + cacheName + "' cannot be made: " + e.getMessage(), e.getCause());
            }
        }

        /** Bare: the items of connect-dynamodb have no place for anything around a session. */
        private static Values ofConnect(String cacheName, @Nullable Codec codec) {
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

    /** Does with an entry all that storing it and reading it takes, and returns the stored form of its value. */
    byte[] rehearsed(String keyText, K key, V value) {
        byte[] encoded = encode(key, value);
        try {
            keys.decode(keyText);
            Object unused = values.reader().apply(encoded);
        } catch (CodecException e) {
            throw new CacheException(
                    "Cache '" + itemNames.cache() + "': a key of " + key.getClass() + " or its value of "
                            + value.getClass() + " cannot be read back: " + e.getMessage(),
                    e);
        }
        return encoded;
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
