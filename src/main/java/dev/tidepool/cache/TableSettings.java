package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.SpecialKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What settings say of a table.
 *
 * @param name the table's name
 * @param hashKey the name of its hash key
 * @param create whether it is created when it does not exist
 * @param timeToLive whether its TTL is looked at, and switched on
 * @param initialized whether it is known to be ready, and not looked at
 * @param capacity the capacity with which it is created; null for billing on demand
 * @param indexed the special keys for which it is created with an index
 */
record TableSettings(
        String name,
        String hashKey,
        boolean create,
        boolean timeToLive,
        boolean initialized,
        @Nullable Capacity capacity,
        List<SpecialKey> indexed) {

    /**
     * Provisioned capacity.
     *
     * @param readUnits read units per second
     * @param writeUnits write units per second
     */
    record Capacity(long readUnits, long writeUnits) {}

    /** What is provisioned where a table is not billed on demand and nobody says how much; connect-dynamodb's own. */
    private static final long DEFAULT_UNITS = 5;

    static TableSettings of(Settings settings, String cacheName) {
        return new TableSettings(
                settings.tableOf(cacheName),
                settings.get(Option.HASH_KEY),
                settings.get(Option.CREATE_TABLE),
                settings.get(Option.TIME_TO_LIVE),
                settings.get(Option.INITIALIZED),
                capacity(settings),
                settings.get(Option.SPECIAL_KEYS).stream()
                        .filter(key -> key.index() != null)
                        .toList());
    }

    private static @Nullable Capacity capacity(Settings settings) {
        Long read = settings.find(Option.READ_CAPACITY_UNITS);
        Long write = settings.find(Option.WRITE_CAPACITY_UNITS);
        Boolean given = settings.find(Option.PAY_PER_REQUEST);
        boolean onDemand = given == null ? read == null && write == null : given;
        return onDemand
                ? null
                : new Capacity(read == null ? DEFAULT_UNITS : read, write == null ? DEFAULT_UNITS : write);
    }
}
