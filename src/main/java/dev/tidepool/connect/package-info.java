/**
 * The format of connect-dynamodb, the session store of Express: what a cache with {@code format=connect} and the
 * sessions in it both have to know of an item.
 */
@NullMarked
package dev.tidepool.connect;

import org.jspecify.annotations.NullMarked;
