package dev.tidepool.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of a session that stay on this node. Thread-safe. */
final class LocalAttributes {
    private final Map<String, Object> objects = new HashMap<>();

    synchronized boolean isEmpty() {
        return objects.isEmpty();
    }

    synchronized @Nullable Object get(String name) {
        return objects.get(name);
    }

    synchronized Set<String> names() {
        return Set.copyOf(objects.keySet());
    }

    synchronized @Nullable Object put(String name, Object value) {
        return objects.put(name, value);
    }

    synchronized @Nullable Object remove(String name) {
        return objects.remove(name);
    }

    /** Hands all to what the same session is known as from now on, which may have newer ones. */
    void moveTo(LocalAttributes other) {
        Map<String, Object> moved;
        synchronized (this) {
            moved = Map.copyOf(objects);
            objects.clear();
        }
        synchronized (other) {
            moved.forEach(other.objects::putIfAbsent);
        }
    }
}
