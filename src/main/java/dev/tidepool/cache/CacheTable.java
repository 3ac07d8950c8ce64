package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.SpecialKey;
import dev.tidepool.cache.Change.Outcome;
import dev.tidepool.cache.Connections.Connection;
import dev.tidepool.cache.RequestObserver.StoreObservers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbResponse;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * The requests of one cache; the only class that makes any for entries. Keys are encoded texts, values encoded bytes.
 * Thread-safe.
 *
 * <p>It knows nothing of listeners, statistics or policies. Every method sends what its comment says and fails with a
 * {@link CacheException}.
 */
final class CacheTable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheTable.class);

    /** DynamoDB takes at most this many keys in a BatchGetItem. */
    static final int MAX_BATCH_GET = 100;

    /** DynamoDB takes at most this many items in a BatchWriteItem. */
    static final int MAX_BATCH_WRITE = 25;

    /** How often in a row a batch may make no progress at all before it counts as throttled. */
    private static final int MAX_IDLE_BATCHES = 8;

    /** Stands for an item that is asked for without caring whether there is one. */
    private static final String ANY_KEY = "?";

    private static final Deadline LARGEST_DEADLINE = new Deadline(Deadline.Kind.AT, Long.MAX_VALUE - 999);

    private final ItemNames itemNames;
    private final String cacheName;
    private final String tableName;
    private final Connection connection;
    private final DynamoDbClient client;
    private final ItemMapper mapper;
    private final boolean consistentReads;
    private final RequestSender sender;

    CacheTable(ItemNames itemNames, Connection connection, ItemMapper mapper, boolean consistentReads, ClockSkew skew) {
        this(itemNames, connection, mapper, consistentReads, new RequestSender(itemNames, connection.client(), skew));
    }

    private CacheTable(
            ItemNames itemNames,
            Connection connection,
            ItemMapper mapper,
            boolean consistentReads,
            RequestSender sender) {
        this.itemNames = itemNames;
        this.cacheName = itemNames.cache();
        this.tableName = itemNames.table();
        this.connection = connection;
        this.client = connection.client();
        this.mapper = mapper;
        this.consistentReads = consistentReads;
        this.sender = sender;
    }

    /**
     * Returns this table for one who does not wait longer.
     *
     * @param limit how long a request may take, with all its attempts
     */
    CacheTable within(Duration limit) {
        return new CacheTable(itemNames, connection, mapper, consistentReads, sender.within(limit));
    }

    /** Returns the size of an entry's item, whatever its deadline and etag will be. Sends nothing. */
    int sizeOf(String keyText, byte[] value) {
        return ItemSize.of(mapper.item(keyText, value, LARGEST_DEADLINE, Long.MIN_VALUE));
    }

    DynamoDbClient client() {
        return client;
    }

    String tableName() {
        return tableName;
    }

    ItemNames itemNames() {
        return itemNames;
    }

    /** Those who are told of every request; the same for all tables that differ in their patience only. */
    StoreObservers observers() {
        return sender.observers();
    }

    /** How far the cache's clock is off, as the answers to all requests of the connection tell. */
    ClockSkew skew() {
        return sender.skew();
    }

    /** Reads an item, expired or not, with the consistency that the cache is configured for: GetItem. */
    @Nullable StoredItem read(String keyText) {
        return get(keyText, consistentReads, Expression.NONE);
    }

    /** Reads an item that a condition will be built on, always with strong consistency: GetItem. */
    @Nullable StoredItem readForChange(String keyText) {
        return get(keyText, true, Expression.NONE);
    }

    /** Reads an item without its value: GetItem with a projection. */
    @Nullable StoredItem readDeadline(String keyText) {
        return get(keyText, consistentReads, mapper.withoutValue());
    }

    /** Whether the server answers anything at all; asks for the key of some item: GetItem. */
    boolean isAnswering() {
        Expression projection = mapper.keyAlone();
        RequestSender.Call call = sender.begin("GetItem");
        try {
            call.send(() -> client.getItem(request -> request.tableName(tableName)
                    .overrideConfiguration(call.overrides())
                    .returnConsumedCapacity(call.capacity())
                    .key(mapper.key(ANY_KEY))
                    .projectionExpression(projection.text())
                    .expressionAttributeNames(projection.names())));
            return true;
        } catch (CacheException e) {
            return e.getCause() instanceof AwsServiceException || call.wasAnswered();
        }
    }

    private @Nullable StoredItem get(String keyText, boolean consistent, Expression projection) {
        RequestSender.Call call = sender.begin("GetItem");
        Map<String, AttributeValue> item = call.send(() -> client.getItem(request -> request.tableName(tableName)
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())
                        .key(mapper.key(keyText))
                        .consistentRead(consistent)
                        .projectionExpression(emptyToNull(projection.text()))
                        .expressionAttributeNames(emptyToNull(projection.names()))))
                .item();
        return item.isEmpty() ? null : stored(keyText, item);
    }

    /** Reads up to {@value #MAX_BATCH_GET} items, and again what the server left out: BatchGetItem. */
    List<StoredItem> read(Collection<String> keyTexts, boolean withValues) {
        List<StoredItem> found = new ArrayList<>();
        Backoff backoff = Backoff.afterThrottling();
        Map<String, String> keyTextsById = new HashMap<>();
        List<Map<String, AttributeValue>> keys = new ArrayList<>(keyTexts.size());
        for (String keyText : keyTexts) {
            Map<String, AttributeValue> key = mapper.key(keyText);
            keyTextsById.put(mapper.idOf(key), keyText);
            keys.add(key);
        }
        long start = System.nanoTime();
        while (!keys.isEmpty()) {
            KeysAndAttributes wanted = keysAndAttributes(keys, withValues);
            RequestSender.Call call = sender.begin("BatchGetItem");
            BatchGetItemResponse response =
                    call.send(() -> client.batchGetItem(request -> request.overrideConfiguration(call.overrides())
                            .returnConsumedCapacity(call.capacity())
                            .requestItems(Map.of(tableName, wanted))));
            List<Map<String, AttributeValue>> items = response.responses().getOrDefault(tableName, List.of());
            items.forEach(item -> found.add(stored(requireNonNull(keyTextsById.get(mapper.idOf(item))), item)));
            KeysAndAttributes left = response.unprocessedKeys().get(tableName);
            keys = left == null ? List.of() : left.keys();
            if (!keys.isEmpty() && sender.isOverdue(start)) {
                throw StoreFailure.throttledBatch(cacheName, tableName, "BatchGetItem", keys.size());
            }
            waitForCapacity("BatchGetItem", backoff, !items.isEmpty(), keys.size());
        }
        return found;
    }

    private KeysAndAttributes keysAndAttributes(List<Map<String, AttributeValue>> keys, boolean withValues) {
        Expression projection = withValues ? Expression.NONE : mapper.withoutValue();
        return KeysAndAttributes.builder()
                .keys(keys)
                .consistentRead(consistentReads)
                .projectionExpression(emptyToNull(projection.text()))
                .expressionAttributeNames(emptyToNull(projection.names()))
                .build();
    }

    /** Makes one change: PutItem, UpdateItem or DeleteItem, and a GetItem where a server hides what refused it. */
    Outcome apply(String keyText, Change change, long now) {
        if (change.removes()) {
            return delete(keyText, change, now);
        }
        boolean updates = change.deadline().isUnchanged() || (mapper.sharesItems() && change.isOfPresent());
        return updates ? replaceValue(keyText, change, now) : put(keyText, change, now);
    }

    private Outcome put(String keyText, Change change, long now) {
        long etag = ThreadLocalRandom.current().nextLong();
        Map<String, AttributeValue> item = mapper.item(keyText, valueOf(change), change.deadline(), etag);
        Expression condition = condition(change, now);
        return conditionally(
                "PutItem",
                keyText,
                change,
                etag,
                call -> client.putItem(PutItemRequest.builder()
                        .tableName(tableName)
                        .item(item)
                        .conditionExpression(emptyToNull(condition.text()))
                        .expressionAttributeNames(emptyToNull(condition.names()))
                        .expressionAttributeValues(emptyToNull(condition.values()))
                        .returnValues(change.wantsBefore() ? ReturnValue.ALL_OLD : ReturnValue.NONE)
                        .returnValuesOnConditionCheckFailure(itemOnRefusal(condition))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())
                        .build()),
                PutItemResponse::attributes);
    }

    private Outcome replaceValue(String keyText, Change change, long now) {
        long etag = ThreadLocalRandom.current().nextLong();
        byte[] value = valueOf(change);
        Expression update = mapper.replaceValue(keyText, value, etag);
        Expression condition = condition(change, now);
        Expression both = update.with(condition);
        return conditionally(
                "UpdateItem",
                keyText,
                change,
                etag,
                call -> client.updateItem(UpdateItemRequest.builder()
                        .tableName(tableName)
                        .key(mapper.key(keyText))
                        .updateExpression(update.text())
                        .conditionExpression(condition.text())
                        .expressionAttributeNames(both.names())
                        .expressionAttributeValues(both.values())
                        .returnValues(change.wantsBefore() ? ReturnValue.ALL_OLD : ReturnValue.NONE)
                        .returnValuesOnConditionCheckFailure(itemOnRefusal(condition))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())
                        .build()),
                UpdateItemResponse::attributes);
    }

    private Outcome delete(String keyText, Change change, long now) {
        Expression condition = condition(change, now);
        return conditionally(
                "DeleteItem",
                keyText,
                change,
                null,
                call -> client.deleteItem(DeleteItemRequest.builder()
                        .tableName(tableName)
                        .key(mapper.key(keyText))
                        .conditionExpression(emptyToNull(condition.text()))
                        .expressionAttributeNames(emptyToNull(condition.names()))
                        .expressionAttributeValues(emptyToNull(condition.values()))
                        .returnValues(change.wantsBefore() ? ReturnValue.ALL_OLD : ReturnValue.NONE)
                        .returnValuesOnConditionCheckFailure(itemOnRefusal(condition))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())
                        .build()),
                DeleteItemResponse::attributes);
    }

    /**
     * Moves the deadline of an item that nothing has written since it was read, and of no expired one: UpdateItem.
     * Another write that came first wins, so a refusal is no failure.
     */
    void moveDeadline(String keyText, StoredItem read, Deadline deadline, long now) {
        Expression update = mapper.moveDeadline(deadline);
        Expression condition = mapper.unchangedSince(read).and(mapper.live(now));
        Expression both = update.with(condition);
        RequestSender.Call call = sender.begin("UpdateItem");
        try {
            call.send(() -> client.updateItem(UpdateItemRequest.builder()
                    .overrideConfiguration(call.overrides())
                    .returnConsumedCapacity(call.capacity())
                    .tableName(tableName)
                    .key(mapper.key(keyText))
                    .updateExpression(update.text())
                    .conditionExpression(condition.text())
                    .expressionAttributeNames(both.names())
                    .expressionAttributeValues(both.values())
                    .build()));
        } catch (ConditionalCheckFailedException e) {
            // Written, removed or expired since: there is no deadline of ours to move any more.
        }
    }

    /**
     * Writes up to {@value #MAX_BATCH_WRITE} items whatever they were, and again what the server left out:
     * BatchWriteItem.
     *
     * @param done hears of each key whose item the server has written
     */
    void write(List<NewItem> items, Consumer<String> done) {
        Map<String, String> keyTexts = new HashMap<>();
        List<WriteRequest> puts = new ArrayList<>(items.size());
        for (NewItem item : items) {
            Map<String, AttributeValue> attributes = mapper.item(
                    item.keyText(),
                    item.value(),
                    item.deadline(),
                    ThreadLocalRandom.current().nextLong());
            keyTexts.put(mapper.idOf(attributes), item.keyText());
            puts.add(WriteRequest.builder()
                    .putRequest(put -> put.item(attributes))
                    .build());
        }
        batchWrite(puts, id -> done.accept(requireNonNull(keyTexts.get(id))));
    }

    /**
     * Removes up to {@value #MAX_BATCH_WRITE} items whatever they were, and again what the server left out:
     * BatchWriteItem.
     *
     * @param done hears of each key whose item the server has removed
     */
    void remove(Collection<String> removed, Consumer<String> done) {
        Map<String, String> keyTexts = new HashMap<>();
        List<WriteRequest> deletions = new ArrayList<>(removed.size());
        for (String keyText : removed) {
            Map<String, AttributeValue> key = mapper.key(keyText);
            keyTexts.put(mapper.idOf(key), keyText);
            deletions.add(WriteRequest.builder()
                    .deleteRequest(delete -> delete.key(key))
                    .build());
        }
        batchWrite(deletions, id -> done.accept(requireNonNull(keyTexts.get(id))));
    }

    private void batchWrite(List<WriteRequest> requests, Consumer<String> done) {
        Backoff backoff = Backoff.afterThrottling();
        List<WriteRequest> left = requests;
        while (!left.isEmpty()) {
            List<WriteRequest> sent = left;
            RequestSender.Call call = sender.begin("BatchWriteItem");
            left = call.send(() -> client.batchWriteItem(request -> request.overrideConfiguration(call.overrides())
                            .returnConsumedCapacity(call.capacity())
                            .requestItems(Map.of(tableName, sent))))
                    .unprocessedItems()
                    .getOrDefault(tableName, List.of());
            Set<String> leftIds = left.stream().map(this::idOf).collect(Collectors.toSet());
            sent.stream().map(this::idOf).filter(id -> !leftIds.contains(id)).forEach(done);
            waitForCapacity("BatchWriteItem", backoff, left.size() < sent.size(), left.size());
        }
    }

    private String idOf(WriteRequest request) {
        return mapper.idOf(
                request.putRequest() == null
                        ? request.deleteRequest().key()
                        : request.putRequest().item());
    }

    private void waitForCapacity(String operation, Backoff backoff, boolean progress, int left) {
        if (left == 0) {
            return;
        }
        if (progress) {
            backoff.reset();
        } else if (backoff.tries() >= MAX_IDLE_BATCHES) {
            throw StoreFailure.throttledBatch(cacheName, tableName, operation, left);
        }
        backoff.pause();
    }

    /**
     * Reads the first page of this cache's items, expired ones among them, with the consistency that the cache is
     * configured for: Scan of at most 1 MB.
     */
    Page scan() {
        return scan(null, consistentReads, Expression.NONE);
    }

    /** Reads the first page of this cache's items without their values, always with strong consistency: Scan. */
    Page scanForChange() {
        return scan(null, true, mapper.withoutValue());
    }

    /** Reads the keys of the first page of this cache's items, whatever else is in them: Scan. */
    Page scanKeys() {
        return scan(null, true, mapper.keyAlone());
    }

    private Page scan(@Nullable Map<String, AttributeValue> from, boolean consistent, Expression projection) {
        ScanResponse response = scan(from, consistent, mapper.ownItems(), projection);
        Map<String, AttributeValue> last = response.lastEvaluatedKey();
        return new Page(
                response.items().stream().map(mapper::read).toList(),
                last.isEmpty() ? null : () -> scan(last, consistent, projection));
    }

    /**
     * Reads the first page of this cache's items that have expired: Scan of at most 1 MB. It costs half of a strongly
     * consistent one; what it does not know yet, the condition of the removal does.
     */
    ExpiredPage scanExpired(long now) {
        Expression own = mapper.ownItems();
        Expression expired = mapper.expired(now);
        return scanExpired(null, own == null ? expired : own.and(expired));
    }

    private ExpiredPage scanExpired(@Nullable Map<String, AttributeValue> from, Expression filter) {
        ScanResponse response = scan(from, false, filter, Expression.NONE);
        List<StoredItem> items = new ArrayList<>();
        for (Map<String, AttributeValue> item : response.items()) {
            try {
                items.add(mapper.read(item));
            } catch (CacheException e) {
                LOG.debug("An expired item cannot be read, and stays as it is", e);
            }
        }
        Map<String, AttributeValue> last = response.lastEvaluatedKey();
        return new ExpiredPage(
                response.scannedCount(),
                response.count(),
                items,
                last.isEmpty() ? null : () -> scanExpired(last, filter));
    }

    private ScanResponse scan(
            @Nullable Map<String, AttributeValue> from,
            boolean consistent,
            @Nullable Expression filter,
            Expression projection) {
        Expression both = projection.with(filter == null ? Expression.NONE : filter);
        RequestSender.Call call = sender.begin("Scan");
        return call.send(() -> client.scan(ScanRequest.builder()
                .overrideConfiguration(call.overrides())
                .returnConsumedCapacity(call.capacity())
                .tableName(tableName)
                .consistentRead(consistent)
                .exclusiveStartKey(from)
                .filterExpression(filter == null ? null : filter.text())
                .projectionExpression(emptyToNull(projection.text()))
                .expressionAttributeNames(emptyToNull(both.names()))
                .expressionAttributeValues(emptyToNull(both.values()))
                .build()));
    }

    /**
     * One page of a scan.
     *
     * @param items the items that are this cache's
     * @param next reads the next page; null after the last
     */
    record Page(List<StoredItem> items, @Nullable Supplier<Page> next) {}

    /**
     * One page of a scan for expired items.
     *
     * @param examined how many items of the table it has come past
     * @param expired how many of them are this cache's and expired, damaged ones among them
     * @param items the expired items that can be read
     * @param next reads the next page; null after the last
     */
    record ExpiredPage(
            int examined,
            int expired,
            List<StoredItem> items,
            @Nullable Supplier<ExpiredPage> next) {}

    /**
     * An item to write whatever was there before.
     *
     * @param keyText the encoded key
     * @param value the encoded value
     * @param deadline the entry's deadline
     */
    @SuppressWarnings("ArrayRecordComponent") // travels within the package; nobody compares two
    record NewItem(String keyText, byte[] value, Deadline deadline) {}

    /**
     * Finds this cache's items by a special key, expired ones among them, without their values, as the index knows them
     * now: Query, page after page, and a GetItem for each key that is too long for the index to tell.
     */
    List<StoredItem> find(SpecialKey key, AttributeValue value) {
        List<StoredItem> found = new ArrayList<>();
        Map<String, AttributeValue> from = null;
        do {
            QueryResponse page = query(key, value, from);
            page.items().stream()
                    .filter(mapper::isOwn)
                    .map(item -> mapper.tellsKeyText(item) ? item : withKeyText(item))
                    .filter(item -> !item.isEmpty())
                    .map(mapper::read)
                    .forEach(found::add);
            from = page.lastEvaluatedKey();
        } while (!from.isEmpty());
        return found;
    }

    private QueryResponse query(SpecialKey key, AttributeValue value, @Nullable Map<String, AttributeValue> from) {
        RequestSender.Call call = sender.begin("Query");
        return call.send(() -> {
            try {
                return client.query(QueryRequest.builder()
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())
                        .tableName(tableName)
                        .indexName(key.index())
                        .keyConditionExpression("#special = :special")
                        .projectionExpression("#id")
                        .expressionAttributeNames(Map.of("#special", key.name(), "#id", mapper.hashKey()))
                        .expressionAttributeValues(Map.of(":special", value))
                        .exclusiveStartKey(from)
                        .build());
            } catch (DynamoDbException e) {
                throw StoreFailure.isInvalid(e) ? StoreFailure.ofIndex(cacheName, tableName, key, e) : e;
            }
        });
    }

    /** Returns the item's key attributes; empty when it is gone. */
    private Map<String, AttributeValue> withKeyText(Map<String, AttributeValue> indexed) {
        Expression projection = mapper.keyAlone();
        RequestSender.Call call = sender.begin("GetItem");
        return call.send(() -> client.getItem(request -> request.tableName(tableName)
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())
                        .key(Map.of(mapper.hashKey(), AttributeValue.fromS(mapper.idOf(indexed))))
                        .consistentRead(true)
                        .projectionExpression(projection.text())
                        .expressionAttributeNames(projection.names())))
                .item();
    }

    private Expression condition(Change change, long now) {
        return switch (change.precondition()) {
            case ANY -> Expression.NONE;
            case ABSENT -> mapper.notLive(now);
            case PRESENT -> mapper.live(now);
            case NOT_EXPIRED -> mapper.missing().or(mapper.live(now));
            case EQUALS -> mapper.holds(expectedOf(change)).and(mapper.live(now));
            case UNCHANGED -> mapper.unchangedSince(readOf(change)).and(mapper.live(now));
            case UNCHANGED_EXPIRED -> mapper.unchangedSince(readOf(change)).and(mapper.expired(now));
        };
    }

    /**
     * Sends a change and tells what became of it, lost answers included.
     *
     * <p>When the SDK sent the request twice, the second answer speaks of a table in which the first may have been
     * applied. An item that bears this change's own etag was written by it. Where there is no such item the truth
     * cannot be known, and saying so is all that is left.
     */
    private <R extends DynamoDbResponse> Outcome conditionally(
            String operation,
            String keyText,
            Change change,
            @Nullable Long etag,
            Function<RequestSender.Call, R> request,
            Function<R, Map<String, AttributeValue>> attributes) {
        RequestSender.Call call = sender.beginChange(operation);
        try {
            Map<String, AttributeValue> old = attributes.apply(call.send(() -> request.apply(call)));
            StoredItem before = old.isEmpty() ? null : replaced(keyText, old);
            boolean lost = etag == null ? before == null && call.lostAnswer() : isOwn(before, change, etag, call);
            return lost && change.wantsBefore() ? beforeLost(operation, etag) : Outcome.applied(before);
        } catch (ConditionalCheckFailedException e) {
            StoredItem current = whatRefused(keyText, change, e);
            if (etag != null && isOwn(current, change, etag, call)) {
                return Outcome.appliedBeforeLost();
            }
            if (call.lostAnswer()) {
                throw StoreFailure.mayHaveBeenApplied(cacheName, tableName, operation, e);
            }
            return Outcome.refused(current);
        }
    }

    /** Whether an item was written by a change, whose answer was lost. */
    private boolean isOwn(@Nullable StoredItem item, Change change, long etag, RequestSender.Call call) {
        if (item == null) {
            return false;
        }
        return mapper.sharesItems()
                ? call.lostAnswer() && Arrays.equals(item.value(), change.value())
                : item.etag() != null && item.etag() == etag;
    }

    /** What cannot be read is gone by now, and whoever wanted to know it must learn that it was. */
    private StoredItem replaced(String keyText, Map<String, AttributeValue> old) {
        try {
            return stored(keyText, old);
        } catch (CacheException e) {
            throw new CacheException("The change has been made, but the value before it is lost: " + e.getMessage(), e);
        }
    }

    /**
     * A write is known to be made, whatever was there before; of a removal not even that there was anything to remove.
     */
    private Outcome beforeLost(String operation, @Nullable Long etag) {
        if (etag == null) {
            throw StoreFailure.mayHaveBeenApplied(cacheName, tableName, operation, null);
        }
        return Outcome.appliedBeforeLost();
    }

    /** Returns the item that refused a change; some servers do not tell, and then it is read. */
    private @Nullable StoredItem whatRefused(String keyText, Change change, ConditionalCheckFailedException refusal) {
        if (refusal.hasItem() && !refusal.item().isEmpty()) {
            connection.sawRefusalWithItem();
            return stored(keyText, refusal.item());
        }
        if (connection.refusalsCarryItem() || change.precondition() == Change.Precondition.PRESENT) {
            return null;
        }
        StoredItem current = readForChange(keyText);
        if (current != null) {
            connection.sawRefusalWithoutItem();
        }
        return current;
    }

    /** Two long keys of one digest would be one item; better no answer than the other's value. */
    private StoredItem stored(String keyText, Map<String, AttributeValue> item) {
        StoredItem stored = mapper.read(item);
        if (!stored.keyText().equals(keyText)) {
            throw new CacheException(
                    itemNames.of(stored.id()) + " holds another key than the one that its id is the digest of");
        }
        return stored;
    }

    private static byte[] valueOf(Change change) {
        return requireNonNull(change.value(), "value");
    }

    private static byte[] expectedOf(Change change) {
        return requireNonNull(change.expected(), "expected");
    }

    private static StoredItem readOf(Change change) {
        return requireNonNull(change.read(), "read");
    }

    private static ReturnValuesOnConditionCheckFailure itemOnRefusal(Expression condition) {
        return condition.text().isEmpty()
                ? ReturnValuesOnConditionCheckFailure.NONE
                : ReturnValuesOnConditionCheckFailure.ALL_OLD;
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static <T> @Nullable Map<String, T> emptyToNull(Map<String, T> map) {
        return map.isEmpty() ? null : new HashMap<>(map);
    }
}
