package dev.tidepool.codec;

import java.io.IOException;
import java.io.InvalidClassException;
import java.lang.reflect.Array;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link GraphWriter} wrote. Trusts no byte: every length is compared with the bytes that are left, every
 * class is asked for at the gate before it is loaded, and every object is of the type of the field that takes it.
 */
final class GraphReader {

    private static final int MAX_DEPTH = GraphWriter.MAX_DEPTH + 10;

    private final FstInput in;
    private final Forms forms;
    private final KnownClasses known;
    private final JdkStream jdk;
    private final InputGate gate;
    private final List<WrittenClass> classes = new ArrayList<>();
    private final ReadObjects objects = new ReadObjects();
    private LateFields.@Nullable Values lateValues;
    private int depth;

    GraphReader(FstInput in, Forms forms, KnownClasses known, InputGate gate) {
        this.in = in;
        this.forms = forms;
        this.known = known;
        this.jdk = new JdkStream(known);
        this.gate = gate;
    }

    /**
     * Reads an object; one whose class is gone only if nothing is to refer to it. Few methods, and with few variables,
     * call themselves on the way down: the stack of a thread is what limits the nesting.
     */
    @Nullable Object read() throws IOException, ReflectiveOperationException {
        objects.weigh(1);
        int tag = in.readFByte();
        if (tag < 0) {
            return objects.add(in.readString(-1 - tag));
        }
        Object value = switch (tag) {
            case Tag.NULL -> null;
            case Tag.HANDLE -> objects.get(in.readFInt());
            case Tag.INTEGER -> in.readFInt();
            case Tag.LONG -> in.readFLong();
            case Tag.FALSE -> false;
            case Tag.TRUE -> true;
            case Tag.CLASS -> readClassLiteral();
            case Tag.STRING -> objects.add(in.readStringUTF());
            case Tag.ENUM -> readEnum();
            default -> readNested(tag);
        };
        if (value instanceof WrittenClass gone) {
            objects.requireDiscarding(gone);
        }
        return value;
    }

    private Object readNested(int tag) throws IOException, ReflectiveOperationException {
        ValueType type = ValueType.withTag(tag);
        if (type != null) {
            return type.isImmutable() ? type.read(in) : objects.add(type.read(in));
        }
        if (++depth > MAX_DEPTH) {
            throw Frame.corrupt("its objects are nested more than " + MAX_DEPTH + " deep");
        }
        int number = objects.reserve();
        long outer = objects.beginSum();
        ContainerType container = ContainerType.withTag(tag);
        Object read;
        if (tag == Tag.OBJECT || (tag > Tag.OBJECT_OF && tag <= Tag.OBJECT_OF + Tag.CLASSES)) {
            read = readObject(tag, number);
        } else if (container != null) {
            read = readContainer(container, number);
        } else if (tag == Tag.ARRAY) {
            read = readArray(number);
        } else if (tag == Tag.EMBEDDED) {
            read = readEmbedded();
        } else {
            read = readWrapper(tag);
        }
        objects.set(number, read);
        objects.endSum(number, outer);
        depth--;
        return read;
    }

    private Object readWrapper(int tag) throws IOException, ReflectiveOperationException {
        WrapperType wrapper = WrapperType.withTag(tag);
        if (wrapper == null) {
            throw Frame.corrupt("no object begins with " + tag);
        }
        return wrapper.wrap(readPresent());
    }

    private WrittenClass readClass() throws IOException {
        int number = in.readFInt();
        if (number == 0) {
            String name = in.readStringUTF();
            WrittenClass written = WrittenClass.find(name, known, gate, in.getInputPos());
            classes.add(written);
            return written;
        }
        return classNumber(number);
    }

    private WrittenClass classNumber(int number) {
        if (number < 0 || number > classes.size()) {
            throw Frame.corrupt("class number " + number);
        }
        return classes.get(number - 1);
    }

