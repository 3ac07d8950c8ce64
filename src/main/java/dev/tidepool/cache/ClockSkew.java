package dev.tidepool.cache;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbResponse;

/**
 * How far a clock is off that of a store, as far as the store's answers tell: each has the time in its header Date. It
 * costs no request, and one answer a minute is looked at. Thread-safe.
 *
 * <p>An answer was written after its request was sent and before it was received, and its time is in whole seconds. So
 * it says of the difference only between which bounds it lies, and a slow answer says little.
 */
final class ClockSkew {
    private static final Logger LOG = LoggerFactory.getLogger(ClockSkew.class);

    private static final Duration TOLERATED = Duration.ofSeconds(30);
    private static final Duration LOOK_INTERVAL = Duration.ofMinutes(1);
    private static final Duration WARNING_INTERVAL = Duration.ofHours(1);

    /** A header's time is up to this much before the moment in which it was written. */
    private static final Duration UNIT_OF_HEADER = Duration.ofSeconds(1);

    private final InstantSource clock;

    /** When an answer was looked at last; null for never. */
    private volatile @Nullable Instant looked;

    private volatile @Nullable Duration offset;

    /** When the store has last answered as it was asked; null for never. */
    private volatile @Nullable Instant lastSuccess;

    /** When was warned of the present difference; null for not yet. Guarded by this object's lock. */
    private @Nullable Instant warned;

    ClockSkew(InstantSource clock) {
        this.clock = clock;
    }

    /** The time to give to {@link #answered}, before a request is sent. */
    Instant now() {
        return clock.instant();
    }

    /**
     * How far the clock is ahead; zero as long as no answer shows a difference, empty as long as none tells the time.
     */
    Optional<Duration> offset() {
        return Optional.ofNullable(offset);
    }

    /** How long ago the store has last done what it was asked for; empty for never. A clock may be set back. */
    Optional<Duration> sinceSuccess() {
        return Optional.ofNullable(lastSuccess)
                .map(success -> Duration.between(success, clock.instant()))
                .map(age -> age.isNegative() ? Duration.ZERO : age);
    }

    /**
     * Looks at an answer, unless another one has been looked at a short time ago.
     *
     * @param sent the time by the clock at which the request was sent, or earlier
     */
    void answered(Instant sent, DynamoDbResponse answer) {
        Instant received = clock.instant();
        lastSuccess = received;
        if (isPast(looked, LOOK_INTERVAL, received)) {
            looked = received;
            Instant date = dateOf(answer);
            if (date != null) {
                // A clock that was set back meanwhile proves nothing either.
                boolean forward = !received.isBefore(sent);
                Instant first = forward ? sent : received;
                Instant last = forward ? received : sent;
                compare(Duration.between(date.plus(UNIT_OF_HEADER), first), Duration.between(date, last), received);
            }
        }
    }

    private synchronized void compare(Duration least, Duration most, Instant now) {
        Duration before = offset;
        Duration known = nearest(before == null ? Duration.ZERO : before, least, most);
        offset = known;
        Duration certain = nearest(Duration.ZERO, least, most);
        if (certain.abs().compareTo(TOLERATED) > 0) {
            if (isPast(warned, WARNING_INTERVAL, now)) {
                warned = now;
                warn(certain);
            }
        } else if (known.abs().compareTo(TOLERATED) <= 0) {
            warned = null;
        }
    }

    private static Duration nearest(Duration wanted, Duration least, Duration most) {
        if (wanted.compareTo(least) < 0) {
            return least;
        }
        return wanted.compareTo(most) > 0 ? most : wanted;
    }

    private static void warn(Duration certain) {
        if (certain.isNegative()) {
            LOG.warn(
                    "The clock of this node is behind the store's by {} s or more, so that other nodes take entries and"
                            + " sessions that it writes for expired too early; set it by NTP, or see to the option 'clock'",
                    certain.abs().toSeconds());
        } else {
            LOG.warn(
                    "The clock of this node is ahead of the store's by {} s or more, so that it takes entries and"
                            + " sessions of other nodes for expired too early; set it by NTP, or see to the option 'clock'",
                    certain.toSeconds());
        }
    }

    /** In either direction: the time is that of the clock in question, which may be set back by far. */
    private static boolean isPast(@Nullable Instant last, Duration interval, Instant now) {
        return last == null || Duration.between(last, now).abs().compareTo(interval) >= 0;
    }

    /** An answer that an application's client made up itself may have no headers at all. */
    private static @Nullable Instant dateOf(DynamoDbResponse answer) {
        SdkHttpResponse http = answer.sdkHttpResponse();
        String date = http == null ? null : http.firstMatchingHeader("Date").orElse(null);
        try {
            return date == null ? null : DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
