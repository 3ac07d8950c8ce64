package dev.tidepool.cache;

import org.jspecify.annotations.Nullable;

/**
 * An item as it was read, its value still encoded.
 *
 * @param id the hash key, as it stands in the table
 * @param keyText the encoded key, without the cache's prefix
 * @param value the encoded value; empty when it was not asked for, or when the item has none
 * @param expiresAt the deadline in milliseconds since the epoch, or {@link #NEVER}
 * @param etag the token of the last logical write; null in an item that something else wrote
 */
@SuppressWarnings("ArrayRecordComponent") // travels within the package; nobody compares two
record StoredItem(
        String id,
        String keyText,
        byte[] value,
        long expiresAt,
        @Nullable Long etag) {
    static final long NEVER = Long.MAX_VALUE;

    /** Whether there is an item, and its entry counts as present. */
    static boolean isLive(@Nullable StoredItem item, long now) {
        return item != null && item.isLiveAt(now);
    }

    /** Whether the entry counts as present; an expired item stays in the table until DynamoDB deletes it. */
    boolean isLiveAt(long now) {
        return expiresAt > now;
    }
}
