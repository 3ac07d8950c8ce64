package dev.tidepool.session;

import dev.tidepool.codec.CodecException;
import java.io.Serial;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Why a session could not be read or saved, as it is counted. */
enum SessionFailure {
    /** The store has failed, or the cache in front of it. */
    STORE("store"),
    /** The session is larger than an item may be. */
    TOO_LARGE("too.large"),
    /** An attribute has a class that is not on the list. */
    CLASS_NOT_ALLOWED("class.not.allowed"),
    /** Another request has ended the session that this one changed. */
    ENDED_MEANWHILE("ended.meanwhile");

    private final String reason;

    SessionFailure(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    /** Returns what a failure counts as; null for one that the application can tell by itself, as a refusal. */
    static @Nullable SessionFailure of(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof EndedMeanwhile) {
                return ENDED_MEANWHILE;
            }
            if (cause instanceof TooLarge) {
                return TOO_LARGE;
            }
            if (cause instanceof CodecException codec && codec.reason() == CodecException.Reason.NOT_ALLOWED) {
                return CLASS_NOT_ALLOWED;
            }
        }
        return failure instanceof IllegalStateException || failure instanceof IllegalArgumentException ? null : STORE;
    }

    /** A session that is larger than an item may be. */
    static final class TooLarge extends CacheException {
        @Serial
        private static final long serialVersionUID = 1;

        TooLarge(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What a request has changed is lost, as its session has ended. */
    static final class EndedMeanwhile extends IllegalStateException {
        @Serial
        private static final long serialVersionUID = 1;

        EndedMeanwhile() {
            super("The session has ended while this request was changing it");
        }
    }
}
