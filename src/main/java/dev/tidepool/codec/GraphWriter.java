package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes one value: an object and all it refers to, each once. {@link GraphReader} is its mirror image. */
final class GraphWriter {

    /**
     * The nesting of objects that is still written; what is written can be read on a thread of 1 MB, as the JVM makes
     * them.
     */
    static final int MAX_DEPTH = 500;

    /** The objects of one value, so that a reader may limit what it allocates. */
    static final int MAX_OBJECTS = 250_000;

    private final FstOutput out;
    private final Forms forms;
    private final ReadBack written;
    private final IdentityNumbers handles = new IdentityNumbers();

    /** Objects that the reader has not made yet while it reads those inside: nothing inside can refer to them. */
    private final Set<Integer> unmade = new HashSet<>();

    private final EmbeddedObjects embedded;
    private final IdentityNumbers classes = new IdentityNumbers();
    private final IdentityNumbers described = new IdentityNumbers();
    private @Nullable Class<?> lastType;
    private @Nullable Form lastForm;
    private int depth;

    GraphWriter(FstOutput out, Forms forms, ReadBack written) {
        this.out = out;
        this.forms = forms;
        this.written = written;
        this.embedded = new EmbeddedObjects(forms, written, handles);
    }

    /**
     * Writes an object, or a reference to it.
     *
     * @throws OutsideException if the value has to be written as a whole by Java's own serialization
     */
    void write(@Nullable Object value) throws IOException {
        if (value == null) {
            out.writeFByte(Tag.NULL);
            return;
        }
        if (value instanceof String text) {
            if (!writeHandle(text)) {
                out.writeString(text);
            }
            return;
        }
        Form form = formOf(value.getClass());
        if (form instanceof BuiltIn builtIn) {
            writeBuiltIn(builtIn, value);
        } else if (form instanceof ValueType type) {
            writeValue(type, value);
        } else if (!writeHandle(value)) {
            if (++depth > MAX_DEPTH) {
                throw tooDeep(null);
            }
            if (form instanceof FieldsForm fields) {
                writeObject(fields, value);
            } else if (form instanceof ContainerType type) {
                writeContainer(type.of(value), value);
            } else if (form instanceof WrapperType type) {
                writeWrapper(type, value);
            }
            depth--;
        }
    }

    /** The elements of a container often have one class. */
    private Form formOf(Class<?> type) {
        if (type != lastType || lastForm == null) {
            lastForm = forms.of(type);
            lastType = type;
        }
        return lastForm;
    }

    static CodecException tooDeep(@Nullable Throwable cause) {
        return new CodecException(
                Reason.NOT_SERIALIZABLE,
                "the object graph is too deep: objects may be nested " + MAX_DEPTH
                        + " deep, less on a thread with a small stack",
                cause);
    }

    private void writeBuiltIn(BuiltIn form, Object value) throws IOException {
        switch (form) {
            case STRING -> throw new IllegalStateException("written before");
            case INTEGER -> {
                out.writeFByte(Tag.INTEGER);
                out.writeFInt((Integer) value);
            }
            case LONG -> {
                out.writeFByte(Tag.LONG);
                out.writeFLong((Long) value);
            }
            case BOOLEAN -> out.writeFByte((Boolean) value ? Tag.TRUE : Tag.FALSE);
            case ENUM -> writeEnum((Enum<?>) value);
            case ARRAY -> writeArray(value);
            case CLASS -> writeClassLiteral((Class<?>) value);
            case EMBEDDED -> writeEmbedded(value);
        }
    }

    private void writeValue(ValueType type, Object value) throws IOException {
        if (!type.suits(value)) {
            writeEmbedded(value);
        } else if (type.isImmutable() || !writeHandle(value)) {
            out.writeFByte(type.tag());
            type.write(out, value);
        }
    }

    /** Writes the number of an object that was written before; otherwise gives it one. */
    private boolean writeHandle(Object value) throws IOException {
        int handle = handles.putIfAbsent(value);
        if (handle < 0) {
            if (handles.size() > MAX_OBJECTS) {
                throw new CodecException(
                        Reason.NOT_SERIALIZABLE, "the value has more than " + MAX_OBJECTS + " objects");
            }
            embedded.requireNotInside(value);
            return false;
        }
        if (unmade.contains(handle)) {
            throw cycle(value);
        }
        out.writeFByte(Tag.HANDLE);
        out.writeFInt(handle);
        return true;
    }

    /** Java's own serialization would give back null in place of a record, and a proxy in place of a list. */
    private RuntimeException cycle(Object value) {
        Form form = formOf(value.getClass());
        boolean needsAllFirst = value instanceof Record || form instanceof ContainerType;
        return needsAllFirst
                ? new CodecException(
                        Reason.NOT_SERIALIZABLE,
                        "an object of " + value.getClass() + " refers to itself, by way of what it consists of, and"
                                + " cannot be made before that")
                : new OutsideException();
    }

    private void writeEnum(Enum<?> constant) throws IOException {
        if (!writeHandle(constant)) {
            out.writeFByte(Tag.ENUM);
            written.object(constant.getDeclaringClass());
            writeClass(constant.getDeclaringClass());
            out.writeStringUTF(constant.name());
        }
    }

    /** Proxies have names of chance; their interfaces are known to Java's own serialization. */
    private void writeClassLiteral(Class<?> literal) throws IOException {
        if (Proxy.isProxyClass(literal)) {
            writeEmbedded(literal);
        } else {
            out.writeFByte(Tag.CLASS);
            writeClass(literal);
        }
    }

