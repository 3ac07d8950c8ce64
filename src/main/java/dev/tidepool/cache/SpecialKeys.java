package dev.tidepool.cache;

import dev.tidepool.SpecialKey;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.PartsCodec;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The parts of a cache's values that items have as attributes of their own. Thread-safe; it never sends anything. */
final class SpecialKeys {
    private final String cacheName;
    private final List<SpecialKey> keys;
    private final Map<String, Class<?>> types = new LinkedHashMap<>();
    private final boolean mayLack;
    private final @Nullable PartsCodec codec;
    private final Function<byte[], Object> reader;

    private SpecialKeys(
            String cacheName,
            List<SpecialKey> keys,
            boolean mayLack,
            @Nullable PartsCodec codec,
            Function<byte[], Object> reader) {
        this.cacheName = cacheName;
        this.keys = keys;
        keys.forEach(key -> types.put(key.name(), key.type().javaType()));
        this.mayLack = mayLack;
        this.codec = codec;
        this.reader = reader;
    }

    /**
     * Special keys of the values of one cache.
     *
     * @param mayLack whether values may lack some of them
     * @param codec the codec that writes values, if it is not one that a name stands for
     * @param reader reads a value as it is stored; throws {@link CodecException}
     * @throws IllegalArgumentException when the values of the cache have no parts
     */
    static SpecialKeys of(
            String cacheName,
            List<SpecialKey> keys,
            boolean mayLack,
            @Nullable Codec codec,
            Function<byte[], Object> reader) {
        PartsCodec parts = codec instanceof PartsCodec ofParts ? ofParts : null;
        if (!keys.isEmpty() && parts == null) {
            throw new IllegalArgumentException("Cache '" + cacheName
                    + "': option 'specialKeys' is for sessions: begin its configuration with"
                    + " SessionCaches.configuration(), or set the option for their cache alone"
                    + " (tidepool.cache.<name>.specialKeys)");
        }
        return new SpecialKeys(cacheName, keys, mayLack, parts, reader);
    }

    boolean has(String name) {
        return types.containsKey(name);
    }

    /** Returns the names of those that the item of a value has not. */
    List<String> absentFrom(Map<String, AttributeValue> attributes) {
        return types.keySet().stream()
                .filter(name -> !attributes.containsKey(name))
                .toList();
    }

    /**
     * Returns the attributes of the item of a value; none for a value that is to have none.
     *
     * @param value the encoded value
     * @throws CacheException when one is missing that may not be, or cannot be an attribute
     */
    Map<String, AttributeValue> of(byte[] value) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        if (codec == null || keys.isEmpty()) {
            return attributes;
        }
        Map<String, Object> parts = parts(codec, value);
        if (parts == null) {
            return attributes;
        }
        requireAll(parts);
        keys.forEach(key -> {
            Object part = parts.get(key.name());
            if (part != null) {
                attributes.put(key.name(), suitable(key, part));
            }
        });
        return attributes;
    }

    private void requireAll(Map<String, Object> parts) {
        List<String> missing =
                types.keySet().stream().filter(name -> !parts.containsKey(name)).toList();
        if (!missing.isEmpty() && !mayLack) {
            throw new CacheException("Cache '" + cacheName + "': what is to be stored lacks special keys ("
                    + String.join(", ", missing)
                    + "); set these session attributes before it is saved, or allow that they are missing"
                    + " (skipThrowMissingSpecialKeys=true)");
        }
    }

    private @Nullable Map<String, Object> parts(PartsCodec partsCodec, byte[] value) {
        try {
            return partsCodec.parts(reader.apply(value), types);
        } catch (CodecException e) {
            throw new CacheException(
                    "Cache '" + cacheName + "': the special keys of a value cannot be read: " + e.getMessage(), e);
        }
    }

    /** The application may have set it before it was a special key. */
    private AttributeValue suitable(SpecialKey key, Object part) {
        try {
            return attribute(key, part);
        } catch (IllegalArgumentException e) {
            throw new CacheException("Cache '" + cacheName + "': " + e.getMessage(), e);
        }
    }

    /** Returns a value of a special key; throws {@link IllegalArgumentException} for one that does not suit. */
    AttributeValue attribute(SpecialKey key, Object value) {
        Object checked = key.checked(value);
        return switch (key.type()) {
            case S -> AttributeValue.fromS((String) checked);
            case N -> AttributeValue.fromN(((BigDecimal) checked).toString());
            case B -> AttributeValue.fromB(SdkBytes.fromByteArray((byte[]) checked));
            case BOOL -> AttributeValue.fromBool((Boolean) checked);
        };
    }

    /**
     * Returns the special key of a name, if it has an index.
     *
     * @throws IllegalStateException when it has none, or there is no special key of the name
     */
    SpecialKey indexed(String name) {
        return keys.stream()
                .filter(key -> key.name().equals(name) && key.index() != null)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Cache '" + cacheName + "' has no index by '" + name
                        + "': name one in option 'specialKeys', such as " + name + ":S:by-" + name
                        + ", and see that the table has it"));
    }
}
