/**
 * The JCache provider: {@code javax.cache} over a DynamoDB table.
 *
 * <p>{@link dev.tidepool.cache.DynamoDbCachingProvider} is it, {@link dev.tidepool.cache.DynamoDbConfiguration} says
 * what JSR-107's own configuration has no words for, and {@link dev.tidepool.cache.CacheRequestMetrics} says what a
 * cache costs. {@link dev.tidepool.cache.CacheItems} deletes expired items where a table has no TTL,
 * {@link dev.tidepool.cache.CacheOperations} warms the caches of a manager up and tells how they find their store, and
 * {@link dev.tidepool.cache.TableItems} shows the items of a table to a person.
 */
@NullMarked
package dev.tidepool.cache;

import org.jspecify.annotations.NullMarked;

/*
 * The way through it, for who changes it. Requests go down and records come up. DynamoDbCache checks its arguments and
 * asks Reads, Mutations, Invocations or BulkChanges. Whatever changes an entry goes through CacheParts.change: lock,
 * change, count, tell. Mutations makes a Change of an operation, for which EntryExpiry alone asks the policy. CacheTable
 * turns a change into one conditional request and answers with an Outcome; TableBatches and TableScans make the requests
 * for many entries. An ItemMapper alone knows the attributes of an item and the expressions about them. RequestSender
 * sends and measures; StoreFailure alone translates the SDK's exceptions. Of an outcome comes a Result, and of that
 * StatisticsAndEvents makes statistics and events, and the cache the value that it returns.
 */