    private void writeArray(Object array) throws IOException {
        if (writeHandle(array)) {
            return;
        }
        out.writeFByte(Tag.ARRAY);
        Class<?> element = array.getClass().getComponentType();
        writeClass(element);
        int length = Array.getLength(array);
        out.writeFInt(length);
        if (element.isPrimitive()) {
            out.writePrimitiveArray(array, 0, length);
            return;
        }
        if (++depth > MAX_DEPTH) {
            throw tooDeep(null);
        }
        for (Object each : (Object[]) array) {
            write(each);
        }
        depth--;
    }

    private void writeObject(FieldsForm form, Object value) throws IOException {
        boolean record = form.type().isRecord();
        int handle = handles.size() - 1;
        writeClassOfObject(form);
        if (record) {
            unmade.add(handle);
        }
        try {
            for (FieldsForm.Level level : form.levels()) {
                for (FieldSlot field : level.fields()) {
                    if (field.code() == FieldSlot.OBJECT) {
                        write(field.get(value));
                    } else {
                        field.writePrimitive(out, value);
                    }
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IOException(e);
        }
        if (record) {
            unmade.remove(handle);
        }
    }

    private void writeClassOfObject(FieldsForm form) throws IOException {
        boolean first = described.putIfAbsent(form.type()) < 0;
        int number = first ? 0 : classes.putIfAbsent(form.type()) + 1;
        if (number > 0 && number <= Tag.CLASSES) {
            out.writeFByte(Tag.OBJECT_OF + number);
            return;
        }
        out.writeFByte(Tag.OBJECT);
        if (first) {
            written.object(form.type());
        }
        writeClass(form.type());
        if (first) {
            describe(form);
        }
    }

    /** Writes what a reader compares its own class with. The names of fields are for those that promise to look. */
    private void describe(FieldsForm form) throws IOException {
        out.writeFInt(form.levels().size());
        for (FieldsForm.Level level : form.levels()) {
            if (level.type() != form.type()) {
                writeClass(level.type());
            }
            out.writeFInt(
                    level.declared()
                            ? -1 - level.fields().size()
                            : level.fields().size());
            if (level.declared()) {
                out.writeFLong(level.version());
            } else {
                out.writeFixed(level.fingerprint());
            }
            for (FieldSlot field : level.fields()) {
                out.writeFByte(field.code());
                if (level.declared()) {
                    out.writeStringUTF(field.name());
                }
            }
        }
    }

    private void writeContainer(ContainerType type, Object value) throws IOException {
        int handle = handles.size() - 1;
        out.writeFByte(type.tag());
        if (!type.isFillable()) {
            unmade.add(handle);
        }
        if (type.isSorted()) {
            write(ContainerType.comparatorOf(value));
        }
        if (type.isMap()) {
            writeEntries(type, (Map<?, ?>) value);
        } else {
            writeElements(type, ContainerType.elementsOf(value));
        }
        unmade.remove(handle);
    }

    private void writeElements(ContainerType type, Collection<?> elements) throws IOException {
        boolean shared = type == ContainerType.VECTOR || type == ContainerType.COPY_ON_WRITE_LIST;
        Collection<?> stable = shared ? Arrays.asList(elements.toArray()) : elements;
        int rest = stable.size();
        out.writeFInt(rest);
        for (Object element : stable) {
            write(element);
            rest--;
        }
        requireUnchanged(rest);
    }

    private void writeEntries(ContainerType type, Map<?, ?> map) throws IOException {
        boolean shared = type == ContainerType.CONCURRENT_HASH_MAP || type == ContainerType.HASHTABLE;
        Collection<? extends Map.Entry<?, ?>> entries = shared ? new ArrayList<>(map.entrySet()) : map.entrySet();
        int rest = entries.size();
        out.writeFInt(rest);
        for (Map.Entry<?, ?> entry : entries) {
            write(entry.getKey());
            write(entry.getValue());
            rest--;
        }
        requireUnchanged(rest);
    }

    private static void requireUnchanged(int rest) {
        if (rest != 0) {
            throw new ConcurrentModificationException();
        }
    }

    private void writeWrapper(WrapperType type, Object value) throws IOException {
        int handle = handles.size() - 1;
        Object inside = embedded.onlyObjectIn(value);
        unmade.add(handle);
        if (inside == null) {
            writeStream(value);
        } else {
            out.writeFByte(type.tag());
            // What a synchronized view locks, unless it was made with a lock of its own, which is then a second object.
            synchronized (value) {
                write(inside);
            }
        }
        unmade.remove(handle);
    }

    private void writeEmbedded(Object value) throws IOException {
        if (!(value instanceof Serializable)) {
            throw CheckedObjectOutputStream.notSerializable(value.getClass());
        }
        if (!writeHandle(value)) {
            int handle = handles.size() - 1;
            unmade.add(handle);
            if (++depth > MAX_DEPTH) {
                throw tooDeep(null);
            }
            writeStream(value);
            depth--;
            unmade.remove(handle);
        }
    }

    /** Writes the objects that the stream refers to, then the stream. */
    private void writeStream(Object value) throws IOException {
        List<Object> outside = new ArrayList<>();
        byte[] bytes = embedded.write(value, outside);
        out.writeFByte(Tag.EMBEDDED);
        out.writeFInt(outside.size());
        for (Object object : outside) {
            write(object);
        }
        out.writeBytes(bytes);
    }

    private void writeClass(Class<?> type) throws IOException {
        int number = classes.putIfAbsent(type) + 1;
        out.writeFInt(number);
        if (number == 0) {
            written.name(type);
            out.writeStringUTF(type.getName());
        }
    }
}
