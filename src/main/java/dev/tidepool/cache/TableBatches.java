package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.ItemMapper.NewItem;
import dev.tidepool.cache.TableScans.FoundItem;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * The requests of one cache for several entries at a time, whatever they are: BatchGetItem and BatchWriteItem. What the
 * server left out is sent again, until it makes no progress any more. A table that is short of capacity is written to
 * more slowly, so that others who use it have some, too. Thread-safe.
 */
final class TableBatches {
    /** How often in a row a batch may make no progress at all before it counts as throttled. */
    private static final int MAX_IDLE_BATCHES = 8;

    private final RequestSender sender;
    private final DynamoDbClient client;
    private final String table;
    private final ItemMapper mapper;
    private final boolean consistentReads;
    private final WritePace pace = new WritePace(System::nanoTime, Backoff::sleep);

    TableBatches(RequestSender sender, ItemMapper mapper, boolean consistentReads) {
        this.sender = sender;
        this.client = sender.client();
        this.table = sender.names().table();
        this.mapper = mapper;
        this.consistentReads = consistentReads;
    }

    /** An item to write, and the deadline that it is to have; by {@link Deadline#NOW} it is removed. */
    record Write(NewItem item, Deadline deadline) {}

    /**
     * Reads up to {@link DynamoDbLimits#BATCH_GET} items: BatchGetItem.
     *
     * @return those that there are, by their keys; each is read when it is asked for, and may be damaged
     */
    Map<String, Supplier<StoredItem>> read(Collection<String> keyTexts, boolean withValues) {
        Map<String, String> byId = byId(keyTexts);
        List<Map<String, AttributeValue>> keys =
                byId.keySet().stream().map(mapper::keyOf).toList();
        Map<String, Supplier<StoredItem>> found = new HashMap<>();
        Backoff backoff = Backoff.afterThrottling();
        long start = System.nanoTime();
        while (!keys.isEmpty()) {
            BatchGetItemResponse response = get(keys, withValues ? Expression.NONE : mapper.withoutValue());
            List<Map<String, AttributeValue>> items = response.responses().getOrDefault(table, List.of());
            items.forEach(item -> {
                String keyText = requireNonNull(byId.get(mapper.idOf(item)));
                found.put(keyText, () -> mapper.read(keyText, item));
            });
            KeysAndAttributes left = response.unprocessedKeys().get(table);
            int asked = keys.size();
            keys = left == null ? List.of() : left.keys();
            if (!keys.isEmpty() && sender.isOverdue(start)) {
                throw StoreFailure.throttledBatch(sender.names(), "BatchGetItem", keys.size());
            }
            waitForCapacity("BatchGetItem", backoff, keys.size() < asked, keys.size());
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
        Map<String, String> byId =
                byId(writes.stream().map(write -> write.item().keyText()).toList());
        send(writes, this::put, id -> done.accept(requireNonNull(byId.get(id))));
    }

    private WriteRequest put(Write write) {
        if (write.deadline().isNow()) {
            return delete(write.item().keyText());
        }
        Map<String, AttributeValue> item = mapper.item(write.item(), write.deadline(), Etags.next());
        return WriteRequest.builder().putRequest(put -> put.item(item)).build();
    }

    /**
     * Removes up to {@link DynamoDbLimits#BATCH_WRITE} items: BatchWriteItem.
     *
     * @param done hears of each key whose item the server has removed
     */
    void remove(Collection<String> keyTexts, Consumer<String> done) {
        Map<String, String> byId = byId(keyTexts);
        send(keyTexts, this::delete, id -> done.accept(requireNonNull(byId.get(id))));
    }

    /**
     * Removes up to {@link DynamoDbLimits#BATCH_WRITE} items by the ids that they have, whatever key stands in them:
     * BatchWriteItem.
     */
    void removeFound(Collection<FoundItem> items) {
        send(items, item -> deleteById(mapper.idOf(item.attributes())), id -> {});
    }

    private WriteRequest delete(String keyText) {
        return deleteById(mapper.id(keyText));
    }

    private WriteRequest deleteById(String id) {
        return WriteRequest.builder()
                .deleteRequest(delete -> delete.key(mapper.keyOf(id)))
                .build();
    }

    /** Sends a request for each element; {@code done} hears of the ids of those that the server has done. */
    private <T> void send(Collection<T> elements, Function<T, WriteRequest> requestOf, Consumer<String> done) {
        Backoff backoff = Backoff.afterThrottling();
        List<WriteRequest> left = elements.stream().map(requestOf).toList();
        while (!left.isEmpty()) {
            List<WriteRequest> sent = left;
            pace.step();
            left = write(sent);
            if (left.isEmpty()) {
                pace.quicken();
            } else {
                pace.slowDown();
            }
            Set<String> leftIds = left.stream().map(this::idOf).collect(Collectors.toSet());
            sent.stream().map(this::idOf).filter(id -> !leftIds.contains(id)).forEach(done);
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

    /**
     * How far batches are apart: not at all, until the table leaves parts of them undone; then ever farther, until it
     * does not any more. Thread-safe.
     */
    static final class WritePace {
        /** 1,000 small items a second, as many as one partition takes. */
        static final long FIRST_GAP_NANOS = 25_000_000;

        /** 25 items a second, as in the search for expired ones. */
        static final long MAX_GAP_NANOS = 1_000_000_000;

        private final LongSupplier nanoTime;
        private final LongConsumer pause;
        private long gap;
        private long next;
        private long slowedDown;

        /**
         * A pace without gaps.
         *
         * @param nanoTime a clock as {@link System#nanoTime} is one
         * @param pause waits for a number of nanoseconds
         */
        WritePace(LongSupplier nanoTime, LongConsumer pause) {
            this.nanoTime = nanoTime;
            this.pause = pause;
            this.next = nanoTime.getAsLong();
            this.slowedDown = next;
        }

        /** Waits until the next batch may be sent. */
        void step() {
            long wait = place();
            if (wait > 0) {
                pause.accept(wait);
            }
        }

        private synchronized long place() {
            long now = nanoTime.getAsLong();
            long wait = gap == 0 ? 0 : Math.max(0, next - now);
            next = now + wait + gap;
            return wait;
        }

        /** Says that the table has left a part of a batch undone; of several at a time the first counts. */
        synchronized void slowDown() {
            long now = nanoTime.getAsLong();
            if (gap == 0 || now - slowedDown >= gap) {
                gap = Math.min(MAX_GAP_NANOS, Math.max(FIRST_GAP_NANOS, 2 * gap));
                slowedDown = now;
            }
        }

        /** Says that the table has done a batch as a whole. */
        synchronized void quicken() {
            long less = gap - gap / 4;
            gap = less < FIRST_GAP_NANOS / 4 ? 0 : less;
        }
    }
}
