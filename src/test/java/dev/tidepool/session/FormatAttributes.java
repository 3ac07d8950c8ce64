package dev.tidepool.session;

import dev.tidepool.Settings;
import java.lang.reflect.Type;
import java.util.Map;

/** The attributes of a format as sessions have them: named in failures, and encoded again when they change meanwhile. */
public final class FormatAttributes {
    private FormatAttributes() {}

    /** Makes the codec of a manager's sessions. */
    public static AttributeCodec of(SessionFormat format, Map<String, Type> types, boolean failOnUnreadable) {
        AttributeSettings settings = new AttributeSettings(format, Settings.none());
        types.forEach(settings::type);
        settings.failOnUnreadable(failOnUnreadable);
        return settings.codec(FormatAttributes.class.getClassLoader());
    }
}
