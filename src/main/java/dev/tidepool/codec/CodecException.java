package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A key or value could not be encoded or decoded. The message names classes, codecs and sizes, never the value itself;
 * the cause is what the serialization or the application's own code threw, and is not vetted for that.
 */
public final class CodecException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    /** What went wrong. */
    private final Reason reason;

    /** What went wrong, for callers that treat the cases differently. */
    public enum Reason {
        /** The object cannot be turned into bytes: its class is not serializable, or the graph is too deep. */
        NOT_SERIALIZABLE,
        /** A class is not on the {@link AllowList}, or the filter of the JVM refuses it. */
        NOT_ALLOWED,
        /** The bytes were written by a codec that is not installed here. */
        UNKNOWN_CODEC,
        /** The bytes are damaged, forged, or in a format that this version does not know. */
        CORRUPT,
        /** The bytes are intact, but the class they describe is gone or has changed incompatibly. */
        CLASS_CHANGED
    }

    /**
     * A failure without a cause.
     *
     * @param reason what went wrong
     * @param message for people; without the value
     */
    public CodecException(Reason reason, String message) {
        this(reason, message, null);
    }

    /**
     * A failure with the exception behind it.
     *
     * @param reason what went wrong
     * @param message for people; without the value
     * @param cause the exception, null when there is none
     */
    public CodecException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = requireNonNull(reason, "reason");
    }

    /**
     * Returns what went wrong.
     *
     * @return the reason, never null
     */
    public Reason reason() {
        return reason;
    }
}
