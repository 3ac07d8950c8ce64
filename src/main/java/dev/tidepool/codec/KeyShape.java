package dev.tidepool.codec;

import java.io.EOFException;
import java.io.NotActiveException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the objects of a class are taken apart and made again.
 *
 * @param tag {@code record} or {@code object}
 * @param type the class
 * @param fields what is written of an object, in that order
 * @param leavesOut whether the objects have more than these fields, which one that is made of them lacks
 * @param maker makes an object of the values of these fields
 */
record KeyShape(String tag, Class<?> type, List<KeyField> fields, boolean leavesOut, Maker maker) {
    static final String RECORD = "record";
    static final String OBJECT = "object";

    /** Makes an object of the values of its fields, in their order. */
    interface Maker {
        Object make(@Nullable Object[] values) throws ReflectiveOperationException;
    }

    /** Sets the fields of an object. */
    interface Setter {
        void set() throws IllegalAccessException;
    }

    String name() {
        return type.getName();
    }

    /** Tells whether nothing that is written of an object can change. */
    boolean isFixed() {
        return fields.stream().map(KeyField::field).allMatch(KeyShape::isFixed);
    }

    private static boolean isFixed(Field field) {
        return Modifier.isFinal(field.getModifiers())
                && (field.getType().isPrimitive() || field.getType() == String.class);
    }

    Object create(List<String> names, List<@Nullable Object> values) {
        if (!names.equals(fields.stream().map(KeyField::name).toList())) {
            throw KeyErrors.changed(name(), "it has other fields now", null);
        }
        for (int i = 0; i < values.size(); i++) {
            values.set(i, fields.get(i).fitted(values.get(i)));
            if (!fields.get(i).takes(values.get(i))) {
                throw KeyErrors.changed(name(), "its field " + fields.get(i).name() + " is of another type now", null);
            }
        }
        return make(values);
    }

    private Object make(List<@Nullable Object> values) {
        try {
            return maker.make(values.toArray());
        } catch (InvocationTargetException e) {
            throw failure(e.getTargetException());
        } catch (ReflectiveOperationException | LinkageError e) {
            throw KeyErrors.changed(name(), "it cannot be instantiated", e);
        }
    }

    private CodecException failure(Throwable thrown) {
        if (thrown instanceof VirtualMachineError error) {
            throw error;
        }
        if (thrown instanceof EOFException || thrown instanceof NotActiveException) {
            return KeyErrors.changed(name(), "its readObject reads more than its fields", null);
        }
        // Not as the cause: its message may well quote the value that the constructor refused.
        return KeyErrors.corrupt("the constructor or readObject of " + name() + " threw a "
                + thrown.getClass().getName());
    }
}
