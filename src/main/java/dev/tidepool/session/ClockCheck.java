package dev.tidepool.session;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns where a timeout is too short for how far this node's clock is off. Thread-safe. */
final class ClockCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ClockCheck.class);
    private static final Duration TOLERATED = Duration.ofSeconds(30);
    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

    private final SessionSettings settings;
    private final Supplier<Optional<Duration>> offset;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

    /** @param offset answers by how much this node's clock is ahead of the store's, if that is known */
    ClockCheck(SessionSettings settings, Supplier<Optional<Duration>> offset) {
        this.settings = settings;
        this.offset = offset;
    }

    /** @param timeout of a session that begins, in seconds; zero or less for none */
    void check(int timeout) {
        long now = System.nanoTime();
        long next = nextNanos.get();
        if (timeout <= 0 || now < next) {
            return;
        }
        Duration ahead = offset.get().orElse(Duration.ZERO);
        if (ahead.abs().compareTo(TOLERATED) <= 0 || timeout >= 2 * ahead.abs().toSeconds()) {
            return;
        }
        if (nextNanos.compareAndSet(next, now + HOUR_NANOS)) {
            LOG.warn(
                    "This node's clock is {} s {} the store's, and sessions of {} time out after {} s: another node may"
                            + " take them for ended, or this one those of others. Set the clock (NTP), or use a timeout"
                            + " of more than twice the difference",
                    ahead.abs().toSeconds(),
                    ahead.isNegative() ? "behind" : "ahead of",
                    settings.name(),
                    timeout);
        }
    }
}
