package dev.tidepool.express;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The value of the cookie of Express, {@code s:<id>.<signature>}: how it is signed, verified, written into a header and
 * found in one. The signature is the HMAC-SHA256 of the id in base64 without padding.
 */
public final class SignedCookie {
    private static final String MARK = "s:";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SIGNATURE_LENGTH = 43;

    /** What {@code encodeURIComponent} leaves as it is, besides letters and digits. */
    private static final String PLAIN = "-_.!~*'()";

    /** A browser has few cookies of a name, one for each path and domain; each costs a signature. */
    private static final int MOST_OF_A_NAME = 16;

    private static final int HEX_RADIX = 16;

    private SignedCookie() {}

    /**
     * Returns the value for an id, as it stands in a header.
     *
     * @param id the session's
     * @param secret signs it
     * @return the value, percent-encoded
     */
    public static String write(String id, SecretKeySpec secret) {
        return encode(MARK + id + "." + signature(id, secret));
    }

    /**
     * Finds an id in the headers of a request.
     *
     * @param headers all {@code Cookie} headers
     * @param name of the cookie
     * @param secrets any of which may have signed
     * @return the id of the first cookie of the name that is signed; null when there is none, or the id is empty
     */
    public static @Nullable String find(List<String> headers, String name, List<SecretKeySpec> secrets) {
        for (String raw : values(headers, name)) {
            String value = decode(raw);
            String id = value == null ? null : verified(value, secrets);
            if (id != null) {
                return id;
            }
        }
        return null;
    }

    /**
     * Returns the id that a value bears, for a person who looks for its session. Whoever made the value up may have
     * written any id: the signature is not verified.
     *
     * @param raw the value as it stands in a header, or decoded
     * @return the id; null when the value is not of the form
     */
    public static @Nullable String unverifiedId(String raw) {
        String value = decode(raw);
        int dot = value == null ? -1 : endOfId(value);
        return value == null || dot < 0 ? null : value.substring(MARK.length(), dot);
    }

    /** Returns where the id ends, negative when the value is not of the form. */
    private static int endOfId(String value) {
        int dot = value.lastIndexOf('.');
        return value.startsWith(MARK) && dot > MARK.length() && value.length() - dot - 1 == SIGNATURE_LENGTH ? dot : -1;
    }

    private static @Nullable String verified(String value, List<SecretKeySpec> secrets) {
        int dot = endOfId(value);
        if (dot < 0) {
            return null;
        }
        String id = value.substring(MARK.length(), dot);
        byte[] signature = value.substring(dot + 1).getBytes(StandardCharsets.UTF_8);
        for (SecretKeySpec secret : secrets) {
            if (MessageDigest.isEqual(signature(id, secret).getBytes(StandardCharsets.UTF_8), signature)) {
                return id;
            }
        }
        return null;
    }

    private static String signature(String id, SecretKeySpec secret) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return Base64.getEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(id.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /**
     * Makes a key of a secret.
     *
     * @param secret not empty
     * @return the key for {@link #write} and {@link #find}
     */
    public static SecretKeySpec key(String secret) {
        return new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /** Splits headers as the package {@code cookie} of Node does, which Express uses. */
    private static List<String> values(List<String> headers, String name) {
        List<String> found = new ArrayList<>();
        for (String header : headers) {
            for (String pair : header.split(";", -1)) {
                int equals = pair.indexOf('=');
                if (equals >= 0 && pair.substring(0, equals).strip().equals(name) && found.size() < MOST_OF_A_NAME) {
                    found.add(unquoted(pair.substring(equals + 1).strip()));
                }
            }
        }
        return found;
    }

    private static String unquoted(String value) {
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    /** As {@code encodeURIComponent} does. */
    private static String encode(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
            char character = (char) unit;
            if (character < 128 && (Character.isLetterOrDigit(character) || PLAIN.indexOf(character) >= 0)) {
                encoded.append(character);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(unit));
            }
        }
        return encoded.toString();
    }

    /** As {@code decodeURIComponent} does; null for what it refuses. */
    private static @Nullable String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(encoded.length);
        for (int at = 0; at < encoded.length; at++) {
            if (encoded[at] != '%') {
                decoded.write(encoded[at]);
                continue;
            }
            if (at + 2 >= encoded.length
                    || !HexFormat.isHexDigit(encoded[at + 1])
                    || !HexFormat.isHexDigit(encoded[at + 2])) {
                return null;
            }
            decoded.write(
                    HexFormat.fromHexDigit(encoded[at + 1]) * HEX_RADIX + HexFormat.fromHexDigit(encoded[at + 2]));
            at += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(decoded.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
