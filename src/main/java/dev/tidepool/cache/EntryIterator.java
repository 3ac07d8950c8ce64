package dev.tidepool.cache;

import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.TableScans.FoundItem;
import dev.tidepool.cache.TableScans.Page;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.Executor;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Iterates over the entries that a scan finds, which is no snapshot: what others write meanwhile may or may not be
 * seen. One that cannot be read stops nobody: when all others have been given, {@link #next} throws for it. For one
 * thread.
 */
final class EntryIterator<K, V> implements Iterator<Cache.Entry<K, V>> {
    private static final Logger LOG = LoggerFactory.getLogger(EntryIterator.class);

    /** So many damaged items are named one by one; a table may have any number of them, and memory has not. */
    private static final int MAX_DAMAGED = 100;

    private final CacheParts<K, V> parts;
    private final Reads<K, V> reads;
    private final Mutations<K, V> mutations;
    private final Cache<K, V> cache;
    private final Runnable requireOpen;
    private final Iterator<Page> pages;
    private Iterator<FoundItem> page = Collections.emptyIterator();
    private @Nullable Sound<K, V> next;
    private @Nullable K last;
    private final Queue<DamagedItem> damaged = new ArrayDeque<>();
    private long furtherDamaged;

    /** An entry that is there and can be read. */
    private record Sound<K, V>(StoredItem item, K key, V value) {}

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
                next = sound(page.next());
            } else {
                page = pages.next().items().iterator();
            }
        }
        return next != null || !damaged.isEmpty() || furtherDamaged > 0;
    }

    private @Nullable Sound<K, V> sound(FoundItem found) {
        try {
            StoredItem item = parts.table().scans().read(found);
            long now = parts.clock().millis();
            if (item.isLiveAt(now)) {
                return new Sound<>(item, parts.codec().key(item), parts.codec().decode(item));
            }
            expire(item, now);
        } catch (DamagedItem e) {
            if (damaged.size() < MAX_DAMAGED) {
                damaged.add(e);
            } else {
                furtherDamaged++;
                LOG.debug("An item cannot be read", e);
            }
        }
        return null;
    }

    private void expire(StoredItem item, long now) {
        if (parts.observers().isListeningForExpiry()) {
            try {
                mutations.expire(parts.codec().key(item), item, now);
            } catch (DamagedItem e) {
                LOG.debug("The key of an expired item cannot be decoded, and the item stays as it is", e);
            }
        }
    }

    /** Looking for the next entry is no access to it; taking it is. */
    @Override
    public Cache.Entry<K, V> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Sound<K, V> entry = next;
        next = null;
        last = entry == null ? null : entry.key();
        if (entry == null) {
            throw damage();
        }
        long start = parts.observers().startNanos();
        reads.accessed(entry.key(), entry.item(), entry.value());
        parts.observers().countGets(1, 0, start);
        return new CacheEntry<>(entry.key(), entry.value());
    }

    private CacheException damage() {
        DamagedItem named = damaged.poll();
        if (named != null) {
            return named;
        }
        ItemNames names = parts.table().names();
        String message = "Cache '" + names.cache() + "': " + furtherDamaged + " more items of table '" + names.table()
                + "' cannot be read; they are logged at DEBUG";
        furtherDamaged = 0;
        return new CacheException(message);
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
