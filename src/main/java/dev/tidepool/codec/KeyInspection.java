package dev.tidepool.codec;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds out how the objects of a class are taken apart and made again, or that they cannot be. */
final class KeyInspection {
    private static final List<String> JDK_PACKAGES = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

    /**
     * Fields that hold a hash code which the class has computed of its other fields, by class. The hash code of an enum
     * is another one in each JVM, so with it one entity would have another key on each node: nobody would find what
     * another has cached, and an eviction would leave what others have cached. An object that is made of a text has 0
     * there: nobody can compute what the other JVM's types said. It serves to name its item, and to be compared with
     * others that were made so.
     */
    private static final Map<String, String> CACHED_HASHES = Map.of(
            "org.hibernate.cache.internal.CacheKeyImplementation", "hashCode",
            "org.hibernate.cache.internal.BasicCacheKeyImplementation", "hashCode",
            "org.hibernate.cache.internal.NaturalIdCacheKey", "hashCode",
            "org.hibernate.query.internal.QueryParameterBindingsImpl$ParameterBindingsMementoImpl", "hashCode");

    private KeyInspection() {}

    /** Returns the shape of a class that is neither a scalar nor an enum. */
    static KeyShape shapeOf(Class<?> type) {
        String refusal = refusalOf(type);
        if (refusal != null) {
            throw KeyErrors.refused(type, refusal);
        }
        try {
            return type.isRecord() ? recordShape(type) : objectShape(type);
        } catch (InaccessibleObjectException e) {
            throw KeyErrors.refused(type, "its module does not open its package");
        } catch (ReflectiveOperationException e) {
            throw KeyErrors.refused(type, "this Java runtime has no module jdk.unsupported to make one with");
        }
    }

    private static @Nullable String refusalOf(Class<?> type) {
        if (isJdk(type)) {
            return refusalOfJdk(type);
        } else if (Proxy.isProxyClass(type) || type.isHidden() || type.isSynthetic()) {
            return "it is a lambda or a proxy";
        } else if (Externalizable.class.isAssignableFrom(type) || hasOwnSerialization(type)) {
            return "it has its own way of being serialized";
        }
        return type.isRecord() ? null : refusalOfObject(type);
    }

    private static String refusalOfJdk(Class<?> type) {
        if (type == URL.class) {
            return "its equals asks the name server, so what is equal changes; a java.net.URI is a key";
        }
        // Such a checked queue is only ever equal to what its queue is equal to, and no queue to a checked one.
        boolean isByIdentity =
                type == IdentityHashMap.class || Queue.class.isAssignableFrom(type) || !declaresEquals(type);
        return isByIdentity
                ? "it compares by identity, so no object but itself is an equal key"
                : "it is a class of the JDK whose content is not known";
    }

    private static @Nullable String refusalOfObject(Class<?> type) {
        if (isBound(type)) {
            return "it is an anonymous, local or inner class";
        } else if (!Serializable.class.isAssignableFrom(type)) {
            return "it is not Serializable";
        } else if (type.isEnum() || Modifier.isAbstract(type.getModifiers())) {
            return "it is not a class with objects of its own";
        } else if (hierarchy(type).stream().anyMatch(KeyInspection::hidesState)) {
            return "it inherits fields that are not serialized";
        }
        return fieldsOf(type).anyMatch(Field::isSynthetic) ? "it refers to an object around it" : null;
    }

    private static boolean isJdk(Class<?> type) {
        return JDK_PACKAGES.stream().anyMatch(type.getName()::startsWith);
    }

    /**
     * Even one that refers to nothing around it: its name is the compiler's choice and changes with its surroundings.
     */
    private static boolean isBound(Class<?> type) {
        return type.isAnonymousClass()
                || type.isLocalClass()
                || (type.isMemberClass() && !Modifier.isStatic(type.getModifiers()));
    }

    private static boolean hasOwnSerialization(Class<?> type) {
        return hierarchy(type).stream().anyMatch(KeyInspection::declaresOwnSerialization);
    }

