package dev.tidepool.cache;

import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * How messages name an item, so that a person finds it and a log keeps secrets.
 *
 * @param cache the cache's name
 * @param table the table's name
 * @param secretKeys whether an item is named by a digest, as its key is a secret
 */
record ItemNames(String cache, String table, boolean secretKeys) {
    private static final int MAX_CHARS = 200;
    private static final int DIGEST_BYTES = 8;

    /** A key is any text, and might forge lines of a log. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    /** For whoever looks at a table whose caches are not known: keys may be secrets, and no message names a cache. */
    static ItemNames ofTable(String table) {
        return new ItemNames("", table, true);
    }

    /** Returns what a message begins with. */
    String ofCache() {
        return cache.isEmpty() ? "" : "Cache '" + cache + "': ";
    }

    /** Returns the beginning of a message about the item of this hash key. */
    String of(String id) {
        String name =
                secretKeys ? "sha256:" + HexFormat.of().formatHex(sha256(id), 0, DIGEST_BYTES) : "'" + shown(id) + "'";
        return ofCache() + "the item " + name + " in table '" + table + "'";
    }

    /**
     * Returns what is thrown where the item of this hash key cannot be read.
     *
     * @param why what is wrong with it
     */
    DamagedItem damaged(String id, String why, @Nullable Throwable cause) {
        return new DamagedItem(of(id) + " cannot be read: " + why, cause);
    }

    /** One item is not what it should be; others may be sound, and the store is. */
    static final class DamagedItem extends CacheException {
        @Serial
        private static final long serialVersionUID = 1L;

        DamagedItem(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private static String shown(String id) {
        String printable = UNPRINTABLE.matcher(id).replaceAll("?");
        return printable.length() <= MAX_CHARS ? printable : printable.substring(0, MAX_CHARS) + "...";
    }

    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
