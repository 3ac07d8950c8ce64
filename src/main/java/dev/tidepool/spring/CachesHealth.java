package dev.tidepool.spring;

import dev.tidepool.cache.CacheOperations;
import dev.tidepool.cache.CacheOperations.StoreHealth;
import java.time.Duration;
import java.util.Map;
import javax.cache.CacheManager;

/**
 * How the caches of an application find their stores, in the words of an indicator.
 *
 * @param isReady whether all do
 * @param details what there is to say, by name
 */
record CachesHealth(boolean isReady, Map<String, ?> details) {
    /** Whoever asks for the health of an application mostly gives up after some seconds. */
    private static final Duration AT_MOST = Duration.ofSeconds(2);

    /** Asks each store once. A manager of another provider, which cannot tell, is not held against the application. */
    static CachesHealth of(CacheManager caches) {
        CacheOperations operations;
        try {
            operations = caches.unwrap(CacheOperations.class);
        } catch (IllegalArgumentException e) {
            return new CachesHealth(
                    true,
                    Map.of("provider", caches.getCachingProvider().getClass().getName()));
        }
        Map<String, StoreHealth> found = operations.health(AT_MOST);
        return new CachesHealth(found.values().stream().allMatch(StoreHealth::isReady), found);
    }
}
