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
    private final Set<Class<?>> restoredFromForm = ConcurrentHashMap.newKeySet();
    private final Map<Class<?>, Boolean> resolved = new ConcurrentHashMap<>();

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

    /** Returns whether a class is known to be allowed and found. */
    boolean hasPassed(Class<?> type) {
        return passed.contains(type);
    }

    /** Takes classes that a reader has got over without finding them. */
    void passed(Collection<Class<?>> types) {
        passed.addAll(types);
    }

    /** Returns whether a class is allowed. */
    boolean permits(Class<?> type) {
        return passed.contains(type) || allowed.allows(type.getName());
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

    /** Takes the classes of objects that came back. */
    void restored(Collection<Class<?>> types) {
        types.stream().filter(type -> !isDoubtful(type)).forEach(restored::add);
    }

    /** Returns whether objects of this class are known to come back from what they write in their place. */
    boolean isRestoredFromForm(Class<?> original) {
        return restoredFromForm.contains(original);
    }

    void restoredFromForm(Collection<Class<?>> originals) {
        restoredFromForm.addAll(originals);
    }

    /**
     * Returns whether objects of a class have to be read to know that they come back. Those of the JDK's types on the
     * list do, unless the JVM has a filter.
     */
    static boolean isUncertain(Class<?> type) {
        return ObjectInputFilter.Config.getSerialFilter() != null
                || type == StreamWeights.COPIES
                || !(type.isArray() || JdkTypes.contains(type.getName()));
    }

    /**
     * Returns whether what {@code readResolve} makes of an object of this class may be of another class each time. The
     * JDK's own types on the list are made as they were.
     */
    boolean isResolved(Class<?> type) {
        return !JdkTypes.contains(type.getName()) && resolved.computeIfAbsent(type, Forms::hasReadResolve);
    }

    /** Returns whether an object that came back tells nothing of the next one of its class. */
    private boolean isDoubtful(Class<?> type) {
        return type == StreamWeights.COPIES || isResolved(type);
    }

    /**
     * Returns whether a reader finds a class by its name.
     *
     * @throws CodecException if it finds another one of the same name
     */
    boolean isFound(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        try {
            if (ClassNames.find(element.getName(), loader) == element) {
                passIfAllowed(type);
                return true;
            }
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
        throw foreign(element, "the one that this cache's class loader finds");
    }

    private void passIfAllowed(Class<?> type) {
        if (allowed.allows(type.getName())) {
            passed.add(type);
        }
    }

    /** Returns the exception for a class that a reader does not find and cannot do without. */
    static CodecException notFound(Class<?> type) {
        return foreign(type, "on the class path of this cache's class loader");
    }

    private static CodecException foreign(Class<?> type, String what) {
        return new CodecException(Reason.NOT_SERIALIZABLE, "class " + type.getName() + " of the value is not " + what);
    }
}
