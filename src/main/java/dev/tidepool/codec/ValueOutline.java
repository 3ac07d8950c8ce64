package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stored value is, for a person who has the bytes and not the application: the codec, the lengths, and what is
 * inside, by what the bytes say of it. No class of the value is loaded, and no object of it made but values of the JDK.
 *
 * <p>Trusts no byte: lengths are compared with what is left, the nesting and the number of parts are limited.
 * Immutable.
 */
public final class ValueOutline {
    private final int storedBytes;
    private final Frame frame;

    private ValueOutline(int storedBytes, Frame frame) {
        this.storedBytes = storedBytes;
        this.frame = frame;
    }

    /**
     * Reads a value as it is stored, without what is inside.
     *
     * @param stored what {@link ValueFormat#write} returned; not modified
     * @return the outline
     * @throws CodecException if the bytes are damaged, or in a newer format
     */
    public static ValueOutline read(byte[] stored) {
        return new ValueOutline(stored.length, Frame.read(stored));
    }

    /**
     * Returns the number of the codec.
     *
     * @return a codec's id; that of a scalar for a value that needs no codec
     */
    public int codecId() {
        return frame.codec();
    }

    /**
     * Names the codec.
     *
     * @return {@code fst}, {@code jdk}, {@code session} and so on, {@code none} for a value that needs none, and its
     *     number for one of the application's
     */
    public String codec() {
        String name = ValueFormat.LIBRARY.get(frame.codec());
        if (name != null) {
            return name;
        }
        return Scalar.withId(frame.codec()) == null ? "codec " + frame.codec() : "none";
    }

    /**
     * Returns how long the value is as it is stored.
     *
     * @return bytes, with what is around the payload
     */
    public int storedBytes() {
        return storedBytes;
    }

    /**
     * Returns how long what the codec wrote is before compression.
     *
     * @return bytes
     */
    public int payloadBytes() {
        return frame.payload().length;
    }

    /**
     * Whether the value is stored compressed.
     *
     * @return true for Deflate
     */
    public boolean isCompressed() {
        return frame.isCompressed();
    }

    /**
     * Returns what the codec wrote.
     *
     * @return a copy, not compressed
     */
    public byte[] payload() {
        return frame.payload().clone();
    }

    /**
     * Reads what is inside.
     *
     * @return the value; null for a codec that is not {@code fst} or {@code jdk}, as only its owner knows its bytes
     * @throws CodecException if the bytes are damaged, or hold more than a person could look at
     */
    public @Nullable ValueNode tree() {
        byte[] payload = frame.payload();
        Scalar scalar = Scalar.withId(frame.codec());
        if (scalar != null) {
            return new ValueNodes().scalar(scalar.decode(payload), payload.length);
        }
        try {
            return switch (frame.codec()) {
                case FstCodec.ID -> ofFst(payload);
                case JdkCodec.ID -> new JdkOutline(payload, new ValueNodes(), List.of()).read();
                default -> null;
            };
        } catch (CodecException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw new CodecException(
                    Reason.CORRUPT, "the value cannot be read: " + e.getClass().getName(), e);
        } catch (LinkageError e) {
            throw new CodecException(Reason.UNKNOWN_CODEC, "codec fst not available here", e);
        }
    }

    /**
     * Reads JSON, such as an attribute of a session that Express shares.
     *
     * @param json one JSON value in UTF-8
     * @return the value; its types are {@code object}, {@code array}, {@code string}, {@code number} and
     *     {@code boolean}
     * @throws CodecException if it is no JSON, or more than a person could look at
     */
    public static ValueNode ofJson(byte[] json) {
        return JsonOutline.read(json, new ValueNodes());
    }

    private static ValueNode ofFst(byte[] payload) throws IOException {
        int form = payload.length == 0 ? 0 : payload[0];
        return switch (form) {
            case FstCodec.GRAPH -> ofGraph(payload);
            case FstCodec.WHOLE_STREAM ->
                new JdkOutline(Arrays.copyOfRange(payload, 1, payload.length), new ValueNodes(), List.of()).read();
            default -> throw Frame.corrupt("it is in a form that this version does not know");
        };
    }

    private static ValueNode ofGraph(byte[] payload) throws IOException {
        FstInput in = Coders.FST.input();
        in.begin(payload);
        in.skip(1);
        ValueNode node = new GraphOutline(in, new ValueNodes()).read();
        JdkStream.requireComplete(node == ValueNode.NULL ? null : node, in.remaining());
        Coders.FST.giveBack(in);
        return node;
    }

    /** Made when they are first needed. */
    private static final class Coders {
        private static final FstCoders FST = FstCoders.start();
    }
}
