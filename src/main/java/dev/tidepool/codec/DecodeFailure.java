package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells a class that has changed from bytes that are corrupt, by what {@code ObjectInputStream} throws. */
final class DecodeFailure {

    /** From the messages of {@code ObjectInputStream} and {@code ObjectStreamClass}, which name classes only here. */
    private static final Pattern MISSING_CONSTANT = Pattern.compile("does not exist in (?:class )?([\\w.$]+)$");

    private static final Pattern FIELD_OWNER = Pattern.compile("in instance of ([\\w.$]+)$");

    private static final Pattern CLASS_NAME = Pattern.compile("^\\[*([\\p{javaJavaIdentifierPart}./]+);?$");

    private DecodeFailure() {}

    /** Returns the exception to throw; its message has nothing of the value. */
    static CodecException explain(Throwable failure, InputGate gate) {
        if (failure instanceof InvalidClassException e && e.classname != null) {
            return changed(e.classname, e);
        }
        if (failure instanceof ClassNotFoundException e) {
            return missing(e);
        }
        if (failure instanceof LinkageError) {
            return new CodecException(
                    Reason.CLASS_CHANGED, "a class of this value cannot be linked or initialized here", failure);
        }
        if (failure instanceof InvalidObjectException e) {
            return invalid(e, gate.records());
        }
        if (failure instanceof ClassCastException e && isFieldAssignment(e)) {
            return changed(find(FIELD_OWNER, e), e);
        }
        return corrupt(failure);
    }

    private static CodecException invalid(InvalidObjectException failure, Set<String> records) {
        if (failure.getCause() instanceof IllegalArgumentException && find(MISSING_CONSTANT, failure) != null) {
            return changed(find(MISSING_CONSTANT, failure), failure);
        }
        // A record is made by a method handle of its constructor, which casts the components.
        if (failure.getCause() instanceof ClassCastException && !records.isEmpty()) {
            return changed(String.join(" or ", records), failure);
        }
        return corrupt(failure);
    }

    static CodecException changed(@Nullable String name, @Nullable Throwable failure) {
        return new CodecException(
                Reason.CLASS_CHANGED,
                "class " + (name == null ? "of a field" : name) + " has changed since the value was written; declare"
                        + " a serialVersionUID to promise that versions are compatible, keep the types of fields and"
                        + " the names of enum constants, or let the old values expire",
                failure);
    }

    private static CodecException missing(ClassNotFoundException failure) {
        // Class.forName names the class; the application's readObject may have thrown one with any text.
        return missing(find(CLASS_NAME, failure), failure);
    }

    static CodecException missing(@Nullable String name, ClassNotFoundException failure) {
        return new CodecException(
                Reason.CLASS_CHANGED,
                (name == null ? "a class of this value" : "class " + name.replace('/', '.'))
                        + " is not on the class path of this cache's class loader",
                failure);
    }

    private static CodecException corrupt(Throwable failure) {
        String what = failure instanceof StackOverflowError
                ? "its objects are nested too deep for the stack of this thread"
                : failure.getClass().getName();
        return new CodecException(Reason.CORRUPT, "the value cannot be read: " + what, failure);
    }

    /** Returns whether the stream itself could not assign a field, rather than the application's code cast. */
    private static boolean isFieldAssignment(ClassCastException failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length > 0 && trace[0].getClassName().startsWith("java.io.ObjectStreamClass");
    }

    private static @Nullable String find(Pattern pattern, Throwable failure) {
        Matcher matcher = pattern.matcher(String.valueOf(failure.getMessage()));
        return matcher.find() ? matcher.group(1) : null;
    }
}
