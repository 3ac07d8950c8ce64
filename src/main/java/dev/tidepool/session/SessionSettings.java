package dev.tidepool.session;

import dev.tidepool.SpecialKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session manager was configured with, but for its cache and codec.
 *
 * @param format how sessions are stored
 * @param touchInterval null for the default, which depends on the session's own timeout
 * @param sweepInterval null for no sweeps
 * @param maxSessions how many sessions this node may hold; zero or less for any number
 * @param endOldest whether the oldest session ends when there is no room, instead of the new one being refused
 * @param localAttributes the names of attributes that stay on this node
 * @param specialKeys the attributes that items have as attributes of their own
 */
record SessionSettings(
        SessionFormat format,
        @Nullable Duration touchInterval,
        @Nullable Duration sweepInterval,
        int maxSessions,
        boolean endOldest,
        Set<String> localAttributes,
        FailureResponse failureResponse,
        InstantSource clock,
        List<SpecialKey> specialKeys) {

    SessionSettings {
        for (SpecialKey key : specialKeys) {
            if (localAttributes.contains(key.name())) {
                throw new IllegalArgumentException("The special key '" + key.name()
                        + "' cannot be an attribute that stays on its node: take it out of localAttributes, or of the"
                        + " option 'specialKeys'");
            }
            format.requireFree(key.name());
        }
    }

    private static final long MAX_DEFAULT_MILLIS = 60_000;

    /** One in twenty: five percent of the timeout, in milliseconds for a timeout in seconds. */
    private static final long MILLIS_OF_TIMEOUT = 1_000 / 20;

    /** Returns how long accesses need not be written after one that was. */
    long touchMillis(int maxInactiveInterval) {
        if (touchInterval != null) {
            return touchInterval.toMillis();
        }
        return maxInactiveInterval <= 0
                ? MAX_DEFAULT_MILLIS
                : Math.min(MAX_DEFAULT_MILLIS, maxInactiveInterval * MILLIS_OF_TIMEOUT);
    }

    SessionIds ids() {
        return format.ids();
    }

    /** Returns the special key of a name, or null. */
    @Nullable SpecialKey specialKey(String name) {
        return specialKeys.stream()
                .filter(key -> key.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    long now() {
        return clock.millis();
    }
}
