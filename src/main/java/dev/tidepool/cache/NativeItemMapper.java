package dev.tidepool.cache;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
final class NativeItemMapper extends ItemMapper {
    private static final String DIGEST = "~sha256:";

    /** Later is never. */
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(Long.MAX_VALUE / 1000);

    private static final String KEY = "key";
    private static final String VALUE = "value";
    private static final String EXPIRES_AT = "expiresAt";
    private static final String ETAG = "etag";

    private static final Map<String, String> KEY_NAME = Map.of("#key", KEY);
    private static final Map<String, String> VALUE_NAME = Map.of("#value", VALUE);
    private static final Map<String, String> ETAG_NAME = Map.of("#etag", ETAG);
    private static final Map<String, String> DEADLINE_NAMES = Map.of("#expires", EXPIRES, "#expiresAt", EXPIRES_AT);

    NativeItemMapper(String hashKey, String prefix, ItemNames itemNames, SpecialKeys specialKeys) {
        super(hashKey, prefix, itemNames, specialKeys);
    }

    @Override
    boolean sharesItems() {
        return false;
    }

    @Override
    Map<String, AttributeValue> attributesOf(String keyText, byte[] value) {
        return isDigested(keyText) ? Map.of(VALUE, bytes(value), KEY, string(keyText)) : Map.of(VALUE, bytes(value));
    }

    @Override
    Map<String, AttributeValue> stamp(Deadline deadline, long etag) {
        return deadline.kind() == Deadline.Kind.AT
                ? Map.of(ETAG, number(etag), EXPIRES, number(deadline.seconds()), EXPIRES_AT, number(deadline.millis()))
                : Map.of(ETAG, number(etag));
    }

    @Override
    List<String> absentFrom(Map<String, AttributeValue> attributes) {
        return List.of();
    }

    @Override
    StoredItem read(Map<String, AttributeValue> item) {
        AttributeValue value = item.get(VALUE);
        AttributeValue etag = item.get(ETAG);
        return new StoredItem(
                idOf(item),
                keyText(item),
                value == null || value.b() == null ? new byte[0] : value.b().asByteArrayUnsafe(),
                expiresAt(item),
                etag == null ? null : whole(item, ETAG, etag));
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
            throw unreadable(item, attribute, "64-bit whole number", e);
        }
    }

    /** Others write fractions; rounded up, they mean to the code what they mean to the conditions. */
    private long roundedUp(Map<String, AttributeValue> item, AttributeValue value) {
        if (value.n() == null) {
            throw unreadable(item, EXPIRES, "number of seconds", null);
        }
        try {
            return new BigDecimal(value.n())
                    .setScale(0, RoundingMode.CEILING)
                    .min(LAST_SECOND)
                    .longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw unreadable(item, EXPIRES, "number of seconds", e);
        }
    }

    private String keyText(Map<String, AttributeValue> item) {
        AttributeValue key = item.get(KEY);
        return key == null || key.s() == null ? idOf(item).substring(prefix.length()) : key.s();
    }

    @Override
    Expression moveDeadline(Deadline deadline) {
        if (deadline.kind() == Deadline.Kind.NEVER) {
            return new Expression("REMOVE #expires, #expiresAt", DEADLINE_NAMES, Map.of());
        }
        return new Expression(
                "SET #expires = :expires, #expiresAt = :expiresAt",
                DEADLINE_NAMES,
                Map.of(":expires", number(deadline.seconds()), ":expiresAt", number(deadline.millis())));
    }

    @Override
    Expression live(long now) {
        return withId(
                "attribute_exists(#id) AND (#expiresAt > :now OR (attribute_not_exists(#expiresAt)"
                        + " AND (attribute_not_exists(#expires) OR #expires > :seconds)))",
                DEADLINE_NAMES,
                clock(now));
    }

    @Override
    Expression notLive(long now) {
        return missing().or(expired(now));
    }

    @Override
    Expression expired(long now) {
        return new Expression(
                "#expiresAt <= :now OR (attribute_not_exists(#expiresAt) AND #expires <= :seconds)",
                DEADLINE_NAMES,
                clock(now));
    }

    private static Map<String, AttributeValue> clock(long now) {
        return Map.of(":now", number(now), ":seconds", number(Math.floorDiv(now, 1000L)));
    }

    @Override
    Expression holds(byte[] value) {
        return new Expression("#value = :old", VALUE_NAME, Map.of(":old", bytes(value)));
    }

    /** An item without an etag was written by something else: then its value has to do. */
    @Override
    Expression unchangedSince(StoredItem item) {
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
    Expression withoutValue() {
        return withId(
                "#id, #key, #expires, #expiresAt, #etag",
                Map.of("#key", KEY, "#expires", EXPIRES, "#expiresAt", EXPIRES_AT, "#etag", ETAG),
                Map.of());
    }

    @Override
    Expression keyAlone() {
        return withId("#id, #key", KEY_NAME, Map.of());
    }

    @Override
    boolean tellsKeyText(Map<String, AttributeValue> attributes) {
        return attributes.containsKey(KEY) || !idOf(attributes).startsWith(DIGEST, prefix.length());
    }

    @Override
    String id(String keyText) {
        return isDigested(keyText)
                ? prefix + DIGEST + Base64.getUrlEncoder().withoutPadding().encodeToString(ItemNames.sha256(keyText))
                : prefix + keyText;
    }

    private boolean isDigested(String keyText) {
        int max = DynamoDbLimits.KEY_BYTES;
        int chars = prefix.length() + keyText.length();
        return chars * 3L > max && (chars > max || (prefix + keyText).getBytes(StandardCharsets.UTF_8).length > max);
    }
}
