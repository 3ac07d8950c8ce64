package dev.tidepool.session;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A session as a cache holds it: the value of the cache that a {@link JCacheSessionManager} is given. Opaque to all but
 * the session manager.
 *
 * <p>Immutable. Two of them are equal when they have the same content, so that {@code Cache.replace(key, old, new)}
 * works on every JCache provider.
 */
public final class StoredSession implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    /** The encoded content; never changed. */
    private final byte[] bytes;

    private transient SessionContent content;

    private StoredSession(byte[] bytes, SessionContent content) {
        this.bytes = bytes;
        this.content = content;
    }

    static StoredSession of(SessionContent content) {
        return new StoredSession(content.encode(), content);
    }

    static StoredSession decode(byte[] bytes) {
        return new StoredSession(bytes.clone(), SessionContent.decode(bytes));
    }

    /** Returns the same session as something that this node knows to be newer than what it has had before. */
    StoredSession asOf(long reading, long now) {
        return content.cookie() == null ? this : new StoredSession(bytes, content.asOf(reading, now));
    }

    SessionContent content() {
        return content;
    }

    byte[] encode() {
        return bytes.clone();
    }

    /** Returns the length of the encoded content in bytes. */
    int size() {
        return bytes.length;
    }

    /**
     * Reads the bytes, and checks that they are a session.
     *
     * @param in the stream
     * @throws IOException when the stream fails
     * @throws ClassNotFoundException never
     */
    @Serial
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        content = SessionContent.decode(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredSession session && Arrays.equals(bytes, session.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Says how large the session is, and nothing that it holds. */
    @Override
    public String toString() {
        return "StoredSession[" + content.attributes().size() + " attributes, " + bytes.length + " bytes]";
    }
}
