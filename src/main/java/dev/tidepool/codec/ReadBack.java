package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.Externalizable;
import java.io.InvalidClassException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The classes of one value that is being written. Many a class can be written and never read: what its
 * {@code readResolve} returns is not allowed, a constructor is missing, its {@code readObject} fails. So a value is
 * read once, as soon as it is written, when it has an object of a class that its codec has not seen come back. And all
 * classes that are not allowed are named together, those that only the reader meets as well.
 */
final class ReadBack {

    /** A chain of causes may lead back to itself. */
    private static final int MAX_CAUSES = 100;

    private final KnownClasses known;
    private Set<Class<?>> unread = Set.of();
    private Set<Class<?>> unreadForms = Set.of();
    private Set<Class<?>> absent = Set.of();
    private Set<String> refused = Set.of();

    /** The class of the object written last, if it is known to come back: the next is often of the same. */
    private @Nullable Class<?> last;

    ReadBack(KnownClasses known) {
        this.known = known;
    }

    /** Reads the bytes of a value by the codec's classes. */
    interface Decoder {
        Object decode(byte[] payload, KnownClasses classes);
    }

    /**
     * Notes a class that the value names. A reader can do without a superclass that it does not find.
     *
     * @throws CodecException if a reader would find another one of the same name
     */
    void name(Class<?> type) {
        if (type == last || known.hasPassed(type)) {
            return;
        }
        if (!known.isFound(type)) {
            absent = with(absent, type);
        }
        if (!known.permits(type)) {
            refused = with(refused, type.getName());
        }
    }

    /** Notes an object in the value, of exactly this class. */
    void object(Class<?> type) {
        if (type != last) {
            if (known.isRestored(type)) {
                last = type;
            } else {
                unread = with(unread, type);
            }
        }
    }

    /**
     * Notes an object of which it is known whose place it takes. What one form, as in the pattern of the serialization
     * proxy, becomes again depends on whom it stands for.
     *
     * @param type the class of what is written
     * @param original the class of the object that the application has
     */
    void object(Class<?> type, Class<?> original) {
        if (!known.isResolved(type)) {
            object(type);
        } else if (!known.isRestoredFromForm(original)) {
            unreadForms = with(unreadForms, original);
        }
    }

    private static <T> Set<T> with(Set<T> noted, T one) {
        Set<T> more = noted.isEmpty() ? new LinkedHashSet<>() : noted;
        more.add(one);
        return more;
    }

    /**
     * Returns the bytes, once they are known to be readable.
     *
     * @throws CodecException if they are not, or have classes that are not allowed
     */
    byte[] requireReadable(byte[] payload, Decoder decoder) {
        if (unread.isEmpty() && unreadForms.isEmpty() && absent.isEmpty() && refused.isEmpty()) {
            return payload;
        }
        if (!unreadForms.isEmpty()
                || !absent.isEmpty()
                || !refused.isEmpty()
                || unread.stream().anyMatch(KnownClasses::isUncertain)) {
            return requireRead(payload, decoder);
        }
        known.restored(unread);
        return payload;
    }

    /**
     * Returns the bytes, once they have been read.
     *
     * @throws CodecException if they cannot be, or have classes that are not allowed
     */
    byte[] requireRead(byte[] payload, Decoder decoder) {
        read(payload, decoder);
        if (!refused.isEmpty()) {
            throw known.refusal(refused);
        }
        known.passed(absent);
        known.restored(unread);
        known.restoredFromForm(unreadForms);
        return payload;
    }

    private void read(byte[] payload, Decoder decoder) {
        refused = new LinkedHashSet<>(refused);
        try {
            decoder.decode(payload, known.asIfAllowed(refused));
        } catch (CodecException e) {
            // That of the JVM's filter: the list refuses nothing here.
            if (e.reason() == Reason.NOT_ALLOWED) {
                throw e;
            }
            throw absent.isEmpty()
                    ? unreadable(e)
                    : KnownClasses.notFound(absent.iterator().next());
        }
        for (String name : refused) {
            // Only a hidden class has a name with a stroke in it.
            if (name.indexOf('/') >= 0) {
                throw lambda(name.replaceAll("\\$\\$.*|/.*", ""));
            }
        }
    }

    /** Returns the exception for a lambda, which nobody can allow by its name. */
    static CodecException lambda(String capturingClass) {
        return new CodecException(
                Reason.NOT_SERIALIZABLE,
                "a lambda of class " + capturingClass + " cannot be stored: its own class has a name of this run only,"
                        + " and another build of that class may not know it; store an object of a class with a name,"
                        + " such as the constant of an enum");
    }

    private CodecException unreadable(CodecException failure) {
        List<Throwable> causes = new ArrayList<>();
        Throwable next = failure.getCause();
        for (; next != null && causes.size() < MAX_CAUSES; next = next.getCause()) {
            causes.add(next);
        }
        Collections.reverse(causes);
        Throwable root = causes.isEmpty() ? failure : causes.get(0);
        String why = root == failure ? String.valueOf(failure.getMessage()) : why(root);
        return new CodecException(
                Reason.NOT_SERIALIZABLE,
                culprit(causes) + " cannot be stored, as its objects can be written but not read: " + why,
                root);
    }

    /** Returns the class that Java's serialization names, or whose code failed, or else all that it may be. */
    private String culprit(List<Throwable> causes) {
        for (Throwable cause : causes) {
            if (cause instanceof InvalidClassException e && e.classname != null) {
                return "class " + e.classname;
            }
        }
        Set<String> names = Stream.concat(unread.stream(), unreadForms.stream())
                .filter(KnownClasses::isUncertain)
                .map(Class::getName)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        for (Throwable cause : causes) {
            for (StackTraceElement frame : cause.getStackTrace()) {
                if (names.contains(frame.getClassName())) {
                    return "class " + frame.getClassName();
                }
                if (frame.getClassName().equals(ReadBack.class.getName())) {
                    break;
                }
            }
        }
        return names.isEmpty() ? "the value" : "class " + String.join(" or ", names);
    }

    /** Returns what failed, without the exception's message: it is the application's, and may hold anything. */
    private String why(Throwable root) {
        if (root instanceof StackOverflowError) {
            return "they are nested too deep for the stack of this thread";
        }
        if (!(root instanceof InvalidClassException e)
                || !String.valueOf(e.getMessage()).endsWith("no valid constructor")) {
            return root.getClass().getName();
        }
        boolean external = unread.stream()
                .anyMatch(type -> type.getName().equals(e.classname) && Externalizable.class.isAssignableFrom(type));
        return external
                ? "it is Externalizable, and needs a public constructor without parameters"
                : "its superclass that is not serializable needs a constructor without parameters that it may call";
    }
}
