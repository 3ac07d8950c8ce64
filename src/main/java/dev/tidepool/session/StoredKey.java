package dev.tidepool.session;

import org.jspecify.annotations.Nullable;

/**
 * What the store knows a session by: its id, or the id's hash where ids must not be at rest. The key of the cache has
 * the application's prefix before it. Immutable.
 */
public final class StoredKey {
    /** The key, or the id that it is the hash of: a node keeps one text of each session that it watches, not two. */
    private final String text;

    private final boolean isHashOfText;
    private final int hashCode;

    private StoredKey(String text, boolean isHashOfText) {
        this.text = text;
        this.isHashOfText = isHashOfText;
        this.hashCode = text().hashCode();
    }

    /**
     * Makes a key that was read from the store.
     *
     * @param text the key itself, which may be an id
     */
    public StoredKey(String text) {
        this(text, false);
    }

    /** Returns the key of a session whose id must not be at rest. */
    static StoredKey hashOf(SessionId id) {
        return new StoredKey(id.text(), true);
    }

    /**
     * Returns the key itself.
     *
     * @return a text that may be an id
     */
    public String text() {
        return isHashOfText ? SessionIds.hash(text) : text;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredKey key
                && hashCode == key.hashCode
                && (isHashOfText == key.isHashOfText ? text.equals(key.text) : text().equals(key.text()));
    }

    @Override
    public int hashCode() {
        return hashCode;
    }

    /** Shows nothing of the id. */
    @Override
    public String toString() {
        return "StoredKey";
    }
}
