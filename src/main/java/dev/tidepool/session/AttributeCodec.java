package dev.tidepool.session;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.ValueFormat;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns single attributes into bytes and back. Thread-safe. */
final class AttributeCodec {
    private static final Logger LOG = LoggerFactory.getLogger(AttributeCodec.class);

    /** How often a collection may change while it is encoded; another request may hold the same object. */
    private static final int ATTEMPTS = 5;

    private static final Set<Class<?>> IMMUTABLE = Set.of(
            String.class,
            Integer.class,
            Long.class,
            Short.class,
            Byte.class,
            Character.class,
            Boolean.class,
            Float.class,
            Double.class,
            BigInteger.class,
            BigDecimal.class,
            UUID.class,
            URI.class,
            Locale.class);

    /** What Undertow itself puts into sessions: who has logged in, and what was asked for before. */
    private static final List<String> OF_UNDERTOW = List.of(
            "io.undertow.security.api.AuthenticatedSessionManager$AuthenticatedSession",
            "io.undertow.servlet.util.SavedRequest",
            "io.undertow.util.HeaderMap",
            "io.undertow.util.HeaderValues",
            "io.undertow.util.HttpString");

    private final ValueFormat format;
    private final boolean failOnUnreadable;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    private AttributeCodec(ValueFormat format, boolean failOnUnreadable) {
        this.format = format;
        this.failOnUnreadable = failOnUnreadable;
    }

    /**
     * A codec without compression, as the cache compresses a session as a whole.
     *
     * @param allow the application's classes that attributes may consist of
     * @param failOnUnreadable whether an attribute that cannot be decoded is an error
     */
    static AttributeCodec of(String codecName, ClassLoader loader, List<String> allow, boolean failOnUnreadable) {
        List<String> allowed = new ArrayList<>(allow);
        allowed.addAll(OF_UNDERTOW);
        ValueFormat format = ValueFormat.of(codecName, loader, AllowList.of(allowed), Integer.MAX_VALUE);
        return new AttributeCodec(format, failOnUnreadable);
    }

    /** Whether an object cannot change, so that its bytes need not be looked at again. */
    static boolean isImmutable(Object value) {
        Class<?> type = value.getClass();
        return IMMUTABLE.contains(type)
                || value instanceof Enum
                || (value instanceof Temporal && type.getName().startsWith("java.time."));
    }

    /**
     * Encodes an attribute.
     *
     * @throws IllegalArgumentException that names the attribute and its class when it cannot be encoded
     */
    byte[] encode(String name, Object value) {
        for (int attempt = 1; ; attempt++) {
            try {
                return format.write(value);
            } catch (CodecException e) {
                if (attempt == ATTEMPTS || !isChanging(e)) {
                    throw new IllegalArgumentException(
                            "Session attribute '" + name + "' of " + value.getClass() + " cannot be stored: "
                                    + e.getMessage(),
                            e);
                }
            }
        }
    }

    private static boolean isChanging(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConcurrentModificationException) {
                return true;
            }
        }
        return false;
    }

    /**
     * Decodes an attribute.
     *
     * @return null when it cannot be decoded and is to be treated as absent
     * @throws CodecException when it cannot be decoded and that is to be an error
     */
    @Nullable Object decode(String name, byte[] bytes) {
        try {
            return format.read(bytes);
        } catch (CodecException e) {
            if (failOnUnreadable) {
                throw new CodecException(
                        e.reason(), "Session attribute '" + name + "' cannot be read: " + e.getMessage(), e);
            }
            if (reported.add(name + " " + e.reason())) {
                LOG.warn(
                        "Session attribute '{}' cannot be read and counts as absent, in this session and perhaps in"
                                + " others; it stays stored until it is set again: {}",
                        name,
                        e.getMessage());
            }
            return null;
        }
    }
}
