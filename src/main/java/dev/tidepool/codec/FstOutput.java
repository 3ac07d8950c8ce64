package dev.tidepool.codec;

import java.io.IOException;
import java.util.Arrays;
import org.nustaq.serialization.FSTConfiguration;
import org.nustaq.serialization.coders.FSTStreamEncoder;

/** FST's encoder of numbers and strings, on a buffer that is used again. */
final class FstOutput extends FSTStreamEncoder {

    /** A larger buffer is not kept. */
    private static final int LARGEST_KEPT = 1 << 16;

    FstOutput(FSTConfiguration configuration) {
        super(configuration);
        setOutstream(null); // means: to the buffer
    }

    /** Writes the tag of a string, and the string. */
    void writeString(String text) throws IOException {
        int length = text.length();
        if (length > Tag.SHORT_STRING) {
            writeFByte(Tag.STRING);
            writeStringUTF(text);
            return;
        }
        int before = getWritten();
        writeStringUTF(text);
        // A length of up to 127 is one byte, here as in FST.
        getBuffer()[before] = (byte) (-1 - length);
    }

    /** Writes a length and as many bytes. */
    void writeBytes(byte[] bytes) throws IOException {
        writeFInt(bytes.length);
        writeRawBytes(bytes, 0, bytes.length);
    }

    /** Writes four bytes, which a number without pattern takes less room in than in FST's variable length. */
    void writeFixed(int value) throws IOException {
        int position = getWritten();
        ensureFree(Integer.BYTES);
        skip(Integer.BYTES);
        writeInt32At(position, value);
    }

    byte[] toByteArray() {
        return Arrays.copyOf(getBuffer(), getWritten());
    }

    /** Returns whether another value may be written with this object, and makes it ready if so. */
    boolean reset() {
        reset(null);
        return getBuffer().length <= LARGEST_KEPT;
    }
}
