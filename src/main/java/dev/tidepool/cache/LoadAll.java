package dev.tidepool.cache;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code loadAll} of a cache: asynchronous, and waited for when the cache is closed. Thread-safe. */
final class LoadAll<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(LoadAll.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final CacheParts<K, V> parts;
    private final Reads<K, V> reads;
    private final BulkChanges<K, V> bulk;
    private final Executor executor;

    /** LoadAll in flight, and the cache as long as it is open. */
    private final Phaser inFlight = new Phaser(1);

    LoadAll(CacheParts<K, V> parts, Reads<K, V> reads, BulkChanges<K, V> bulk, Executor executor) {
        this.parts = parts;
        this.reads = reads;
        this.bulk = bulk;
        this.executor = executor;
    }

    void loadAll(Map<String, K> keys, boolean replaceExisting, @Nullable CompletionListener listener) {
        if (parts.loading().loader() == null) {
            tell(listener, null);
            return;
        }
        inFlight.register();
        executor.execute(() -> {
            Exception failure = null;
            try {
                load(keys, replaceExisting);
            } catch (RuntimeException e) {
                failure = e;
            } catch (Error e) {
                failure = new CacheLoaderException("The cache's loader failed", e);
            } finally {
                // Before the listener is told: it may close the cache, and closing waits for what is in flight.
                inFlight.arriveAndDeregister();
            }
            tell(listener, failure);
        });
    }

    private void load(Map<String, K> keys, boolean replaceExisting) {
        Map<String, K> wanted = new HashMap<>(keys);
        if (!replaceExisting) {
            wanted.keySet().removeAll(reads.present(keys.keySet()));
        }
        Map<K, V> loaded = parts.loading().loadAll(wanted.values());
        if (replaceExisting) {
            bulk.replaceWithLoaded(loaded);
        } else {
            bulk.addLoaded(loaded);
        }
    }

    private static void tell(@Nullable CompletionListener listener, @Nullable Exception failure) {
        if (failure != null) {
            LOG.debug("A loadAll failed", failure);
        }
        if (listener == null) {
            return;
        }
        if (failure == null) {
            listener.onCompletion();
        } else {
            listener.onException(failure);
        }
    }

    /** Waits for the loads in flight, but not for ever: a loader may hang. */
    void await() {
        try {
            inFlight.awaitAdvanceInterruptibly(inFlight.arriveAndDeregister(), PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LOG.warn("A cache is closed while a loader has been running for more than {} s", PATIENCE.toSeconds());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
