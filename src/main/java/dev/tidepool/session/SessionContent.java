package dev.tidepool.session;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.connect.ConnectItem;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of one session. Immutable, and so are the arrays, which nobody changes.
 *
 * <p>Equal contents have equal bytes: names are sorted, and each number has one form.
 *
 * @param incarnation tells this session from any other that ever has the same id
 * @param version grows with each write, so that of two readings the newer is known
 * @param creationTime in milliseconds since the epoch
 * @param lastAccessedTime in milliseconds since the epoch; may lag by the touch interval
 * @param maxInactiveInterval in seconds; zero or less for a session that never times out
 * @param deadline when the session times out, in milliseconds since the epoch; {@link #NEVER} when it does not
 * @param movedFrom the name under which the session was stored before its id changed, until the change is complete
 * @param movedTo the name under which the session is stored now; this entry is then only a signpost
 * @param attributes each attribute as its codec encoded it
 * @param cookie what the format of connect-dynamodb has besides; null in Tidepool's own
 */
record SessionContent(
        UUID incarnation,
        long version,
        long creationTime,
        long lastAccessedTime,
        int maxInactiveInterval,
        long deadline,
        @Nullable String movedFrom,
        @Nullable String movedTo,
        SortedMap<String, byte[]> attributes,
        @Nullable ConnectCookie cookie) {

    static final long NEVER = Long.MAX_VALUE;

    private static final int FORMAT = 1;
    private static final int MOVED_FROM = 1;
    private static final int MOVED_TO = 2;
    private static final int MILLIS_PER_SECOND = 1_000;

    /** Of a session that never times out: long enough for the next change, which makes it needless. */
    private static final long LIFE_OF_SIGNPOST_MILLIS = TimeUnit.DAYS.toMillis(365);

    SessionContent {
        deadline = cookie == null ? deadline : ConnectContent.wholeSeconds(deadline);
        attributes = Collections.unmodifiableSortedMap(attributes);
    }

    /** Returns the content of a session that begins now. */
    static SessionContent begin(int maxInactiveInterval, long now, long touchMillis) {
        return new SessionContent(
                UUID.randomUUID(),
                0,
                now,
                now,
                maxInactiveInterval,
                deadline(maxInactiveInterval, now, touchMillis),
                null,
                null,
                new TreeMap<>(),
                null);
    }

    /** Returns when a session that is accessed now times out; accesses within the interval need not be written. */
    static long deadline(int maxInactiveInterval, long now, long touchMillis) {
        return maxInactiveInterval <= 0 ? NEVER : now + millis(maxInactiveInterval) + touchMillis;
    }

    private static long millis(int seconds) {
        return seconds * (long) MILLIS_PER_SECOND;
    }

    boolean isExpired(long now) {
        return deadline <= now;
    }

    /** Whether an access must be written, as the stored deadline would otherwise come too early or the time lag. */
    boolean isTouchDue(long access, long now, long touchMillis) {
        boolean isDeadlineTooEarly = maxInactiveInterval > 0 && now + millis(maxInactiveInterval) >= deadline;
        return access > lastAccessedTime && (isDeadlineTooEarly || access - lastAccessedTime >= touchMillis);
    }

    boolean isSameSession(SessionContent other) {
        return incarnation.equals(other.incarnation);
    }

    /** Returns what is worth keeping of a session that nobody uses. */
    SessionContent withoutAttributes() {
        return new SessionContent(
                incarnation,
                version,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                deadline,
                movedFrom,
                movedTo,
                new TreeMap<>(),
                cookie);
    }

    /**
     * Returns what is to be stored next.
     *
     * @param access the time of the last access
     * @param interval in seconds; zero or less for a session that never times out
     */
    SessionContent next(long access, int interval, long newDeadline, SortedMap<String, byte[]> merged) {
        long accessed = Math.max(lastAccessedTime, access);
        ConnectCookie next = cookie == null || interval == maxInactiveInterval ? cookie : cookie.withInterval(interval);
        return new SessionContent(
                incarnation,
                version + 1,
                creationTime,
                accessed,
                interval,
                newDeadline,
                null,
                null,
                merged,
                next == null ? null : next.accessed(accessed));
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
                movedTo,
                attributes,
                cookie);
    }

    /** Returns the same session in other bytes, which what is on its way for these misses. */
    SessionContent renewed() {
        SessionContent next = movedFrom(null);
        return cookie == null || deadline == NEVER ? next : next.withDeadline(deadline + MILLIS_PER_SECOND);
    }

    private SessionContent withDeadline(long newDeadline) {
        return new SessionContent(
                incarnation,
                version,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                newDeadline,
                movedFrom,
                movedTo,
                attributes,
                cookie);
    }

    /** Returns this content as the first entry under a new id, which counts only once the old entry points to it. */
    SessionContent movedFrom(@Nullable String oldName) {
        return new SessionContent(
                incarnation,
                version + 1,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                deadline,
                oldName,
                null,
                attributes,
                cookie);
    }

    /**
     * Returns what takes the place of the entry under the old id.
     *
     * @param moved the content under the new id, whose deadline the signpost must reach
     * @param now the time, in milliseconds since the epoch
     */
    SessionContent signpostTo(String newName, SessionContent moved, long now) {
        return new SessionContent(
                incarnation,
                version + 1,
                creationTime,
                lastAccessedTime,
                maxInactiveInterval,
                moved.deadline == NEVER ? now + LIFE_OF_SIGNPOST_MILLIS : moved.deadline,
                null,
                newName,
                new TreeMap<>(),
                cookie);
    }

    byte[] encode() {
        return cookie == null ? encodeNatively() : ConnectContent.encode(this);
    }

    private byte[] encodeNatively() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeByte((movedFrom == null ? 0 : MOVED_FROM) | (movedTo == null ? 0 : MOVED_TO));
            out.writeLong(incarnation.getMostSignificantBits());
            out.writeLong(incarnation.getLeastSignificantBits());
            out.writeLong(version);
            out.writeLong(creationTime);
            out.writeLong(lastAccessedTime);
            out.writeInt(maxInactiveInterval);
            out.writeLong(deadline);
            if (movedFrom != null) {
                writeBytes(out, movedFrom.getBytes(StandardCharsets.UTF_8));
            }
            if (movedTo != null) {
                writeBytes(out, movedTo.getBytes(StandardCharsets.UTF_8));
            }
            out.writeInt(attributes.size());
            for (var attribute : attributes.entrySet()) {
                writeBytes(out, attribute.getKey().getBytes(StandardCharsets.UTF_8));
                writeBytes(out, attribute.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws CodecException when it is not that
     */
    static SessionContent decode(byte[] bytes) {
        return ConnectItem.isEncoded(bytes) ? ConnectContent.decode(bytes) : decodeNatively(bytes);
    }

    private static SessionContent decodeNatively(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int format = in.get();
            if (format != FORMAT) {
                throw corrupt("it is in format " + format + ", which this version does not know");
            }
            int flags = in.get();
            SessionContent content = new SessionContent(
                    new UUID(in.getLong(), in.getLong()),
                    in.getLong(),
                    in.getLong(),
                    in.getLong(),
                    in.getInt(),
                    in.getLong(),
                    (flags & MOVED_FROM) == 0 ? null : readText(in),
                    (flags & MOVED_TO) == 0 ? null : readText(in),
                    readAttributes(in),
                    null);
            if (in.hasRemaining()) {
                throw corrupt("it has " + in.remaining() + " bytes too many");
            }
            return content;
        } catch (BufferUnderflowException e) {
            throw corrupt("it is truncated");
        }
    }

    private static SortedMap<String, byte[]> readAttributes(ByteBuffer in) {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        for (int left = in.getInt(); left > 0; left--) {
            attributes.put(readText(in), readBytes(in));
        }
        return attributes;
    }

    private static String readText(ByteBuffer in) {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    /** The length is checked before anything is allocated. */
    private static byte[] readBytes(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw corrupt("it is truncated");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static CodecException corrupt(String what) {
        return new CodecException(Reason.CORRUPT, "the stored session is corrupt: " + what);
    }
}
