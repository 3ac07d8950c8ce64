package dev.tidepool.cache;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * All items of a cache, page by page, the next page being read while one is used. At most two pages are in memory. For
 * one thread.
 */
final class PageReader implements Iterator<List<StoredItem>> {
    private final CacheTable table;
    private final boolean withValues;
    private final Executor executor;
    private @Nullable CompletableFuture<CacheTable.Page> ahead;

    PageReader(CacheTable table, boolean withValues, Executor executor) {
        this.table = table;
        this.withValues = withValues;
        this.executor = executor;
        this.ahead = CompletableFuture.supplyAsync(() -> table.scan(null, withValues), executor);
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
        ahead = page.next() == null
                ? null
                : CompletableFuture.supplyAsync(() -> table.scan(page.next(), withValues), executor);
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
