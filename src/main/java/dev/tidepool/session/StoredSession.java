package dev.tidepool.session;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A session as a cache holds it: the value of the cache that a session manager is given. Opaque to all but the session
 * manager.
 *
 * <p>Immutable. Two of them are equal when they have the same content, so that {@code Cache.replace(key, old, new)}
 * works on every JCache provider.
 */
public final class StoredSession implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    /** The encoded content; never changed. */
    private final byte[] bytes;

    private transient SessionFormat format;
    private transient SessionEntry entry;

    private StoredSession(byte[] bytes, SessionFormat format, SessionEntry entry) {
        this.bytes = bytes;
        this.format = format;
        this.entry = entry;
    }

    static StoredSession of(SessionFormat format, SessionEntry entry) {
        return new StoredSession(format.encode(entry), format, entry);
    }

    static StoredSession decode(byte[] bytes) {
        SessionFormat format = SessionFormats.reading(bytes);
        return new StoredSession(bytes.clone(), format, format.decode(bytes));
    }

    /** Returns the same session as something that this node knows to be newer than what it has had before. */
    StoredSession asOf(long reading, long now) {
        return entry instanceof SessionContent session && !session.fields().isVersioned()
                ? new StoredSession(bytes, format, session.asOf(reading, now))
                : this;
    }

    SessionFormat format() {
        return format;
    }

    SessionEntry entry() {
        return entry;
    }

    /**
     * Returns the session, where it is known to be one.
     *
     * @throws ClassCastException when it is a signpost
     */
    SessionContent content() {
        return (SessionContent) entry;
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
        format = SessionFormats.reading(bytes);
        entry = format.decode(bytes);
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
        int attributes =
                entry instanceof SessionContent session ? session.attributes().size() : 0;
        return "StoredSession[" + attributes + " attributes, " + bytes.length + " bytes]";
    }
}
