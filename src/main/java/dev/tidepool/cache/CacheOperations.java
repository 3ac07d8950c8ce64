package dev.tidepool.cache;

/**
 * What whoever operates an application asks of all caches of a manager, and JSR-107 has no method for. A manager gives
 * it by {@code cacheManager.unwrap(CacheOperations.class)}. Thread-safe.
 */
public interface CacheOperations {
    /**
     * Makes the first request of each cache that there is as quick as later ones, as far as it is the connection that
     * makes it slow: as {@link CacheItems#warmUp} does without examples.
     *
     * @throws javax.cache.CacheException when a request fails; the other caches have been asked all the same
     * @throws IllegalStateException when the manager is closed
     */
    void warmUp();
}
