package dev.tidepool.codec;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Deflate without its own header and checksum, and bounded when it is undone. */
final class Compression {

    /**
     * The longest payload that is compressed, in bytes, so that no more need be allocated for one that is read. An item
     * of DynamoDB has 400 KB; what is this much longer does not become that short.
     */
    static final int MAX_LENGTH = 4 << 20;

    /** What Deflate can do at most: a byte stands for 1,032. */
    private static final int MAX_RATIO = 1_032;

    /** Up to here the declared length is allocated at once; above it is counted first. */
    private static final int TRUSTED_LENGTH = 1 << 18;

    private Compression() {}

    /** Returns the payload compressed, null if that is not shorter. */
    static byte @Nullable [] deflate(byte[] payload) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            deflater.setInput(payload);
            deflater.finish();
            byte[] compressed = new byte[payload.length - 1];
            int length = deflater.deflate(compressed);
            return deflater.finished() ? Arrays.copyOf(compressed, length) : null;
        } finally {
            deflater.end();
        }
    }

    /** Returns what was compressed, which must be exactly of the declared length. */
    static byte[] inflate(byte[] compressed, long declared) {
        if (declared > MAX_LENGTH || declared > (long) MAX_RATIO * compressed.length) {
            throw Frame.corrupt("no " + compressed.length + " bytes can hold " + declared);
        }
        if (declared > TRUSTED_LENGTH) {
            requireLength(compressed, (int) declared);
        }
        byte[] payload = new byte[(int) declared];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(compressed);
            int length = 0;
            while (length < payload.length && !isStuck(inflater)) {
                length += inflater.inflate(payload, length, payload.length - length);
            }
            requireEnd(inflater, length, payload.length);
            return payload;
        } catch (DataFormatException e) {
            throw damaged(e);
        } finally {
            inflater.end();
        }
    }

    /** Undoes the compression once without keeping the result. */
    private static void requireLength(byte[] compressed, int declared) {
        byte[] scratch = new byte[8_192];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(compressed);
            int length = 0;
            while (length <= declared && !isStuck(inflater)) {
                length += inflater.inflate(scratch);
            }
            requireEnd(inflater, length, declared);
        } catch (DataFormatException e) {
            throw damaged(e);
        } finally {
            inflater.end();
        }
    }

    private static boolean isStuck(Inflater inflater) {
        return inflater.finished() || inflater.needsDictionary() || inflater.needsInput();
    }

    private static void requireEnd(Inflater inflater, int length, int declared) throws DataFormatException {
        // The end of the stream may still be to come when the last byte is out.
        boolean more = !inflater.finished() && inflater.inflate(new byte[1]) > 0;
        if (more || !inflater.finished() || length != declared || inflater.getRemaining() > 0) {
            throw Frame.corrupt("it is not of its declared length, " + declared + " bytes");
        }
    }

    private static CodecException damaged(DataFormatException cause) {
        return new CodecException(
                CodecException.Reason.CORRUPT, "the stored value is corrupt: its compression is damaged", cause);
    }
}
