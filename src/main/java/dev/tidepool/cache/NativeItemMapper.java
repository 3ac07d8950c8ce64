package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Tidepool's own item layout.
 *
 * <table>
 * <caption>Attributes of an item</caption>
 * <tr><th>attribute</th><th>type</th><th>meaning</th></tr>
 * <tr><td>{@code id}, or what option {@code hashKey} says</td><td>S</td><td>prefix and encoded key, or prefix and
 * digest of a key that is too long</td></tr>
 * <tr><td>{@code key}</td><td>S</td><td>the encoded key; only beside a digest</td></tr>
 * <tr><td>{@code value}</td><td>B</td><td>the encoded value</td></tr>
 * <tr><td>{@code expires}</td><td>N</td><td>the deadline in seconds, rounded up; the table's TTL attribute</td></tr>
 * <tr><td>{@code expiresAt}</td><td>N</td><td>the deadline in milliseconds</td></tr>
 * <tr><td>{@code etag}</td><td>N</td><td>64 random bits of the last logical write</td></tr>
 * <tr><td>special keys</td><td>S, N, B, BOOL</td><td>parts of the value, by the names that option
 * {@code specialKeys} says</td></tr>
 * </table>
 */
final class NativeItemMapper implements ItemMapper {
    /** A partition key has at most 2,048 bytes (DynamoDB's limits). */
    private static final int MAX_ID_BYTES = 2048;

    private static final String DIGEST = "~sha256:";

    /** Later is never. */
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(Long.MAX_VALUE / 1000);

    private static final String KEY = "key";
    private static final String VALUE = "value";
    private static final String EXPIRES = "expires";
    private static final String EXPIRES_AT = "expiresAt";
    private static final String ETAG = "etag";

    private static final Map<String, String> VALUE_NAME = Map.of("#value", VALUE);
    private static final Map<String, String> ETAG_NAME = Map.of("#etag", ETAG);
    private static final Map<String, String> DEADLINE_NAMES = Map.of("#expires", EXPIRES, "#expiresAt", EXPIRES_AT);

    private final String hashKey;
    private final String prefix;
    private final ItemNames itemNames;
    private final SpecialKeys specialKeys;
    private final Map<String, String> idName;
    private final Map<String, String> aliveNames;

    NativeItemMapper(String hashKey, String prefix, ItemNames itemNames, SpecialKeys specialKeys) {
        this.hashKey = hashKey;
        this.prefix = prefix;
        this.itemNames = itemNames;
        this.specialKeys = specialKeys;
        this.idName = Map.of("#id", hashKey);
        this.aliveNames = Map.of("#id", hashKey, "#expires", EXPIRES, "#expiresAt", EXPIRES_AT);
    }

    @Override
    public boolean sharesItems() {
        return false;
    }

    @Override
    public String hashKey() {
        return hashKey;
    }

    @Override
    public Map<String, AttributeValue> key(String keyText) {
        return Map.of(hashKey, string(id(keyText)));
    }

    @Override
    public Map<String, AttributeValue> item(String keyText, byte[] value, Deadline deadline, long etag) {
        Map<String, AttributeValue> item = specialKeys.of(value);
        item.put(hashKey, string(id(keyText)));
        item.put(VALUE, bytes(value));
        item.put(ETAG, number(etag));
        if (isDigested(keyText)) {
            item.put(KEY, string(keyText));
        }
        if (deadline.kind() == Deadline.Kind.AT) {
            item.put(EXPIRES, number(deadline.seconds()));
            item.put(EXPIRES_AT, number(deadline.millis()));
        }
        return item;
    }

    @Override
    public StoredItem read(Map<String, AttributeValue> item) {
        AttributeValue value = item.get(VALUE);
        AttributeValue etag = item.get(ETAG);
        return new StoredItem(
                idOf(item),
                keyText(item),
                value == null || value.b() == null ? new byte[0] : value.b().asByteArrayUnsafe(),
                expiresAt(item),
                etag == null ? null : whole(item, ETAG, etag));
    }

    @Override
    public String idOf(Map<String, AttributeValue> attributes) {
        return requireNonNull(attributes.get(hashKey)).s();
    }

    /** An item that something else wrote may carry the TTL attribute alone; then that is its deadline. */
    private long expiresAt(Map<String, AttributeValue> item) {
        AttributeValue millis = item.get(EXPIRES_AT);
        if (millis != null) {
            return whole(item, EXPIRES_AT, millis);
        }
        AttributeValue seconds = item.get(EXPIRES);
        return seconds == null ? StoredItem.NEVER : TimeUnit.SECONDS.toMillis(roundedUp(item, seconds));
    }

    private long whole(Map<String, AttributeValue> item, String attribute, AttributeValue value) {
        try {
            return Long.parseLong(value.n());
        } catch (NumberFormatException e) {
            throw unreadable(item, attribute, "64-bit whole number", value, e);
        }
    }

    /** Others write fractions; rounded up, they mean to the code what they mean to the conditions. */
    private long roundedUp(Map<String, AttributeValue> item, AttributeValue value) {
        if (value.n() == null) {
            throw unreadable(item, EXPIRES, "number of seconds", value, null);
        }
        try {
            return new BigDecimal(value.n())
                    .setScale(0, RoundingMode.CEILING)
                    .min(LAST_SECOND)
                    .longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw unreadable(item, EXPIRES, "number of seconds", value, e);
        }
    }

