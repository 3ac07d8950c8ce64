package dev.tidepool.cache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

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

    /** Returns the beginning of a message about the item of this hash key. */
    String of(String id) {
        String name =
                secretKeys ? "sha256:" + HexFormat.of().formatHex(sha256(id), 0, DIGEST_BYTES) : "'" + shown(id) + "'";
        return "Cache '" + cache + "': the item " + name + " in table '" + table + "'";
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
