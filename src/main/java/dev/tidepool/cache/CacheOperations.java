package dev.tidepool.cache;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

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

    /**
     * Asks the store of each cache that there is, 16 at the same time, for a health check. Costs a GetItem of one key
     * for each cache, and another one for each time that it is tried again.
     *
     * @param atMost how long to wait for each answer; more than zero
     * @return how each cache finds its store, by the names of the caches in their order
     * @throws IllegalArgumentException when the time is not more than zero
     * @throws IllegalStateException when the manager is closed
     */
    Map<String, StoreHealth> health(Duration atMost);

    /**
     * How a cache finds its store.
     *
     * @param isAnswering whether there was an answer at all, be it that the store throttles or refuses
     * @param isReady whether the table could be read from: it is there, and there are permission and capacity
     * @param clockOffset as {@link CacheItems#clockOffset} says
     * @param sinceSuccess how long ago the store has last done what any cache on the same client asked it for, the
     *     question to this cache aside; empty when it never has. By the cache's clock
     * @param problem why the table could not be read from, in a sentence without any key or value; empty when it could
     */
    record StoreHealth(
            boolean isAnswering,
            boolean isReady,
            Optional<Duration> clockOffset,
            Optional<Duration> sinceSuccess,
            Optional<String> problem) {}
}