    private Object readClassLiteral() throws IOException {
        WrittenClass written = readClass();
        return written.type() == null ? written : written.type();
    }

    private Object readEnum() throws IOException {
        int number = objects.reserve();
        WrittenClass written = readClass();
        String name = in.readStringUTF();
        Object constant = written.type() == null ? written : constant(written.type(), name);
        objects.set(number, constant);
        return constant;
    }

    private static Object constant(Class<?> type, String name) {
        if (!type.isEnum()) {
            throw DecodeFailure.changed(type.getName(), null);
        }
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw DecodeFailure.changed(type.getName(), null);
    }

    private Object readArray(int number) throws IOException, ReflectiveOperationException {
        WrittenClass element = readClass();
        Class<?> type = element.type();
        if (type != null && type.isPrimitive()) {
            int length = in.readLength(sizeOf(type));
            Object array = Array.newInstance(type, length);
            return in.readFPrimitiveArray(array, type, length);
        }
        int length = in.readCount(1);
        Object[] array = (Object[]) Array.newInstance(type == null ? Object.class : type, length);
        objects.set(number, type == null ? element : array);
        for (int i = 0; i < length; i++) {
            Object value = read();
            if (value != null && type != null && !type.isInstance(value)) {
                throw Frame.corrupt("an array with an element of another type");
            }
            array[i] = value;
        }
        return type == null ? element : array;
    }

    /** Returns the least number of bytes that an element takes; FST writes small characters in one. */
    static int sizeOf(Class<?> primitive) {
        if (primitive == long.class || primitive == double.class) {
            return Long.BYTES;
        }
        return primitive == int.class || primitive == float.class ? Integer.BYTES : 1;
    }

    private Object readObject(int tag, int number) throws IOException, ReflectiveOperationException {
        ObjectPlan plan = readPlan(tag);
        FieldsForm form = plan.form();
        if (form == null) {
            return readMissing(plan, number);
        }
        if (form.type().isRecord()) {
            return readRecord(form, plan);
        }
        if (form.late() > 0) {
            return readLate(form, plan, number);
        }
        Object bean = form.constructor().newInstance();
        objects.set(number, bean);
        for (ObjectPlan.Step step : plan.steps()) {
            FieldSlot field = step.field();
            if (field == null) {
                discard(step);
            } else if (step.code() == FieldSlot.OBJECT) {
                set(field, bean, read(), form);
            } else {
                field.readPrimitive(in, bean);
            }
        }
        return bean;
    }

    private Object readLate(FieldsForm form, ObjectPlan plan, int number)
            throws IOException, ReflectiveOperationException {
        lateValues = lateValues == null ? new LateFields.Values() : lateValues;
        LateFields bean = new LateFields(form, form.constructor().newInstance(), lateValues);
        objects.set(number, bean);
        for (ObjectPlan.Step step : plan.steps()) {
            FieldSlot field = step.field();
            if (field == null) {
                discard(step);
            } else if (step.code() == FieldSlot.OBJECT) {
                bean.put(field, checked(read(), field, form));
            } else {
                bean.readPrimitive(in, field);
            }
        }
        return bean.settle();
    }

    private ObjectPlan readPlan(int tag) throws IOException {
        WrittenClass written = tag == Tag.OBJECT ? readClass() : classNumber(tag - Tag.OBJECT_OF);
        ObjectPlan plan = written.plan();
        if (plan == null) {
            plan = ObjectPlan.read(
                    in, written, fieldsOf(written), () -> readClass().name());
            written.plan(plan);
        }
        return plan;
    }

    private @Nullable FieldsForm fieldsOf(WrittenClass written) {
        if (written.type() == null) {
            return null;
        }
        if (forms.of(written.type()) instanceof FieldsForm form
                && !Modifier.isAbstract(form.type().getModifiers())) {
            return form;
        }
        throw DecodeFailure.changed(written.name(), null);
    }

