package dev.tidepool.codec;

import dev.tidepool.codec.ValueNode.Part;
import java.io.IOException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link GraphWriter} wrote as {@link GraphReader} does, but makes no object of it: only what the bytes say
 * of classes and fields is known. Trusts no byte either. For one value.
 */
final class GraphOutline {
    private static final int MAX_DEPTH = GraphWriter.MAX_DEPTH + 10;

    private final FstInput in;
    private final ValueNodes nodes;
    private final List<WrittenClass> classes = new ArrayList<>();

    /** What stands for each numbered object where it is referred to; null while that is not known. */
    private final List<@Nullable ValueNode> handles = new ArrayList<>();

    private int depth;

    GraphOutline(FstInput in, ValueNodes nodes) {
        this.in = in;
        this.nodes = nodes;
    }

    ValueNode read() throws IOException {
        int start = in.getInputPos();
        int tag = in.readFByte();
        if (tag < 0) {
            return numbered(nodes.text(in.readString(-1 - tag), bytesFrom(start)));
        }
        return switch (tag) {
            case Tag.NULL -> nodes.nothing();
            case Tag.HANDLE -> handle(in.readFInt());
            case Tag.INTEGER -> nodes.scalar(in.readFInt(), bytesFrom(start));
            case Tag.LONG -> nodes.scalar(in.readFLong(), bytesFrom(start));
            case Tag.FALSE, Tag.TRUE -> nodes.scalar(tag == Tag.TRUE, 1);
            case Tag.CLASS -> nodes.scalar("java.lang.Class", readClass().name(), bytesFrom(start));
            case Tag.STRING -> numbered(nodes.text(in.readStringUTF(), bytesFrom(start)));
            case Tag.ENUM -> readEnum(start);
            default -> readNested(tag, start);
        };
    }

    private int bytesFrom(int start) {
        return in.getInputPos() - start;
    }

    private ValueNode numbered(ValueNode node) {
        handles.add(nodes.again(node));
        return node;
    }

    private ValueNode handle(int number) {
        ValueNode node = number < 0 || number >= handles.size() ? null : handles.get(number);
        if (node == null) {
            throw Frame.corrupt("a reference to no object");
        }
        nodes.count();
        return node;
    }

    /** Begins an object that what is inside may refer to, and returns its number. */
    private int begin(String type) {
        if (handles.size() >= GraphWriter.MAX_OBJECTS) {
            throw Frame.corrupt("it has more than " + GraphWriter.MAX_OBJECTS + " objects");
        }
        int number = nodes.nextNumber();
        handles.add(nodes.reference(type, number));
        return number;
    }

    private ValueNode readEnum(int start) throws IOException {
        String type = readClass().name();
        return numbered(nodes.scalar(type, in.readStringUTF(), bytesFrom(start)));
    }

    private ValueNode readNested(int tag, int start) throws IOException {
        ValueType value = ValueType.withTag(tag);
        if (value != null) {
            ValueNode node = nodes.scalar(value.read(in), bytesFrom(start));
            return value.isImmutable() ? node : numbered(node);
        }
        if (++depth > MAX_DEPTH) {
            throw Frame.corrupt("its objects are nested more than " + MAX_DEPTH + " deep");
        }
        ContainerType container = ContainerType.withTag(tag);
        ValueNode read;
        if (tag == Tag.OBJECT || (tag > Tag.OBJECT_OF && tag <= Tag.OBJECT_OF + Tag.CLASSES)) {
            read = readObject(tag, start);
        } else if (container != null) {
            read = readContainer(container, start);
        } else if (tag == Tag.ARRAY) {
            read = readArray(start);
        } else if (tag == Tag.EMBEDDED) {
            read = readEmbedded();
        } else {
            read = readWrapper(tag, start);
        }
        depth--;
        return read;
    }

