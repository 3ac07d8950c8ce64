package dev.tidepool.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** What session ids look like: random bytes as letters, digits, {@code -} and {@code _}. */
enum SessionIds {
    /** 240 bits. */
    TIDEPOOL(30, "[A-Za-z0-9_-]{40}"),

    /** 192 bits, as Express makes them; applications of Express may make others. */
    EXPRESS(24, "[A-Za-z0-9_.-]{16,128}");

    private static final SecureRandom RANDOM = new SecureRandom();

    private final int length;
    private final Pattern form;

    SessionIds(int length, String form) {
        this.length = length;
        this.form = Pattern.compile(form);
    }

    String create() {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return base64(bytes);
    }

    /** Whether a text can be an id at all; what cannot is never looked up. */
    boolean isWellFormed(String text) {
        return form.matcher(text).matches();
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
