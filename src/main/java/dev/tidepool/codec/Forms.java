package dev.tidepool.codec;

import java.io.Externalizable;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Chooses the form of each class, once. Kept by the codec and by nothing static, lest a class loader stay behind. */
final class Forms {

    private static final Map<Class<?>, BuiltIn> BUILT_IN = Map.of(
            String.class, BuiltIn.STRING,
            Integer.class, BuiltIn.INTEGER,
            Long.class, BuiltIn.LONG,
            Boolean.class, BuiltIn.BOOLEAN,
            Class.class, BuiltIn.CLASS);

    private final Map<Class<?>, Form> forms = new ConcurrentHashMap<>();

    Form of(Class<?> type) {
        Form form = forms.get(type);
        if (form == null) {
            form = choose(type);
            forms.put(type, form);
        }
        return form;
    }

    private Form choose(Class<?> type) {
        Form form = BUILT_IN.get(type);
        form = form == null ? ValueType.of(type) : form;
        form = form == null ? ContainerType.of(type) : form;
        form = form == null ? WrapperType.of(type) : form;
        if (form != null) {
            return form;
        }
        if (type.isArray()) {
            return isArrayOfEmbedded(type) ? BuiltIn.EMBEDDED : BuiltIn.ARRAY;
        }
        if (Enum.class.isAssignableFrom(type)) {
            return BuiltIn.ENUM;
        }
        form = isOfApplication(type) && !hasHooks(type) ? fieldsOf(type) : null;
        return form == null ? BuiltIn.EMBEDDED : form;
    }

    /** Such as the trace of an exception: one stream for the array takes less than one for each element. */
    private boolean isArrayOfEmbedded(Class<?> array) {
        Class<?> element = array.getComponentType();
        return Modifier.isFinal(element.getModifiers())
                && !element.isPrimitive()
                && !element.isArray()
                && of(element) == BuiltIn.EMBEDDED;
    }

    private static boolean isOfApplication(Class<?> type) {
        if (!Serializable.class.isAssignableFrom(type)
                || Externalizable.class.isAssignableFrom(type)
                || type.isInterface()
                || type.isHidden()
                || Proxy.isProxyClass(type)) {
            return false;
        }
        for (Class<?> level = type; isSerializable(level); level = level.getSuperclass()) {
            if (isOfJdk(level)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSerializable(@Nullable Class<?> type) {
        return type != null && Serializable.class.isAssignableFrom(type);
    }

    private static boolean isOfJdk(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }

    /** Returns whether a class has a say in how its objects are written, which only Java's own serialization asks. */
    private static boolean hasHooks(Class<?> type) {
        for (Class<?> level = type; level != null && level != Object.class; level = level.getSuperclass()) {
            if (declares(level, "writeReplace")
                    || declares(level, "readResolve")
                    || declares(level, "readObjectNoData")
                    || declares(level, "writeObject", ObjectOutputStream.class)
                    || declares(level, "readObject", ObjectInputStream.class)
                    || hasField(level, "serialPersistentFields")) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether something else may take the place of a class's objects as they are read. */
    static boolean hasReadResolve(Class<?> type) {
        Class<?> level = type;
        while (level != null && !declares(level, "readResolve")) {
            level = level.getSuperclass();
        }
        return level != null;
    }

    private static boolean declares(Class<?> type, String name, Class<?>... parameters) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(method ->
                        method.getName().equals(name) && Arrays.equals(method.getParameterTypes(), parameters));
    }

    private static boolean hasField(Class<?> type, String name) {
        return Arrays.stream(type.getDeclaredFields())
                .anyMatch(field -> field.getName().equals(name));
    }

    /** Returns null for a class whose objects cannot be made or reached, such as one of a module that is not open. */
    private static @Nullable FieldsForm fieldsOf(Class<?> type) {
        try {
            return type.isRecord() ? recordOf(type) : beanOf(type);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            return null;
        }
    }

    private static FieldsForm recordOf(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        List<FieldSlot> fields = new ArrayList<>();
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            fields.add(FieldSlot.of(components[i].getName(), types[i], components[i].getAccessor(), i));
        }
        fields.sort(Comparator.comparing(FieldSlot::name));
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return new FieldsForm(type, constructor, List.of(level(type, fields, null)), 0);
    }

    private static @Nullable FieldsForm beanOf(Class<?> type) throws ReflectiveOperationException {
        List<FieldsForm.Level> levels = new ArrayList<>();
        int late = 0;
        for (Class<?> level = type; isSerializable(level); level = level.getSuperclass()) {
            FinalFields finals = FinalFields.of(level);
            List<FieldSlot> fields = new ArrayList<>();
            for (ObjectStreamField field : ObjectStreamClass.lookup(level).getFields()) {
                fields.add(FieldSlot.of(level.getDeclaredField(field.getName()), finals == null ? -1 : late++));
            }
            levels.add(0, level(level, fields, finals));
        }
        Constructor<?> constructor = Deserialization.constructorOf(type);
        return constructor == null ? null : new FieldsForm(type, constructor, List.copyOf(levels), late);
    }

    private static FieldsForm.Level level(Class<?> type, List<FieldSlot> fields, @Nullable FinalFields finals) {
        long version = ObjectStreamClass.lookup(type).getSerialVersionUID();
        return new FieldsForm.Level(
                type, declaresVersion(type), version, fingerprint(type, fields), List.copyOf(fields), finals);
    }

    private static boolean declaresVersion(Class<?> type) {
        for (Field field : type.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (field.getName().equals("serialVersionUID")
                    && Modifier.isStatic(modifiers)
                    && Modifier.isFinal(modifiers)) {
                return true;
            }
        }
        return false;
    }

    private static int fingerprint(Class<?> type, List<FieldSlot> fields) {
        StringBuilder text = new StringBuilder(type.getName()).append(type.isRecord());
        for (FieldSlot field : fields) {
            text.append(';')
                    .append(field.name())
                    .append(':')
                    .append(field.type().getName());
        }
        CRC32C sum = new CRC32C();
        sum.update(text.toString().getBytes(StandardCharsets.UTF_8));
        return (int) sum.getValue();
    }
}
