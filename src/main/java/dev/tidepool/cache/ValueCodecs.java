package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.ValueFormat;
import javax.cache.CacheException;

/** Makes the value format that a configuration asks for. */
final class ValueCodecs {
    private ValueCodecs() {}

    static ValueFormat format(
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
