package dev.tidepool.express;

import dev.tidepool.session.FormatFields;
import dev.tidepool.session.SessionEntry;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The {@code cookie} object of a session of Express. Its times are the session's too: Express has no others. Immutable.
 *
 * @param fields each field as JSON, in the order in which they were found
 */
public record ConnectCookie(Map<String, String> fields) implements FormatFields {
    /** How long connect-dynamodb keeps a session whose cookie ends with the browser. */
    static final int DAY_IN_SECONDS = (int) TimeUnit.DAYS.toSeconds(1);

    /** What Express takes for granted. */
    static final Map<String, String> PLAIN_FIELDS = Map.of("httpOnly", "true", "path", "\"/\"");

    private static final String ORIGINAL_MAX_AGE = "originalMaxAge";
    private static final String EXPIRES = "expires";

    /** What express-session itself writes. */
    private static final Set<String> OF_EXPRESS = Set.of(
            ORIGINAL_MAX_AGE, EXPIRES, "httpOnly", "path", "domain", "secure", "sameSite", "priority", "partitioned");

    private static final String NULL = "null";
    private static final long MILLIS_PER_SECOND = 1_000;
    private static final BigDecimal LONGEST_INTERVAL = BigDecimal.valueOf(Integer.MAX_VALUE);

    /** As JavaScript writes dates, with exactly three digits of a second. */
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /**
     * Copies the fields.
     *
     * @param fields as of the record
     */
    public ConnectCookie {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * Returns the cookie that is wanted for sessions that begin, whenever they do.
     *
     * @param fixed the fields that do not change, as JSON
     * @param maxAge how long a session and its cookie live without an access, in whole seconds; null for a cookie that
     *     ends with the browser, and a session that lives as long as the application says
     * @return a cookie without any time
     */
    public static ConnectCookie wanted(Map<String, String> fixed, @Nullable Duration maxAge) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(ORIGINAL_MAX_AGE, maxAge == null ? NULL : millis(Math.toIntExact(maxAge.toSeconds())));
        fields.put(EXPIRES, NULL);
        fields.putAll(fixed);
        return new ConnectCookie(fields);
    }

    /**
     * Returns the cookie of a session that begins.
     *
     * @param fixed the fields that do not change, as JSON
     * @param endsWithBrowser whether the client drops the cookie when it is closed
     * @param interval how long the session lives without an access, in seconds; zero or less for ever
     * @param now in milliseconds since the epoch
     * @return the cookie
     */
    public static ConnectCookie begin(Map<String, String> fixed, boolean endsWithBrowser, int interval, long now) {
        Map<String, String> fields = new LinkedHashMap<>();
        boolean hasNoAge = interval <= 0 || (endsWithBrowser && interval == DAY_IN_SECONDS);
        fields.put(ORIGINAL_MAX_AGE, hasNoAge ? NULL : millis(interval));
        fields.put(EXPIRES, NULL);
        fields.putAll(fixed);
        return new ConnectCookie(fields).accessed(now);
    }

    /**
     * Whether a field is one of the cookie's own, and none that an application has put beside them.
     *
     * @param field the field's name
     * @return true for what express-session writes by itself
     */
    public static boolean isOfExpress(String field) {
        return OF_EXPRESS.contains(field);
    }

    private static String millis(int seconds) {
        return Long.toString(TimeUnit.SECONDS.toMillis(seconds));
    }

    /** Returns the fields that do not change. */
    Map<String, String> fixed() {
        Map<String, String> fixed = new LinkedHashMap<>(fields);
        fixed.keySet().removeAll(Set.of(ORIGINAL_MAX_AGE, EXPIRES));
        return fixed;
    }

    @Override
    public ConnectCookie next(int interval, boolean intervalChanged, long accessed) {
        return (intervalChanged ? withInterval(interval) : this).accessed(accessed);
    }

    /** Whole seconds, as an item has them. */
    @Override
    public long storable(long deadline) {
        return wholeSeconds(deadline);
    }

    /** Rounds a deadline up to what an item can say. */
    static long wholeSeconds(long deadline) {
        return deadline == SessionEntry.NEVER
                ? deadline
                : -Math.floorDiv(-deadline, MILLIS_PER_SECOND) * MILLIS_PER_SECOND;
    }

    /** An item has no version. */
    @Override
    public boolean isVersioned() {
        return false;
    }

    /** Returns how long the session lives without an access, in seconds. */
    int interval() {
        BigDecimal age = originalMaxAge();
        return age == null
                ? DAY_IN_SECONDS
                : age.scaleByPowerOfTen(-3)
                        .min(LONGEST_INTERVAL)
                        .max(BigDecimal.ONE)
                        .setScale(0, RoundingMode.CEILING)
                        .intValue();
    }

    /**
     * Returns how long the client keeps the cookie after it was last sent.
     *
     * @return whole seconds; null when it ends with the browser
     */
    public @Nullable Duration maxAge() {
        return hasMaxAge() ? Duration.ofSeconds(interval()) : null;
    }

    boolean hasMaxAge() {
        return originalMaxAge() != null;
    }

    private @Nullable BigDecimal originalMaxAge() {
        try {
            return new BigDecimal(fields.getOrDefault(ORIGINAL_MAX_AGE, NULL));
        } catch (NumberFormatException e) {
            return null; // null, or what Express takes for no number
        }
    }

    /** Returns when the session was last saved with an access, in milliseconds since the epoch; null when unknown. */
    @Nullable Long lastSaved() {
        BigDecimal age = originalMaxAge();
        String date = fields.getOrDefault(EXPIRES, NULL);
        if (age == null || date.length() < 2) {
            return null;
        }
        try {
            return Instant.parse(date.substring(1, date.length() - 1)).toEpochMilli()
                    - age.min(BigDecimal.valueOf(Duration.ofDays(36_500).toMillis()))
                            .longValue();
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /**
     * Returns the cookie of a session that lives longer or shorter than before.
     *
     * @param seconds without an access; zero or less for ever
     * @return a cookie with another age, and the same times
     */
    public ConnectCookie withInterval(int seconds) {
        return with(ORIGINAL_MAX_AGE, seconds <= 0 ? NULL : millis(seconds));
    }

    /** Returns the cookie after an access. */
    ConnectCookie accessed(long time) {
        BigDecimal age = originalMaxAge();
        return with(
                EXPIRES,
                age == null
                        ? NULL
                        : '"'
                                + DATE.format(
                                        Instant.ofEpochMilli(time).plusMillis(TimeUnit.SECONDS.toMillis(interval())))
                                + '"');
    }

    private ConnectCookie with(String field, String json) {
        Map<String, String> changed = new LinkedHashMap<>(fields);
        changed.put(field, json);
        return new ConnectCookie(changed);
    }
}
