package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

/**
 * Java's own serialization, with the allow-list enforced on write and on read. On read the filter of the JVM
 * ({@code jdk.serialFilter}) is asked as well, and what it refuses stays refused.
 *
 * <p>Objects may be nested {@value JdkStream#MAX_DEPTH} deep. An array cannot be larger than the bytes it came in, so
 * that forged lengths allocate nothing, and collections whose hash codes would take for ever are refused. Not defended
 * against: bytes, forged by someone who can write to the table and computes the checksum, that make the application's
 * own classes compute such hash codes.
 *
 * <p>Safe for use by several threads.
 */
public final class JdkCodec implements Codec {

    /** This codec's number in stored values. */
    static final int ID = 1;

    private final JdkStream stream;

    /**
     * A codec that finds classes through this loader.
     *
     * @param loader the loader of the application, or of the deployment, whose objects are stored
     * @param allowed the classes that may be written and read
     */
    public JdkCodec(ClassLoader loader, AllowList allowed) {
        this.stream = new JdkStream(requireNonNull(loader, "loader"), requireNonNull(allowed, "allowed"));
    }

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String name() {
        return "jdk";
    }

    @Override
    public byte[] encode(Object value) {
        return stream.write(requireNonNull(value, "value"));
    }

    @Override
    public Object decode(byte[] payload) {
        return stream.read(payload);
    }
}
