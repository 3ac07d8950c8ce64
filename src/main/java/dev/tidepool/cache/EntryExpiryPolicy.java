package dev.tidepool.cache;

import java.time.Instant;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * An expiry policy that gives each entry a lifetime of its own, which JSR-107 lacks.
 *
 * <p>Given to a cache like any other policy, by {@code setExpiryPolicyFactory}. Both methods must depend on nothing but
 * their arguments and the clock: they may be asked in vain, more than once, and from several threads at a time. On
 * another JCache provider, which does not know this interface, entries under such a policy never expire.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 */
@FunctionalInterface
public interface EntryExpiryPolicy<K, V> extends ExpiryPolicy {
    /**
     * Returns how long an entry lives after it was created or updated with a value.
     *
     * @param key the entry's key
     * @param value the entry's new value
     * @return the lifetime from now on; zero so that the entry is not stored, {@link Duration#ETERNAL} so that it never
     *     expires, null so that a created entry never expires and an updated one keeps its deadline
     * @throws RuntimeException to refuse the entry; the operation then fails with a {@code CacheException} and nothing
     *     is sent
     */
    @Nullable Duration getExpiry(K key, V value);

    /**
     * Returns how long an entry lives after it was created or updated with a value; for policies that know an instant
     * at which the entry is to expire.
     *
     * @param key the entry's key
     * @param value the entry's new value
     * @param now the time by the cache's clock, from which the lifetime counts
     * @return as {@link #getExpiry(Object, Object)}, which is asked by default
     */
    default @Nullable Duration getExpiry(K key, V value, Instant now) {
        return getExpiry(key, value);
    }

    /**
     * Returns how long an entry lives after it was read.
     *
     * @param key the entry's key
     * @param value the entry's value
     * @return the lifetime from now on, or null, as by default, when reading does not move the deadline
     */
    default @Nullable Duration getExpiryAfterAccess(K key, V value) {
        return null;
    }

    /** Not asked by Tidepool; without an entry there is nothing to go by. */
    @Override
    default Duration getExpiryForCreation() {
        return Duration.ETERNAL;
    }

    /** Not asked by Tidepool; without an entry there is nothing to go by. */
    @Override
    default @Nullable Duration getExpiryForAccess() {
        return null;
    }

    /** Not asked by Tidepool; without an entry there is nothing to go by. */
    @Override
    default @Nullable Duration getExpiryForUpdate() {
        return null;
    }
}
