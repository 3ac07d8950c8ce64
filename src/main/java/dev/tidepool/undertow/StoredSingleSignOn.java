package dev.tidepool.undertow;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A single sign-on as a cache holds it: the value of the cache that a {@link JCacheSingleSignOnManager} is given.
 * Opaque to all but that manager.
 *
 * <p>Immutable. Two of them are equal when they have the same content, so that {@code Cache.replace(key, old, new)}
 * works on every JCache provider.
 */
public final class StoredSingleSignOn implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    /** The encoded content; never changed. */
    private final byte[] bytes;

    private transient SingleSignOnContent content;

    private StoredSingleSignOn(byte[] bytes, SingleSignOnContent content) {
        this.bytes = bytes;
        this.content = content;
    }

    static StoredSingleSignOn of(SingleSignOnContent content) {
        return new StoredSingleSignOn(content.encode(), content);
    }

    static StoredSingleSignOn decode(byte[] bytes) {
        return new StoredSingleSignOn(bytes.clone(), SingleSignOnContent.decode(bytes));
    }

    SingleSignOnContent content() {
        return content;
    }

    byte[] encode() {
        return bytes.clone();
    }

    /**
     * Reads the bytes, and checks that they are a single sign-on.
     *
     * @param in the stream
     * @throws IOException when the stream fails
     * @throws ClassNotFoundException never
     */
    @Serial
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        content = SingleSignOnContent.decode(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredSingleSignOn stored && Arrays.equals(bytes, stored.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Says how many sessions belong to it, and nothing that it holds. */
    @Override
    public String toString() {
        return "StoredSingleSignOn[" + content.members().size() + " sessions]";
    }
}
