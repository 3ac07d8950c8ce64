package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Java's own serialization behind the allow-list: all of what {@code jdk} writes, and the parts of a value that
 * {@code fst} leaves to it.
 *
 * @param known the classes that may be read
 */
record JdkStream(KnownClasses known) {

    /**
     * The nesting of objects that is still written. Reading needs more stack than writing: on a thread of 512 KB, a
     * list nested 1,000 deep is written and cannot be read. So the limit is enforced on write, and lies well below: an
     * ordinary thread of 1 MB reads what is written.
     */
    static final int MAX_DEPTH = 400;

    static byte[] write(Object value, ReadBack written) {
        return write(value, written, UnaryOperator.identity());
    }

    /**
     * Returns the object as bytes.
     *
     * @param written takes the classes
     * @param outside asked for each new object, and returns it or what to write in its place
     */
    static byte[] write(Object value, ReadBack written, UnaryOperator<@Nullable Object> outside) {
        var bytes = new ByteArrayOutputStream(256);
        try (var out = new CheckedObjectOutputStream(bytes, value, written, outside)) {
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

    Object read(byte[] payload) {
        return read(payload, JdkStream::refuseOutside);
    }

    /**
     * Returns the object that the bytes hold, and nothing else.
     *
     * @param outside gives the objects back whose place something else took
     */
    Object read(byte[] payload, UnaryOperator<Object> outside) {
        var gate = new InputGate(known, ObjectInputFilter.Config.getSerialFilter(), payload.length);
        var bytes = new ByteArrayInputStream(payload);
        try (var in = new CheckedObjectInputStream(bytes, known.loader(), gate, outside)) {
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

    private static Object refuseOutside(Object object) {
        if (object instanceof Outside) {
            throw Frame.corrupt("an object outside of it is missing");
        }
        return object;
    }

    /** Returns the value, if there is one: bytes may well hold null, or go on after their object. */
    static Object requireComplete(@Nullable Object value, int trailing) {
        if (value == null) {
            throw new CodecException(Reason.CORRUPT, "the value is corrupt: it holds no object");
        }
        if (trailing > 0) {
            throw new CodecException(Reason.CORRUPT, "the value is corrupt: " + trailing + " bytes after its end");
        }
        return value;
    }

    /** Returns what failed, without the exception's message: it is the application's, and may hold anything. */
    static String failure(Object value, Throwable failure) {
        return "an object of " + value.getClass() + " could not be serialized: "
                + failure.getClass().getName();
    }
}
