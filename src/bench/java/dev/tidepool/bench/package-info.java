/**
 * Measures servers side by side: the sessions of this library, those of others, and the AWS SDK without a library.
 *
 * <p>{@code Bench} starts all processes: the store, the servers and the load. {@code ShopServer}, {@code LocalStore}
 * and {@code LoadGenerator} are the programs of these processes. What one round has measured is a {@code Round}, what
 * many have is a {@code Result}, and {@code Report} writes them down.
 */
@NullMarked
package dev.tidepool.bench;

import org.jspecify.annotations.NullMarked;
