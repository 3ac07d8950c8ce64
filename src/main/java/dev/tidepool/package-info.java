/**
 * What a user configures: the options of the connection, the table and the cache, and the sources they are read from.
 *
 * <p>{@link dev.tidepool.Option} lists them all. Nothing in here sends a request; {@code dev.tidepool.cache} does, and
 * whoever wants sessions begins with {@code dev.tidepool.undertow}.
 */
@NullMarked
package dev.tidepool;

import org.jspecify.annotations.NullMarked;
