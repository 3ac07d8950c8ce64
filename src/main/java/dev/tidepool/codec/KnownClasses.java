package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.io.ObjectInputFilter;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The classes that one codec has found, may use, and has seen come back, so that it asks for each once. No answer ever
 * changes. They are those of the codec's loader, and stay reachable for as long as the codec does.
 */
final class KnownClasses {

    private final ClassLoader loader;
    private final AllowList allowed;
    private final @Nullable Set<String> refused;
    private final Map<String, Class<?>> found = new ConcurrentHashMap<>();
    private final Set<Class<?>> passed = ConcurrentHashMap.newKeySet();
    private final Set<Class<?>> restored = ConcurrentHashMap.newKeySet();

    KnownClasses(ClassLoader loader, AllowList allowed) {
        this(loader, allowed, null);
    }

    private KnownClasses(ClassLoader loader, AllowList allowed, @Nullable Set<String> refused) {
        this.loader = loader;
        this.allowed = allowed;
        this.refused = refused;
    }

    /**
     * Returns a codec's classes for reading what this JVM has just written, and nothing else: a class that is not
     * allowed is used as if it were, as its objects are here already.
     *
     * @param names takes the names of classes that are not allowed
     */
    KnownClasses asIfAllowed(Set<String> names) {
        return new KnownClasses(loader, allowed, names);
    }

    ClassLoader loader() {
        return loader;
    }

    /**
     * Returns whether a value may name a class.
     *
     * @throws CodecException if a reader would find none, or another one of the same name
     */
    boolean permits(Class<?> type) {
        if (passed.contains(type)) {
            return true;
        }
        requireFound(type);
        if (!allowed.allows(type.getName())) {
            return false;
        }
        passed.add(type);
        return true;
    }

    /** Does nothing when the class of a name may be read. */
    void requireAllowed(String name) {
        if (refused == null) {
            allowed.check(name);
        } else if (!allowed.allows(name)) {
            refused.add(name);
        }
    }

    /** Returns the exception for classes that are not allowed. */
    CodecException refusal(Collection<String> names) {
        return allowed.refusal(names);
    }

    /** Asks the gate for the name, and loads the class. */
    Class<?> find(String name, InputGate gate) throws ClassNotFoundException {
        Class<?> known = found.get(name);
        if (known != null) {
            return known;
        }
        gate.check(name);
        Class<?> type = ClassNames.find(name, loader);
        if (!type.isArray()) {
            found.put(name, type);
        }
        return type;
    }

    /** Returns whether objects of exactly this class are known to come back. */
    boolean isRestored(Class<?> type) {
        return restored.contains(type);
    }

    void restored(Collection<Class<?>> types) {
        restored.addAll(types);
    }

    /**
     * Returns whether objects of a class have to be read to know that they come back. Those of the JDK's types on the
     * list do, unless the JVM has a filter.
     */
    static boolean isUncertain(Class<?> type) {
        return ObjectInputFilter.Config.getSerialFilter() != null
                || !(type.isArray() || JdkTypes.contains(type.getName()));
    }

    private void requireFound(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        Class<?> same;
        try {
            same = ClassNames.find(element.getName(), loader);
        } catch (ClassNotFoundException | LinkageError e) {
            throw notFound(element, "on the class path of this cache's class loader", e);
        }
        if (same != element) {
            throw notFound(element, "the one that this cache's class loader finds", null);
        }
    }

    private static CodecException notFound(Class<?> type, String what, @Nullable Throwable cause) {
        return new CodecException(
                Reason.NOT_SERIALIZABLE, "class " + type.getName() + " of the value is not " + what, cause);
    }
}
