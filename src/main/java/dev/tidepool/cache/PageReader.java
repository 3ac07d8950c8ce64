package dev.tidepool.cache;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All items of a cache, page by page, the next page being read while one is used. At most two pages are in memory. For
 * one thread.
 */
final class PageReader implements Iterator<List<StoredItem>> {
    private final Executor executor;
    private @Nullable CompletableFuture<CacheTable.Page> ahead;

    private PageReader(Supplier<CacheTable.Page> first, Executor executor) {
        this.executor = executor;
        this.ahead = CompletableFuture.supplyAsync(first, executor);
    }

    /** Reads entries, with the consistency that the cache is configured for. */
    static PageReader ofEntries(CacheTable table, Executor executor) {
        return new PageReader(table::scan, executor);
    }

    /** Finds the entries to be removed, without their values; none that is there may be missed. */
    static PageReader ofDeadlines(CacheTable table, Executor executor) {
        return new PageReader(table::scanForChange, executor);
    }

    /** Finds the items to be removed, of which nothing but the key is read: they may be damaged. */
    static PageReader ofKeys(CacheTable table, Executor executor) {
        return new PageReader(table::scanKeys, executor);
    }

    @Override
    public boolean hasNext() {
        return ahead != null;
    }

    @Override
    public List<StoredItem> next() {
        if (ahead == null) {
            throw new NoSuchElementException();
        }
        CacheTable.Page page = join(ahead);
        ahead = page.next() == null ? null : CompletableFuture.supplyAsync(page.next(), executor);
        return page.items();
    }

    private static CacheTable.Page join(CompletableFuture<CacheTable.Page> page) {
        try {
            return page.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
