package dev.tidepool.cache;

import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an expiry policy's answer comes to for one entry at one instant.
 *
 * @param kind what happens to the entry's deadline
 * @param millis the deadline in milliseconds since the epoch; only of meaning for {@link Kind#AT}
 */
record Deadline(Kind kind, long millis) {
    static final Deadline UNCHANGED = new Deadline(Kind.UNCHANGED, 0);
    static final Deadline NEVER = new Deadline(Kind.NEVER, 0);
    static final Deadline NOW = new Deadline(Kind.NOW, 0);

    enum Kind {
        /** The entry keeps the deadline that it has. */
        UNCHANGED,
        /** The entry never expires. */
        NEVER,
        /** The entry expires at once, so it is not stored. */
        NOW,
        /** The entry expires at an instant. */
        AT
    }

    /** Applies JSR-107's reading of a duration: null keeps the deadline, zero expires at once. */
    static Deadline of(@Nullable Duration duration, long now) {
        if (duration == null) {
            return UNCHANGED;
        }
        if (duration.isEternal()) {
            return NEVER;
        }
        if (duration.isZero()) {
            return NOW;
        }
        long millis = now + duration.getTimeUnit().toMillis(duration.getDurationAmount());
        return millis < now ? NEVER : new Deadline(Kind.AT, millis);
    }

    boolean isUnchanged() {
        return kind == Kind.UNCHANGED;
    }

    /** Returns the deadline of a created entry, which has none to keep. */
    Deadline ofCreation() {
        return isUnchanged() ? NEVER : this;
    }

    boolean isNow() {
        return kind == Kind.NOW;
    }

    /** Returns the deadline in whole seconds, rounded up, so that the table never deletes an entry that is alive. */
    long seconds() {
        return Math.floorDiv(millis + 999, 1000L);
    }
}
