package dev.tidepool.codec;

import dev.tidepool.codec.ValueNode.Part;
import java.io.ByteArrayOutputStream;
import java.io.ObjectStreamConstants;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream of Java's own serialization by its grammar, and makes no object of it. For one stream.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/protocol.html">Object Serialization
 *     Stream Protocol</a>
 */
final class JdkOutline {
    /** What is written, and what the objects of the JDK inside may add. */
    private static final int MAX_DEPTH = JdkStream.MAX_DEPTH + 200;

    /** No class has so many above it; each costs time for each object. */
    private static final int MAX_LEVELS = 100;

    private final ByteBuffer in;
    private final ValueNodes nodes;

    /** The objects whose places are taken in the stream; null when they have been shown. */
    private final List<@Nullable ValueNode> outside;

    private final List<ValueNode> outsideAgain;

    /** Class descriptions, and what stands for objects where they are referred to; null for what has just begun. */
    private final List<@Nullable Object> handles = new ArrayList<>();

    private int depth;

    /**
     * Begins a stream.
     *
     * @param outside the objects that the stream refers to and does not hold
     */
    JdkOutline(byte[] stream, ValueNodes nodes, List<ValueNode> outside) {
        this.in = ByteBuffer.wrap(stream);
        this.nodes = nodes;
        this.outside = new ArrayList<>(outside);
        this.outsideAgain = outside.stream().map(nodes::again).toList();
    }