    private WrittenClass readMissing(ObjectPlan plan, int number) throws IOException, ReflectiveOperationException {
        objects.set(number, plan.written());
        for (ObjectPlan.Step step : plan.steps()) {
            discard(step);
        }
        return plan.written();
    }

    private Object readRecord(FieldsForm form, ObjectPlan plan) throws IOException, ReflectiveOperationException {
        @Nullable Object[] arguments = form.absentComponents();
        for (ObjectPlan.Step step : plan.steps()) {
            FieldSlot field = step.field();
            if (field == null) {
                discard(step);
            } else if (step.code() == FieldSlot.OBJECT) {
                arguments[field.position()] = checked(read(), field, form);
            } else {
                arguments[field.position()] = FieldSlot.readPrimitive(in, step.code());
            }
        }
        return form.constructor().newInstance(arguments);
    }

    private static void set(FieldSlot field, Object bean, @Nullable Object value, FieldsForm form) {
        try {
            field.set(bean, value);
        } catch (ClassCastException e) {
            throw otherType(form);
        }
    }

    private static @Nullable Object checked(@Nullable Object value, FieldSlot field, FieldsForm form) {
        if (!field.takes(value)) {
            throw otherType(form);
        }
        return value;
    }

    private static CodecException otherType(FieldsForm form) {
        String owner = form.type().getName();
        return DecodeFailure.changed(owner, new InvalidClassException(owner, "another type than a field's"));
    }

    private void discard(ObjectPlan.Step step) throws IOException, ReflectiveOperationException {
        if (step.code() != FieldSlot.OBJECT) {
            FieldSlot.readPrimitive(in, step.code());
            return;
        }
        int first = objects.beginDiscarding();
        read();
        objects.endDiscarding(first);
    }

    @SuppressWarnings("unchecked") // containers take anything
    private Object readContainer(ContainerType type, int number) throws IOException, ReflectiveOperationException {
        Comparator<Object> comparator = type.isSorted() ? (Comparator<Object>) read() : null;
        int count = in.readCount(type.isMap() ? 2 : 1);
        if (!type.isFillable()) {
            return type.of(readElements(type, count));
        }
        Object container = type.isSorted() ? type.makeSorted(comparator) : type.make(count);
        objects.set(number, container);
        if (type.isMap()) {
            Map<Object, Object> map = (Map<Object, Object>) container;
            for (int i = 0; i < count; i++) {
                Object key = read();
                objects.chargeLookup();
                map.put(key, read());
            }
        } else {
            Collection<Object> elements = (Collection<Object>) container;
            for (int i = 0; i < count; i++) {
                Object element = read();
                if (type.isLookedUp()) {
                    objects.chargeLookup();
                }
                elements.add(element);
            }
        }
        return container;
    }

    private @Nullable Object[] readElements(ContainerType type, int count)
            throws IOException, ReflectiveOperationException {
        if (type == ContainerType.OPTIONAL && count > 1) {
            throw Frame.corrupt("an optional value of " + count);
        }
        @Nullable Object[] elements = (Object[]) type.make(count);
        for (int i = 0; i < elements.length; i++) {
            elements[i] = read();
            if (type.isLookedUp()) {
                objects.chargeLookup();
            }
        }
        return elements;
    }

    private Object readEmbedded() throws IOException, ReflectiveOperationException {
        Object[] outside = new Object[in.readCount(1)];
        for (int i = 0; i < outside.length; i++) {
            outside[i] = readPresent();
            objects.chargeLookup();
        }
        return jdk.read(in.readBytes(), object -> object instanceof Outside place ? at(outside, place) : object);
    }

    private static Object at(Object[] outside, Outside place) {
        if (place.at() < 0 || place.at() >= outside.length) {
            throw Frame.corrupt("an object outside of a stream is missing");
        }
        return outside[place.at()];
    }

    private Object readPresent() throws IOException, ReflectiveOperationException {
        Object value = read();
        if (value == null) {
            throw Frame.corrupt("an object is missing");
        }
        return value;
    }
}
