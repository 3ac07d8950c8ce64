package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException.Reason;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is stored for a value: the payload of the codec that wrote it, and around it a header that names the codec, the
 * length and a checksum. One codec writes and all installed ones read, so the writing codec can be changed at any time.
 *
 * <p>Strings, {@code Integer}, {@code Long}, {@code Boolean} and {@code byte[]} need no codec. Equal ones have equal
 * bytes, and arrays are copied both ways.
 *
 * <p>Safe for use by several threads.
 */
public final class ValueFormat {

    private static final int FIRST_USER_ID = 128;
    private static final int LAST_USER_ID = 255;

    /** The codecs of this library by their id; the other ids below 128 are kept free, 0x20 and on for scalars. */
    private static final Map<Integer, String> LIBRARY = Map.of(1, "jdk", 2, "fst", 4, "json");

    private final Codec writer;
    private final Map<Integer, Codec> readers = new HashMap<>();

    /**
     * A format that writes with one codec, and reads what it and the others have written.
     *
     * @param writer the codec of new values
     * @param others further codecs, without the writer
     * @throws IllegalArgumentException if two codecs have the same id, or a codec's id is not its own to use
     */
    public ValueFormat(Codec writer, Collection<? extends Codec> others) {
        this.writer = requireNonNull(writer, "writer");
        install(writer);
        others.forEach(this::install);
    }

    /**
     * Returns the value as it is stored.
     *
     * @param value never null
     * @return bytes that the caller may keep
     * @throws CodecException if the value cannot be encoded, or one of its classes is not allowed
     */
    public byte[] write(Object value) {
        requireNonNull(value, "value");
        Scalar scalar = Scalar.of(value);
        return scalar == null
                ? Frame.write(writer.id(), encode(value))
                : Frame.write(scalar.id(), scalar.encode(value));
    }

    /**
     * Returns the value that was stored.
     *
     * @param bytes what {@link #write} returned; not modified
     * @return a new object, never null
     * @throws CodecException if the bytes are damaged or in a newer format, were written by a codec that is not
     *     installed here, or describe a class that is not allowed, missing or changed
     */
    public Object read(byte[] bytes) {
        Frame frame = Frame.read(bytes);
        Scalar scalar = Scalar.withId(frame.codec());
        return scalar == null ? decode(reader(frame.codec()), frame.payload()) : scalar.decode(frame.payload());
    }

    private void install(Codec codec) {
        int id = codec.id();
        boolean ofUser = id >= FIRST_USER_ID && id <= LAST_USER_ID;
        if (!ofUser && !codec.name().equals(LIBRARY.get(id))) {
            throw new IllegalArgumentException("codec " + codec.name() + " has id " + id + ", but must have one of "
                    + FIRST_USER_ID + " to " + LAST_USER_ID);
        }
        Codec installed = readers.putIfAbsent(id, codec);
        if (installed != null) {
            throw new IllegalArgumentException(
                    "codecs " + installed.name() + " and " + codec.name() + " have the same id, " + id);
        }
    }

    private Codec reader(int id) {
        Codec codec = readers.get(id);
        if (codec == null) {
            throw new CodecException(
                    Reason.UNKNOWN_CODEC, "the value was written by codec id " + id + ", which is not installed here");
        }
        return codec;
    }

    private byte[] encode(Object value) {
        try {
            return requireResult(writer.encode(value));
        } catch (CodecException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CodecException(
                    Reason.NOT_SERIALIZABLE, "codec " + writer.name() + " could not encode a " + value.getClass(), e);
        }
    }

    private static Object decode(Codec codec, byte[] payload) {
        try {
            return requireResult(codec.decode(payload));
        } catch (CodecException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CodecException(Reason.CORRUPT, "codec " + codec.name() + " could not read the value", e);
        }
    }

    /** Returns the result of a codec, which a user may have written without regard to null. */
    private static <T> T requireResult(@Nullable T result) {
        return requireNonNull(result, "the codec returned null");
    }
}
