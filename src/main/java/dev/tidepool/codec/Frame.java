package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A payload and the header and checksum around it:
 *
 * <pre>
 * byte 0    magic 0xD in the high nibble, format version 1 in the low one
 * byte 1    codec id
 * byte 2    flags: bits 0 to 2 compression (0 none, 1 Deflate), the others 0
 * varint    length of the payload before compression, 1 to 5 bytes, least significant group first
 * ...       payload, compressed as the flags say
 * 4 bytes   CRC-32C over everything before it, most significant byte first
 * </pre>
 */
final class Frame {

    private static final int MAGIC = 0xD0;
    private static final int VERSION = 1;
    private static final int PREFIX = 3;
    private static final int NOT_COMPRESSED = 0;
    private static final int DEFLATED = 1;
    private static final int CHECKSUM = Integer.BYTES;
    private static final int MAX_VARINT = 5;

    private final int codec;
    private final byte[] payload;
    private final boolean compressed;

    private Frame(int codec, byte[] payload, boolean compressed) {
        this.codec = codec;
        this.payload = payload;
        this.compressed = compressed;
    }

    /** Returns the id of the codec that wrote the payload, 0 to 255. */
    int codec() {
        return codec;
    }

    /** Returns the payload, which belongs to the caller. */
    byte[] payload() {
        return payload;
    }

    boolean isCompressed() {
        return compressed;
    }

    /**
     * Returns the frame.
     *
     * @param compressedFrom the shortest payload that is compressed, if that makes it shorter
     */
    static byte[] write(int codec, byte[] payload, int compressedFrom) {
        byte[] compressed = payload.length > compressedFrom && payload.length <= Compression.MAX_LENGTH
                ? Compression.deflate(payload)
                : null;
        byte[] content = compressed == null ? payload : compressed;
        int length = PREFIX + varintSize(payload.length) + content.length + CHECKSUM;
        ByteBuffer out = ByteBuffer.allocate(length);
        out.put((byte) (MAGIC | VERSION)).put((byte) codec);
        out.put((byte) (compressed == null ? NOT_COMPRESSED : DEFLATED));
        putVarint(out, payload.length);
        out.put(content);
        return out.putInt(checksum(out.array())).array();
    }

    /**
     * Reads a frame; the lengths are checked before anything is allocated, and the checksum before anything is used.
     */
    static Frame read(byte[] bytes) {
        requireHeader(bytes);
        ByteBuffer in = ByteBuffer.wrap(bytes, PREFIX, bytes.length - PREFIX - CHECKSUM);
        long declared = getVarint(in);
        boolean deflated = bytes[2] == DEFLATED;
        if (!deflated && declared != in.remaining()) {
            throw mismatch(declared, in.remaining());
        }
        if (ByteBuffer.wrap(bytes).getInt(bytes.length - CHECKSUM) != checksum(bytes)) {
            throw corrupt("the checksum does not match, the bytes were damaged");
        }
        byte[] content = Arrays.copyOfRange(bytes, in.position(), in.limit());
        return new Frame(bytes[1] & 0xFF, deflated ? Compression.inflate(content, declared) : content, deflated);
    }

    private static void requireHeader(byte[] bytes) {
        if (bytes.length == 0) {
            throw corrupt("it is empty");
        }
        int version = bytes[0] & 0x0F;
        if ((bytes[0] & 0xF0) != MAGIC || version == 0) {
            throw corrupt("it was not written by Tidepool");
        }
        if (version > VERSION) {
            throw corrupt("it was written by a newer version of Tidepool, in format " + version);
        }
        if (bytes.length < PREFIX + 1 + CHECKSUM) {
            throw corrupt("it is truncated, only " + bytes.length + " bytes are present");
        }
        if (bytes[2] != NOT_COMPRESSED && bytes[2] != DEFLATED) {
            throw corrupt("it has unknown flags, 0x" + Integer.toHexString(bytes[2] & 0xFF));
        }
    }

    private static CodecException mismatch(long declared, int present) {
        return declared > present
                ? corrupt("it is truncated, " + present + " of " + declared + " bytes of payload are present")
                : corrupt("it has " + (present - declared) + " bytes too many");
    }

    static CodecException corrupt(String what) {
        return new CodecException(Reason.CORRUPT, "the stored value is corrupt: " + what);
    }

    private static int checksum(byte[] frame) {
        CRC32C checksum = new CRC32C();
        checksum.update(frame, 0, frame.length - CHECKSUM);
        return (int) checksum.getValue();
    }

    private static int varintSize(int value) {
        return Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(value) + 6) / 7);
    }

    private static void putVarint(ByteBuffer out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long getVarint(ByteBuffer in) {
        long value = 0;
        for (int i = 0; i < MAX_VARINT && in.hasRemaining(); i++) {
            byte next = in.get();
            value |= (next & 0x7FL) << (7 * i);
            if (next >= 0) {
                // A second spelling of a length would give equal values different bytes.
                return next == 0 && i > 0 ? malformedLength() : value;
            }
        }
        return malformedLength();
    }

    private static long malformedLength() {
        throw corrupt("its length is malformed");
    }
}
