package dev.tidepool.session;

import org.jspecify.annotations.Nullable;

/**
 * What a session is to be that begins.
 *
 * @param timeout how long it lives without a request, in seconds; zero or less for ever. A format whose sessions live
 *     as long as their cookie may have its own
 * @param fields what the format is to keep besides; null for its default
 */
public record NewSession(int timeout, @Nullable FormatFields fields) {}
