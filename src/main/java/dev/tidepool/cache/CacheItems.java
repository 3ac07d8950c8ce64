package dev.tidepool.cache;

import dev.tidepool.Option;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a cache can do because its entries are items of a table, and JSR-107 has no method for. A cache gives it by
 * {@code cache.unwrap(CacheItems.class)}. Thread-safe.
 *
 * @param <K> the type of the cache's keys
 */
public interface CacheItems<K> {
    /**
     * Deletes the cache's expired items, for a table without TTL, as {@link Option#REAP_INTERVAL} does again and again:
     * the method for a scheduled job. One at a time: it waits for another call and for the search in the background.
     *
     * <p>It reads the whole table, at most a page (1 MB) a second, and deletes at most 25 items a second, so that the
     * application keeps the table's capacity. An item that was written or whose deadline was moved since it was read
     * stays, and so does one that cannot be read, of which a warning tells at the end. Listeners for {@code EXPIRED}
     * hear of what was deleted; what they throw keeps no other item.
     *
     * @return how many items were deleted by this call
     * @throws javax.cache.CacheException when a request fails, or the thread is interrupted; what was deleted until
     *     then stays so
     * @throws javax.cache.event.CacheEntryListenerException the first that a listener threw, when all is done, with the
     *     others suppressed
     * @throws IllegalStateException when the cache is closed, now or meanwhile, or when a listener calls it in the
     *     thread that tells of an expired item
     */
    long reap();

    /**
     * Finds the keys of entries by a special key ({@link Option#SPECIAL_KEYS}) that has an index. Costs a Query for
     * each MB of keys that the index holds for the value, those of other caches on the table among them.
     *
     * <p>An index lags behind its table, mostly by less than a second. It may not know yet what was written last, and
     * may still know what is gone, has expired or has changed: look at each entry again. An item whose key cannot be
     * decoded is left out, with a warning.
     *
     * @param specialKey the name of the special key
     * @param value the value to look for: a {@code String} for type S, a {@code Number} for N, a {@code byte[]} for B
     * @return the keys, in no order
     * @throws IllegalStateException when no index is configured for the special key
     * @throws IllegalArgumentException when the value has another type, or cannot be the key of an index
     * @throws javax.cache.CacheException when the table has no such index, or the store fails
     */
    Set<K> find(String specialKey, Object value);

    /**
     * Makes the first operations as quick as later ones, before anybody waits for them: opens a connection, finds the
     * credentials, loads the classes that requests take, and lets the codecs make their plans of the classes that keys
     * and values consist of. To be called when the application starts, before it serves. Stores nothing, and counts in
     * no statistics.
     *
     * <p>Costs a GetItem of one key without its value; with examples also a PutItem that is always refused, which is
     * billed as a write of the smallest item or, should there be an entry of the first example's key, of that one.
     *
     * @param examples entries as the application will have them, with the classes that it will use; each is encoded and
     *     decoded again. Empty for the connection alone
     * @throws ClassCastException when a key or value has another type than the cache's
     * @throws javax.cache.CacheException when a request fails, or an example cannot be encoded or read back
     * @throws IllegalStateException when the cache is closed
     */
    void warmUp(Map<? extends K, ?> examples);

    /**
     * Returns how far the cache's clock, which is this node's unless {@link Option#CLOCK} is set, is off the store's.
     * Sends nothing: the store's answers tell the time in whole seconds, and one of them a minute is looked at. Can be
     * asked of a closed cache, too.
     *
     * @return positive when the clock is ahead, negative when it is behind, right to a second and the time that an
     *     answer takes; zero when no answer has shown a difference; empty while none has told the time
     */
    Optional<Duration> clockOffset();

    /**
     * Asks the store whether it answers anything at all; one that throttles, or fails by its own fault, does. Costs a
     * GetItem, and another one for each time that it is tried again.
     *
     * @param atMost how long to wait; more than zero
     * @return false when there was no answer within that time
     * @throws IllegalArgumentException when the time is not more than zero
     * @throws IllegalStateException when the cache is closed
     */
    boolean isAnswering(Duration atMost);
}
