package dev.tidepool.session;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.cache.Cache;

/**
 * The engines of this JVM that share sessions: those of deployments with one cache and one application name. One that
 * ends a session tells the others, whose listeners would not hear of it. Thread-safe.
 */
final class SameApplication {
    /** By the cache, as nobody else keeps it: the engines of a cache that is gone are gone too. */
    private static final Map<Cache<?, ?>, List<WeakReference<SameApplication>>> BY_CACHE = new WeakHashMap<>();

    private final String name;
    private final String keyPrefix;
    private final Listener listener;
    private final List<WeakReference<SameApplication>> all;

    /** Told of the end of a session. */
    @FunctionalInterface
    interface Listener {
        void ended(StoredKey key, StoredSession session, EndReason reason);
    }

    private SameApplication(
            String name, String keyPrefix, Listener listener, List<WeakReference<SameApplication>> all) {
        this.name = name;
        this.keyPrefix = keyPrefix;
        this.listener = listener;
        this.all = all;
    }

    /** Takes in an engine, which keeps what is returned as long as it wants to hear and tell. */
    static SameApplication of(Cache<?, ?> cache, SessionSettings settings, Listener listener) {
        synchronized (BY_CACHE) {
            List<WeakReference<SameApplication>> all =
                    BY_CACHE.computeIfAbsent(cache, key -> new CopyOnWriteArrayList<>());
            all.removeIf(reference -> reference.get() == null);
            SameApplication made = new SameApplication(settings.name(), settings.keyPrefix(), listener, all);
            all.add(new WeakReference<>(made));
            return made;
        }
    }

    /** Tells the others. Engines of one name are the same deployment, once more, and have told already. */
    void ended(LiveSession live, EndReason reason) {
        StoredSession last = live.base();
        if (last == null) {
            return;
        }
        for (WeakReference<SameApplication> reference : all) {
            SameApplication other = reference.get();
            if (other != null && !other.name.equals(name) && other.keyPrefix.equals(keyPrefix)) {
                other.listener.ended(live.key(), last, reason);
            }
        }
    }
}
