package dev.tidepool.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one cache. They hear of what this cache object does, not of what other nodes do.
 *
 * <p>Synchronous listeners run in the calling thread before the operation returns; what they throw reaches the caller
 * as a {@link CacheEntryListenerException}, after all listeners have been told. Asynchronous ones run in another
 * thread, in the order of the events.
 */
final class EventDispatcher<K, V> {
    private final List<ListenerRegistration<K, V>> registrations = new CopyOnWriteArrayList<>();
    private final Executor executor;

    EventDispatcher(Executor executor) {
        this.executor = executor;
    }

    /**
     * Registers a listener.
     *
     * @throws IllegalArgumentException when there is one of an equal configuration
     */
    synchronized void register(CacheEntryListenerConfiguration<K, V> configuration) {
        if (registrations.stream().anyMatch(known -> known.configuration().equals(configuration))) {
            throw new IllegalArgumentException("A listener of this configuration is registered already");
        }
        registrations.add(new ListenerRegistration<>(configuration, executor));
    }

    /** Removes the listener of an equal configuration and returns it, or null. */
    synchronized @Nullable ListenerRegistration<K, V> deregister(CacheEntryListenerConfiguration<K, V> configuration) {
        for (ListenerRegistration<K, V> known : registrations) {
            if (known.configuration().equals(configuration)) {
                registrations.remove(known);
                return known;
            }
        }
        return null;
    }

    /** Returns the listeners, their filters among them, for closing. */
    List<Object> listenersAndFilters() {
        return registrations.stream()
                .flatMap(registration -> registration.listenerAndFilter().stream())
                .toList();
    }

    List<CacheEntryListenerConfiguration<K, V>> configurations() {
        return registrations.stream().map(ListenerRegistration::configuration).toList();
    }

    boolean isEmpty() {
        return registrations.isEmpty();
    }

    boolean wants(EventType type) {
        return registrations.stream().anyMatch(registration -> registration.wants(type));
    }

    /** Tells every listener of an event. */
    void publish(CacheEvent<K, V> event) {
        CacheEntryListenerException first = null;
        for (ListenerRegistration<K, V> registration : registrations) {
            try {
                registration.publish(event);
            } catch (CacheEntryListenerException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
