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
 * <p>What is longer than a threshold is compressed by Deflate, if that makes it shorter; which was done is part of the
 * value, so that the threshold can be changed at any time too.
 *
 * <p>Strings, {@code Integer}, {@code Long}, {@code Boolean} and {@code byte[]} need no codec. Equal ones have equal
 * bytes, and arrays are copied both ways.
 *
 * <p>Safe for use by several threads.
 */
public final class ValueFormat {

    /** The length in bytes above which a value is compressed if nothing else is said: one write unit of DynamoDB. */
    public static final int COMPRESSED_FROM = 1_024;

    private static final int FIRST_USER_ID = 128;
    private static final int LAST_USER_ID = 255;

    /** The codecs of this library by their id; the other ids below 128 are kept free, 0x20 and on for scalars. */
    static final Map<Integer, String> LIBRARY =
            Map.of(1, "jdk", 2, "fst", 3, "session", 4, "json", 5, "single-sign-on");

    private final Codec writer;
    private final int compressedFrom;
    private final Map<Integer, Codec> readers = new HashMap<>();

    /**
     * A format that writes with one codec, and reads what it and the others have written. Values of more than
     * {@value #COMPRESSED_FROM} bytes are compressed.
     *
     * @param writer the codec of new values
     * @param others further codecs, without the writer
     * @throws IllegalArgumentException if two codecs have the same id, or a codec's id is not its own to use
     */
    public ValueFormat(Codec writer, Collection<? extends Codec> others) {
        this(writer, others, COMPRESSED_FROM);
    }

    /**
     * A format that writes with one codec, and reads what it and the others have written.
     *
     * @param writer the codec of new values
     * @param others further codecs, without the writer
     * @param compressedFrom values are compressed when their payload has more bytes than this; 0 compresses all that
     *     become shorter, {@link Integer#MAX_VALUE} none
     * @throws IllegalArgumentException if two codecs have the same id, or a codec's id is not its own to use, or the
     *     threshold is negative
     */
    public ValueFormat(Codec writer, Collection<? extends Codec> others, int compressedFrom) {
        this.writer = requireNonNull(writer, "writer");
        if (compressedFrom < 0) {
            throw new IllegalArgumentException("a threshold of " + compressedFrom + " bytes for compression");
        }
        this.compressedFrom = compressedFrom;
        install(writer);
        others.forEach(this::install);
    }

    /**
     * A format that writes with a codec of a name, and reads what it and the library's other codecs have written.
     *
     * @param codecName {@code fst}, {@code jdk}, or the name of a class that implements {@link Codec} and has a public
     *     constructor without parameters
     * @param loader finds that class, and the classes of values
     * @param allowed the classes that values may consist of, for the library's codecs
     * @param compressedFrom as for the constructor
     * @return a format
     * @throws IllegalArgumentException if there is no codec of that name, or its id is not its own to use
     * @throws IllegalStateException if {@code fst} is to write and cannot run on this JVM; where it only cannot read,
     *     its values answer {@link CodecException.Reason#UNKNOWN_CODEC}
     */
    public static ValueFormat of(String codecName, ClassLoader loader, AllowList allowed, int compressedFrom) {
        return of(Codecs.named(codecName, loader, allowed), loader, allowed, compressedFrom);
    }

    /**
     * A format that writes with a codec, and reads what it and the library's codecs have written.
     *
     * @param writer the codec of new values
     * @param loader finds the classes of values, for the library's codecs
     * @param allowed the classes that values may consist of, for the library's codecs
     * @param compressedFrom as for the constructor
     * @return a format
     * @throws IllegalArgumentException if the codec's id is not its own to use
     */
    public static ValueFormat of(Codec writer, ClassLoader loader, AllowList allowed, int compressedFrom) {
        return new ValueFormat(writer, Codecs.besides(writer, loader, allowed), compressedFrom);
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
                ? Frame.write(writer.id(), encode(value), compressedFrom)
                : Frame.write(scalar.id(), scalar.encode(value), compressedFrom);
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
            String name = LIBRARY.get(id);
            throw new CodecException(
                    Reason.UNKNOWN_CODEC,
                    name == null
                            ? "the value was written by codec id " + id + ", which is not installed here"
                            : "the value was written by codec " + name + "; codec " + name + " not available here");
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
