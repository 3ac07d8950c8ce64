package dev.tidepool.codec;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A codec whose values have parts that can be written as attributes of their own, so that an index finds items by them
 * (option {@code specialKeys}).
 */
public interface PartsCodec extends Codec {

    /**
     * Returns parts of a value.
     *
     * @param value a value of this codec's
     * @param wanted the parts that are wanted, by name, each with its type: {@code String}, {@code Number},
     *     {@code Boolean} or {@code byte[]}
     * @return the parts by name, without those that are missing; one that is of another type as it is; null for a value
     *     that is to have none, without that being an error
     * @throws CodecException if a part cannot be read
     */
    @Nullable Map<String, Object> parts(Object value, Map<String, Class<?>> wanted);
}
