/**
 * The JCache provider: {@code javax.cache} over a DynamoDB table.
 *
 * <p>Requests go down and records come up. {@link dev.tidepool.cache.DynamoDbCache} checks its arguments and asks
 * {@code Reads}, {@code Mutations}, {@code Invocations} or {@code BulkChanges}. Whatever changes an entry goes through
 * {@code CacheParts.change}: lock, change, count, tell. {@code Mutations} makes a {@code Change} of an operation, for
 * which {@code EntryExpiry} alone asks the policy. {@code CacheTable} turns a change into one conditional request and
 * answers with an {@code Outcome}; {@code TableBatches} and {@code TableScans} make the requests for many entries. An
 * {@code ItemMapper} alone knows the attributes of an item and the expressions about them. {@code RequestSender} sends
 * and measures; {@code StoreFailure} alone translates the SDK's exceptions. Of an outcome comes a {@code Result}, and
 * of that {@code StatisticsAndEvents} makes statistics and events, and the cache the value that it returns.
 */
@NullMarked
package dev.tidepool.cache;

import org.jspecify.annotations.NullMarked;
