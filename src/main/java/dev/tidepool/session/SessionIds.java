package dev.tidepool.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** Session ids: 240 random bits as 40 letters, digits, {@code -} and {@code _}. */
final class SessionIds {
    private static final int BYTES = 30;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{40}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private SessionIds() {}

    static String create() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return base64(bytes);
    }

    /** Whether a text can be an id at all; what cannot is never looked up. */
    static boolean isWellFormed(String text) {
        return FORM.matcher(text).matches();
    }

    static String hash(String id) {
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
