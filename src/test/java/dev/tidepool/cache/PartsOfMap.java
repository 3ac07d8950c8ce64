package dev.tidepool.cache;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.JdkCodec;
import dev.tidepool.codec.PartsCodec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A codec of maps, whose parts are their entries; a map with {@link #NONE} is to have none. */
final class PartsOfMap implements PartsCodec {
    static final String NONE = "none";

    private static final int ID = 201;

    private final JdkCodec jdk = new JdkCodec(PartsOfMap.class.getClassLoader(), AllowList.of(List.of()));

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String name() {
        return "map";
    }

    @Override
    public byte[] encode(Object value) {
        return jdk.encode(value);
    }

    @Override
    public Object decode(byte[] payload) {
        return jdk.decode(payload);
    }

    @Override
    public @Nullable Map<String, Object> parts(Object value, Map<String, Class<?>> wanted) {
        Map<String, Object> parts = new HashMap<>();
        ((Map<?, ?>) value).forEach((name, part) -> parts.put((String) name, part));
        return parts.containsKey(NONE) ? null : parts;
    }
}
