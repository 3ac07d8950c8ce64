package dev.tidepool.cache;

import dev.tidepool.connect.ConnectItem;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
 * ended. Attributes of other names stay when an entry is changed that must be there, as each save of a session does; an
 * unconditional put writes the item anew.
 */
final class ConnectItemMapper extends ItemMapper {
    private static final String TYPE = "type";
    private static final String SESS = "sess";
    private static final String MOVED_FROM = "movedFrom";
    private static final String MOVED_TO = "movedTo";

    /** The attributes beside the hash key. */
    private static final Set<String> ATTRIBUTES = Set.of(EXPIRES, TYPE, SESS, MOVED_FROM, MOVED_TO);

    private static final String TYPE_OF_SESSIONS = "connect-session";
    private static final long GRACE_MILLIS = TimeUnit.SECONDS.toMillis(ConnectItem.GRACE_SECONDS);

    private static final long LONG_AGO = 0;

    private static final Map<String, String> NAMES =
            Map.of("#sess", SESS, "#expires", EXPIRES, "#movedFrom", MOVED_FROM, "#movedTo", MOVED_TO);
    private static final Map<String, String> ALIVE_NAMES =
            Map.of("#sess", SESS, "#expires", EXPIRES, "#movedTo", MOVED_TO);
    private static final Map<String, String> DEADLINE_NAME = Map.of("#expires", EXPIRES);

    private static final Expression NO_SESSION = new Expression(
            "attribute_not_exists(#sess) AND attribute_not_exists(#movedTo)",
            Map.of("#sess", SESS, "#movedTo", MOVED_TO),
            Map.of());

    ConnectItemMapper(String hashKey, String prefix, ItemNames itemNames, SpecialKeys specialKeys) {
        super(hashKey, prefix, itemNames, specialKeys);
        if (ATTRIBUTES.contains(hashKey)) {
            throw new IllegalArgumentException("Option 'hashKey' cannot be '" + hashKey
                    + "' with format=connect: items have another attribute of that name");
        }
    }

    @Override
    boolean tellsKeyText(Map<String, AttributeValue> attributes) {
        return true;
    }

    @Override
    boolean sharesItems() {
        return true;
    }

    @Override
    String id(String keyText) {
        return prefix + keyText;
    }

    @Override
    Map<String, AttributeValue> attributesOf(String keyText, byte[] value) {
        Map<String, AttributeValue> attributes = parts(value);
        attributes.put(TYPE, string(TYPE_OF_SESSIONS));
        return attributes;
    }

    /** The deadline is part of the value. */
    @Override
    Map<String, AttributeValue> stamp(Deadline deadline, long etag) {
        return Map.of();
    }

    @Override
    List<String> absentFrom(Map<String, AttributeValue> attributes) {
        return NAMES.values().stream()
                .filter(name -> !attributes.containsKey(name))
                .toList();
    }

    /** Returns the attributes that stand for a value. */
    private static Map<String, AttributeValue> parts(byte[] value) {
        ConnectItem item = ConnectItem.decode(value);
        Map<String, AttributeValue> parts = new HashMap<>();
        putText(parts, SESS, item.sess());
        putText(parts, MOVED_FROM, item.movedFrom());
        putText(parts, MOVED_TO, item.movedTo());
        if (item.expires() != null) {
            parts.put(EXPIRES, AttributeValue.fromN(item.expires()));
        }
        return parts;
    }

    private static void putText(Map<String, AttributeValue> parts, String name, @Nullable String text) {
        if (text != null) {
            parts.put(name, string(text));
        }
    }

    @Override
    StoredItem read(Map<String, AttributeValue> item) {
        String id = idOf(item);
        String keyText = id.substring(prefix.length());
        ConnectItem session = new ConnectItem(
                read(item, SESS, AttributeValue::s, "text"),
                read(item, EXPIRES, AttributeValue::n, "number of seconds"),
                read(item, MOVED_FROM, AttributeValue::s, "text"),
                read(item, MOVED_TO, AttributeValue::s, "text"));
        return session.sess() == null && session.movedTo() == null
                ? new StoredItem(id, keyText, new byte[0], LONG_AGO, null)
                : new StoredItem(id, keyText, session.encode(), pastGrace(session.deadline()), null);
    }

    private @Nullable String read(
            Map<String, AttributeValue> item,
            String name,
            Function<AttributeValue, @Nullable String> reader,
            String wanted) {
        AttributeValue value = item.get(name);
        String text = value == null ? null : reader.apply(value);
        if (value != null && text == null) {
            throw unreadable(item, name, wanted, null);
        }
        return text;
    }

    private static long pastGrace(long deadline) {
        return deadline == Long.MAX_VALUE ? StoredItem.NEVER : deadline + GRACE_MILLIS;
    }

    /** The grace is not part of the item. */
    @Override
    Expression moveDeadline(Deadline deadline) {
        return deadline.kind() == Deadline.Kind.NEVER
                ? new Expression("REMOVE #expires", DEADLINE_NAME, Map.of())
                : new Expression(
                        "SET #expires = :new_expires",
                        DEADLINE_NAME,
                        Map.of(":new_expires", number(deadline.seconds() - ConnectItem.GRACE_SECONDS)));
    }

    @Override
    Expression live(long now) {
        return new Expression(
                "(attribute_exists(#sess) OR attribute_exists(#movedTo))"
                        + " AND (attribute_not_exists(#expires) OR #expires > :ended)",
                ALIVE_NAMES,
                ended(now));
    }

    /** The deadline is part of the value, so there is none to keep. */
    @Override
    Expression dated(long now) {
        return live(now);
    }

    @Override
    Expression notLive(long now) {
        return NO_SESSION.or(expired(now));
    }

    @Override
    Expression expired(long now) {
        return new Expression("#expires <= :ended", DEADLINE_NAME, ended(now));
    }

    /** The deadline of those whose grace ends now. */
    private static Map<String, AttributeValue> ended(long now) {
        return Map.of(
                ":ended",
                AttributeValue.fromN(BigDecimal.valueOf(now - GRACE_MILLIS, 3).toPlainString()));
    }

    /** Each part is as it was read; nothing else tells a write of Node's. */
    @Override
    Expression holds(byte[] value) {
        Map<String, AttributeValue> attributes = parts(value);
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
    Expression unchangedSince(StoredItem item) {
        return item.value().length == 0 ? NO_SESSION : holds(item.value());
    }

    /** Whether there is a session at all only its text tells. */
    @Override
    Expression withoutValue() {
        return withId("#id, #sess, #expires, #movedFrom, #movedTo", NAMES, Map.of());
    }

    @Override
    Expression keyAlone() {
        return withId("#id", Map.of(), Map.of());
    }
}
