package dev.tidepool.tools;

import java.time.Duration;
import java.time.Instant;

/** Times for a person. */
final class Times {
    private static final String NEVER = "never";

    private Times() {}

    /** Returns an instant in milliseconds since the epoch; {@link Long#MAX_VALUE} is never. */
    static String instant(long millis) {
        return millis == Long.MAX_VALUE ? NEVER : Instant.ofEpochMilli(millis).toString();
    }

    /** Returns how long from now, or how long ago, behind an instant; nothing for never. */
    static String relative(long millis, long now) {
        if (millis == Long.MAX_VALUE) {
            return "";
        }
        Duration away = Duration.between(Instant.ofEpochMilli(now), Instant.ofEpochMilli(millis));
        if (away.abs().toSeconds() == 0) {
            return " (now)";
        }
        return away.isNegative() ? " (" + duration(away.negated()) + " ago)" : " (in " + duration(away) + ")";
    }

    /** Returns a duration, rounded down, in the largest unit of which there are two at least. */
    static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 7_200) {
            return seconds / 60 + " min";
        }
        return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " days";
    }
}
