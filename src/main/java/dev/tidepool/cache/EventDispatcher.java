package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.cache.configuration.CacheEntryListenerConfiguration;
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
 *
 * <p>So many events may wait for an asynchronous listener; then whoever is about to change an entry waits, until the
 * listener has taken one. While it takes none for long, events are lost instead. Who could wait for itself does not
 * wait: a thread that tells that very listener, which loses nothing by it, and one that holds a key, which the listener
 * might want.
 */
final class EventDispatcher<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(EventDispatcher.class);

    private static final int MAX_WAITING = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The asynchronous listener, of any cache, that a thread tells. */
    private static final ThreadLocal<Object> TOLD = new ThreadLocal<>();

    private final List<ListenerRegistration> registrations = new CopyOnWriteArrayList<>();
    private final Customizations customizations;
    private final Executor executor;
    private final int maxWaiting;
    private final Duration patience;

    EventDispatcher(Customizations customizations, Executor executor) {
        this(customizations, executor, MAX_WAITING, PATIENCE);
    }

    /**
     * A dispatcher without listeners.
     *
     * @param customizations makes listeners and filters, and closes them
     * @param executor gives an asynchronous listener a thread while there are events for it
     * @param maxWaiting how many events may wait for an asynchronous listener
     * @param patience how long one that takes no event is waited for
     */
    EventDispatcher(Customizations customizations, Executor executor, int maxWaiting, Duration patience) {
        this.customizations = customizations;
        this.executor = executor;
        this.maxWaiting = maxWaiting;
        this.patience = patience;
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
        registrations.add(new ListenerRegistration(configuration));
    }

    /** Removes the listener of an equal configuration, and closes it and its filter. */
    synchronized void deregister(CacheEntryListenerConfiguration<K, V> configuration) {
        for (ListenerRegistration known : registrations) {
            if (known.configuration().equals(configuration)) {
                registrations.remove(known);
                known.close();
                return;
            }
        }
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

    /** Waits until there is room for events; to be called before an entry is changed and its key locked. */
    void awaitRoom() {
        registrations.forEach(ListenerRegistration::awaitRoom);
    }

    /**
     * Tells every listener of an event.
     *
     * @throws CacheEntryListenerException the first that one of them threw, with the others suppressed
     */
    void publish(CacheEvent<K, V> event) {
        Failures failures = new Failures();
        registrations.forEach(registration -> failures.trying(() -> registration.publish(event)));
        failures.throwIfAny();
    }

    /** One listener of a cache, with its filter. An asynchronous one gets its events in order, one at a time. */
    private final class ListenerRegistration {
        private final CacheEntryListenerConfiguration<K, V> configuration;
        private final CacheEntryListener<? super K, ? super V> listener;
        private final @Nullable CacheEntryEventFilter<? super K, ? super V> filter;

        /** Guards what follows, all of it for an asynchronous listener. */
        private final ReentrantLock lock = new ReentrantLock();

        private final Condition taken = lock.newCondition();
        private final Queue<CacheEvent<K, V>> waiting = new ArrayDeque<>();

        /** Whether a thread is delivering. */
        private boolean delivering;

        /** How many events have been taken, and how many are lost since the last one was. */
        private long takenEvents;

        private long lostEvents;

        /** Whether nobody waits for the listener any more, as it takes no event. */
        private boolean stuck;

        /** Whether it is told nothing more. */
        private boolean closed;

        ListenerRegistration(CacheEntryListenerConfiguration<K, V> configuration) {
            this.configuration = configuration;
            this.listener = requireNonNull(
                    customizations.make(configuration.getCacheEntryListenerFactory()),
                    "the factory of a listener returned null");
            try {
                this.filter = customizations.make(configuration.getCacheEntryEventFilterFactory());
            } catch (RuntimeException | Error e) {
                customizations.close(listener);
                throw e;
            }
        }

        CacheEntryListenerConfiguration<K, V> configuration() {
            return configuration;
        }

        /** Lets go of the events that wait, and of those who wait for room, before it closes the listener. */
        void close() {
            lock.lock();
            try {
                closed = true;
                waiting.clear();
                taken.signalAll();
            } finally {
                lock.unlock();
            }
            customizations.close(listener);
            customizations.close(filter);
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

        void awaitRoom() {
            if (configuration.isSynchronous() || isToldByCurrentThread() || KeyLocks.isAnyHeldByCurrentThread()) {
                return;
            }
            lock.lock();
            try {
                while (waiting.size() >= maxWaiting && !stuck && !closed) {
                    long before = takenEvents;
                    boolean waitedLong = !taken.await(patience.toNanos(), TimeUnit.NANOSECONDS);
                    if (waitedLong && takenEvents == before) {
                        becomeStuck();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // what the caller does next will end by it
            } finally {
                lock.unlock();
            }
        }

        private boolean isToldByCurrentThread() {
            return TOLD.get() == this;
        }

        private void becomeStuck() {
            if (!stuck) {
                stuck = true;
                LOG.warn(
                        "Cache '{}': an asynchronous listener, {}, has taken no event for {} while {} wait for it; until"
                                + " it does, further events are lost to it",
                        customizations.cacheName(),
                        listener.getClass(),
                        patience,
                        waiting.size());
            }
        }

        private void getUnstuck() {
            if (stuck) {
                stuck = false;
                LOG.warn(
                        "Cache '{}': an asynchronous listener, {}, takes events again; {} are lost to it",
                        customizations.cacheName(),
                        listener.getClass(),
                        lostEvents);
                lostEvents = 0;
            }
        }

        private void enqueue(CacheEvent<K, V> event) {
            if (!addWaiting(event)) {
                return;
            }
            try {
                executor.execute(this::deliverWaiting);
            } catch (RejectedExecutionException e) {
                endDelivery();
                LOG.debug("The cache manager has been closed; an event is not delivered", e);
            } catch (Error e) { // no thread could be made; the next event finds one, or fails as well
                endDelivery();
                throw e;
            }
        }

        /** Returns whether a thread has to be found that delivers. */
        private boolean addWaiting(CacheEvent<K, V> event) {
            lock.lock();
            try {
                if (closed) {
                    return false;
                }
                if (stuck && waiting.size() >= maxWaiting && !isToldByCurrentThread()) {
                    lostEvents++;
                    return false;
                }
                waiting.add(event);
                boolean first = !delivering;
                delivering = true;
                return first;
            } finally {
                lock.unlock();
            }
        }

        private void endDelivery() {
            lock.lock();
            try {
                waiting.clear();
                delivering = false;
                taken.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void deliverWaiting() {
            TOLD.set(this);
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
            TOLD.remove();
        }

        private @Nullable CacheEvent<K, V> nextWaiting() {
            lock.lock();
            try {
                CacheEvent<K, V> next = waiting.poll();
                delivering = next != null;
                takenEvents++;
                getUnstuck();
                taken.signal();
                return next;
            } finally {
                lock.unlock();
            }
        }
    }
}
