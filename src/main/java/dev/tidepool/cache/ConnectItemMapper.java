package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.connect.ConnectItem;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The item layout of connect-dynamodb, the session store of Express.
 *
 * <table>
 * <caption>Attributes of an item</caption>
 * <tr><th>attribute</th><th>type</th><th>meaning</th></tr>
 * <tr><td>{@code id}, or what option {@code hashKey} says</td><td>S</td><td>prefix and session id</td></tr>
 * <tr><td>{@code expires}</td><td>N</td><td>the session's deadline in seconds; the table's TTL attribute</td></tr>
 * <tr><td>{@code type}</td><td>S</td><td>{@code connect-session}</td></tr>
 * <tr><td>{@code sess}</td><td>S</td><td>the session as JSON</td></tr>
 * <tr><td>special keys</td><td>S, N, B, BOOL</td><td>session attributes, by the names that option {@code specialKeys}
 * says</td></tr>
 * <tr><td>{@code movedFrom}, {@code movedTo}</td><td>S</td><td>the other id, while a session's id changes</td></tr>
 * </table>
 *
 * <p>The deadline is part of the value, a {@link ConnectItem}. An item counts as live for a grace after it, and as
 * absent when it holds neither a session nor the id of one: that is what remains when Node touches a session that has
 * ended. Attributes of other names are left alone.
 */
final class ConnectItemMapper implements ItemMapper {
    /** The attributes beside the hash key. */
    static final Set<String> ATTRIBUTES = Set.of("expires", "type", "sess", "movedFrom", "movedTo");

    private static final String TYPE_OF_SESSIONS = "connect-session";
    private static final long GRACE_MILLIS = TimeUnit.SECONDS.toMillis(ConnectItem.GRACE_SECONDS);

    private static final long LONG_AGO = 0;

    private static final Map<String, String> NAMES = Map.of(
            "#sess", "sess",
            "#expires", "expires",
            "#movedFrom", "movedFrom",
            "#movedTo", "movedTo");

    private static final Map<String, String> ALIVE_NAMES =
            Map.of("#sess", "sess", "#expires", "expires", "#movedTo", "movedTo");

    private final String hashKey;
    private final String prefix;
    private final ItemNames itemNames;
    private final SpecialKeys specialKeys;
    private final Map<String, String> idName;

    ConnectItemMapper(String hashKey, String prefix, ItemNames itemNames, SpecialKeys specialKeys) {
        if (ATTRIBUTES.contains(hashKey)) {
            throw new IllegalArgumentException("Option 'hashKey' cannot be '" + hashKey
                    + "' with format=connect: items have another attribute of that name");
        }
        this.hashKey = hashKey;
        this.prefix = prefix;
        this.itemNames = itemNames;
        this.specialKeys = specialKeys;
        this.idName = Map.of("#id", hashKey);
    }

    @Override
    public String hashKey() {
        return hashKey;
    }

    @Override
    public boolean isOwn(Map<String, AttributeValue> attributes) {
        return idOf(attributes).startsWith(prefix);
    }

    @Override
    public boolean tellsKeyText(Map<String, AttributeValue> attributes) {
        return true;
    }

    @Override
    public boolean sharesItems() {
        return true;
    }

    @Override
    public Map<String, AttributeValue> key(String keyText) {
        return Map.of(hashKey, AttributeValue.fromS(prefix + keyText));
    }

    @Override
    public String idOf(Map<String, AttributeValue> attributes) {
        return requireNonNull(attributes.get(hashKey)).s();
    }

    @Override
    public Map<String, AttributeValue> item(String keyText, byte[] value, Deadline deadline, long etag) {
        Map<String, AttributeValue> item = new HashMap<>(key(keyText));
        item.putAll(specialKeys.of(value));
        item.putAll(attributes(ConnectItem.decode(value)));
        item.put("type", AttributeValue.fromS(TYPE_OF_SESSIONS));
        return item;
    }

