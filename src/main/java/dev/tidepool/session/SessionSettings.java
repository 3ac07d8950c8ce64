package dev.tidepool.session;

import dev.tidepool.SpecialKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session engine was configured with, but for its cache and the codec of attributes. Immutable.
 *
 * @param name names the engine in messages and metrics, and tells it from others of this JVM
 * @param format how sessions are stored
 * @param keyPrefix what the keys of this application's sessions begin with in the cache
 * @param hashIds whether ids are stored as their SHA-256
 * @param touchInterval how long accesses are not written after one that was; null for the default, which depends on the
 *     session's own timeout
 * @param sweepInterval how often sessions are ended that nobody watches; null for never
 * @param keepAliveAtMost how long a request keeps its session alive
 * @param maxSessions how many sessions that were created here may live; zero or less for any number
 * @param endOldest whether the oldest of them ends when there is no room, instead of the new one being refused
 * @param localAttributes the names of attributes that stay on this node
 * @param clock the source of time, the same as the cache's
 * @param specialKeys the attributes that items have as attributes of their own
 */
record SessionSettings(
        String name,
        SessionFormat format,
        String keyPrefix,
        boolean hashIds,
        @Nullable Duration touchInterval,
        @Nullable Duration sweepInterval,
        Duration keepAliveAtMost,
        int maxSessions,
        boolean endOldest,
        Set<String> localAttributes,
        InstantSource clock,
        List<SpecialKey> specialKeys) {

    /**
     * Makes settings.
     *
     * @throws IllegalArgumentException when a special key is an attribute that stays on its node, or one that the
     *     format has no place for
     */
    SessionSettings {
        localAttributes = Set.copyOf(localAttributes);
        specialKeys = List.copyOf(specialKeys);
        for (SpecialKey key : specialKeys) {
            if (localAttributes.contains(key.name())) {
                throw new IllegalArgumentException("The special key '" + key.name()
                        + "' cannot be an attribute that stays on its node: take it out of localAttributes, or of the"
                        + " option 'specialKeys'");
            }
            format.requireFree(key.name());
        }
    }

    private static final long LONGEST_DEFAULT_MILLIS = 60_000;

    /** Below it, the interval would add more to a short timeout than it spares in writes. */
    private static final long SHORTEST_DEFAULT_MILLIS = 1_000;

    /** One in twenty: five percent of the timeout, in milliseconds for a timeout in seconds. */
    private static final long MILLIS_OF_TIMEOUT = 1_000 / 20;

    /** Returns how long accesses need not be written after one that was. */
    long touchMillis(int maxInactiveInterval) {
        if (touchInterval != null) {
            return touchInterval.toMillis();
        }
        if (maxInactiveInterval <= 0) {
            return LONGEST_DEFAULT_MILLIS;
        }
        long millis = Math.min(LONGEST_DEFAULT_MILLIS, maxInactiveInterval * MILLIS_OF_TIMEOUT);
        return millis < SHORTEST_DEFAULT_MILLIS ? 0 : millis;
    }

    /** Returns the special key of a name, or null. */
    @Nullable SpecialKey specialKey(String attribute) {
        return specialKeys.stream()
                .filter(key -> key.name().equals(attribute))
                .findFirst()
                .orElse(null);
    }

    /** Returns what a session with an id is stored under. */
    StoredKey key(SessionId id) {
        return hashIds ? StoredKey.hashOf(id) : new StoredKey(id.text());
    }

    long now() {
        return clock.millis();
    }
}
