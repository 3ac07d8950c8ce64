package dev.tidepool.codec;

/**
 * The seam users implement: objects to bytes and back. The number of the codec that wrote a value is stored with it, so
 * that every installed codec can read what it wrote, whichever is configured to write.
 *
 * <p>Implementations are safe for use by several threads. They need no checksum and no header of their own:
 * {@link ValueFormat} hands {@link #decode} only bytes that {@link #encode} returned and that arrived undamaged. They
 * are not authenticated, though: whoever can write to the table chooses them.
 */
public interface Codec {

    /**
     * Returns the number stored with each value; it never changes.
     *
     * @return 128 to 255 for users; 1 to 127 are reserved for the library
     */
    int id();

    /**
     * Returns the name for messages and the configuration.
     *
     * @return a name such as {@code jdk}
     */
    String name();

    /**
     * Returns the value as bytes, which {@link #decode} can read. The library's codecs make sure of that, by reading
     * what has an object of a class for the first time; nothing else reads what a codec of the application has written.
     *
     * @param value never null
     * @return bytes that the caller may keep
     * @throws CodecException if the value cannot be encoded, or one of its classes is not allowed
     */
    byte[] encode(Object value);

    /**
     * Returns what was encoded.
     *
     * @param payload exactly what {@link #encode} returned; not to be modified
     * @return a new object equal to the encoded one, never null
     * @throws CodecException if the bytes are corrupt, or describe a class that is not allowed, missing or changed
     */
    Object decode(byte[] payload);
}
