/**
 * What a user configures: the options of the connection, the table and the cache, and the sources they are read from.
 *
 * <p>Nothing in here sends a request; {@code dev.tidepool.cache} does.
 */
@NullMarked
package dev.tidepool;

import org.jspecify.annotations.NullMarked;
