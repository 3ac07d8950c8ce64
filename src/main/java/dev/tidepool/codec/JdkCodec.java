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
 * <p>What is accepted can be read. The first value that has an object of a class is read once, as soon as it is
 * written, and refused if that fails. So the code of a class that takes part in reading ({@code readObject},
 * {@code readResolve}, the constructor of a record) runs once when a class is first written, and again each time it is
 * refused. What an object of a class that was read before does to reading, by its data, is not foreseen.
 *
 * <p>Safe for use by several threads.
 */
public final class JdkCodec implements Codec {

    /** This codec's number in stored values. */
    static final int ID = 1;

    private final KnownClasses known;

    /**
     * A codec that finds classes through this loader.
     *
     * @param loader the loader of the application, or of the deployment, whose objects are stored
     * @param allowed the classes that may be written and read
     */
    public JdkCodec(ClassLoader loader, AllowList allowed) {
        this.known = new KnownClasses(requireNonNull(loader, "loader"), requireNonNull(allowed, "allowed"));
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
        requireNonNull(value, "value");
        ReadBack written = new ReadBack(known);
        return written.requireReadable(JdkStream.write(value, written), JdkCodec::decode);
    }

    @Override
    public Object decode(byte[] payload) {
        return decode(payload, known);
    }

    private static Object decode(byte[] payload, KnownClasses classes) {
        return new JdkStream(classes).read(payload);
    }
}
