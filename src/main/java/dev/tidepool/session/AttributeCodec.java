package dev.tidepool.session;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.temporal.Temporal;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Turns single attributes into bytes and back; equal bytes mean that an object has not changed. Thread-safe. */
interface AttributeCodec {
    /** Classes of the JDK whose objects cannot change. */
    Set<Class<?>> IMMUTABLE = Set.of(
            String.class,
            Integer.class,
            Long.class,
            Short.class,
            Byte.class,
            Character.class,
            Boolean.class,
            Float.class,
            Double.class,
            BigInteger.class,
            BigDecimal.class,
            UUID.class,
            URI.class,
            Locale.class);

    /** Whether an object cannot change, so that its bytes need not be looked at again. */
    static boolean isImmutable(Object value) {
        Class<?> type = value.getClass();
        return IMMUTABLE.contains(type)
                || value instanceof Enum
                || (value instanceof Temporal && type.getName().startsWith("java.time."));
    }

    /**
     * Encodes an attribute.
     *
     * @throws IllegalArgumentException that names the attribute and its class when it cannot be encoded
     */
    byte[] encode(String name, Object value);

    /**
     * Returns what the session is to hold of an attribute that was set: the object itself, unless it cannot change and
     * other nodes would read it as one of another class.
     *
     * @param bytes how it was encoded
     * @throws IllegalArgumentException that names the attribute and its class when no node could read it
     */
    Object asRead(String name, Object value, byte[] bytes);

    /** Whether a stored attribute is none, though it has a name. */
    default boolean isNull(byte[] bytes) {
        return false;
    }

    /**
     * Decodes an attribute.
     *
     * @return null for a stored null, and when it cannot be decoded and is to be treated as absent
     * @throws dev.tidepool.codec.CodecException when it cannot be decoded and that is to be an error
     */
    @Nullable Object decode(String name, byte[] bytes);
}
