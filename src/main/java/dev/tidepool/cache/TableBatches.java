package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.ItemMapper.NewItem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * The requests of one cache for several entries at a time, whatever they are: BatchGetItem and BatchWriteItem. What the
 * server left out is sent again, until it makes no progress any more. Thread-safe.
 */
final class TableBatches {
    /** How often in a row a batch may make no progress at all before it counts as throttled. */
    private static final int MAX_IDLE_BATCHES = 8;

    private final RequestSender sender;
    private final DynamoDbClient client;
    private final String table;
    private final ItemMapper mapper;
    private final boolean consistentReads;

    TableBatches(RequestSender sender, ItemMapper mapper, boolean consistentReads) {
        this.sender = sender;
        this.client = sender.client();
        this.table = sender.names().table();
        this.mapper = mapper;
        this.consistentReads = consistentReads;
    }

    /** An item to write, and the deadline that it is to have. */
    record Write(NewItem item, Deadline deadline) {}

    /** Reads up to {@link DynamoDbLimits#BATCH_GET} items: BatchGetItem. */
    List<StoredItem> read(Collection<String> keyTexts, boolean withValues) {
        Map<String, String> byId = byId(keyTexts);
        List<Map<String, AttributeValue>> keys =
                byId.keySet().stream().map(mapper::keyOf).toList();
        List<StoredItem> found = new ArrayList<>();
        Backoff backoff = Backoff.afterThrottling();
        long start = System.nanoTime();
        while (!keys.isEmpty()) {
            BatchGetItemResponse response = get(keys, withValues ? Expression.NONE : mapper.withoutValue());
            List<Map<String, AttributeValue>> items = response.responses().getOrDefault(table, List.of());
            items.forEach(item -> found.add(mapper.read(requireNonNull(byId.get(mapper.idOf(item))), item)));
            KeysAndAttributes left = response.unprocessedKeys().get(table);
            keys = left == null ? List.of() : left.keys();
            if (!keys.isEmpty() && sender.isOverdue(start)) {
                throw StoreFailure.throttledBatch(sender.names(), "BatchGetItem", keys.size());
            }
            waitForCapacity("BatchGetItem", backoff, !items.isEmpty(), keys.size());
        }
        return found;
    }

    private Map<String, String> byId(Collection<String> keyTexts) {
        Map<String, String> byId = new HashMap<>();
        keyTexts.forEach(keyText -> byId.put(mapper.id(keyText), keyText));
        return byId;
    }

    private BatchGetItemResponse get(List<Map<String, AttributeValue>> keys, Expression projection) {
        KeysAndAttributes wanted = KeysAndAttributes.builder()
                .keys(keys)
                .consistentRead(consistentReads)
                .projectionExpression(projection.textOrNull())
                .expressionAttributeNames(projection.namesOrNull())
                .build();
        return sender.begin("BatchGetItem")
                .send(call -> client.batchGetItem(request -> request.requestItems(Map.of(table, wanted))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())));
    }

    /**
     * Writes up to {@link DynamoDbLimits#BATCH_WRITE} items: BatchWriteItem.
     *
     * @param done hears of each key whose item the server has written
     */
    void write(Collection<Write> writes, Consumer<String> done) {
        send(writes, write -> write.item().keyText(), this::put, done);
    }

    private WriteRequest put(Write write) {
        Map<String, AttributeValue> item = mapper.item(write.item(), write.deadline(), Change.newEtag());
        return WriteRequest.builder().putRequest(put -> put.item(item)).build();
    }

    /**
     * Removes up to {@link DynamoDbLimits#BATCH_WRITE} items: BatchWriteItem.
     *
     * @param done hears of each key whose item the server has removed
     */
    void remove(Collection<String> keyTexts, Consumer<String> done) {
        send(keyTexts, Function.identity(), this::delete, done);
    }

    private WriteRequest delete(String keyText) {
        return WriteRequest.builder()
                .deleteRequest(delete -> delete.key(mapper.key(keyText)))
                .build();
    }

    private <T> void send(
            Collection<T> elements,
            Function<T, String> keyTextOf,
            Function<T, WriteRequest> requestOf,
            Consumer<String> done) {
        Map<String, String> byId = byId(elements.stream().map(keyTextOf).toList());
        Backoff backoff = Backoff.afterThrottling();
        List<WriteRequest> left = elements.stream().map(requestOf).toList();
        while (!left.isEmpty()) {
            List<WriteRequest> sent = left;
            left = write(sent);
            Set<String> leftIds = left.stream().map(this::idOf).collect(Collectors.toSet());
            sent.stream()
                    .map(this::idOf)
                    .filter(id -> !leftIds.contains(id))
                    .forEach(id -> done.accept(requireNonNull(byId.get(id))));
            waitForCapacity("BatchWriteItem", backoff, left.size() < sent.size(), left.size());
        }
    }

    /** Returns what the server did not get to. */
    private List<WriteRequest> write(List<WriteRequest> writes) {
        return sender.begin("BatchWriteItem")
                .send(call -> client.batchWriteItem(request -> request.requestItems(Map.of(table, writes))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())))
                .unprocessedItems()
                .getOrDefault(table, List.of());
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
            throw StoreFailure.throttledBatch(sender.names(), operation, left);
        }
        backoff.pause();
    }
}
