package dev.tidepool.session;

import org.jspecify.annotations.Nullable;

/** One attribute that a request has read or changed. Immutable, but for the application's object. */
final class LiveAttribute {
    private static final byte[] NOTHING = {};

    private final @Nullable Object value;
    private final byte[] encoded;
    private final boolean isSet;

    private LiveAttribute(@Nullable Object value, byte[] encoded, boolean isSet) {
        this.value = value;
        this.encoded = encoded;
        this.isSet = isSet;
    }

    /** An attribute as it is stored; whether the object changes shows against its encoding here and now. */
    static LiveAttribute unchanged(Object value, byte[] encoded) {
        return new LiveAttribute(value, encoded, false);
    }

    static LiveAttribute set(Object value, byte[] encoded) {
        return new LiveAttribute(value, encoded, true);
    }

    static LiveAttribute removed() {
        return new LiveAttribute(null, NOTHING, true);
    }

    /** The object that the application holds; null when the attribute was removed. */
    @Nullable Object value() {
        return value;
    }

    /**
     * The object's encoding when it was decoded, set or last saved; not the stored bytes, as a set that another JVM has
     * written is encoded in another order here without having changed.
     */
    byte[] encoded() {
        return encoded;
    }

    /** Whether the application has set or removed it since the session was last saved. */
    boolean isSet() {
        return isSet;
    }
}
