package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import java.io.ObjectInputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the JDK offers to those who deserialize: {@code sun.reflect.ReflectionFactory}. It makes objects without running
 * the constructors of their classes, and sets final fields, which {@code Field.set} may do no more on JDKs to come (JEP
 * 500). By reflection, because the compiler warns of every use of sun.reflect and does not let the warning be
 * suppressed; a Java runtime that was put together without the module jdk.unsupported does not have it.
 */
final class Deserialization {
    private static final MethodType READER = MethodType.methodType(void.class, Object.class, ObjectInputStream.class);

    private Deserialization() {}

    /**
     * Returns a constructor as Java's own serialization has it: it runs that of the first superclass that is not
     * serializable. Null when that one cannot be called.
     */
    static @Nullable Constructor<?> constructorOf(Class<?> type) throws ReflectiveOperationException {
        return (Constructor<?>) ask("newConstructorForSerialization", new Class<?>[] {Class.class}, type);
    }

    /** Returns a constructor that runs none but Object's. */
    static Constructor<?> blankConstructorOf(Class<?> type) throws ReflectiveOperationException {
        Class<?>[] parameters = {Class.class, Constructor.class};
        Constructor<?> ofObject = Object.class.getDeclaredConstructor();
        return (Constructor<?>) requireNonNull(ask("newConstructorForSerialization", parameters, type, ofObject));
    }

    /**
     * Returns what sets the serialized fields that a class declares, in an object, to what a stream's
     * {@code readFields} says. Null when none of them is final, and on JDKs that do not have it and let final fields be
     * set by {@code Field}, as 17 does.
     */
    static @Nullable MethodHandle readerOfFinals(Class<?> type) throws ReflectiveOperationException {
        if (Arrays.stream(type.getDeclaredFields()).noneMatch(Deserialization::isSerializedFinal)) {
            return null;
        }
        try {
            Object reader = ask("defaultReadObjectForSerialization", new Class<?>[] {Class.class}, type);
            return reader == null ? null : ((MethodHandle) reader).asType(READER);
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    /** Returns what to throw for that which a handle on a field threw; throws errors itself. */
    static RuntimeException thrown(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException exception
                ? exception
                : new IllegalStateException("A handle on fields threw what they cannot", e);
    }

    private static boolean isSerializedFinal(Field field) {
        int modifiers = field.getModifiers();
        return Modifier.isFinal(modifiers) && !Modifier.isStatic(modifiers) && !Modifier.isTransient(modifiers);
    }

    private static @Nullable Object ask(String method, Class<?>[] parameters, Object... arguments)
            throws ReflectiveOperationException {
        Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
        Object sole = factory.getMethod("getReflectionFactory").invoke(null);
        return factory.getMethod(method, parameters).invoke(sole, arguments);
    }
}
