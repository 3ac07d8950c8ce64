/**
 * The JCache provider: {@code javax.cache} over a DynamoDB table.
 *
 * <p>Requests go down and records come up. {@link dev.tidepool.cache.DynamoDbCache} checks its arguments and asks
 * {@code Mutations} or {@code Reads}; these choose a {@code Change}; {@code CacheTable} turns a change into one
 * conditional request and answers with an {@code Outcome}; the cache makes statistics, events and a return value of it.
 * {@code ItemMapper} alone knows attribute names, {@code EntryExpiry} alone asks expiry policies, {@code StoreFailure}
 * alone translates the SDK's exceptions.
 */
@NullMarked
package dev.tidepool.cache;

import org.jspecify.annotations.NullMarked;
