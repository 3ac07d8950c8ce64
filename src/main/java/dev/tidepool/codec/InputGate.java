package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.ObjectInputFilter;
import java.lang.reflect.Proxy;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The filter of one decoding: the allow-list, the JVM's filter and the limits. A filter can answer no more than
 * REJECTED, and an object's own {@code readObject} may catch the exception that follows; so the first refusal is kept.
 */
final class InputGate implements ObjectInputFilter {

    /** The depth that is written, what the sampling on write may let through, and some of this and the next JDK's. */
    private static final int MAX_DEPTH = JdkStream.MAX_DEPTH + 100;

    private final KnownClasses known;
    private final @Nullable ObjectInputFilter jvm;
    private final int payloadLength;
    private final Set<String> records = new LinkedHashSet<>();
    private final StreamWeights weights;
    private @Nullable CodecException refusal;
    private long elements;
    private boolean outside;

    InputGate(KnownClasses known, @Nullable ObjectInputFilter jvm, int payloadLength) {
        this.known = known;
        this.jvm = jvm;
        this.payloadLength = payloadLength;
        this.weights = new StreamWeights(payloadLength);
    }

    @Override
    public Status checkInput(FilterInfo info) {
        Class<?> type = info.serialClass();
        if (type == null && info.arrayLength() < 0 && !mayRepeat()) {
            return Status.REJECTED;
        }
        if (refusal != null || isOverLimit(info) || (type != null && !allows(type)) || jvmRejects(info)) {
            return Status.REJECTED;
        }
        return type == null ? Status.UNDECIDED : Status.ALLOWED;
    }

    /** Weighs an object that was read, before anything around it computes its hash code. */
    void weigh(Object object) {
        try {
            weights.add(object);
        } catch (CodecException e) {
            refuse(e);
            throw e;
        }
    }

    /** The object that the stream asks about next was read outside of it, where its length has been checked. */
    void expectOutside() {
        outside = true;
    }

    /** Checks a class before it is loaded. */
    void check(String className) {
        // The superclass of every proxy, whose interfaces and handler are checked one by one.
        // And what this library puts in the place of an object, which holds nothing but a number.
        if (!className.equals(Proxy.class.getName()) && !className.equals(Outside.class.getName())) {
            try {
                known.requireAllowed(className);
            } catch (CodecException e) {
                refuse(e);
                throw e;
            }
        }
    }

    /**
     * Asks the filter of the JVM about a class that another than {@code ObjectInputStream} is about to make an object
     * of, or an array.
     */
    void checkLoaded(Class<?> type, long bytesRead) {
        if (jvm != null && jvmRejects(new LoadedClass(type, bytesRead))) {
            requireNoRefusal();
        }
    }

    /** Throws the first refusal, if there was one. */
    void requireNoRefusal() {
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Returns the names of the record classes read so far. */
    Set<String> records() {
        return records;
    }

    private boolean mayRepeat() {
        try {
            weights.addReference();
            return true;
        } catch (CodecException e) {
            return !refuse(e);
        }
    }

    private boolean allows(Class<?> type) {
        if (type.isRecord()) {
            records.add(type.getName());
        }
        // A proxy's interfaces come one by one before the proxy itself.
        if (Proxy.isProxyClass(type)) {
            return true;
        }
        try {
            check(type.getName());
            return true;
        } catch (CodecException e) {
            return false; // kept as the refusal
        }
    }

    /**
     * An element takes at least one byte of the payload, and a slot of a hash table, which is counted too, half a byte
     * or more. The sum over all arrays is limited, lest nested ones multiply.
     */
    private boolean isOverLimit(FilterInfo info) {
        elements += outside ? 0 : Math.max(0, info.arrayLength());
        outside = false;
        String excess = null;
        if (info.depth() > MAX_DEPTH) {
            excess = "its objects are nested more than " + MAX_DEPTH + " deep";
        } else if (elements > 2L * payloadLength) {
            excess = "its arrays are declared longer than its bytes could fill";
        } else if (info.references() > payloadLength || info.streamBytes() > payloadLength) {
            excess = "it has more objects than bytes";
        }
        return excess != null && refuse(new CodecException(Reason.CORRUPT, "the value is corrupt: " + excess));
    }

    private boolean jvmRejects(FilterInfo info) {
        if (jvm == null || jvm.checkInput(info) != Status.REJECTED) {
            return false;
        }
        Class<?> type = info.serialClass();
        String what = type == null ? "the size of the value" : "class " + type.getName();
        return refuse(new CodecException(
                Reason.NOT_ALLOWED, what + " is refused by the serialization filter of this JVM (jdk.serialFilter)"));
    }

    private boolean refuse(CodecException e) {
        if (refusal == null) {
            refusal = e;
        }
        return true;
    }

    /** What a filter is told of a class. */
    private record LoadedClass(Class<?> serialClass, long streamBytes) implements FilterInfo {

        @Override
        public long arrayLength() {
            return -1;
        }

        @Override
        public long depth() {
            return 1;
        }

        @Override
        public long references() {
            return 1;
        }
    }
}
