package dev.tidepool.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What session ids of a format look like: random bytes as letters, digits, {@code -} and {@code _}; others may have
 * made them otherwise. Thread-safe.
 */
public final class SessionIds {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final int length;
    private final Pattern form;

    /**
     * Makes the ids of a format.
     *
     * @param length of a new id, in random bytes
     * @param form the regular expression of all ids, those of others too
     */
    public SessionIds(int length, String form) {
        this.length = length;
        this.form = Pattern.compile(form);
    }

    /**
     * Makes an id.
     *
     * @return an id that nobody can guess
     */
    public String create() {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return base64(bytes);
    }

    /**
     * Whether a text can be an id at all; what cannot is never looked up.
     *
     * @param text whatever a client sent
     * @return true when it can
     */
    public boolean isWellFormed(String text) {
        return form.matcher(text).matches();
    }

    /**
     * Returns what stands for an id where ids must not be at rest.
     *
     * @param id an id
     * @return its SHA-256, from which nobody can tell the id
     */
    public static String hash(String id) {
        try {
            return base64(MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
