package dev.tidepool.session;

import dev.tidepool.codec.CodecException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of attributes that cannot be decoded, whatever they are encoded as. Thread-safe. */
final class UnreadableAttributes {
    private static final Logger LOG = LoggerFactory.getLogger(UnreadableAttributes.class);

    private final boolean fail;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /** @param fail whether one is an error, instead of absent */
    UnreadableAttributes(boolean fail) {
        this.fail = fail;
    }

    /**
     * Decodes an attribute.
     *
     * @return null also when it cannot be decoded, which is logged once for an attribute and reason
     * @throws CodecException when it cannot be decoded and that is an error
     */
    @Nullable Object orAbsent(String name, Supplier<@Nullable Object> decoding) {
        try {
            return decoding.get();
        } catch (CodecException e) {
            if (fail) {
                throw named(name, e);
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
    static CodecException named(String name, CodecException failure) {
        return new CodecException(
                failure.reason(), "Session attribute '" + name + "' cannot be read: " + failure.getMessage(), failure);
    }
}
