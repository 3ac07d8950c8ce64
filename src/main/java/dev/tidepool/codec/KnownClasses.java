package dev.tidepool.codec;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The classes that one codec has found and may use, so that it asks for each once. Both answers never change. */
final class KnownClasses {

    private final ClassLoader loader;
    private final AllowList allowed;
    private final Map<String, Class<?>> found = new ConcurrentHashMap<>();
    private final Set<Class<?>> passed = ConcurrentHashMap.newKeySet();

    KnownClasses(ClassLoader loader, AllowList allowed) {
        this.loader = loader;
        this.allowed = allowed;
    }

    /** Does nothing when instances of a class may be written. */
    void requireAllowed(Class<?> type) {
        if (!passed.contains(type)) {
            allowed.check(type.getName());
            passed.add(type);
        }
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
}
