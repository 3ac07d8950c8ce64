package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.connect.ConnectItem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sessions as connect-dynamodb stores them: {@code sess} is an object with the {@code cookie}, and the attributes
 * beside it.
 *
 * <p>What the format has no place for is made up: a session is the same as long as its id is, and was created when it
 * was first seen.
 */
final class ConnectContent {
    private static final String COOKIE = "cookie";

    /** The same for all: nothing in an item tells a session from an earlier one of the same id. */
    private static final UUID INCARNATION = new UUID(0, 0);

    private static final ConnectCookie PLAIN =
            ConnectCookie.begin(ConnectCookie.PLAIN_FIELDS, true, ConnectCookie.DAY_IN_SECONDS, 0);

    private static final long MILLIS_PER_SECOND = 1_000;

    /** The deadline that this library writes lies later by at most so much. */
    private static final long LONGEST_TOUCH_MILLIS = TimeUnit.SECONDS.toMillis(60);

    private ConnectContent() {}

    /** Returns the content of a session that begins now. */
    static SessionContent begin(ConnectCookie cookie, int interval, long now, long touchMillis) {
        return new SessionContent(
                INCARNATION,
                0,
                now,
                now,
                interval,
                SessionContent.deadline(interval, now, touchMillis),
                null,
                null,
                new TreeMap<>(),
                cookie);
    }

    /** Rounds a deadline up to what an item can say. */
    static long wholeSeconds(long deadline) {
        return deadline == SessionContent.NEVER
                ? deadline
                : -Math.floorDiv(-deadline, MILLIS_PER_SECOND) * MILLIS_PER_SECOND;
    }

    static byte[] encode(SessionContent content) {
        String expires = content.deadline() == SessionContent.NEVER
                ? null
                : Long.toString(content.deadline() / MILLIS_PER_SECOND);
        String sess = content.movedTo() == null ? sess(content) : null;
        return new ConnectItem(sess, expires, content.movedFrom(), content.movedTo()).encode();
    }

    private static String sess(SessionContent content) {
        Map<String, byte[]> cookie = new LinkedHashMap<>();
        requireNonNull(content.cookie())
                .fields()
                .forEach((name, json) -> cookie.put(name, json.getBytes(StandardCharsets.UTF_8)));
        Map<String, byte[]> fields = new LinkedHashMap<>();
        fields.put(COOKIE, JsonFields.write(cookie));
        fields.putAll(content.attributes());
        return new String(JsonFields.write(fields), StandardCharsets.UTF_8);
    }

    /**
     * Reads an encoded item.
     *
     * @throws CodecException when its {@code sess} is not the JSON of a session
     */
    static SessionContent decode(byte[] bytes) {
        ConnectItem item = ConnectItem.decode(bytes);
        Map<String, byte[]> fields = item.movedTo() == null ? fields(item.sess()) : new LinkedHashMap<>();
        byte[] cookieJson = fields.remove(COOKIE);
        ConnectCookie cookie = cookieJson == null ? PLAIN : cookie(cookieJson);
        long deadline = item.deadline();
        boolean isEndless = deadline == SessionContent.NEVER && !cookie.hasMaxAge();
        int interval = isEndless ? 0 : cookie.interval();
        long lastAccess = lastAccess(cookie, interval, deadline);
        return new SessionContent(
                INCARNATION,
                0,
                lastAccess,
                lastAccess,
                interval,
                deadline,
                item.movedFrom(),
                item.movedTo(),
                new TreeMap<>(fields),
                cookie);
    }

    private static Map<String, byte[]> fields(@Nullable String sess) {
        try {
            return JsonFields.read((sess == null ? "" : sess).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CodecException(Reason.CORRUPT, "its 'sess' is no session: " + e.getMessage());
        }
    }

    private static ConnectCookie cookie(byte[] json) {
        try {
            Map<String, String> fields = new LinkedHashMap<>();
            JsonFields.read(json).forEach((name, value) -> fields.put(name, new String(value, StandardCharsets.UTF_8)));
            return new ConnectCookie(fields);
        } catch (IOException e) {
            throw new CodecException(Reason.CORRUPT, "the 'cookie' in its 'sess' is none: " + e.getMessage());
        }
    }

    /** Node's touch moves the deadline alone, so the cookie's time may be too early; the deadline's may be, too. */
    private static long lastAccess(ConnectCookie cookie, int interval, long deadline) {
        Long saved = cookie.lastSaved();
        if (deadline == SessionContent.NEVER) {
            return saved == null ? 0 : saved;
        }
        long byDeadline = deadline - TimeUnit.SECONDS.toMillis(interval) - LONGEST_TOUCH_MILLIS;
        return saved == null ? byDeadline : Math.max(saved, byDeadline);
    }
}
