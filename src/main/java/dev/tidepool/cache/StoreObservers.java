package dev.tidepool.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All observers of one cache. One that fails does no harm to what it observes. Thread-safe. */
final class StoreObservers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreObservers.class);

    private final String cacheName;
    private final List<StoreObserver> observers = new CopyOnWriteArrayList<>();
    private final AtomicBoolean warned = new AtomicBoolean();
    private boolean closed;

    StoreObservers(String cacheName) {
        this.cacheName = cacheName;
    }

    /** Whether there is anybody to tell; what nobody hears need not be measured. */
    boolean isListening() {
        return !observers.isEmpty();
    }

    /**
     * Adds an observer, unless the cache is closed.
     *
     * @param observerOf makes one for the cache's name
     */
    synchronized void add(Function<String, StoreObserver> observerOf) {
        if (!closed) {
            guarded(() -> observers.add(observerOf.apply(cacheName)));
        }
    }

    void sent(Supplier<SentRequest> request) {
        guarded(() -> {
            SentRequest measured = request.get();
            tellAll(observer -> observer.sent(measured));
        });
    }

    void conflict() {
        tellAll(StoreObserver::conflict);
    }

    void unavailable() {
        tellAll(StoreObserver::unavailable);
    }

    /** Tells all that the cache is closed, and forgets them. */
    @Override
    public synchronized void close() {
        closed = true;
        tellAll(StoreObserver::closed);
        observers.clear();
    }

    private void tellAll(Consumer<StoreObserver> news) {
        observers.forEach(observer -> guarded(() -> news.accept(observer)));
    }

    private void guarded(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException | LinkageError e) {
            if (warned.compareAndSet(false, true)) {
                LOG.warn("Metrics of cache '{}' cannot be recorded and will be incomplete (said once)", cacheName, e);
            }
        }
    }
}
