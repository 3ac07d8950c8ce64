package dev.tidepool.cache;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The store is down, or has no capacity left: another time the same request may succeed, without anybody having changed
 * a setting or a permission.
 */
final class StoreUnavailable extends CacheException {
    private static final long serialVersionUID = 1L;

    /** Why there is no answer. */
    enum Cause {
        /** The server cannot be reached, does not answer in time, or answers with a failure of its own. */
        DOWN,
        /** It was asked, and what it has done is not known. */
        ANSWER_LOST,
        /** The table's capacity, or that of one part of it, does not suffice; other requests may succeed. */
        THROTTLED
    }

    private final Cause reason;

    StoreUnavailable(Cause reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    boolean isThrottled() {
        return reason == Cause.THROTTLED;
    }

    boolean isDown() {
        return reason == Cause.DOWN;
    }
}