    private CacheException unreadable(
            Map<String, AttributeValue> item,
            String attribute,
            String wanted,
            AttributeValue value,
            @Nullable Exception cause) {
        return new CacheException(
                itemNames.of(idOf(item)) + " cannot be read: its attribute '" + attribute + "' of type " + value.type()
                        + " is no " + wanted,
                cause);
    }

    private String keyText(Map<String, AttributeValue> item) {
        AttributeValue key = item.get(KEY);
        return key == null || key.s() == null ? idOf(item).substring(prefix.length()) : key.s();
    }

    @Override
    public Expression replaceValue(String keyText, byte[] value, long etag) {
        Map<String, AttributeValue> special = specialKeys.of(value);
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        attributes.put(VALUE, bytes(value));
        attributes.put(ETAG, number(etag));
        if (isDigested(keyText)) {
            attributes.put(KEY, string(keyText));
        }
        attributes.putAll(special);
        return Expression.update(attributes, specialKeys.absentFrom(special));
    }

    @Override
    public Expression moveDeadline(Deadline deadline) {
        if (deadline.kind() == Deadline.Kind.NEVER) {
            return new Expression("REMOVE #expires, #expiresAt", DEADLINE_NAMES, Map.of());
        }
        return new Expression(
                "SET #expires = :expires, #expiresAt = :expiresAt",
                DEADLINE_NAMES,
                Map.of(":expires", number(deadline.seconds()), ":expiresAt", number(deadline.millis())));
    }

    @Override
    public Expression live(long now) {
        return new Expression(
                "attribute_exists(#id) AND (#expiresAt > :now OR (attribute_not_exists(#expiresAt)"
                        + " AND (attribute_not_exists(#expires) OR #expires > :seconds)))",
                aliveNames,
                clock(now));
    }

    @Override
    public Expression notLive(long now) {
        return missing().or(expired(now));
    }

    @Override
    public Expression expired(long now) {
        return new Expression(
                "#expiresAt <= :now OR (attribute_not_exists(#expiresAt) AND #expires <= :seconds)",
                DEADLINE_NAMES,
                clock(now));
    }

    private static Map<String, AttributeValue> clock(long now) {
        return Map.of(":now", number(now), ":seconds", number(Math.floorDiv(now, 1000L)));
    }

    @Override
    public Expression missing() {
        return new Expression("attribute_not_exists(#id)", idName, Map.of());
    }

    @Override
    public Expression holds(byte[] value) {
        return new Expression("#value = :old", VALUE_NAME, Map.of(":old", bytes(value)));
    }

    /** An item without an etag was written by something else: then its value has to do. */
    @Override
    public Expression unchangedSince(StoredItem item) {
        Long etag = item.etag();
        return etag == null
                ? new Expression("attribute_not_exists(#etag)", ETAG_NAME, Map.of()).and(asRead(item.value()))
                : new Expression("#etag = :read", ETAG_NAME, Map.of(":read", number(etag)));
    }

    /** What is read as empty may be missing, or of another type. */
    private Expression asRead(byte[] value) {
        return value.length > 0
                ? holds(value)
                : holds(value)
                        .or(new Expression(
                                "NOT attribute_type(#value, :binary)", VALUE_NAME, Map.of(":binary", string("B"))));
    }

    @Override
    public @Nullable Expression ownItems() {
        return prefix.isEmpty()
                ? null
                : new Expression("begins_with(#id, :prefix)", idName, Map.of(":prefix", string(prefix)));
    }

    @Override
    public Expression withoutValue() {
        return new Expression(
                "#id, #key, #expires, #expiresAt, #etag",
                Map.of("#id", hashKey, "#key", KEY, "#expires", EXPIRES, "#expiresAt", EXPIRES_AT, "#etag", ETAG),
                Map.of());
    }

    @Override
    public Expression keyAlone() {
        return new Expression("#id, #key", Map.of("#id", hashKey, "#key", KEY), Map.of());
    }

    @Override
    public boolean isOwn(Map<String, AttributeValue> attributes) {
        return idOf(attributes).startsWith(prefix);
    }

    @Override
    public boolean tellsKeyText(Map<String, AttributeValue> attributes) {
        return attributes.containsKey(KEY) || !idOf(attributes).startsWith(DIGEST, prefix.length());
    }

    private String id(String keyText) {
        return isDigested(keyText) ? prefix + DIGEST + digest(keyText) : prefix + keyText;
    }

    private boolean isDigested(String keyText) {
        int chars = prefix.length() + keyText.length();
        return chars * 3L > MAX_ID_BYTES
                && (chars > MAX_ID_BYTES || (prefix + keyText).getBytes(StandardCharsets.UTF_8).length > MAX_ID_BYTES);
    }

    private static String digest(String keyText) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(keyText.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static AttributeValue string(String value) {
        return AttributeValue.fromS(value);
    }

    private static AttributeValue number(long value) {
        return AttributeValue.fromN(Long.toString(value));
    }

    private static AttributeValue bytes(byte[] value) {
        return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(value));
    }
}
