package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    /** Removes the listener of an equal configuration, and returns it and its filter, for closing. */
    synchronized List<Object> deregister(CacheEntryListenerConfiguration<K, V> configuration) {
        for (ListenerRegistration<K, V> known : registrations) {
            if (known.configuration().equals(configuration)) {
                registrations.remove(known);
                return known.listenerAndFilter();
            }
        }
        return List.of();
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

    /** One listener of a cache, with its filter. An asynchronous one gets its events in order, one at a time. */
    private static final class ListenerRegistration<K, V> {
        private static final Logger LOG = LoggerFactory.getLogger(ListenerRegistration.class);

        private final CacheEntryListenerConfiguration<K, V> configuration;
        private final CacheEntryListener<? super K, ? super V> listener;
        private final @Nullable CacheEntryEventFilter<? super K, ? super V> filter;
        private final Executor executor;

        /** Events not yet delivered to an asynchronous listener; guarded by itself. */
        private final Queue<CacheEvent<K, V>> waiting = new ArrayDeque<>();

        /** Whether a thread is delivering; guarded by {@link #waiting}. */
        private boolean delivering;

        ListenerRegistration(CacheEntryListenerConfiguration<K, V> configuration, Executor executor) {
            this.configuration = configuration;
            this.listener = requireNonNull(
                    configuration.getCacheEntryListenerFactory().create(), "the factory of a listener returned null");
            Factory<CacheEntryEventFilter<? super K, ? super V>> filters =
                    configuration.getCacheEntryEventFilterFactory();
            this.filter = filters == null ? null : filters.create();
            this.executor = executor;
        }

        CacheEntryListenerConfiguration<K, V> configuration() {
            return configuration;
        }

        /** Returns what the application may want closed. */
        List<Object> listenerAndFilter() {
            return filter == null ? List.of(listener) : List.of(listener, filter);
        }

        boolean wants(EventType type) {
            return switch (type) {
                case CREATED -> listener instanceof CacheEntryCreatedListener;
                case UPDATED -> listener instanceof CacheEntryUpdatedListener;
                case REMOVED -> listener instanceof CacheEntryRemovedListener;
                case EXPIRED -> listener instanceof CacheEntryExpiredListener;
            };
        }

        /**
         * Delivers an event, or sees to it that it is delivered.
         *
         * @throws CacheEntryListenerException when the filter or a synchronous listener throws
         */
        void publish(CacheEvent<K, V> event) {
            if (!wants(event.getEventType()) || !passes(event)) {
                return;
            }
            if (configuration.isSynchronous()) {
                deliver(event);
            } else {
                enqueue(event);
            }
        }

        private boolean passes(CacheEvent<K, V> event) {
            try {
                return filter == null || filter.evaluate(event);
            } catch (CacheEntryListenerException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new CacheEntryListenerException("The filter of a listener failed", e);
            }
        }

        @SuppressWarnings("unchecked") // wants() has checked which kind of listener it is
        private void deliver(CacheEvent<K, V> event) {
            Iterable<CacheEntryEvent<? extends K, ? extends V>> events = List.of(event);
            try {
                switch (event.getEventType()) {
                    case CREATED -> ((CacheEntryCreatedListener<K, V>) listener).onCreated(events);
                    case UPDATED -> ((CacheEntryUpdatedListener<K, V>) listener).onUpdated(events);
                    case REMOVED -> ((CacheEntryRemovedListener<K, V>) listener).onRemoved(events);
                    case EXPIRED -> ((CacheEntryExpiredListener<K, V>) listener).onExpired(events);
                }
            } catch (CacheEntryListenerException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new CacheEntryListenerException("A listener failed", e);
            }
        }

        private void enqueue(CacheEvent<K, V> event) {
            synchronized (waiting) {
                waiting.add(event);
                if (delivering) {
                    return;
                }
                delivering = true;
            }
            try {
                executor.execute(this::deliverWaiting);
            } catch (RejectedExecutionException e) {
                synchronized (waiting) {
                    waiting.clear();
                    delivering = false;
                }
                LOG.debug("The cache manager has been closed; an event is not delivered", e);
            }
        }

        private void deliverWaiting() {
            for (CacheEvent<K, V> event = nextWaiting(); event != null; event = nextWaiting()) {
                try {
                    deliver(event);
                } catch (RuntimeException | Error e) { // an error here would keep all later events from being delivered
                    LOG.warn(
                            "An asynchronous listener of cache '{}' failed",
                            event.getSource().getName(),
                            e);
                }
            }
        }

        private @Nullable CacheEvent<K, V> nextWaiting() {
            synchronized (waiting) {
                CacheEvent<K, V> next = waiting.poll();
                delivering = next != null;
                return next;
            }
        }
    }
}