    /**
     * What the stream says of a class.
     *
     * @param name of the class
     * @param version its {@code serialVersionUID}
     * @param flags as of {@link ObjectStreamConstants}
     * @param fields in the order of their values
     * @param above the superclass; null when that is not serializable
     */
    private record Described(
            String name,
            long version,
            int flags,
            List<Field> fields,
            @Nullable Described above) {
        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    private record Field(char code, String name) {}

    ValueNode read() {
        if (in.getShort() != ObjectStreamConstants.STREAM_MAGIC
                || in.getShort() != ObjectStreamConstants.STREAM_VERSION) {
            throw Frame.corrupt("it is no stream of Java's serialization");
        }
        ValueNode node = object();
        JdkStream.requireComplete(node == ValueNode.NULL ? null : node, in.remaining());
        return node;
    }

    private ValueNode object() {
        if (++depth > MAX_DEPTH) {
            throw Frame.corrupt("its objects are nested more than " + MAX_DEPTH + " deep");
        }
        int start = in.position();
        byte tag = in.get();
        ValueNode node = switch (tag) {
            case ObjectStreamConstants.TC_NULL -> nodes.nothing();
            case ObjectStreamConstants.TC_REFERENCE -> reference();
            case ObjectStreamConstants.TC_STRING -> text(start, in.getShort() & 0xFFFF);
            case ObjectStreamConstants.TC_LONGSTRING -> text(start, in.getLong());
            case ObjectStreamConstants.TC_OBJECT -> newObject(start);
            case ObjectStreamConstants.TC_ARRAY -> array(start);
            case ObjectStreamConstants.TC_ENUM -> constant(start);
            case ObjectStreamConstants.TC_CLASS -> classLiteral(start);
            case ObjectStreamConstants.TC_CLASSDESC, ObjectStreamConstants.TC_PROXYCLASSDESC -> description(start);
            case ObjectStreamConstants.TC_RESET -> reset();
            default -> throw Frame.corrupt("no object of a stream begins with " + tag);
        };
        depth--;
        return node;
    }

    private ValueNode reset() {
        handles.clear();
        return object();
    }

    private int bytesFrom(int start) {
        return in.position() - start;
    }

    private int newHandle(@Nullable Object object) {
        handles.add(object);
        return handles.size() - 1;
    }

    private Object handle() {
        int number = in.getInt() - ObjectStreamConstants.baseWireHandle;
        Object object = number < 0 || number >= handles.size() ? null : handles.get(number);
        if (object == null) {
            throw Frame.corrupt("a reference to no object");
        }
        return object;
    }

    private ValueNode reference() {
        nodes.count();
        Object object = handle();
        return object instanceof ValueNode node
                ? node
                : nodes.scalar("java.io.ObjectStreamClass", ((Described) object).name(), 1);
    }

    private ValueNode text(int start, long length) {
        int handle = newHandle(null);
        ValueNode node = nodes.text(utf(length), bytesFrom(start));
        handles.set(handle, nodes.again(node));
        return node;
    }

    private ValueNode classLiteral(int start) {
        Described described = present(described());
        int handle = newHandle(null);
        ValueNode node = nodes.scalar("java.lang.Class", described.name(), bytesFrom(start));
        handles.set(handle, node);
        return node;
    }

    /** The description of a class as an object of its own, as {@code ObjectStreamClass} is written. */
    private ValueNode description(int start) {
        in.position(start);
        return nodes.scalar("java.io.ObjectStreamClass", present(described()).name(), bytesFrom(start));
    }

    private ValueNode constant(int start) {
        Described described = present(described());
        int handle = newHandle(null);
        Object name = object().scalar();
        ValueNode node = nodes.scalar(described.name(), name == null ? "" : name, bytesFrom(start));
        handles.set(handle, node);
        return node;
    }

    private ValueNode array(int start) {
        String type = present(described()).name();
        int number = nodes.nextNumber();
        newHandle(nodes.reference(type, number));
        Class<?> primitive = type.endsWith("[]") ? ClassNames.primitive(type.substring(0, type.length() - 2)) : null;
        int length = in.getInt();
        if (length < 0 || (long) length * sizeOf(primitive) > in.remaining()) {
            throw Frame.corrupt("a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        if (primitive != null) {
            return nodes.array(primitives(primitive, length), number, bytesFrom(start));
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            parts.add(Part.element(object()));
        }
        return nodes.object(type, number, bytesFrom(start), parts);
    }

    private Object primitives(Class<?> type, int length) {
        Object array = Array.newInstance(type, length);
        char code = type.descriptorString().charAt(0);
        for (int i = 0; i < length; i++) {
            Array.set(array, i, primitive(code));
        }
        return array;
    }

    private static int sizeOf(@Nullable Class<?> primitive) {
        if (primitive == char.class || primitive == short.class) {
            return Short.BYTES;
        }
        return primitive == null ? 1 : GraphReader.sizeOf(primitive);
    }

    private Object primitive(char code) {
        return switch (code) {
            case 'Z' -> in.get() != 0;
            case 'B' -> in.get();
            case 'C' -> in.getChar();
            case 'S' -> in.getShort();
            case 'I' -> in.getInt();
            case 'J' -> in.getLong();
            case 'F' -> in.getFloat();
            case 'D' -> in.getDouble();
            default -> throw Frame.corrupt("a field of no type");
        };
    }

    private @Nullable Described described() {
        if (++depth > MAX_DEPTH) {
            throw Frame.corrupt("its classes are nested more than " + MAX_DEPTH + " deep");
        }
        byte tag = in.get();
        Described described = switch (tag) {
            case ObjectStreamConstants.TC_NULL -> null;
            case ObjectStreamConstants.TC_REFERENCE -> knownClass();
            case ObjectStreamConstants.TC_CLASSDESC -> ordinaryClass();
            case ObjectStreamConstants.TC_PROXYCLASSDESC -> proxyClass();
            default -> throw Frame.corrupt("no class begins with " + tag);
        };
        depth--;
        return described;
    }

    private static Described present(@Nullable Described described) {
        if (described == null) {
            throw Frame.corrupt("an object of no class");
        }
        return described;
    }

    private Described knownClass() {
        if (handle() instanceof Described described) {
            return described;
        }
        throw Frame.corrupt("an object of no class");
    }

    private Described ordinaryClass() {
        String name = ClassNames.shown(utf(in.getShort() & 0xFFFF));
        long version = in.getLong();
        int handle = newHandle(null);
        int flags = in.get();
        int count = in.getShort() & 0xFFFF;
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            char code = (char) in.get();
            fields.add(new Field(code, utf(in.getShort() & 0xFFFF)));
            if (code == 'L' || code == '[') {
                object(); // the name of its type
            }
        }
        annotations();
        Described described = new Described(name, version, flags, fields, described());
        handles.set(handle, described);
        return described;
    }

    private Described proxyClass() {
        int handle = newHandle(null);
        int count = in.getInt();
        if (count < 0 || count > in.remaining()) {
            throw Frame.corrupt("a proxy of " + count + " interfaces");
        }
        List<String> interfaces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            interfaces.add(utf(in.getShort() & 0xFFFF));
        }
        annotations();
        Described described = new Described(
                "proxy of " + String.join(", ", interfaces),
                0,
                ObjectStreamConstants.SC_SERIALIZABLE,
                List.of(),
                described());
        handles.set(handle, described);
        return described;
    }

