package dev.tidepool.session;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.ValueFormat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attributes as the library's codecs serialize objects. Thread-safe. */
final class SerializedAttributes implements AttributeCodec {
    /** What Undertow itself puts into sessions: who has logged in, and what was asked for before. */
    private static final List<String> OF_UNDERTOW = List.of(
            "io.undertow.security.api.AuthenticatedSessionManager$AuthenticatedSession",
            "io.undertow.servlet.util.SavedRequest",
            "io.undertow.util.HeaderMap",
            "io.undertow.util.HeaderValues",
            "io.undertow.util.HttpString");

    private final ValueFormat format;

    private SerializedAttributes(ValueFormat format) {
        this.format = format;
    }

    /**
     * A codec without compression, as the cache compresses a session as a whole.
     *
     * @param allow the application's classes that attributes may consist of
     */
    static SerializedAttributes of(String codecName, ClassLoader loader, List<String> allow) {
        List<String> allowed = new ArrayList<>(allow);
        allowed.addAll(OF_UNDERTOW);
        return new SerializedAttributes(ValueFormat.of(codecName, loader, AllowList.of(allowed), Integer.MAX_VALUE));
    }

    @Override
    public byte[] encode(String name, Object value) {
        return format.write(value);
    }

    @Override
    public Object asRead(String name, Object value, byte[] bytes) {
        return value;
    }

    @Override
    public @Nullable Object decode(String name, byte[] bytes) {
        return format.read(bytes);
    }
}
