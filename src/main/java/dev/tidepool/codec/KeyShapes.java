package dev.tidepool.codec;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes that keys consist of, and what has been found out about them. Safe for use by many threads.
 *
 * <p>The maps belong to one codec and go with it. A ClassValue would not do: the class of a key may live in a parent of
 * this library's class loader, and would keep that loader alive for as long as it lives itself (JDK-8136353).
 */
final class KeyShapes {
    private static final Map<String, Class<?>> PRIMITIVES = Stream.of(
                    boolean.class,
                    char.class,
                    byte.class,
                    short.class,
                    int.class,
                    long.class,
                    float.class,
                    double.class,
                    void.class)
            .collect(Collectors.toUnmodifiableMap(Class::getName, type -> type));

    private final ClassLoader loader;
    private final AllowList allowed;
    /** Has only classes that are allowed. */
    private final Map<Class<?>, KeyShape> shapes = new ConcurrentHashMap<>();
    /** Enums, and classes that are themselves keys; has only classes that are allowed. */
    private final Set<Class<?>> admitted = ConcurrentHashMap.newKeySet();

    private final KeyEquality equality;

    KeyShapes(ClassLoader loader, AllowList allowed, KeyEquality equality) {
        this.loader = Objects.requireNonNull(loader, "loader");
        this.allowed = Objects.requireNonNull(allowed, "allowed");
        this.equality = equality;
    }

    /** Returns the shape of a class that is neither a scalar nor an enum, or refuses it. */
    KeyShape of(Class<?> type) {
        KeyShape known = shapes.get(type);
        if (known != null) {
            return known;
        }
        // Before the list is asked: nobody should add a class there only to hear then that it is no good.
        KeyShape shape = KeyInspection.shapeOf(type);
        requireAllowed(type);
        // Their code runs when a text is read, whoever wrote that.
        KeyInspection.superclassesThatRead(type).forEach(each -> allowed.check(each.getName()));
        if (shapes.putIfAbsent(type, shape) == null && KeyInspection.definesEquality(type)) {
            equality.watch(type);
        }
        return shape;
    }

    /** Refuses an enum, or a class that is itself a key, that is not allowed. */
    void admit(Class<?> type) {
        if (!type.isPrimitive() && !admitted.contains(type)) {
            requireAllowed(type);
            admitted.add(type);
        }
    }

    /** Returns the shape of the class that a text names. */
    KeyShape named(String tag, String className) {
        Class<?> type = load(className);
        String present = type.isRecord() ? KeyShape.RECORD : KeyShape.OBJECT;
        if (!present.equals(tag)) {
            throw KeyErrors.changed(className, "it was a " + tag + " and is a " + present + " now", null);
        }
        return shapeOfLoaded(type);
    }

    /** Returns the class that a text names as a key of its own. */
    Class<?> literal(String name) {
        Class<?> primitive = PRIMITIVES.get(name);
        return primitive == null ? load(name) : primitive;
    }

    /** Returns the enum constant that a text names. */
    Object constant(String className, String name) {
        Class<?> type = load(className);
        try {
            for (Object constant : constantsOf(type)) {
                if (((Enum<?>) constant).name().equals(name)) {
                    return constant;
                }
            }
        } catch (LinkageError e) {
            throw KeyErrors.changed(className, "it cannot be initialized", e);
        }
        throw KeyErrors.changed(className, "the constant is not there", null);
    }

    private void requireAllowed(Class<?> type) {
        allowed.check(type.getName());
        if (!isVisible(type)) {
            throw KeyErrors.refused(type, "the class loader of the cache does not see that class");
        }
    }

    private boolean isVisible(Class<?> type) {
        try {
            return Class.forName(type.getName(), false, loader) == type;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private Class<?> load(String className) {
        allowed.check(className);
        try {
            return Class.forName(className, false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            throw KeyErrors.changed(className, "the class loader of the cache does not find that class", e);
        }
    }

    private KeyShape shapeOfLoaded(Class<?> type) {
        try {
            return of(type);
        } catch (CodecException | LinkageError e) {
            throw KeyErrors.changed(type.getName(), "its class is no longer one that a key may have", e);
        }
    }

    private static Object[] constantsOf(Class<?> type) {
        Object[] constants = type.getEnumConstants();
        if (constants == null) {
            throw KeyErrors.changed(type.getName(), "it is not an enum", null);
        }
        return constants;
    }
}
