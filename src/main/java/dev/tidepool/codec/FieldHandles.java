package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and sets fields as fast as compiled code does. A handle that is a constant of a class is compiled as the access
 * itself; so {@link OfOne} is defined anew for each field, as a hidden class with other constants.
 */
final class FieldHandles {
    private static final Lookup LOOKUP = MethodHandles.lookup();
    private static final MethodType GET = MethodType.methodType(Object.class, Object.class);
    private static final MethodType SET = MethodType.methodType(void.class, Object.class, Object.class);
    private static final MethodType GET_BITS = MethodType.methodType(long.class, Object.class);
    private static final MethodType SET_BITS = MethodType.methodType(void.class, Object.class, long.class);

    private FieldHandles() {}

    /**
     * Returns the access to a field that has been made accessible.
     *
     * @param settable whether it will be set, too
     */
    static Access to(Field field, boolean settable) {
        try {
            MethodHandle getter = getter(field);
            List<MethodHandle> handles = List.of(getter, settable ? setter(field) : getter);
            return (Access) LOOKUP.defineHiddenClassWithClassData(Definition.BYTES, handles, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Field made accessible, but is not", e);
        }
    }

    private static MethodHandle getter(Field field) throws ReflectiveOperationException {
        MethodHandle getter = LOOKUP.unreflectGetter(field);
        Class<?> type = field.getType();
        if (!type.isPrimitive()) {
            return getter.asType(GET);
        }
        if (type == float.class) {
            getter = MethodHandles.filterReturnValue(
                    getter, bits(Float.class, "floatToRawIntBits", float.class, int.class));
        } else if (type == double.class) {
            getter = MethodHandles.filterReturnValue(
                    getter, bits(Double.class, "doubleToRawLongBits", double.class, long.class));
        }
        return MethodHandles.explicitCastArguments(getter, GET_BITS);
    }

    private static MethodHandle setter(Field field) throws ReflectiveOperationException {
        MethodHandle setter = LOOKUP.unreflectSetter(field);
        Class<?> type = field.getType();
        if (!type.isPrimitive()) {
            return setter.asType(SET);
        }
        if (type == float.class) {
            setter = MethodHandles.filterArguments(
                    setter, 1, bits(Float.class, "intBitsToFloat", int.class, float.class));
        } else if (type == double.class) {
            setter = MethodHandles.filterArguments(
                    setter, 1, bits(Double.class, "longBitsToDouble", long.class, double.class));
        }
        return MethodHandles.explicitCastArguments(setter, SET_BITS);
    }

    private static MethodHandle bits(Class<?> type, String method, Class<?> from, Class<?> to)
            throws ReflectiveOperationException {
        return LOOKUP.findStatic(type, method, MethodType.methodType(to, from));
    }

    /** Reads and sets the field of any object. */
    interface Access {
        /** Returns what the field holds, when it is of no primitive type. */
        @Nullable Object get(Object owner);

        /** Sets a field that is of no primitive type. */
        void set(Object owner, @Nullable Object value);

        /** Returns what a field of a primitive type holds: the number, or the bits of a floating-point number. */
        long getBits(Object owner);

        /** Sets a field of a primitive type. */
        void setBits(Object owner, long bits);
    }

    /** The class that each field gets a copy of. The class itself, without data, is never initialized. */
    static final class OfOne implements Access {
        private static final MethodHandle GETTER = handle(0);
        private static final MethodHandle SETTER = handle(1);

        private static MethodHandle handle(int index) {
            try {
                return MethodHandles.classDataAt(
                        MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, MethodHandle.class, index);
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("a class may read its own data", e);
            }
        }

        @Override
        public @Nullable Object get(Object owner) {
            try {
                return (Object) GETTER.invokeExact(owner);
            } catch (Throwable e) {
                throw Deserialization.thrown(e);
            }
        }

        @Override
        public void set(Object owner, @Nullable Object value) {
            try {
                SETTER.invokeExact(owner, value);
            } catch (Throwable e) {
                throw Deserialization.thrown(e);
            }
        }

        @Override
        public long getBits(Object owner) {
            try {
                return (long) GETTER.invokeExact(owner);
            } catch (Throwable e) {
                throw Deserialization.thrown(e);
            }
        }

        @Override
        public void setBits(Object owner, long bits) {
            try {
                SETTER.invokeExact(owner, bits);
            } catch (Throwable e) {
                throw Deserialization.thrown(e);
            }
        }
    }

    private static final class Definition {
        private static final byte[] BYTES = read();

        private static byte[] read() {
            String file = "FieldHandles$OfOne.class";
            try (InputStream in = FieldHandles.class.getResourceAsStream(file)) {
                return requireNonNull(in, file).readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
