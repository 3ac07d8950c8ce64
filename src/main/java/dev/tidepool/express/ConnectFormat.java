package dev.tidepool.express;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.connect.ConnectItem;
import dev.tidepool.session.AttributeCodec;
import dev.tidepool.session.AttributeSettings;
import dev.tidepool.session.FormatFields;
import dev.tidepool.session.SessionContent;
import dev.tidepool.session.SessionEntry;
import dev.tidepool.session.SessionFormat;
import dev.tidepool.session.SessionIds;
import dev.tidepool.session.Signpost;
import dev.tidepool.session.StoredKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sessions as connect-dynamodb stores them, for caches with {@code format=connect}: {@code sess} is an object with the
 * {@code cookie}, and the attributes beside it. Not for applications: the session manager finds it as a service.
 *
 * <p>What the format has no place for is made up: a session is the same as long as its id is, and was created when it
 * was first seen. Thread-safe.
 */
public final class ConnectFormat implements SessionFormat {
    private static final String COOKIE = "cookie";

    /** 192 bits, as Express makes them; applications of Express may make others. */
    private static final SessionIds IDS = new SessionIds(24, "[A-Za-z0-9_.-]{16,128}");

    private static final Duration DEFAULT_TIMEOUT = Duration.ofDays(1);

    /** The same for all: nothing in an item tells a session from an earlier one of the same id. */
    private static final UUID INCARNATION = new UUID(0, 0);

    private static final ConnectCookie PLAIN = ConnectCookie.wanted(ConnectCookie.PLAIN_FIELDS, null);

    /** The deadline that this library writes lies later by at most so much. */
    private static final long LONGEST_TOUCH_MILLIS = TimeUnit.SECONDS.toMillis(60);

    /** Makes the format; all of them are the same. */
    public ConnectFormat() {}

    @Override
    public String name() {
        return "connect";
    }

    @Override
    public boolean reads(byte[] bytes) {
        return ConnectItem.isEncoded(bytes);
    }

    @Override
    public SessionIds ids() {
        return IDS;
    }

    /** Nor does Express. */
    @Override
    public boolean adoptsIds() {
        return false;
    }

    @Override
    public Duration defaultTimeout() {
        return DEFAULT_TIMEOUT;
    }

    /** None: connect-dynamodb knows no applications. */
    @Override
    public String keyPrefix(@Nullable String application, String deploymentName, boolean hashIds) {
        if (hashIds || (application != null && !application.isEmpty())) {
            throw new IllegalArgumentException(
                    "A cache with format=connect has the keys of connect-dynamodb, prefix and id: leave out "
                            + (hashIds ? "hashIds" : "application"));
        }
        return "";
    }

    /** In Express a session lives as long as its cookie, if that has an age of its own. */
    @Override
    public SessionContent begin(int timeout, @Nullable FormatFields wanted, long now, IntToLongFunction touchMillis) {
        ConnectCookie cookie = wanted instanceof ConnectCookie given ? given : PLAIN;
        int interval = cookie.hasMaxAge() ? cookie.interval() : timeout;
        return new SessionContent(
                INCARNATION,
                0,
                now,
                now,
                interval,
                SessionContent.deadline(interval, now, touchMillis.applyAsLong(interval)),
                null,
                new TreeMap<>(),
                ConnectCookie.begin(cookie.fixed(), !cookie.hasMaxAge(), interval, now));
    }

    @Override
    public AttributeCodec attributes(AttributeSettings settings, @Nullable ClassLoader deploymentLoader) {
        return JsonAttributes.of(settings.types());
    }

    @Override
    public @Nullable Object part(String name, Class<?> type, byte[] encoded) {
        return JsonFields.scalar(encoded, type);
    }

    @Override
    public void requireFree(String attributeName) {
        JsonAttributes.requireFree(attributeName);
    }

    @Override
    public byte[] encode(SessionEntry entry) {
        String expires = entry.deadline() == SessionEntry.NEVER
                ? null
                : Long.toString(TimeUnit.MILLISECONDS.toSeconds(ConnectCookie.wholeSeconds(entry.deadline())));
        ConnectItem item = entry instanceof SessionContent session
                ? new ConnectItem(sess(session), expires, text(session.movedFrom()), null)
                : new ConnectItem(null, expires, null, text(((Signpost) entry).movedTo()));
        return item.encode();
    }

    private static @Nullable String text(@Nullable StoredKey key) {
        return key == null ? null : key.text();
    }

    private static String sess(SessionContent session) {
        Map<String, byte[]> cookie = new LinkedHashMap<>();
        ((ConnectCookie) session.fields())
                .fields()
                .forEach((name, json) -> cookie.put(name, json.getBytes(StandardCharsets.UTF_8)));
        Map<String, byte[]> fields = new LinkedHashMap<>();
        fields.put(COOKIE, JsonFields.write(cookie));
        fields.putAll(session.attributes());
        return new String(JsonFields.write(fields), StandardCharsets.UTF_8);
    }

    @Override
    public SessionEntry decode(byte[] bytes) {
        ConnectItem item = ConnectItem.decode(bytes);
        return item.movedTo() == null
                ? session(item)
                : new Signpost(
                        INCARNATION, 0, ConnectCookie.wholeSeconds(item.deadline()), new StoredKey(item.movedTo()));
    }

    private static SessionContent session(ConnectItem item) {
        Map<String, byte[]> fields = fields(item.sess());
        byte[] cookieJson = fields.remove(COOKIE);
        ConnectCookie cookie = cookieJson == null ? PLAIN : cookie(cookieJson);
        long deadline = item.deadline();
        boolean isEndless = deadline == SessionEntry.NEVER && !cookie.hasMaxAge();
        int interval = isEndless ? 0 : cookie.interval();
        long lastAccess = lastAccess(cookie, interval, deadline);
        return new SessionContent(
                INCARNATION,
                0,
                lastAccess,
                lastAccess,
                interval,
                deadline,
                item.movedFrom() == null ? null : new StoredKey(item.movedFrom()),
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
        if (deadline == SessionEntry.NEVER) {
            return saved == null ? 0 : saved;
        }
        long byDeadline = deadline - TimeUnit.SECONDS.toMillis(interval) - LONGEST_TOUCH_MILLIS;
        return saved == null ? byDeadline : Math.max(saved, byDeadline);
    }
}
