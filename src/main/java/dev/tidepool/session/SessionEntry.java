package dev.tidepool.session;

import java.util.UUID;

/** What an entry of the cache is: a session, or what points to where one has moved. Immutable. */
public sealed interface SessionEntry permits SessionContent, Signpost {
    /** The deadline of a session that never times out. */
    long NEVER = Long.MAX_VALUE;

    /**
     * Tells this session from any other that ever has the same id.
     *
     * @return the same for a session and the signposts to it; in a format without incarnations the same for all
     */
    UUID incarnation();

    /**
     * Tells the newer of two readings.
     *
     * @return a number that grows with each write
     */
    long version();

    /**
     * Returns when the entry is over.
     *
     * @return milliseconds since the epoch; {@link #NEVER} for a session that does not time out
     */
    long deadline();

    /**
     * Whether the entry is over.
     *
     * @param now in milliseconds since the epoch
     * @return true from the deadline on
     */
    default boolean isExpired(long now) {
        return deadline() <= now;
    }

    /**
     * Whether two entries are about one session, and not about one and a later one of the same id.
     *
     * @param other another entry
     * @return true for the same incarnation
     */
    default boolean isSameSession(SessionEntry other) {
        return incarnation().equals(other.incarnation());
    }
}
