package dev.tidepool.cache;

import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears what one cache has to do with its store. Thread-safe, quick, and never throwing. */
interface RequestObserver {
    /**
     * A request begins, in this thread.
     *
     * @param operation the DynamoDB operation, such as {@code GetItem}
     * @return hears in the same thread of its end
     */
    default RequestEnd started(String operation) {
        return RequestEnd.UNHEARD;
    }

    /** A request has ended, well or not. */
    default void sent(SentRequest request) {}

    /** A change is tried again, as somebody else's write of the entry came first. */
    default void conflict() {}

    /** A read was answered as if there were no entry, as the store is unavailable. */
    default void unavailable() {}

    /** The cache has been closed. What is still under way may be heard of after it. */
    default void closed() {}

    /** Hears how one request has ended. */
    @FunctionalInterface
    interface RequestEnd {
        RequestEnd UNHEARD = (answer, failure) -> {};

        /**
         * The request has ended.
         *
         * @param failure what is thrown, be it that a condition was not met; null for a request that was done
         */
        void ended(Answer answer, @Nullable RuntimeException failure);
    }

    /**
     * What is measured of one request of a cache, all its attempts together.
     *
     * @param operation the DynamoDB operation, such as {@code GetItem}
     * @param answer how it ended
     * @param nanos how long it took
     * @param retries how often it was sent again
     * @param throttles how many attempts were throttled; a batch that the server has not processed to its end counts as
     *     one
     * @param units the capacity units that the server says it has consumed; it says nothing of what it refuses
     */
    record SentRequest(String operation, Answer answer, long nanos, int retries, int throttles, double units) {
        /** How a request ended. */
        enum Answer {
            /** It was done. */
            SUCCESS,
            /** Its condition was not met. */
            REFUSED,
            /** The capacity did not suffice, for as long as the SDK has tried. */
            THROTTLED,
            /** Anything else. */
            FAILED;

            /** Returns what metrics and spans call it. */
            String outcome() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** All observers of one cache. One that fails does no harm to what it observes. Thread-safe. */
    static final class StoreObservers implements AutoCloseable {
        private static final Logger LOG = LoggerFactory.getLogger(StoreObservers.class);

        private final String cacheName;
        private final List<RequestObserver> observers = new CopyOnWriteArrayList<>();
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
        synchronized void add(Function<String, RequestObserver> observerOf) {
            if (!closed) {
                guarded(() -> observers.add(observerOf.apply(cacheName)));
            }
        }

        /** Tells all that a request begins; the last one to hear of it is the first to hear of its end. */
        RequestEnd started(String operation) {
            Deque<RequestEnd> ends = new ArrayDeque<>();
            tellAll(observer -> ends.push(observer.started(operation)));
            return (answer, failure) -> ends.forEach(end -> guarded(() -> end.ended(answer, failure)));
        }

        void sent(Supplier<SentRequest> request) {
            guarded(() -> {
                SentRequest measured = request.get();
                tellAll(observer -> observer.sent(measured));
            });
        }

        void conflict() {
            tellAll(RequestObserver::conflict);
        }

        void unavailable() {
            tellAll(RequestObserver::unavailable);
        }

        /** Tells all that the cache is closed, and forgets them. */
        @Override
        public synchronized void close() {
            closed = true;
            tellAll(RequestObserver::closed);
            observers.clear();
        }

        private void tellAll(Consumer<RequestObserver> news) {
            observers.forEach(observer -> guarded(() -> news.accept(observer)));
        }

        private void guarded(Runnable telling) {
            try {
                telling.run();
            } catch (RuntimeException | LinkageError e) {
                if (warned.compareAndSet(false, true)) {
                    LOG.warn(
                            "Metrics of cache '{}' cannot be recorded and will be incomplete (said once)",
                            cacheName,
                            e);
                }
            }
        }
    }
}
