package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.ItemNames.DamagedItem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Entries as items: which attributes an item has, and the expressions that speak of them. Pure; it never sends
 * anything.
 */
abstract sealed class ItemMapper permits NativeItemMapper, ConnectItemMapper {
    /** The table's TTL attribute, in seconds since the epoch, in either format. */
    static final String EXPIRES = "expires";

    final String prefix;
    private final String hashKey;
    private final ItemNames itemNames;
    final SpecialKeys specialKeys;
    private final Map<String, String> idName;

    /**
     * A mapper of one cache.
     *
     * @param hashKey the name of the table's hash key
     * @param prefix what the hash keys of the cache's items begin with
     * @param itemNames how messages name an item
     * @param specialKeys the parts of values that items have as attributes of their own
     * @throws IllegalArgumentException when the hash key is one of the other attributes
     */
    ItemMapper(String hashKey, String prefix, ItemNames itemNames, SpecialKeys specialKeys) {
        this.hashKey = hashKey;
        this.prefix = prefix;
        this.itemNames = itemNames;
        this.specialKeys = specialKeys;
        this.idName = Map.of("#id", hashKey);
        if (specialKeys.has(hashKey)) {
            throw new IllegalArgumentException("Option 'specialKeys' cannot have '" + hashKey
                    + "', as that is the table's hash key (option 'hashKey')");
        }
    }

    /**
     * An item to write, whose deadline and etag are still to be chosen.
     *
     * @param keyText the encoded key
     * @param value the encoded value
     * @param attributes all attributes but those of the deadline and the etag
     */
    @SuppressWarnings("ArrayRecordComponent") // travels within the package; nobody compares two
    record NewItem(String keyText, byte[] value, Map<String, AttributeValue> attributes) {}

    /** Returns the item of an entry, as far as it does not depend on when it is written. */
    final NewItem newItem(String keyText, byte[] value) {
        Map<String, AttributeValue> attributes = specialKeys.of(value);
        attributes.putAll(attributesOf(keyText, value));
        attributes.put(hashKey, string(id(keyText)));
        return new NewItem(keyText, value, attributes);
    }

    /** Returns the whole item. */
    final Map<String, AttributeValue> item(NewItem item, Deadline deadline, long etag) {
        Map<String, AttributeValue> whole = new HashMap<>(item.attributes());
        whole.putAll(stamp(deadline, etag));
        return whole;
    }

    /**
     * Returns an update that gives an item a new value and leaves its deadline alone.
     *
     * @param deadline what an item that has none gets, which may be that there is none
     */
    final Expression replaceValue(NewItem item, Deadline deadline, long etag) {
        Map<String, AttributeValue> set = item(item, Deadline.UNCHANGED, etag);
        Map<String, AttributeValue> setIfAbsent = new HashMap<>(stamp(deadline, etag));
        setIfAbsent.keySet().removeAll(set.keySet());
        List<String> absent = new ArrayList<>(specialKeys.absentFrom(set));
        absent.addAll(absentFrom(set));
        set.remove(hashKey);
        return Expression.update(set, setIfAbsent, absent);
    }

    /** Returns the primary key of an entry's item. */
    final Map<String, AttributeValue> key(String keyText) {
        return keyOf(id(keyText));
    }

    /** Returns the primary key of the item of a hash key. */
    final Map<String, AttributeValue> keyOf(String id) {
        return Map.of(hashKey, string(id));
    }

    /** Returns the hash key that stands in an item, a projection of one, or a primary key. */
    final String idOf(Map<String, AttributeValue> attributes) {
        return requireNonNull(attributes.get(hashKey)).s();
    }

    /** Whether an item is this cache's; it may be a projection or a primary key. */
    final boolean isOwn(Map<String, AttributeValue> attributes) {
        return idOf(attributes).startsWith(prefix);
    }

