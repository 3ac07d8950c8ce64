package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Proxy;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Notes the classes that the reader will meet. Every class descriptor that is written passes through one of the two
 * annotate methods: those of objects, arrays, enums, records, class literals, and of their superclasses.
 */
final class CheckedObjectOutputStream extends ObjectOutputStream {

    /** How many new objects go by between two looks at the stack. */
    private static final int SAMPLE = 32;

    private static final StackWalker STACK = StackWalker.getInstance();

    private final Object root;
    private final ReadBack written;
    private final UnaryOperator<@Nullable Object> outside;
    private @Nullable CodecException refusal;
    private int objects;

    CheckedObjectOutputStream(OutputStream out, Object root, ReadBack written, UnaryOperator<@Nullable Object> outside)
            throws IOException {
        super(out);
        this.root = root;
        this.written = written;
        this.outside = outside;
        enableReplaceObject(true);
    }

    /** Throws the refusal that an object's own {@code writeObject} caught and dropped, if there was one. */
    void requireNoRefusal() {
        if (refusal != null) {
            throw refusal;
        }
    }

    static CodecException tooDeep(@Nullable Throwable cause) {
        String message = "the object graph is too deep: objects may be nested " + JdkStream.MAX_DEPTH
                + " deep, less on a thread with a small stack";
        return new CodecException(Reason.NOT_SERIALIZABLE, message, cause);
    }

    @Override
    protected void annotateClass(Class<?> type) {
        // The superclass of every proxy; that of other classes only if they extend it themselves, which does no harm.
        // What takes the place of an object is not written by the application.
        if (type != Proxy.class && type != Outside.class) {
            check(type);
        }
    }

    @Override
    protected void annotateProxyClass(Class<?> type) {
        for (Class<?> face : type.getInterfaces()) {
            check(face);
        }
    }

    /** Called once for each new object, before its fields are written. */
    @Override
    protected @Nullable Object replaceObject(Object found) {
        Object object = outside.apply(found);
        if (object != found) {
            return object;
        }
        // The stream would throw, and then try to write what it threw.
        if (!(object instanceof Serializable)) {
            throw refuse(notSerializable(object.getClass()));
        }
        if (object instanceof SerializedLambda lambda) {
            throw refuse(ReadBack.lambda(lambda.getCapturingClass().replace('/', '.')));
        }
        note(object);
        // A graph of n objects is at most n deep: small ones never pay for the look at the stack, and a deep one
        // cannot pass the limit by more than the sample.
        objects++;
        if (objects >= JdkStream.MAX_DEPTH && objects % SAMPLE == 0 && depth() > JdkStream.MAX_DEPTH) {
            throw refuse(tooDeep(null));
        }
        return object;
    }

    /** The first is the root, or what its {@code writeReplace} puts in its place. */
    private void note(Object object) {
        if (objects == 0) {
            written.object(classOf(object), classOf(root));
        } else {
            written.object(classOf(object));
        }
    }

    private static Class<?> classOf(Object object) {
        return object instanceof Enum<?> constant ? constant.getDeclaringClass() : object.getClass();
    }

    private void check(Class<?> type) {
        try {
            written.name(type);
        } catch (CodecException e) {
            // After an IOException the stream writes that exception, and throws it once more; those bytes are dropped.
            if (frames("writeFatalException") == 0) {
                throw refuse(e);
            }
        }
    }

    private CodecException refuse(CodecException e) {
        refusal = e;
        return e;
    }

    static CodecException notSerializable(Class<?> type) {
        return new CodecException(
                Reason.NOT_SERIALIZABLE,
                "class " + type.getName()
                        + " is not serializable: let it implement java.io.Serializable, or declare the field transient");
    }

    private static long depth() {
        return frames("writeObject0");
    }

    /** Returns how often a method of the stream is on the stack of this encoding. */
    private static long frames(String method) {
        return STACK.walk(frames -> frames.takeWhile(frame -> !isCodec(frame))
                .filter(frame -> isStream(frame) && frame.getMethodName().equals(method))
                .count());
    }

    private static boolean isStream(StackWalker.StackFrame frame) {
        return frame.getClassName().equals(ObjectOutputStream.class.getName());
    }

    private static boolean isCodec(StackWalker.StackFrame frame) {
        return frame.getClassName().equals(JdkStream.class.getName());
    }
}