    /** Returns those that an item has. */
    private static Map<String, AttributeValue> attributes(ConnectItem item) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        if (item.sess() != null) {
            attributes.put("sess", AttributeValue.fromS(item.sess()));
        }
        if (item.expires() != null) {
            attributes.put("expires", AttributeValue.fromN(item.expires()));
        }
        if (item.movedFrom() != null) {
            attributes.put("movedFrom", AttributeValue.fromS(item.movedFrom()));
        }
        if (item.movedTo() != null) {
            attributes.put("movedTo", AttributeValue.fromS(item.movedTo()));
        }
        return attributes;
    }

    @Override
    public StoredItem read(Map<String, AttributeValue> item) {
        String id = idOf(item);
        String keyText = id.substring(prefix.length());
        ConnectItem session =
                new ConnectItem(text(item, "sess"), seconds(item), text(item, "movedFrom"), text(item, "movedTo"));
        return session.sess() == null && session.movedTo() == null
                ? new StoredItem(id, keyText, new byte[0], LONG_AGO, null)
                : new StoredItem(id, keyText, session.encode(), pastGrace(session.deadline()), null);
    }

    private @Nullable String text(Map<String, AttributeValue> item, String name) {
        AttributeValue value = item.get(name);
        if (value == null) {
            return null;
        }
        if (value.s() == null) {
            throw unreadable(item, name, value, "text");
        }
        return value.s();
    }

    private @Nullable String seconds(Map<String, AttributeValue> item) {
        AttributeValue value = item.get("expires");
        if (value == null) {
            return null;
        }
        if (value.n() == null) {
            throw unreadable(item, "expires", value, "number of seconds");
        }
        return value.n();
    }

    private static long pastGrace(long deadline) {
        return deadline == Long.MAX_VALUE ? StoredItem.NEVER : deadline + GRACE_MILLIS;
    }

    private CacheException unreadable(
            Map<String, AttributeValue> item, String name, AttributeValue value, String wanted) {
        return new CacheException(itemNames.of(idOf(item)) + " cannot be read: its attribute '" + name + "' of type "
                + value.type() + " is no " + wanted);
    }

    @Override
    public Expression replaceValue(String keyText, byte[] value, long etag) {
        Map<String, AttributeValue> special = specialKeys.of(value);
        Map<String, AttributeValue> attributes = attributes(ConnectItem.decode(value));
        List<String> removed = new ArrayList<>(specialKeys.absentFrom(special));
        NAMES.values().stream().filter(name -> !attributes.containsKey(name)).forEach(removed::add);
        attributes.put("type", AttributeValue.fromS(TYPE_OF_SESSIONS));
        attributes.putAll(special);
        return Expression.update(attributes, removed);
    }

    /** The grace is not part of the item. */
    @Override
    public Expression moveDeadline(Deadline deadline) {
        Map<String, String> name = Map.of("#expires", "expires");
        return deadline.kind() == Deadline.Kind.NEVER
                ? new Expression("REMOVE #expires", name, Map.of())
                : new Expression(
                        "SET #expires = :new_expires",
                        name,
                        Map.of(
                                ":new_expires",
                                AttributeValue.fromN(Long.toString(deadline.seconds() - ConnectItem.GRACE_SECONDS))));
    }

    @Override
    public Expression live(long now) {
        return new Expression(
                "(attribute_exists(#sess) OR attribute_exists(#movedTo))"
                        + " AND (attribute_not_exists(#expires) OR #expires > :ended)",
                ALIVE_NAMES,
                ended(now));
    }

    @Override
    public Expression notLive(long now) {
        return new Expression(
                        "(attribute_not_exists(#sess) AND attribute_not_exists(#movedTo))",
                        Map.of("#sess", "sess", "#movedTo", "movedTo"),
                        Map.of())
                .or(expired(now));
    }

    @Override
    public Expression expired(long now) {
        return new Expression("#expires <= :ended", Map.of("#expires", "expires"), ended(now));
    }

    /** The deadline of those whose grace ends now. */
    private static Map<String, AttributeValue> ended(long now) {
        return Map.of(
                ":ended",
                AttributeValue.fromN(BigDecimal.valueOf(now - GRACE_MILLIS, 3).toPlainString()));
    }

    @Override
    public Expression missing() {
        return new Expression("attribute_not_exists(#id)", idName, Map.of());
    }

    /** Each part is as it was read; nothing else tells a write of Node's. */
    @Override
    public Expression holds(byte[] value) {
        Map<String, AttributeValue> attributes = attributes(ConnectItem.decode(value));
        List<String> conditions = new ArrayList<>();
        Map<String, AttributeValue> values = new HashMap<>();
        NAMES.forEach((placeholder, name) -> {
            AttributeValue attribute = attributes.get(name);
            if (attribute == null) {
                conditions.add("attribute_not_exists(" + placeholder + ")");
            } else {
                conditions.add(placeholder + " = :old_" + name);
                values.put(":old_" + name, attribute);
            }
        });
        return new Expression(String.join(" AND ", conditions), NAMES, values);
    }

    @Override
    public Expression unchangedSince(StoredItem item) {
        return item.value().length == 0
                ? new Expression(
                        "attribute_not_exists(#sess) AND attribute_not_exists(#movedTo)",
                        Map.of("#sess", "sess", "#movedTo", "movedTo"),
                        Map.of())
                : holds(item.value());
    }

    @Override
    public @Nullable Expression ownItems() {
        return prefix.isEmpty()
                ? null
                : new Expression("begins_with(#id, :prefix)", idName, Map.of(":prefix", AttributeValue.fromS(prefix)));
    }

    /** Whether there is a session at all only its text tells. */
    @Override
    public Expression withoutValue() {
        return new Expression("#id, #sess, #expires, #movedFrom, #movedTo", NAMES, Map.of())
                .with(new Expression("", idName, Map.of()));
    }

    @Override
    public Expression keyAlone() {
        return new Expression("#id", idName, Map.of());
    }
}
