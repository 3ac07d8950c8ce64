package dev.tidepool.codec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.nustaq.serialization.FSTConfiguration;
import org.nustaq.serialization.coders.FSTStreamDecoder;

/**
 * FST's decoder of numbers and strings, with what it lacks: a length is compared with the bytes that are left before
 * anything of that length is allocated. It reads the payload's own array, so what lies beyond the end is an
 * {@link IndexOutOfBoundsException}, and never a byte of another value.
 */
final class FstInput extends FSTStreamDecoder {

    private static final byte[] NOTHING = {};

    /** What FST puts before a character that takes two bytes. */
    private static final int WIDE = 0xFF;

    private int end;

    /** How many elements all arrays and containers together may still have. */
    private int elements;

    FstInput(FSTConfiguration configuration) {
        super(configuration);
        setInputStream(java.io.InputStream.nullInputStream());
        release();
    }

    void begin(byte[] payload) {
        resetWith(payload, payload.length);
        end = payload.length;
        elements = payload.length;
    }

    /** Lets go of the payload. */
    void release() {
        begin(NOTHING);
    }

    int remaining() {
        return end - getInputPos();
    }

    /** Reads a length of something that takes at least so many bytes for each. */
    int readLength(int bytesEach) throws IOException {
        int length = readFInt();
        if (length < 0 || (long) length * bytesEach > remaining()) {
            throw Frame.corrupt("a length of " + length + " where " + remaining() + " bytes are left");
        }
        return length;
    }

    /**
     * Reads how many elements follow, each of at least one byte. The sum over all of them is limited as well: of
     * containers in one another, each could claim all the bytes that are left.
     */
    int readCount(int bytesEach) throws IOException {
        int count = readLength(bytesEach);
        elements -= count;
        if (elements < 0) {
            throw Frame.corrupt("more elements than bytes");
        }
        return count;
    }

    @Override
    public String readStringUTF() throws IOException {
        return readCharacters(readLength(1));
    }

    /** Reads a string whose length is known. */
    String readString(int length) throws IOException {
        if (length > remaining()) {
            throw Frame.corrupt("a text of " + length + " characters where " + remaining() + " bytes are left");
        }
        return readCharacters(length);
    }

    private String readCharacters(int length) throws IOException {
        int start = getInputPos();
        byte[] bytes = getBuffer();
        for (int i = start; i < start + length; i++) {
            if (bytes[i] == (byte) WIDE) {
                return readWide(length);
            }
        }
        skip(length);
        return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
    }

    byte[] readBytes() throws IOException {
        int length = readLength(1);
        int start = getInputPos();
        skip(length);
        return Arrays.copyOfRange(getBuffer(), start, start + length);
    }

    private String readWide(int length) throws IOException {
        char[] text = new char[length];
        for (int i = 0; i < length; i++) {
            int next = readFByte() & 0xFF;
            text[i] = (char) (next == WIDE ? (readFByte() & 0xFF) | ((readFByte() & 0xFF) << Byte.SIZE) : next);
        }
        return new String(text);
    }
}
