package dev.tidepool.express;

import dev.tidepool.session.AttributeCodec;
import java.io.IOException;
import java.io.Serial;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Attributes as JSON values, which Express shares. An attribute whose type was declared is mapped to that type and
 * back; any other may consist of {@link JsonValues} only, so that nothing comes back as something else unnoticed.
 * Thread-safe.
 */
final class JsonAttributes implements AttributeCodec {
    /**
     * What a session of Express has already, by {@code Session.prototype} and {@code Object.prototype}: Express ignores
     * a stored value of such a name, and loses it with its next save.
     */
    private static final Set<String> NAMES_OF_EXPRESS = Set.of(
            "cookie",
            "id",
            "req",
            "touch",
            "resetMaxAge",
            "save",
            "reload",
            "destroy",
            "regenerate",
            "constructor",
            "hasOwnProperty",
            "isPrototypeOf",
            "propertyIsEnumerable",
            "toLocaleString",
            "toString",
            "valueOf",
            "__proto__",
            "__defineGetter__",
            "__defineSetter__",
            "__lookupGetter__",
            "__lookupSetter__");

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final @Nullable DeclaredTypes declared;

    private JsonAttributes(@Nullable DeclaredTypes declared) {
        this.declared = declared;
    }

    /**
     * A codec for sessions that Express shares.
     *
     * @param types the declared types by the attributes' names; without any, Jackson's databind is not needed
     * @throws IllegalStateException when databind is needed and missing
     */
    static JsonAttributes of(Map<String, Type> types) {
        try {
            return new JsonAttributes(types.isEmpty() ? null : DeclaredTypes.of(types));
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "attributeType needs com.fasterxml.jackson.core:jackson-databind and"
                            + " com.fasterxml.jackson.datatype:jackson-datatype-jsr310: add them to the class path",
                    e);
        }
    }

    /**
     * Makes sure that a session of Express can have an attribute of a name.
     *
     * @throws IllegalArgumentException when it cannot
     */
    static void requireFree(String name) {
        if (NAMES_OF_EXPRESS.contains(name)) {
            throw new IllegalArgumentException("Session attribute '" + name
                    + "' would be lost: a session of Express has a property of that name; choose another");
        }
    }

    @Override
    public byte[] encode(String name, Object value) {
        DeclaredTypes.Declared type = declared(name);
        return type == null ? JsonValues.write(value) : type.write(value);
    }

    private DeclaredTypes.@Nullable Declared declared(String name) {
        return declared == null ? null : declared.find(name);
    }

    @Override
    public Object asRead(String name, Object value, byte[] bytes) {
        DeclaredTypes.Declared type = declared(name);
        if (type == null) {
            Object read = JsonValues.isScalar(value) ? JsonValues.read(bytes) : value;
            return read == null ? value : read;
        }
        Object read = type.read(bytes);
        return read != null && AttributeCodec.isImmutable(value) ? read : value;
    }

    /** As JavaScript leaves what was set to null. */
    @Override
    public boolean isNull(byte[] bytes) {
        return Arrays.equals(NULL, bytes);
    }

    @Override
    public @Nullable Object decode(String name, byte[] bytes) {
        DeclaredTypes.Declared type = declared(name);
        return type == null ? JsonValues.read(bytes) : type.read(bytes);
    }

    /** An object has no JSON; the message says why without showing it. */
    static final class UnmappableException extends IllegalArgumentException {
        @Serial
        private static final long serialVersionUID = 1;

        UnmappableException(String message) {
            super(message);
        }

        /** Of a cause nothing is kept that could show a value. */
        UnmappableException(String message, IOException cause) {
            super(message, changing(cause));
        }

        private static @Nullable Throwable changing(@Nullable Throwable failure) {
            return failure == null || failure instanceof ConcurrentModificationException
                    ? failure
                    : changing(failure.getCause());
        }
    }
}
