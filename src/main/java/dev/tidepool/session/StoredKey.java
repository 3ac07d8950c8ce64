package dev.tidepool.session;

/**
 * What the store knows a session by: its id, or the id's hash where ids must not be at rest. The key of the cache has
 * the application's prefix before it.
 *
 * @param text the key itself, which may be an id
 */
public record StoredKey(String text) {
    /** Shows nothing of the id. */
    @Override
    public String toString() {
        return "StoredKey";
    }
}