    private static boolean declaresOwnSerialization(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods()).anyMatch(KeyInspection::isOwnSerialization)
                || Arrays.stream(type.getDeclaredFields()).anyMatch(KeyInspection::isOwnFields);
    }

    private static boolean isOwnSerialization(Method method) {
        List<Class<?>> parameters = List.of(method.getParameterTypes());
        return switch (method.getName()) {
            case "writeObject" -> parameters.equals(List.of(ObjectOutputStream.class));
            case "writeReplace", "readResolve", "readObjectNoData" -> parameters.isEmpty();
            default -> false;
        };
    }

    private static boolean isOwnFields(Field field) {
        return Modifier.isStatic(field.getModifiers()) && field.getName().equals("serialPersistentFields");
    }

    /** Objects are made without a constructor, so what a superclass sets in its own would be missing. */
    private static boolean hidesState(Class<?> type) {
        return (isJdk(type) || !Serializable.class.isAssignableFrom(type))
                && Arrays.stream(type.getDeclaredFields()).anyMatch(field -> !Modifier.isStatic(field.getModifiers()));
    }

    /**
     * Tells whether a class has an {@code equals} of its application: that of a record is final if the compiler made
     * it.
     */
    static boolean definesEquality(Class<?> type) {
        return type.isRecord()
                ? Arrays.stream(type.getDeclaredMethods())
                        .anyMatch(method -> isEquals(method) && !Modifier.isFinal(method.getModifiers()))
                : declaresEquals(type);
    }

    private static boolean declaresEquals(Class<?> type) {
        return hierarchy(type).stream()
                .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                .anyMatch(KeyInspection::isEquals);
    }

    private static boolean isEquals(Method method) {
        return method.getName().equals("equals")
                && List.of(method.getParameterTypes()).equals(List.of(Object.class));
    }

    /** Returns a class and its superclasses without Object, the topmost first. */
    private static List<Class<?>> hierarchy(Class<?> type) {
        Deque<Class<?>> classes = new ArrayDeque<>();
        for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
            classes.addFirst(each);
        }
        return List.copyOf(classes);
    }

    private static Stream<Field> fieldsOf(Class<?> type) {
        return hierarchy(type).stream()
                .flatMap(each -> Arrays.stream(each.getDeclaredFields())
                        .filter(KeyInspection::isSerialized)
                        // The JDK promises no order of declared fields.
                        .sorted(Comparator.comparing(Field::getName)));
    }

    private static boolean isSerialized(Field field) {
        return !Modifier.isStatic(field.getModifiers())
                && !Modifier.isTransient(field.getModifiers())
                && !field.getName()
                        .equals(CACHED_HASHES.get(field.getDeclaringClass().getName()));
    }

    private static KeyShape recordShape(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<?> canonical = opened(type.getDeclaredConstructor(types));
        return new KeyShape(KeyShape.RECORD, type, fieldsOf(type, components), false, canonical::newInstance);
    }

    /** Returns the fields behind the accessors, which may give something else than the constructor takes. */
    private static List<KeyField> fieldsOf(Class<?> type, RecordComponent[] components) throws NoSuchFieldException {
        KeyField[] fields = new KeyField[components.length];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = new KeyField(opened(type.getDeclaredField(components[i].getName())));
        }
        return List.of(fields);
    }

    private static KeyShape objectShape(Class<?> type) throws ReflectiveOperationException {
        List<KeyField> fields =
                fieldsOf(type).map(field -> new KeyField(opened(field))).toList();
        Constructor<?> blank = Deserialization.blankConstructorOf(type);
        List<Level> levels = new ArrayList<>();
        for (Class<?> each : hierarchy(type)) {
            if (Serializable.class.isAssignableFrom(each)) {
                levels.add(new Level(each, readObjectOf(each), FinalFields.of(each)));
            }
        }
        return new KeyShape(
                KeyShape.OBJECT,
                type,
                fields,
                levels.stream().anyMatch(Level::leavesOut),
                values -> filled(blank.newInstance(), levels, fields, values));
    }

    /** As deserialization does: class by class, the topmost first, by the class's own readObject where there is one. */
    private static Object filled(Object blank, List<Level> levels, List<KeyField> fields, @Nullable Object[] values)
            throws ReflectiveOperationException {
        for (Level level : levels) {
            KeyShape.Setter setter = () -> level.set(blank, fields, values);
            if (level.reader() == null) {
                setter.set();
            } else {
                level.reader().invoke(blank, streamOf(setter));
            }
        }
        return blank;
    }

    private static ObjectInputStream streamOf(KeyShape.Setter setter) {
        try {
            return new KeyFields(setter);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * One class of a hierarchy.
     *
     * @param type a serializable class; the others have no fields
     * @param reader its readObject, null when it has none
     * @param finals sets its fields together, null when each is set by itself
     */
    private record Level(
            Class<?> type,
            @Nullable Method reader,
            @Nullable FinalFields finals) {
        /** A readObject is taken to set what is transient. */
        boolean leavesOut() {
            return reader == null
                    && Arrays.stream(type.getDeclaredFields())
                            .anyMatch(field -> Modifier.isTransient(field.getModifiers())
                                    && !Modifier.isStatic(field.getModifiers()));
        }

        void set(Object owner, List<KeyField> fields, @Nullable Object[] values) throws IllegalAccessException {
            if (finals != null) {
                finals.set(owner, name -> valueOf(name, fields, values), FinalFields.Source.create());
                return;
            }
            for (int i = 0; i < values.length; i++) {
                Field field = fields.get(i).field();
                if (field.getDeclaringClass() == type) {
                    field.set(owner, values[i]);
                }
            }
        }

        private @Nullable Object valueOf(String name, List<KeyField> fields, @Nullable Object[] values) {
            for (int i = 0; i < values.length; i++) {
                Field field = fields.get(i).field();
                if (field.getDeclaringClass() == type && field.getName().equals(name)) {
                    return values[i];
                }
            }
            return null; // a hash code that is left out
        }
    }

    /** Returns the superclasses that have a say in how an object is read. */
    static List<Class<?>> superclassesThatRead(Class<?> type) {
        return type.isRecord()
                ? List.of()
                : hierarchy(type).stream()
                        .filter(each ->
                                each != type && Serializable.class.isAssignableFrom(each) && readObjectOf(each) != null)
                        .toList();
    }

    private static @Nullable Method readObjectOf(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.getName().equals("readObject")
                        && List.of(method.getParameterTypes()).equals(List.of(ObjectInputStream.class))
                        && Modifier.isPrivate(method.getModifiers())
                        && !Modifier.isStatic(method.getModifiers())
                        && method.getReturnType() == void.class)
                .findFirst()
                .map(KeyInspection::opened)
                .orElse(null);
    }

    private static <T extends AccessibleObject> T opened(T member) {
        member.setAccessible(true);
        return member;
    }
}
