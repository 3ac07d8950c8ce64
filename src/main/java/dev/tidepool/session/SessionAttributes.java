package dev.tidepool.session;

import dev.tidepool.codec.CodecException;
import java.util.ConcurrentModificationException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attributes of a manager's sessions, whatever they are encoded as: names the attribute in each failure, encodes
 * again what has changed meanwhile, and says what becomes of one that cannot be decoded. Thread-safe.
 *
 * <p>What cannot be stored is an IllegalArgumentException; what cannot be decoded is null, unless that is to be an error.
 */
final class SessionAttributes implements AttributeCodec {
    private static final Logger LOG = LoggerFactory.getLogger(SessionAttributes.class);
    private static final int ATTEMPTS = 5;

    private final SessionFormat format;
    private final AttributeCodec codec;
    private final boolean failOnUnreadable;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /**
     * Names and retries what a codec does.
     *
     * @param failOnUnreadable whether an attribute that cannot be decoded is an error, instead of absent
     */
    SessionAttributes(SessionFormat format, AttributeCodec codec, boolean failOnUnreadable) {
        this.format = format;
        this.codec = codec;
        this.failOnUnreadable = failOnUnreadable;
    }

    /** Another request may hold the object too, and change it while it is encoded. */
    @Override
    public byte[] encode(String name, Object value) {
        for (int attempt = 1; ; attempt++) {
            try {
                return codec.encode(name, value);
            } catch (RuntimeException e) {
                if (attempt == ATTEMPTS || !isChanging(e)) {
                    throw named(name, value, e);
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

    private static RuntimeException named(String name, Object value, RuntimeException failure) {
        if (failure instanceof ConcurrentModificationException) {
            return refused(name, value, "others change it all the time", failure);
        }
        return failure instanceof CodecException || failure instanceof IllegalArgumentException
                ? refused(name, value, failure.getMessage(), failure)
                : failure;
    }

    private static IllegalArgumentException refused(
            String name, Object value, @Nullable String why, RuntimeException cause) {
        return new IllegalArgumentException(
                "Session attribute '" + name + "' of " + value.getClass() + " cannot be stored: " + why, cause);
    }

    @Override
    public Object asRead(String name, Object value, byte[] bytes) {
        format.requireFree(name);
        try {
            return codec.asRead(name, value, bytes);
        } catch (CodecException e) {
            throw refused(name, value, e.getMessage(), e);
        }
    }

    @Override
    public boolean isNull(byte[] bytes) {
        return codec.isNull(bytes);
    }

    /** An attribute that counts as absent is logged once for a reason. */
    @Override
    public @Nullable Object decode(String name, byte[] bytes) {
        try {
            return codec.decode(name, bytes);
        } catch (CodecException e) {
            if (failOnUnreadable) {
                throw unreadable(name, e);
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

    /** Returns a failure that says which attribute it is about. */
    static CodecException unreadable(String name, CodecException failure) {
        return new CodecException(
                failure.reason(), "Session attribute '" + name + "' cannot be read: " + failure.getMessage(), failure);
    }
}
