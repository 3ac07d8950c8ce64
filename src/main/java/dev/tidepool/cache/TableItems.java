package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.TableScans.Page;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The items of a table as they stand there, for a person who looks: those of all caches, and those of other programs.
 * Needs no permission but those for {@code GetItem} and {@code Scan}, neither writes nor creates anything, and does not
 * look at the table itself.
 *
 * <p>Failures of requests are {@link CacheException}s that say what failed and what to do. For one thread.
 */
public final class TableItems implements AutoCloseable {
    private static final String VALUE = "value";
    private static final Set<String> OF_CACHES = Set.of(VALUE, "etag", "expiresAt");
    private static final Set<String> OF_CONNECT = Set.of("sess", "movedTo");
    private static final Set<String> KNOWN =
            Set.of(VALUE, "key", "etag", "expiresAt", ItemMapper.EXPIRES, "sess", "type", "movedFrom", "movedTo");

    private final Connections connections = new Connections();
    private final String hashKey;
    private final String table;
    private final RequestSender sender;
    private final ItemMapper ofCaches;
    private final ItemMapper ofConnect;

    /**
     * Makes a connection; sends nothing yet.
     *
     * @param settings of which those of the connection, {@link Option#TABLE} and {@link Option#HASH_KEY} count
     * @throws CacheException when no client can be made, as without a region
     * @throws IllegalArgumentException when the hash key is an attribute that items have otherwise
     */
    public TableItems(Settings settings) {
        this.hashKey = settings.get(Option.HASH_KEY);
        this.table = settings.get(Option.TABLE);
        ItemNames names = ItemNames.ofTable(table);
        this.ofCaches = mapper(names, "");
        this.ofConnect = new ConnectItemMapper(hashKey, "", names, none());
        InstantSource clock = settings.get(Option.CLOCK);
        this.sender = new RequestSender(names, connections.to(settings), new ClockSkew(clock));
    }

    private NativeItemMapper mapper(ItemNames names, String prefix) {
        return new NativeItemMapper(hashKey, prefix, names, none());
    }

    private static SpecialKeys none() {
        return SpecialKeys.of("", List.of(), true, null, bytes -> bytes);
    }

    /**
     * An attribute of an item.
     *
     * @param name as it stands in the table
     * @param type as DynamoDB names it, such as {@code S}
     * @param bytes how much of the item it is, with its name
     * @param value a text for S, N and BOOL, a {@code byte[]} for B, null for all else
     * @param isOther whether neither layout knows it: a special key, or another program's
     */
    public record Attribute(
            String name, String type, int bytes, @Nullable Object value, boolean isOther) {}

    /** An item. Immutable. */
    public final class Item {
        private final Map<String, AttributeValue> attributes;
        private final String id;

        private Item(Map<String, AttributeValue> attributes) {
            AttributeValue key = attributes.get(hashKey);
            if (key == null || key.s() == null) {
                throw new CacheException("table '" + table + "' has no hash key '" + hashKey
                        + "' of type S; name the one that it has (option 'hashKey')");
            }
            this.attributes = attributes;
            this.id = key.s();
        }

        /**
         * Returns the key as it stands in the table.
         *
         * @return prefix and encoded key, or prefix and digest
         */
        public String id() {
            return id;
        }

        /**
         * Whether it is another program's, by its attributes.
         *
         * @return true when it has nothing that only the library, or connect-dynamodb, writes
         */
        public boolean isForeign() {
            return !isOfConnect() && OF_CACHES.stream().noneMatch(this::has);
        }

        /**
         * Whether it has connect-dynamodb's layout, whatever else is wrong with it.
         *
         * @return true for a session that Express shares, or what is left of one that has moved
         */
        public boolean isOfConnect() {
            return OF_CONNECT.stream().anyMatch(attributes::containsKey) && !has(VALUE);
        }

        private boolean has(String name) {
            AttributeValue value = attributes.get(name);
            return value != null && (value.b() != null || !name.equals(VALUE));
        }

        /**
         * Returns the length that DynamoDB limits and counts.
         *
         * @return bytes, with the names of the attributes
         */
        public int bytes() {
            return DynamoDbLimits.sizeOf(attributes);
        }

