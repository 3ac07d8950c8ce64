package dev.tidepool.session;

import dev.tidepool.SpecialKey;
import dev.tidepool.codec.CodecException;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attributes of an engine's sessions, whatever they are encoded as: names the attribute in each failure, encodes
 * again what has changed meanwhile, tells those that want to know it, and says what becomes of one that cannot be
 * decoded. Thread-safe.
 *
 * <p>What cannot be stored is an IllegalArgumentException; what cannot be decoded is null, unless that is to be an
 * error.
 */
final class SessionAttributes {
    private static final Logger LOG = LoggerFactory.getLogger(SessionAttributes.class);
    private static final int ATTEMPTS = 5;

    private final SessionSettings settings;
    private final AttributeCodec codec;
    private final boolean failOnUnreadable;
    private final SessionCounts counts;
    private final Container container;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();
    private final Set<String> keptLocal = ConcurrentHashMap.newKeySet();
    private final Set<List<String>> shared = ConcurrentHashMap.newKeySet();

    /** What the container knows of attributes. */
    interface Container {
        /** Whether an attribute is the container's own, which stays on this node where it cannot be encoded. */
        boolean owns(String name);

        /** Whether an attribute wants to be told before and after it is encoded. */
        boolean isActivatable(Object value);

        void willPassivate(SessionId id, Object value);

        void didActivate(SessionId id, Object value);
    }

    /**
     * Names and retries what a codec does.
     *
     * @param failOnUnreadable whether an attribute that cannot be decoded is an error, instead of absent
     */
    SessionAttributes(
            SessionSettings settings,
            AttributeCodec codec,
            boolean failOnUnreadable,
            SessionCounts counts,
            Container container) {
        this.settings = settings;
        this.codec = codec;
        this.failOnUnreadable = failOnUnreadable;
        this.counts = counts;
        this.container = container;
    }

    /**
     * Encodes an attribute that is set.
     *
     * @return null when it stays on this node
     */
    byte @Nullable [] encodeOrKeep(SessionId id, String name, Object value) {
        if (settings.localAttributes().contains(name)) {
            return null;
        }
        byte[] encoded;
        try {
            encoded = encode(id, name, value);
        } catch (IllegalArgumentException e) {
            if (!container.owns(name)) {
                counts.failed(SessionFailure.of(e));
                throw e;
            }
            if (keptLocal.add(name)) {
                LOG.warn(
                        "The container's own attribute stays on this node, other nodes do without: {}", e.getMessage());
            }
            return null;
        }
        SpecialKey specialKey = settings.specialKey(name);
        if (specialKey != null) {
            requireSuitable(specialKey, value, encoded);
        }
        return encoded;
    }

    /** Looks at what the item is to be made of, so that no save fails for it. */
    private void requireSuitable(SpecialKey key, Object value, byte[] encoded) {
        Object part;
        try {
            part = StoredSessionCodec.part(
                    settings.format(), key.name(), key.type().javaType(), encoded);
        } catch (CodecException e) {
            key.checked(value);
            throw new IllegalArgumentException(
                    "Special key '" + key.name() + "' cannot be " + value.getClass() + ": " + e.getMessage(), e);
        }
        if (part != null) {
            key.checked(part);
        }
    }

    byte[] encode(SessionId id, String name, Object value) {
        if (!container.isActivatable(value)) {
            return encode(name, value);
        }
        container.willPassivate(id, value);
        try {
            return encode(name, value);
        } finally {
            container.didActivate(id, value);
        }
    }

    /** Another request may hold the object too, and change it while it is encoded. */
    private byte[] encode(String name, Object value) {
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

    Object asRead(String name, Object value, byte[] bytes) {
        settings.format().requireFree(name);
        try {
            return codec.asRead(name, value, bytes);
        } catch (CodecException e) {
            throw refused(name, value, e.getMessage(), e);
        }
    }

    boolean isNull(byte[] bytes) {
        return codec.isNull(bytes);
    }

    @Nullable Object decode(SessionId id, String name, byte[] bytes) {
        Object value = decode(name, bytes);
        if (value != null && container.isActivatable(value)) {
            container.didActivate(id, value);
        }
        return value;
    }

    /** An attribute that counts as absent is logged once for a reason. */
    private @Nullable Object decode(String name, byte[] bytes) {
        try {
            return codec.decode(name, bytes);
        } catch (CodecException e) {
            counts.unreadable();
            if (failOnUnreadable) {
                throw StoredSessionCodec.unreadable(name, e);
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

    /**
     * Says once for each pair of names that one object stands under both: as each attribute is stored alone, they are
     * two objects from the next request on.
     *
     * @param objects the objects that can change, by their names in order
     */
    void warnOfShared(Map<String, Object> objects) {
        List<Map.Entry<String, Object>> entries = new ArrayList<>(objects.entrySet());
        for (int i = 0; i < entries.size(); i++) {
            for (int j = i + 1; j < entries.size(); j++) {
                String first = entries.get(i).getKey();
                String second = entries.get(j).getKey();
                if (entries.get(i).getValue() == entries.get(j).getValue() && shared.add(List.of(first, second))) {
                    LOG.warn(
                            "Session attributes '{}' and '{}' are one object, and two from the next request on, as each"
                                    + " attribute is stored alone: keep it in one of them",
                            first,
                            second);
                }
            }
        }
    }
}