    /**
     * Reads the item of a key. Two long keys of one digest would be one item; better no answer than the other's value.
     */
    final StoredItem read(String keyText, Map<String, AttributeValue> item) {
        StoredItem stored = read(item);
        if (!stored.keyText().equals(keyText)) {
            throw itemNames.damaged(
                    stored.id(), "it holds another key than the one that its id is the digest of", null);
        }
        return stored;
    }

    /** Returns the filter that picks this cache's items, or null when the table holds no others. */
    final @Nullable Expression ownItems() {
        return prefix.isEmpty()
                ? null
                : new Expression("begins_with(#id, :prefix)", idName, Map.of(":prefix", string(prefix)));
    }

    /** Returns the condition that the item does not exist at all. */
    final Expression missing() {
        return new Expression("attribute_not_exists(#id)", idName, Map.of());
    }

    /** Returns an expression whose text speaks of the hash key, too. */
    final Expression withId(String text, Map<String, String> names, Map<String, AttributeValue> values) {
        return new Expression(text, names, values).with(new Expression("", idName, Map.of()));
    }

    final DamagedItem unreadable(
            Map<String, AttributeValue> item, String attribute, String wanted, @Nullable Exception cause) {
        AttributeValue.Type type = requireNonNull(item.get(attribute)).type();
        return itemNames.damaged(
                idOf(item), "its attribute '" + attribute + "' of type " + type + " is no " + wanted, cause);
    }

    static AttributeValue string(String value) {
        return AttributeValue.fromS(value);
    }

    static AttributeValue number(long value) {
        return AttributeValue.fromN(Long.toString(value));
    }

    static AttributeValue bytes(byte[] value) {
        return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(value));
    }

    /**
     * Whether another program writes the same items. Such items bear no etag, so that this cache's own writes are told
     * by their value, and attributes that it does not know are kept by a change of an entry that must be there.
     */
    abstract boolean sharesItems();

    /** Returns the hash key of an entry's item. */
    abstract String id(String keyText);

    /** Returns the attributes of an entry's item beside the hash key, special keys, deadline and etag. */
    abstract Map<String, AttributeValue> attributesOf(String keyText, byte[] value);

    /** Returns the attributes of a write: those of its deadline, where it sets one, and its etag. */
    abstract Map<String, AttributeValue> stamp(Deadline deadline, long etag);

    /** Returns the attributes that an item loses when its value is replaced by one of these attributes. */
    abstract Collection<String> absentFrom(Map<String, AttributeValue> attributes);

    /** Reads an item, or a projection of one. */
    abstract StoredItem read(Map<String, AttributeValue> item);

    /** Returns an update that moves an item's deadline and leaves the rest alone. */
    abstract Expression moveDeadline(Deadline deadline);

    /** Returns the condition that the item exists and has not expired. */
    abstract Expression live(long now);

    /**
     * Returns the condition that the item exists and has not expired, and has a deadline to which nothing is lacking.
     */
    abstract Expression dated(long now);

    /** Returns the condition that the item does not exist or has expired. */
    abstract Expression notLive(long now);

    /**
     * Returns the condition that the item exists and bears a deadline that is past. What counts as absent for any other
     * reason is not meant: it may be something else's, which no search for expired items must touch.
     */
    abstract Expression expired(long now);

    /**
     * Returns the condition that the item exists and is not known to have expired; of one whose deadline is damaged
     * nobody knows.
     */
    final Expression mayBeLive(long now) {
        return notLive(now).not();
    }

    /** Returns the condition that the item holds exactly an encoded value. */
    abstract Expression holds(byte[] value);

    /** Returns the condition that nothing has written the item since it was read; its deadline may have moved. */
    abstract Expression unchangedSince(StoredItem item);

    /** Whether what there is of an item tells the encoded key; else {@link #keyAlone} has to be read. */
    abstract boolean tellsKeyText(Map<String, AttributeValue> attributes);

    /** Returns the projection of an item without its value. */
    abstract Expression withoutValue();

    /** Returns the projection of an item that is only to be removed: its key. */
    abstract Expression keyAlone();
}
