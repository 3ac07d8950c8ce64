package dev.tidepool.session;

import dev.tidepool.Settings;
import java.lang.reflect.Type;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of a format as sessions have them: named in failures, and encoded again when they change meanwhile. */
public final class FormatAttributes {
    private FormatAttributes() {}

    /** Makes the codec of an engine's sessions. */
    public static AttributeCodec of(SessionFormat format, Map<String, Type> types, boolean failOnUnreadable) {
        AttributeSettings settings = new AttributeSettings(format, Settings.none());
        types.forEach(settings::type);
        SessionAttributes attributes = new SessionAttributes(
                new SessionSettings(
                        "shop",
                        format,
                        "",
                        false,
                        null,
                        null,
                        Duration.ofHours(1),
                        0,
                        false,
                        Set.of(),
                        Clock.systemUTC(),
                        List.of()),
                format.attributes(settings, FormatAttributes.class.getClassLoader()),
                failOnUnreadable,
                new SessionCounts(),
                (session, reason) -> {},
                id -> null);
        SessionId session = new SessionId("any");
        return new AttributeCodec() {
            @Override
            public byte[] encode(String name, Object value) {
                return attributes.encode(session, name, value);
            }

            @Override
            public Object asRead(String name, Object value, byte[] bytes) {
                return attributes.asRead(name, value, bytes);
            }

            @Override
            public boolean isNull(byte[] bytes) {
                return attributes.isNull(bytes);
            }

            @Override
            public @Nullable Object decode(String name, byte[] bytes) {
                return attributes.decode(session, name, bytes);
            }
        };
    }
}