    private ValueNode newObject(int start) {
        Described described = present(described());
        int number = nodes.nextNumber();
        int handle = newHandle(nodes.reference(described.name(), number));
        JdkObject object = new JdkObject(described.name(), described.version());
        for (Described level : levels(described)) {
            readLevel(level, object);
        }
        if (described.name().equals(Outside.class.getName())) {
            return outside(object, handle);
        }
        ValueNode known = object.known(nodes, bytesFrom(start));
        if (known != null) {
            handles.set(handle, known);
            return known;
        }
        return nodes.object(object.type(), number, bytesFrom(start), object.parts(nodes));
    }

    /** Returns the class and those above it, the topmost first. */
    private static List<Described> levels(Described described) {
        List<Described> levels = new ArrayList<>();
        for (Described level = described; level != null; level = level.above()) {
            levels.add(0, level);
            if (levels.size() > MAX_LEVELS) {
                throw Frame.corrupt("a class with more than " + MAX_LEVELS + " above it");
            }
        }
        return levels;
    }

    private void readLevel(Described level, JdkObject object) {
        if (level.has(ObjectStreamConstants.SC_EXTERNALIZABLE)) {
            if (!level.has(ObjectStreamConstants.SC_BLOCK_DATA)) {
                throw Frame.corrupt("an object that only its class can read");
            }
            annotations(object);
        } else if (level.has(ObjectStreamConstants.SC_SERIALIZABLE)) {
            for (Field field : level.fields()) {
                object.fields().add(Part.field(field.name(), value(field.code())));
            }
            if (level.has(ObjectStreamConstants.SC_WRITE_METHOD)) {
                annotations(object);
            }
        }
    }

    private ValueNode value(char code) {
        if (code == 'L' || code == '[') {
            return object();
        }
        int start = in.position();
        Object value = primitive(code);
        return nodes.scalar(ClassNames.ofPrimitive(code), value, bytesFrom(start));
    }

    private void annotations() {
        annotations(new JdkObject("", 0));
    }

    /** Reads what a class wrote by itself: objects, and bytes that only it knows the meaning of. */
    private void annotations(JdkObject object) {
        while (true) {
            int start = in.position();
            switch (in.get()) {
                case ObjectStreamConstants.TC_ENDBLOCKDATA -> {
                    return;
                }
                case ObjectStreamConstants.TC_BLOCKDATA -> addData(object.data(), in.get() & 0xFF);
                case ObjectStreamConstants.TC_BLOCKDATALONG -> addData(object.data(), in.getInt());
                default -> {
                    in.position(start);
                    object.contents().add(object());
                }
            }
        }
    }

    private void addData(ByteArrayOutputStream data, int length) {
        if (length < 0 || length > in.remaining()) {
            throw Frame.corrupt("a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        data.write(in.array(), in.position(), length);
        in.position(in.position() + length);
    }

    /** Puts an object in the place that was kept for it. */
    private ValueNode outside(JdkObject object, int handle) {
        int at = object.field("at") instanceof Integer number ? number : -1;
        if (at < 0 || at >= outside.size()) {
            throw Frame.corrupt("an object outside of a stream is missing");
        }
        handles.set(handle, outsideAgain.get(at));
        ValueNode node = outside.set(at, null);
        return node == null ? outsideAgain.get(at) : node;
    }

    /** Modified UTF-8, as {@link java.io.DataInput} has it. */
    private String utf(long length) {
        if (length < 0 || length > in.remaining()) {
            throw Frame.corrupt("a text of " + length + " bytes where " + in.remaining() + " are left");
        }
        int end = in.position() + (int) length;
        StringBuilder text = new StringBuilder((int) length);
        while (in.position() < end) {
            int first = in.get() & 0xFF;
            if (first < 0x80) {
                text.append((char) first);
            } else if (first >> 5 == 0b110) {
                text.append((char) ((first & 0x1F) << 6 | continued()));
            } else if (first >> 4 == 0b1110) {
                int second = continued();
                text.append((char) ((first & 0x0F) << 12 | second << 6 | continued()));
            } else {
                throw Frame.corrupt("a text that is not modified UTF-8");
            }
        }
        if (in.position() > end) {
            throw Frame.corrupt("a text that is not modified UTF-8");
        }
        return text.toString();
    }

    private int continued() {
        return in.get() & 0x3F;
    }
}
