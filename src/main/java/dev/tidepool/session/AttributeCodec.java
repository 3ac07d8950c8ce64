package dev.tidepool.session;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.temporal.Temporal;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Turns single attributes into bytes and back; equal bytes mean that an object has not changed. Failures say just the
 * reason: the session names the attribute. Thread-safe.
 */
public interface AttributeCodec {
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

    /**
     * Whether an object cannot change, so that its bytes need not be looked at again.
     *
     * @param value an attribute
     * @return false also for an object of which that is unknown
     */
    static boolean isImmutable(Object value) {
        Class<?> type = value.getClass();
        return IMMUTABLE.contains(type)
                || value instanceof Enum
                || (value instanceof Temporal && type.getName().startsWith("java.time."));
    }

    /**
     * Encodes an attribute, once: who calls tries again when a collection in it has changed meanwhile.
     *
     * @param name the attribute's name
     * @param value the application's object
     * @return new bytes
     * @throws dev.tidepool.codec.CodecException when it cannot be encoded
     * @throws IllegalArgumentException when it cannot be encoded
     * @throws java.util.ConcurrentModificationException when a collection in it has changed meanwhile; it may also be
     *     the cause of one of the others
     */
    byte[] encode(String name, Object value);

    /**
     * Returns what the session is to hold of an attribute that was set: the object itself, unless it cannot change and
     * other nodes would read it as one of another class.
     *
     * @param name the attribute's name
     * @param value the application's object
     * @param bytes how it was encoded
     * @return the object to hold
     * @throws dev.tidepool.codec.CodecException when no node could read it
     */
    Object asRead(String name, Object value, byte[] bytes);

    /**
     * Whether a stored attribute is none, though it has a name.
     *
     * @param bytes the stored attribute
     * @return true for a null
     */
    default boolean isNull(byte[] bytes) {
        return false;
    }

    /**
     * Decodes an attribute.
     *
     * @param name the attribute's name
     * @param bytes the stored attribute
     * @return null for a stored null
     * @throws dev.tidepool.codec.CodecException when it cannot be decoded; the message quotes nothing
     */
    @Nullable Object decode(String name, byte[] bytes);
}
