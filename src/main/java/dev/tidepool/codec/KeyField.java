package dev.tidepool.codec;

import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/** A field that is part of a key, made accessible. */
record KeyField(Field field) {
    String name() {
        return field.getName();
    }

    boolean takes(@Nullable Object value) {
        return value == null ? !field.getType().isPrimitive() : takes(value.getClass());
    }

    boolean takes(Class<?> type) {
        return MethodType.methodType(field.getType()).wrap().returnType().isAssignableFrom(type);
    }

    @Nullable Object of(Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("Field made accessible, but is not", e);
        }
    }
}
