package dev.tidepool.cache;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the operations of one cache work with.
 *
 * @param table sends the requests
 * @param codec keys and values as texts and bytes
 * @param expiry asks the expiry policy
 * @param loading the loader
 * @param writing the writer
 * @param observers statistics and listeners
 * @param locks a lock for each key
 * @param clock the time that deadlines are compared with
 * @param parallel runs requests of one operation at the same time
 */
record CacheParts<K, V>(
        CacheTable table,
        EntryCodec<K, V> codec,
        EntryExpiry<K, V> expiry,
        ReadThrough<K, V> loading,
        WriteThrough<K, V> writing,
        StatisticsAndEvents<K, V> observers,
        KeyLocks locks,
        InstantSource clock,
        Parallel parallel) {

    /** Returns the same parts with a table that does not wait longer than a limit. */
    CacheParts<K, V> within(Duration limit) {
        return new CacheParts<>(
                table.within(limit), codec, expiry, loading, writing, observers, locks, clock, parallel);
    }

    /**
     * Lock, change, count, tell: the way of everything that changes an entry. With listeners, what happens to a key and
     * what is told of it must not overtake each other.
     *
     * @param alone whether the key is locked even when nobody listens
     * @param change makes the change and returns what came of it
     * @param count counts it, before a listener may throw
     * @param tell tells the listeners
     */
    @SuppressWarnings("try") // the lock is held, not used
    <T> T change(
            String keyText, boolean alone, Supplier<T> change, Consumer<? super T> count, Consumer<? super T> tell) {
        try (KeyLocks.Held held = alone || observers.isListening() ? locks.lock(keyText) : null) {
            T done = change.get();
            count.accept(done);
            tell.accept(done);
            return done;
        }
    }

    /**
     * Does something with many entries: at the same time, unless listeners must be told, who run in the thread of their
     * caller, or the thread holds the lock of a key, which another thread might then wait for.
     */
    <T> void forEach(Collection<T> entries, Consumer<? super T> work) {
        if (observers.isListening() || KeyLocks.isAnyHeldByCurrentThread()) {
            parallel.inTurn(entries, work);
        } else {
            parallel.forEach(entries, work);
        }
    }
}
