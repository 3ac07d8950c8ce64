package dev.tidepool.cache;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Entries as items: which attributes an item has, and the expressions that speak of them. Pure; it never sends
 * anything.
 */
interface ItemMapper {
    /**
     * Whether another program writes the same items. Such items bear no etag, so that this cache's own writes are told
     * by their value, and attributes that it does not know are kept.
     */
    boolean sharesItems();

    /** Returns the name of the table's hash key. */
    String hashKey();

    /** Returns the primary key of an entry's item. */
    Map<String, AttributeValue> key(String keyText);

    /** Returns the hash key that stands in an item, a projection of one, or a primary key. */
    String idOf(Map<String, AttributeValue> attributes);

    /** Returns the whole item of an entry. */
    Map<String, AttributeValue> item(String keyText, byte[] value, Deadline deadline, long etag);

    /** Reads an item, or a projection of one. */
    StoredItem read(Map<String, AttributeValue> item);

    /** Returns an update that gives an item a new value and leaves its deadline alone. */
    Expression replaceValue(String keyText, byte[] value, long etag);

    /** Returns an update that moves an item's deadline and leaves the rest alone. */
    Expression moveDeadline(Deadline deadline);

    /** Returns the condition that the item exists and has not expired. */
    Expression live(long now);

    /** Returns the condition that the item does not exist or has expired. */
    Expression notLive(long now);

    /**
     * Returns the condition that the item exists and bears a deadline that is past. What counts as absent for any other
     * reason is not meant: it may be something else's, which no search for expired items must touch.
     */
    Expression expired(long now);

    /** Returns the condition that the item does not exist at all. */
    Expression missing();

    /** Returns the condition that the item holds exactly an encoded value. */
    Expression holds(byte[] value);

    /** Returns the condition that nothing has written the item since it was read; its deadline may have moved. */
    Expression unchangedSince(StoredItem item);

    /** Returns the filter that picks this cache's items, or null when the table holds no others. */
    @Nullable Expression ownItems();

    /** Whether an item is this cache's; it may be a projection or a primary key. */
    boolean isOwn(Map<String, AttributeValue> attributes);

    /** Whether what there is of an item tells the encoded key; else {@link #keyAlone} has to be read. */
    boolean tellsKeyText(Map<String, AttributeValue> attributes);

    /** Returns the projection of an item without its value. */
    Expression withoutValue();

    /** Returns the projection of an item that is only to be removed: its key. */
    Expression keyAlone();
}
