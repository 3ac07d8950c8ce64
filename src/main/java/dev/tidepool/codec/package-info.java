/**
 * Objects to bytes and back: the {@link dev.tidepool.codec.Codec} that users may replace, the allow-list that every
 * codec enforces on write and on read, and the format around a payload that says who wrote it.
 */
@NullMarked
package dev.tidepool.codec;

import org.jspecify.annotations.NullMarked;
