package dev.tidepool.session;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of one session. Immutable, and so are the arrays, which nobody changes.
 *
 * @param incarnation tells this session from any other that ever has the same id
 * @param version grows with each write, so that of two readings the newer is known
 * @param creationTime in milliseconds since the epoch
 * @param lastAccessedTime in milliseconds since the epoch; may lag by the touch interval
 * @param maxInactiveInterval in seconds; zero or less for a session that never times out
 * @param deadline when the session times out, in milliseconds since the epoch; {@link #NEVER} when it does not
 * @param movedFrom the key under which the session was stored before its id changed, until the change is complete
 * @param attributes each attribute as its codec encoded it
 * @param fields what the session's format keeps besides
 */
public record SessionContent(
        UUID incarnation,
        long version,
        long creationTime,
        long lastAccessedTime,
        int maxInactiveInterval,
        long deadline,
        @Nullable StoredKey movedFrom,
        SortedMap<String, byte[]> attributes,
        FormatFields fields)
        implements SessionEntry {

    private static final int MILLIS_PER_SECOND = 1_000;

    /** Of a session that never times out: long enough for the next change, which makes it needless. */
    private static final long LIFE_OF_SIGNPOST_MILLIS = TimeUnit.DAYS.toMillis(365);

    /** One for all, as a node knows many sessions that nobody uses. */
    private static final SortedMap<String, byte[]> NO_ATTRIBUTES = Collections.unmodifiableSortedMap(new TreeMap<>());

    /**
     * Rounds the deadline up to one that the format can say.
     *
     * @param incarnation as of the record
     * @param version as of the record
     * @param creationTime as of the record
     * @param lastAccessedTime as of the record
     * @param maxInactiveInterval as of the record
     * @param deadline as of the record, to be rounded up
     * @param movedFrom as of the record
     * @param attributes as of the record, not to be changed any more
     * @param fields as of the record
     */
    public SessionContent {
        deadline = fields.storable(deadline);
        attributes = attributes.isEmpty() ? NO_ATTRIBUTES : Collections.unmodifiableSortedMap(attributes);
    }

    /** Returns the content of a session of Tidepool's own format that begins now. */
    static SessionContent begin(int maxInactiveInterval, long now, long touchMillis) {
        return new SessionContent(
                UUID.randomUUID(),
                0,
                now,
                now,
                maxInactiveInterval,
                deadline(maxInactiveInterval, now, touchMillis),
                null,
                NO_ATTRIBUTES,
                FormatFields.NONE);
    }

    /**
     * Returns when a session that is accessed now times out; accesses within the interval need not be written.
     *
     * @param maxInactiveInterval in seconds; zero or less for a session that never times out
     * @param now in milliseconds since the epoch
     * @param touchMillis how long accesses need not be written, in milliseconds
     * @return milliseconds since the epoch, or {@link #NEVER}
     */
    public static long deadline(int maxInactiveInterval, long now, long touchMillis) {
        return maxInactiveInterval <= 0 ? NEVER : now + millis(maxInactiveInterval) + touchMillis;
    }

    private static long millis(int seconds) {
        return seconds * (long) MILLIS_PER_SECOND;
    }

    /** Whether an access must be written, as the stored deadline would otherwise come too early or the time lag. */
    boolean isTouchDue(long access, long now, long touchMillis) {
        boolean isDeadlineTooEarly = maxInactiveInterval > 0 && now + millis(maxInactiveInterval) >= deadline;
        return access > lastAccessedTime && (isDeadlineTooEarly || access - lastAccessedTime >= touchMillis);
    }

    /** Returns what is worth keeping of a session that nobody uses. */
    SessionContent withoutAttributes() {
        return withAttributes(NO_ATTRIBUTES);
    }

    SessionContent withAttributes(SortedMap<String, byte[]> others) {
        return new SessionContent(
                incarnation,
                version,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                deadline,
                movedFrom,
                others,
                fields);
    }

    /**
     * Returns what is to be stored next, but for the attributes.
     *
     * @param access the time of the last access
     * @param interval in seconds; zero or less for a session that never times out
     */
    SessionContent next(long access, int interval, long newDeadline) {
        long accessed = Math.max(lastAccessedTime, access);
        return new SessionContent(
                incarnation,
                version + 1,
                creationTime,
                accessed,
                interval,
                newDeadline,
                null,
                attributes,
                fields.next(interval, interval != maxInactiveInterval, accessed));
    }

    /**
     * Returns this content for a session that is known to be older than the store says, as some formats have no age.
     */
    SessionContent createdBefore(long knownCreationTime) {
        return with(version, Math.min(creationTime, knownCreationTime), lastAccessedTime);
    }

    /** Returns this content as of a reading, in a format that has neither version nor exact times. */
    SessionContent asOf(long reading, long now) {
        return with(reading, Math.min(creationTime, now), Math.min(lastAccessedTime, now));
    }

    private SessionContent with(long newVersion, long newCreationTime, long newLastAccessedTime) {
        return new SessionContent(
                incarnation,
                newVersion,
                newCreationTime,
                newLastAccessedTime,
                maxInactiveInterval,
                deadline,
                movedFrom,
                attributes,
                fields);
    }

    /** Returns the same session in other bytes, which what is on its way for these misses. */
    SessionContent renewed() {
        return new SessionContent(
                incarnation,
                version + 1,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                fields.isVersioned() || deadline == NEVER ? deadline : deadline + MILLIS_PER_SECOND,
                null,
                attributes,
                fields);
    }

    /** Returns this content as the first entry under a new id, which counts only once the old entry points to it. */
    SessionContent movedFrom(@Nullable StoredKey oldKey) {
        return new SessionContent(
                incarnation,
                version + 1,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                deadline,
                oldKey,
                attributes,
                fields);
    }

    /**
     * Returns what takes the place of the entry under the old id.
     *
     * @param moved the content under the new id, whose deadline the signpost must reach
     * @param now the time, in milliseconds since the epoch
     */
    Signpost signpostTo(StoredKey newKey, SessionContent moved, long now) {
        long reached = moved.deadline == NEVER ? fields.storable(now + LIFE_OF_SIGNPOST_MILLIS) : moved.deadline;
        return new Signpost(incarnation, version + 1, reached, newKey);
    }
}
