package dev.tidepool.cache;

import java.util.ArrayList;
import java.util.List;
import javax.cache.configuration.Factory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an application's factories have made for one cache: loader, writer, policy, listeners, filters. It is closed
 * with the cache, or when the cache cannot be made, as nobody else would. Thread-safe.
 */
final class Customizations {
    private static final Logger LOG = LoggerFactory.getLogger(Customizations.class);

    private final String cacheName;

    /** What has not been closed; guarded by itself. */
    private final List<Object> made = new ArrayList<>();

    Customizations(String cacheName) {
        this.cacheName = cacheName;
    }

    String cacheName() {
        return cacheName;
    }

    /** Makes what a factory makes; null where there is no factory, or it makes nothing. */
    <T> @Nullable T make(@Nullable Factory<? extends T> factory) {
        T object = factory == null ? null : factory.create();
        if (object != null) {
            synchronized (made) {
                made.add(object);
            }
        }
        return object;
    }

    /** Closes one of them before the others. */
    void close(@Nullable Object object) {
        if (forget(object) && object instanceof AutoCloseable closeable) {
            closeQuietly(closeable);
        }
    }

    /** Whether it was there; by identity, as an application's objects may be equal to others. */
    private boolean forget(@Nullable Object object) {
        synchronized (made) {
            for (int i = 0; i < made.size(); i++) {
                if (made.get(i) == object) {
                    made.remove(i);
                    return true;
                }
            }
            return false;
        }
    }

    void closeAll() {
        List<Object> all;
        synchronized (made) {
            all = List.copyOf(made);
        }
        all.forEach(this::close);
    }

    /** What cannot be closed keeps nothing else open, not even when its application's classes are gone. */
    private void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception | LinkageError e) {
            LOG.warn("{} of cache '{}' cannot be closed", closeable.getClass(), cacheName, e);
        }
    }
}
