/**
 * Sessions that Express shares: how connect-dynamodb stores them, which attributes JSON has a value for, and how the
 * cookie is signed. {@link dev.tidepool.express.ConnectFormat} is the format that sessions have in a cache with
 * {@code format=connect}; the engine finds it as a service and knows nothing else of this package.
 */
@NullMarked
package dev.tidepool.express;

import org.jspecify.annotations.NullMarked;
