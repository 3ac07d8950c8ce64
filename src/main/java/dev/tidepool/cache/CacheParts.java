package dev.tidepool.cache;

import java.time.InstantSource;

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
        CacheLoading<K, V> loading,
        CacheWriting<K, V> writing,
        Observers<K, V> observers,
        KeyLocks locks,
        InstantSource clock,
        Parallel parallel) {}
