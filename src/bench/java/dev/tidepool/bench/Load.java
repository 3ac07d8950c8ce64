package dev.tidepool.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What visitors have seen.
 *
 * @param nanos how long it took
 * @param latencies of each request, in nanoseconds
 */
record Load(long nanos, Histogram latencies) {

    /**
     * Reads what {@link #toString} has written.
     *
     * @throws DataFormatException when it is something else
     */
    static Load parse(String line) throws DataFormatException {
        String[] words = line.split(" ", -1);
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(words[1]));
        return new Load(Long.parseLong(words[0]), Histogram.decodeFromCompressedByteBuffer(bytes, 0));
    }

    long requests() {
        return latencies.getTotalCount();
    }

    /** One line, for another process. */
    @Override
    public String toString() {
        ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(bytes);
        return nanos + " " + Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }
}
