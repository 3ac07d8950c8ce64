package dev.tidepool.tools;

import dev.tidepool.cache.TableItems.Item;
import java.util.regex.Pattern;

/**
 * Keys as they may be shown. The id of a session is a secret, as whoever has it has the session; so is every key of a
 * cache whose option {@code secretKeys} says so. Immutable.
 *
 * @param withValues whether somebody has asked for the secrets
 * @param areSecret whether all keys are
 * @param prefix what the keys of the cache begin with; empty when that is not known
 */
record ShownKeys(boolean withValues, boolean areSecret, String prefix) {
    /** The key of a session whose id is stored as its hash, which tells nothing of the id. */
    private static final Pattern HASHED = Pattern.compile("(?:.*:)?[A-Za-z0-9_-]{43}");

    /** What may be the id of a session, though the item cannot be read. */
    private static final Pattern PLAIN = Pattern.compile("(?:.*:)?(?:[A-Za-z0-9_-]{40}|[A-Za-z0-9_-]{32})");

    private static final int SHOWN_OF_ID = 6;
    private static final int SHORTEST_ID = 16;

    /** What is known of a key. */
    enum Kind {
        /** Any entry's, or that of an item which cannot be read. */
        ANY,
        /** A session's, which ends with its id or the hash of it. */
        SESSION,
        /** A session's that ends with its id, of whatever form and length: Express knows no hashes. */
        PLAIN_ID;

        /**
         * Returns what is known of an item's key.
         *
         * @param isSession whether its value is known to be a session
         */
        static Kind of(Item item, boolean isSession) {
            if (item.isOfConnect()) {
                return PLAIN_ID;
            }
            return isSession ? SESSION : ANY;
        }
    }

    /** Returns as much of a key as may be shown. */
    String of(String id, Kind kind) {
        return withValues || !(areSecret || isIdOfSession(id, kind)) ? id : shortened(id, begin(id, kind));
    }

    private static boolean isIdOfSession(String id, Kind kind) {
        return switch (kind) {
            case ANY -> PLAIN.matcher(id).matches();
            case SESSION -> !HASHED.matcher(id).matches();
            case PLAIN_ID -> true;
        };
    }

    /** Returns where the secret begins: a key of a cache may have colons itself. */
    private int begin(String id, Kind kind) {
        if (areSecret && kind == Kind.ANY) {
            return id.startsWith(prefix) ? prefix.length() : 0;
        }
        return id.lastIndexOf(':', id.length() - 1 - SHORTEST_ID) + 1;
    }

    private static String shortened(String id, int begin) {
        return id.substring(0, begin + Math.min(SHOWN_OF_ID, (id.length() - begin) / 2)) + "...";
    }
}