    private ValueNode readObject(int tag, int start) throws IOException {
        ObjectPlan plan = readPlan(tag);
        String type = plan.written().name();
        int number = begin(type);
        List<Part> fields = new ArrayList<>();
        for (ObjectPlan.Step step : plan.steps()) {
            String name = step.name() == null ? "field " + (fields.size() + 1) : step.name();
            fields.add(Part.field(name, step.code() == FieldSlot.OBJECT ? read() : readPrimitive(step.code())));
        }
        return nodes.object(type, number, bytesFrom(start), fields);
    }

    private ValueNode readPrimitive(char code) throws IOException {
        int start = in.getInputPos();
        Object value = FieldSlot.readPrimitive(in, code);
        return nodes.scalar(ClassNames.ofPrimitive(code), value, bytesFrom(start));
    }

    private ObjectPlan readPlan(int tag) throws IOException {
        WrittenClass written = tag == Tag.OBJECT ? readClass() : classNumber(tag - Tag.OBJECT_OF);
        ObjectPlan plan = written.plan();
        if (plan == null) {
            plan = ObjectPlan.read(in, written, null, () -> readClass().name());
            written.plan(plan);
        }
        return plan;
    }

    private WrittenClass readClass() throws IOException {
        int number = in.readFInt();
        if (number != 0) {
            return classNumber(number);
        }
        WrittenClass written = WrittenClass.named(ClassNames.shown(in.readStringUTF()));
        classes.add(written);
        return written;
    }

    private WrittenClass classNumber(int number) {
        if (number < 0 || number > classes.size()) {
            throw Frame.corrupt("class number " + number);
        }
        return classes.get(number - 1);
    }

    private ValueNode readContainer(ContainerType type, int start) throws IOException {
        int number = begin(type.className());
        List<Part> parts = new ArrayList<>();
        if (type.isSorted()) {
            ValueNode comparator = read();
            if (comparator != ValueNode.NULL) {
                parts.add(Part.field("comparator", comparator));
            }
        }
        int count = in.readCount(type.isMap() ? 2 : 1);
        for (int i = 0; i < count; i++) {
            parts.add(type.isMap() ? Part.entry(read(), read()) : Part.element(read()));
        }
        return nodes.object(type.className(), number, bytesFrom(start), parts);
    }

    private ValueNode readArray(int start) throws IOException {
        String element = readClass().name();
        int number = begin(element + "[]");
        Class<?> primitive = ClassNames.primitive(element);
        if (primitive != null) {
            Object array = readPrimitives(primitive);
            return nodes.array(array, number, bytesFrom(start));
        }
        List<Part> parts = new ArrayList<>();
        int length = in.readCount(1);
        for (int i = 0; i < length; i++) {
            parts.add(Part.element(read()));
        }
        return nodes.object(element + "[]", number, bytesFrom(start), parts);
    }

    private Object readPrimitives(Class<?> type) throws IOException {
        int length = in.readLength(GraphReader.sizeOf(type));
        return in.readFPrimitiveArray(Array.newInstance(type, length), type, length);
    }

    private ValueNode readWrapper(int tag, int start) throws IOException {
        WrapperType wrapper = WrapperType.withTag(tag);
        if (wrapper == null) {
            throw Frame.corrupt("no object begins with " + tag);
        }
        int number = begin(wrapper.className());
        ValueNode inside = read();
        return nodes.object(wrapper.className(), number, bytesFrom(start), List.of(Part.field("of", inside)));
    }

    /** Nothing inside of the stream can refer to the object that it is of, other than the stream itself. */
    private ValueNode readEmbedded() throws IOException {
        int handle = handles.size();
        handles.add(null);
        List<ValueNode> outside = new ArrayList<>();
        int count = in.readCount(1);
        for (int i = 0; i < count; i++) {
            outside.add(read());
        }
        ValueNode node = new JdkOutline(in.readBytes(), nodes, outside).read();
        handles.set(handle, nodes.again(node));
        return node;
    }
}
