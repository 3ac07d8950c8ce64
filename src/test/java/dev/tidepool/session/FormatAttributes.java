package dev.tidepool.session;

import dev.tidepool.Settings;
import java.lang.reflect.Type;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a format as sessions have them: named in failures, and encoded again when they change meanwhile.
 */
public final class FormatAttributes {
    private FormatAttributes() {}

    /** Has no attributes of its own, and tells nobody. */
    private static final class NoContainer implements SessionAttributes.Container {
        @Override
        public boolean owns(String name) {
            return false;
        }

        @Override
        public boolean isActivatable(Object value) {
            return false;
        }

        @Override
        public void willPassivate(SessionId id, Object value) {}

        @Override
        public void didActivate(SessionId id, Object value) {}
    }

    /** Makes the codec of an engine's sessions. */
    public static AttributeCodec of(SessionFormat format, Map<String, Type> types, boolean failOnUnreadable) {
        AttributeSettings settings = new AttributeSettings(Settings.none());
        types.forEach((name, type) -> {
            format.requireFree(name);
            settings.type(name, type);
        });
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
                new NoContainer());
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