        /**
         * Returns the attributes.
         *
         * @return the largest first
         */
        public List<Attribute> attributes() {
            return attributes.entrySet().stream()
                    .map(entry -> attribute(entry.getKey(), entry.getValue()))
                    .sorted((one, other) -> one.bytes() == other.bytes()
                            ? one.name().compareTo(other.name())
                            : Integer.compare(other.bytes(), one.bytes()))
                    .toList();
        }

        /**
         * Returns the value.
         *
         * @return what the codec wrote, with what is around it; of a session in connect-dynamodb's layout the encoded
         *     {@link dev.tidepool.connect.ConnectItem}
         * @throws CacheException that says what is wrong with a damaged item, or that it is another program's
         */
        public byte[] value() {
            if (isForeign()) {
                throw new DamagedItem(
                        "the item is none of Tidepool's: it has neither a binary 'value' nor a 'sess', but "
                                + String.join(
                                        ", ",
                                        attributes.keySet().stream().sorted().toList()),
                        null);
            }
            byte[] value = stored().value();
            if (value.length == 0) {
                throw new DamagedItem("it has no binary attribute 'value', or an empty one", null);
            }
            return value;
        }

        /**
         * Returns when the entry counts as absent.
         *
         * @return milliseconds since the epoch; {@link Long#MAX_VALUE} for never
         * @throws CacheException that says what is wrong with a damaged item
         */
        public long deadline() {
            return stored().expiresAt();
        }

        private StoredItem stored() {
            return (isOfConnect() ? ofConnect : ofCaches).read(attributes);
        }
    }

    private Attribute attribute(String name, AttributeValue value) {
        Object plain = switch (value.type()) {
            case S -> value.s();
            case N -> value.n();
            case BOOL -> value.bool().toString();
            case B -> value.b().asByteArray();
            default -> null;
        };
        int bytes = DynamoDbLimits.sizeOf(Map.of(name, value));
        boolean isOther = !name.equals(hashKey) && !KNOWN.contains(name);
        return new Attribute(name, value.type().toString(), bytes, plain, isOther);
    }

    /**
     * Names the table.
     *
     * @return its name
     */
    public String table() {
        return table;
    }

    /**
     * Reads an item, with strong consistency.
     *
     * @param id the whole key as it stands in the table
     * @return the item, expired or not; null when there is none
     * @throws CacheException when the request fails
     */
    public @Nullable Item find(String id) {
        Map<String, AttributeValue> found = sender.begin("GetItem")
                .send(call -> sender.client()
                        .getItem(request -> request.tableName(table)
                                .key(ofCaches.keyOf(id))
                                .consistentRead(true)
                                .overrideConfiguration(call.overrides())))
                .item();
        return found.isEmpty() ? null : new Item(found);
    }

    /**
     * Returns the key of an entry's item.
     *
     * @param prefix the cache's
     * @param keyText the encoded key
     * @return the key in the table: a digest of a key that is too long
     */
    public String id(String prefix, String keyText) {
        return mapper(sender.names(), prefix).id(keyText);
    }

    /**
     * Goes through the table, page by page, of which two are in memory at most.
     *
     * @param prefix what the keys begin with; empty for all items
     * @param use is given each item, in no order
     * @throws CacheException when a request fails
     */
    public void scan(String prefix, Consumer<Item> use) {
        Iterator<Page> pages = new TableScans(sender, mapper(sender.names(), prefix), false).entries(Runnable::run);
        pages.forEachRemaining(page -> page.items().forEach(found -> use.accept(new Item(found.attributes()))));
    }

    /**
     * Reads the keys of the first page of the table, of 1 MB at most: some hundred items, picked as by chance.
     *
     * @return the keys as they stand in the table
     * @throws CacheException when the request fails
     */
    public List<String> someIds() {
        Page first = new TableScans(sender, ofCaches, false).firstKeys();
        List<String> ids = new ArrayList<>();
        first.items().forEach(found -> ids.add(new Item(found.attributes()).id()));
        return ids;
    }

    /** Closes the connection. */
    @Override
    public void close() {
        connections.close();
    }

    @Override
    public String toString() {
        return "TableItems[" + table + "]";
    }
}
