package dev.tidepool.session;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.PartsCodec;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps the bytes of a session as they are: its attributes have been encoded, each on its own. */
final class StoredSessionCodec implements PartsCodec {
    private static final int ID = 3;

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String name() {
        return "session";
    }

    @Override
    public byte[] encode(Object value) {
        return ((StoredSession) value).encode();
    }

    @Override
    public Object decode(byte[] payload) {
        return StoredSession.decode(payload);
    }

    /** Returns session attributes; null for what only points to where a session has moved. */
    @Override
    public @Nullable Map<String, Object> parts(Object value, Map<String, Class<?>> wanted) {
        StoredSession stored = (StoredSession) value;
        if (!(stored.entry() instanceof SessionContent session)) {
            return null;
        }
        Map<String, Object> parts = new HashMap<>();
        wanted.forEach((name, type) -> {
            byte[] encoded = session.attributes().get(name);
            Object part = encoded == null ? null : part(stored.format(), name, type, encoded);
            if (part != null) {
                parts.put(name, part);
            }
        });
        return parts;
    }

    /**
     * Returns what an attribute is to the item that it has as an attribute of its own.
     *
     * @param type the type that is wanted
     * @return null for a null
     * @throws CodecException that names the attribute when it is nothing that an item can have
     */
    static @Nullable Object part(SessionFormat format, String name, Class<?> type, byte[] encoded) {
        try {
            return format.part(name, type, encoded);
        } catch (CodecException e) {
            throw unreadable(name, e);
        }
    }

    /** Returns a failure that says which attribute it is about. */
    static CodecException unreadable(String name, CodecException failure) {
        return new CodecException(
                failure.reason(), "Session attribute '" + name + "' cannot be read: " + failure.getMessage(), failure);
    }
}
