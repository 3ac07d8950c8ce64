package dev.tidepool.session;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.ValueFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attributes as the library's codecs serialize objects. Thread-safe. */
final class SerializedAttributes implements AttributeCodec {
    private final ValueFormat format;

    private SerializedAttributes(ValueFormat format) {
        this.format = format;
    }

    /**
     * A codec without compression, as the cache compresses a session as a whole.
     *
     * @param allow the classes that attributes may consist of, the application's and its container's
     */
    static SerializedAttributes of(String codecName, ClassLoader loader, List<String> allow) {
        return new SerializedAttributes(ValueFormat.of(codecName, loader, AllowList.of(allow), Integer.MAX_VALUE));
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
