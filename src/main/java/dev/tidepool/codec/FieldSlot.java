package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * A field of a class here: an object's, or a record's component.
 *
 * @param name as in the source
 * @param type as declared
 * @param code the primitive type as in a class file, {@code L} for any other
 * @param field null for a record
 * @param accessor null for an object
 * @param position the component's among all of the record, or the field's among those of an object that are set
 *     together; negative when it is set by itself
 */
record FieldSlot(
        String name,
        Class<?> type,
        char code,
        FieldHandles.@Nullable Access field,
        @Nullable Method accessor,
        int position) {

    static final char OBJECT = 'L';

    /** A field of an ordinary class. */
    static FieldSlot of(Field declared, int position) {
        declared.setAccessible(true);
        FieldHandles.Access field = FieldHandles.to(declared, position < 0);
        return new FieldSlot(declared.getName(), declared.getType(), codeOf(declared.getType()), field, null, position);
    }

    /** A component of a record. */
    static FieldSlot of(String name, Class<?> type, Method accessor, int position) {
        accessor.setAccessible(true);
        return new FieldSlot(name, type, codeOf(type), null, accessor, position);
    }

    /** Returns whether the field of an ordinary object is set together with others. */
    boolean isLate() {
        return position >= 0;
    }

    /** Returns what the field holds, unless it is a primitive of an ordinary object. */
    @Nullable Object get(Object owner) throws ReflectiveOperationException {
        return accessor == null ? access().get(owner) : accessor.invoke(owner);
    }

    /**
     * Sets a reference in an ordinary object.
     *
     * @throws ClassCastException if the value is not of the field's type
     */
    void set(Object owner, @Nullable Object value) {
        access().set(owner, value);
    }

    /** Sets a primitive in an ordinary object to what comes next. */
    void readPrimitive(FstInput in, Object owner) throws IOException {
        access().setBits(
                        owner,
                        switch (code) {
                            case 'Z' -> in.readFByte() != 0 ? 1 : 0;
                            case 'B' -> in.readFByte();
                            case 'C' -> in.readFChar();
                            case 'S' -> in.readFShort();
                            case 'I' -> in.readFInt();
                            case 'J' -> in.readFLong();
                            case 'F' -> Float.floatToRawIntBits(in.readFFloat());
                            default -> Double.doubleToRawLongBits(in.readFDouble());
                        });
    }

    /** Returns whether the field can hold this value. */
    boolean takes(@Nullable Object value) {
        return value == null || code != OBJECT || type.isInstance(value);
    }

    /** Returns the value of a component that was not written. */
    @Nullable Object absent() {
        return switch (code) {
            case 'Z' -> false;
            case 'B' -> (byte) 0;
            case 'C' -> (char) 0;
            case 'S' -> (short) 0;
            case 'I' -> 0;
            case 'J' -> 0L;
            case 'F' -> 0f;
            case 'D' -> 0d;
            default -> null;
        };
    }

    void writePrimitive(FstOutput out, Object owner) throws IOException, ReflectiveOperationException {
        if (field == null) {
            writePrimitive(out, code, requireNonNull(get(owner)));
            return;
        }
        long bits = field.getBits(owner);
        switch (code) {
            case 'Z', 'B' -> out.writeFByte((int) bits);
            case 'C' -> out.writeFChar((char) bits);
            case 'S' -> out.writeFShort((short) bits);
            case 'I' -> out.writeFInt((int) bits);
            case 'J' -> out.writeFLong(bits);
            case 'F' -> out.writeFFloat(Float.intBitsToFloat((int) bits));
            default -> out.writeFDouble(Double.longBitsToDouble(bits));
        }
    }

    private static void writePrimitive(FstOutput out, char code, Object value) throws IOException {
        switch (code) {
            case 'Z' -> out.writeFByte((boolean) value ? 1 : 0);
            case 'B' -> out.writeFByte((byte) value);
            case 'C' -> out.writeFChar((char) value);
            case 'S' -> out.writeFShort((short) value);
            case 'I' -> out.writeFInt((int) value);
            case 'J' -> out.writeFLong((long) value);
            case 'F' -> out.writeFFloat((float) value);
            default -> out.writeFDouble((double) value);
        }
    }

    static Object readPrimitive(FstInput in, char code) throws IOException {
        return switch (code) {
            case 'Z' -> in.readFByte() != 0;
            case 'B' -> in.readFByte();
            case 'C' -> in.readFChar();
            case 'S' -> in.readFShort();
            case 'I' -> in.readFInt();
            case 'J' -> in.readFLong();
            case 'F' -> in.readFFloat();
            case 'D' -> in.readFDouble();
            default -> throw Frame.corrupt("a field of no type");
        };
    }

    private FieldHandles.Access access() {
        if (field == null) {
            throw new IllegalStateException(name);
        }
        return field;
    }

    private static char codeOf(Class<?> type) {
        return type.isPrimitive() ? type.descriptorString().charAt(0) : OBJECT;
    }
}
