package dev.tidepool.codec;

import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/** A field that is part of a key, made accessible. */
record KeyField(Field field) {
    String name() {
        return field.getName();
    }

    static boolean takes(Class<?> type, @Nullable Object value) {
        return value == null ? !type.isPrimitive() : takes(type, value.getClass());
    }

    static boolean takes(Class<?> type, Class<?> valueType) {
        return MethodType.methodType(type).wrap().returnType().isAssignableFrom(valueType);
    }

    boolean takes(@Nullable Object value) {
        return takes(field.getType(), value);
    }

    /** Returns a decoded value as the field takes it, the value itself when it does not. */
    @Nullable Object fitted(@Nullable Object value) {
        Object narrowed = value instanceof Object[] ? KeyArrays.narrowed(field.getType(), value) : null;
        return narrowed == null ? value : narrowed;
    }

    @Nullable Object of(Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("Field made accessible, but is not", e);
        }
    }
}
