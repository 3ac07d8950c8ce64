package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import org.jspecify.annotations.Nullable;

/**
 * Java's own serialization, with the allow-list enforced on write and on read. On read the filter of the JVM
 * ({@code jdk.serialFilter}) is asked as well, and what it refuses stays refused.
 *
 * <p>Objects may be nested {@value #MAX_DEPTH} deep. An array cannot be larger than the bytes it came in, so that
 * forged lengths allocate nothing. Not defended against: bytes, forged by someone who can write to the table and
 * computes the checksum, that make allowed collections hash each other for a very long time.
 *
 * <p>Safe for use by several threads.
 */
public final class JdkCodec implements Codec {

    /** This codec's number in stored values. */
    static final int ID = 1;

    /**
     * The nesting of objects that is still written. Reading needs more stack than writing: on a thread of 512 KB, a
     * list nested 1,000 deep is written and cannot be read. So the limit is enforced on write, and lies well below.
     */
    static final int MAX_DEPTH = 400;

    private final ClassLoader loader;
    private final AllowList allowed;

    /**
     * A codec that finds classes through this loader.
     *
     * @param loader the loader of the application, or of the deployment, whose objects are stored
     * @param allowed the classes that may be written and read
     */
    public JdkCodec(ClassLoader loader, AllowList allowed) {
        this.loader = requireNonNull(loader, "loader");
        this.allowed = requireNonNull(allowed, "allowed");
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
        var bytes = new ByteArrayOutputStream(256);
        try (var out = new CheckedObjectOutputStream(bytes, allowed)) {
            out.writeObject(value);
            out.requireNoRefusal();
        } catch (CodecException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw CheckedObjectOutputStream.tooDeep(e);
        } catch (IOException | RuntimeException e) {
            throw new CodecException(Reason.NOT_SERIALIZABLE, failure(value, e), e);
        }
        return bytes.toByteArray();
    }

    @Override
    public Object decode(byte[] payload) {
        var gate = new InputGate(allowed, ObjectInputFilter.Config.getSerialFilter(), payload.length);
        var bytes = new ByteArrayInputStream(payload);
        try (var in = new CheckedObjectInputStream(bytes, loader, gate)) {
            Object value = in.readObject();
            gate.requireNoRefusal();
            return requireComplete(value, bytes.available());
        } catch (CodecException e) {
            throw e;
        } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
            gate.requireNoRefusal();
            throw DecodeFailure.explain(e, gate);
        }
    }

    /** Returns the value; a stream may well hold null, or go on after its object. */
    private static Object requireComplete(@Nullable Object value, int trailing) {
        if (value == null) {
            throw new CodecException(Reason.CORRUPT, "the value is corrupt: it holds no object");
        }
        if (trailing > 0) {
            throw new CodecException(Reason.CORRUPT, "the value is corrupt: " + trailing + " bytes after its end");
        }
        return value;
    }

    /** Returns what failed, without the exception's message: it is the application's, and may hold anything. */
    private static String failure(Object value, Exception failure) {
        return "an object of " + value.getClass() + " could not be serialized: "
                + failure.getClass().getName();
    }
}
