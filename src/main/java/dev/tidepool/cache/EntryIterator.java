package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Executor;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over the entries that a scan finds, which is no snapshot: what others write meanwhile may or may not be
 * seen. For one thread.
 */
final class EntryIterator<K, V> implements Iterator<Cache.Entry<K, V>> {
    private final CacheParts<K, V> parts;
    private final Reads<K, V> reads;
    private final Mutations<K, V> mutations;
    private final Cache<K, V> cache;
    private final Runnable requireOpen;
    private final Iterator<List<StoredItem>> pages;
    private Iterator<StoredItem> page = List.<StoredItem>of().iterator();
    private @Nullable StoredItem next;
    private @Nullable K last;

    /**
     * Begins to read.
     *
     * @param cache removes what was returned last
     * @param requireOpen throws when the cache is closed
     * @param executor reads the next page while one is used
     */
    EntryIterator(
            CacheParts<K, V> parts,
            Reads<K, V> reads,
            Mutations<K, V> mutations,
            Cache<K, V> cache,
            Runnable requireOpen,
            Executor executor) {
        this.parts = parts;
        this.reads = reads;
        this.mutations = mutations;
        this.cache = cache;
        this.requireOpen = requireOpen;
        this.pages = parts.table().scans().entries(executor);
    }

    @Override
    public boolean hasNext() {
        requireOpen.run();
        while (next == null && (page.hasNext() || pages.hasNext())) {
            if (page.hasNext()) {
                next = live(page.next());
            } else {
                page = pages.next().iterator();
            }
        }
        return next != null;
    }

    private @Nullable StoredItem live(StoredItem item) {
        long now = parts.clock().millis();
        if (item.isLiveAt(now)) {
            return item;
        }
        if (parts.observers().isListeningForExpiry()) {
            mutations.expire(parts.codec().key(item), item, now);
        }
        return null;
    }

    /** Looking for the next entry is no access to it; taking it is. */
    @Override
    public Cache.Entry<K, V> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        long start = parts.observers().startNanos();
        StoredItem item = requireNonNull(next);
        next = null;
        last = parts.codec().key(item);
        V value = reads.read(last, item, parts.clock().millis());
        parts.observers().countGets(1, 0, start);
        return new CacheEntry<>(last, value);
    }

    @Override
    public void remove() {
        if (last == null) {
            throw new IllegalStateException("next() has not been called, or its entry has been removed");
        }
        cache.remove(last);
        last = null;
    }
}
