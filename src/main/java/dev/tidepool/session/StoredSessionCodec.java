package dev.tidepool.session;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.PartsCodec;
import dev.tidepool.codec.ValueFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps the bytes of a session as they are: its attributes have been encoded, each on its own. */
final class StoredSessionCodec implements PartsCodec {
    private static final int ID = 3;

    /** Reads attributes of the JDK's value types, whichever codec of the library wrote them. */
    private static final ValueFormat ATTRIBUTES = ValueFormat.of(
            "jdk", StoredSessionCodec.class.getClassLoader(), AllowList.of(List.of()), Integer.MAX_VALUE);

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
        SessionContent content = ((StoredSession) value).content();
        if (content.movedTo() != null) {
            return null;
        }
        Map<String, Object> parts = new HashMap<>();
        wanted.forEach((name, type) -> {
            byte[] encoded = content.attributes().get(name);
            Object part = encoded == null ? null : part(name, type, encoded, content.cookie() != null);
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
     * @param isJson whether it is encoded as JSON
     * @return null for the null of JSON
     * @throws CodecException when it is none of the JDK's value types
     */
    static @Nullable Object part(String name, Class<?> type, byte[] encoded, boolean isJson) {
        try {
            return isJson ? JsonFields.scalar(encoded, type) : ATTRIBUTES.read(encoded);
        } catch (CodecException e) {
            throw UnreadableAttributes.named(name, e);
        }
    }
}
