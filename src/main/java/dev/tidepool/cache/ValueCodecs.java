package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.ValueFormat;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Values as they are stored, by the codec and in the format that a configuration asks for. */
interface ValueCodecs {
    /** The id of the codec of sessions. */
    int OF_SESSIONS = 3;

    /** Returns the value as it is stored; throws {@link dev.tidepool.codec.CodecException}. */
    byte[] write(Object value);

    /** Returns the value that was stored; throws {@link dev.tidepool.codec.CodecException}. */
    Object read(byte[] bytes);

    /** Makes what a configuration asks for; throws {@link IllegalArgumentException} for a codec that there is not. */
    static ValueCodecs of(
            String cacheName, DynamoDbConfiguration<?, ?> configuration, ClassLoader loader, AllowList allowed) {
        if (configuration.settings().isConnectFormat()) {
            return bare(cacheName, configuration.codec());
        }
        ValueFormat format = format(cacheName, configuration, loader, allowed);
        return new ValueCodecs() {
            @Override
            public byte[] write(Object value) {
                return format.write(value);
            }

            @Override
            public Object read(byte[] bytes) {
                return format.read(bytes);
            }
        };
    }

    /** The items of connect-dynamodb have no place for anything around a session. */
    private static ValueCodecs bare(String cacheName, @Nullable Codec codec) {
        if (codec == null || codec.id() != OF_SESSIONS) {
            throw new IllegalArgumentException("Cache '" + cacheName
                    + "': format=connect is for sessions: begin its configuration with SessionCaches.configuration(),"
                    + " or leave the option to the cache that holds them (tidepool.cache.<name>.format=connect)");
        }
        return new ValueCodecs() {
            @Override
            public byte[] write(Object value) {
                return codec.encode(value);
            }

            @Override
            public Object read(byte[] bytes) {
                return codec.decode(bytes);
            }
        };
    }

    private static ValueFormat format(
            String cacheName, DynamoDbConfiguration<?, ?> configuration, ClassLoader loader, AllowList allowed) {
        int compressFrom = configuration.settings().get(Option.COMPRESS_FROM);
        if (configuration.codec() != null) {
            return ValueFormat.of(configuration.codec(), loader, allowed, compressFrom);
        }
        String name = configuration.settings().get(Option.CODEC);
        try {
            return ValueFormat.of(name, loader, allowed, compressFrom);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Option '" + Option.CODEC + "' cannot be '" + name + "': " + e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new CacheException("Cache '" + cacheName + "' cannot be made: " + e.getMessage(), e);
        }
    }
}
