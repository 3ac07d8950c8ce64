package dev.tidepool.cache;

import dev.tidepool.SpecialKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** The requests that find a cache's items, expired ones among them: Scan, and Query of an index. Thread-safe. */
final class TableScans {
    private final RequestSender sender;
    private final DynamoDbClient client;
    private final String table;
    private final ItemMapper mapper;
    private final boolean consistentReads;

    TableScans(RequestSender sender, ItemMapper mapper, boolean consistentReads) {
        this.sender = sender;
        this.client = sender.client();
        this.table = sender.names().table();
        this.mapper = mapper;
        this.consistentReads = consistentReads;
    }

    /**
     * One page of a scan, of at most 1 MB.
     *
     * @param examined how many items of the table it has come past
     * @param items what was found; each is to be {@link #read}, and may be damaged
     * @param next reads the next page; null after the last
     */
    record Page(
            int examined, List<FoundItem> items, @Nullable Supplier<Page> next) {}

    /** An item as it was found, of which nothing has been read yet. */
    record FoundItem(Map<String, AttributeValue> attributes) {}

    /**
     * Reads an item of a page.
     *
     * @throws ItemNames.DamagedItem when it cannot be read
     */
    StoredItem read(FoundItem item) {
        return mapper.read(item.attributes());
    }

    /** Whether an item that was found for several caches is this one's. */
    boolean isOwn(FoundItem item) {
        return mapper.isOwn(item.attributes());
    }

    /** What caches have in common that one scan can find the expired items of. */
    record Scanned(DynamoDbClient client, String table, boolean sharesItems) {}

    Scanned scanned() {
        return new Scanned(client, table, mapper.sharesItems());
    }

    /** All items with their values, with the consistency that the cache is configured for. */
    Iterator<Page> entries(Executor executor) {
        return new PagesAhead(() -> page(null, consistentReads, own(), Expression.NONE), executor);
    }

    /** The keys of all items, whatever else is in them; none that is there is missed. */
    Iterator<Page> keys(Executor executor) {
        return new PagesAhead(() -> page(null, true, own(), mapper.keyAlone()), executor);
    }

    /** The keys of the first items of the table, however few of them there are on one page. */
    Page firstKeys() {
        return page(null, false, own(), mapper.keyAlone());
    }

    /** The keys of all items that are not known to have expired; none that is there is missed. */
    Iterator<Page> liveKeys(long now, Executor executor) {
        return new PagesAhead(() -> page(null, true, ownThat(mapper.mayBeLive(now)), mapper.keyAlone()), executor);
    }

    /**
     * Reads the first page of this cache's items that have expired. It costs half of a strongly consistent one; what it
     * does not know yet, the condition of the removal does.
     *
     * @param ofOthersToo whether the items of all caches on the table are wanted, and whatever else is in it
     */
    Page expired(long now, boolean ofOthersToo) {
        Expression expired = mapper.expired(now);
        return page(null, false, ofOthersToo ? expired : ownThat(expired), Expression.NONE);
    }

    private Expression own() {
        Expression own = mapper.ownItems();
        return own == null ? Expression.NONE : own;
    }

    private Expression ownThat(Expression condition) {
        Expression own = mapper.ownItems();
        return own == null ? condition : own.and(condition);
    }

    private Page page(
            @Nullable Map<String, AttributeValue> from, boolean consistent, Expression filter, Expression projection) {
        ScanResponse response = scan(from, consistent, filter, projection);
        Map<String, AttributeValue> last = response.lastEvaluatedKey();
        Supplier<Page> next = () -> page(last, consistent, filter, projection);
        List<FoundItem> items = response.items().stream().map(FoundItem::new).toList();
        return new Page(response.scannedCount(), items, last.isEmpty() ? null : next);
    }

    private ScanResponse scan(
            @Nullable Map<String, AttributeValue> from, boolean consistent, Expression filter, Expression projection) {
        Expression both = projection.with(filter);
        return sender.begin("Scan")
                .send(call -> client.scan(request -> request.tableName(table)
                        .consistentRead(consistent)
                        .exclusiveStartKey(from)
                        .filterExpression(filter.textOrNull())
                        .projectionExpression(projection.textOrNull())
                        .expressionAttributeNames(both.namesOrNull())
                        .expressionAttributeValues(both.valuesOrNull())
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())));
    }

    /**
     * Finds this cache's items by a special key, without their values, as the index knows them now: Query, page after
     * page, and a GetItem for each key that is too long for the index to tell.
     *
     * @throws IllegalStateException when the special key has no index
     * @throws IllegalArgumentException when the value does not suit it
     */
    List<StoredItem> find(String specialKey, Object wanted) {
        SpecialKey key = mapper.specialKeys.indexed(specialKey);
        AttributeValue value = mapper.specialKeys.attribute(key, wanted);
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
        Expression projection = mapper.withId("#id", Map.of("#special", key.name()), Map.of(":special", value));
        return sender.begin("Query").send(call -> {
            try {
                return client.query(request -> request.tableName(table)
                        .indexName(key.index())
                        .keyConditionExpression("#special = :special")
                        .projectionExpression(projection.text())
                        .expressionAttributeNames(projection.names())
                        .expressionAttributeValues(projection.values())
                        .exclusiveStartKey(from)
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity()));
            } catch (DynamoDbException e) {
                throw StoreFailure.isInvalid(e) ? StoreFailure.ofIndex(sender.names(), key, e) : e;
            }
        });
    }

    /** Returns the item's key attributes; empty when it is gone. */
    private Map<String, AttributeValue> withKeyText(Map<String, AttributeValue> indexed) {
        Expression projection = mapper.keyAlone();
        return sender.begin("GetItem")
                .send(call -> client.getItem(request -> request.tableName(table)
                        .key(mapper.keyOf(mapper.idOf(indexed)))
                        .consistentRead(true)
                        .projectionExpression(projection.text())
                        .expressionAttributeNames(projection.names())
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())))
                .item();
    }

    /**
     * The items page by page, the next being read while one is used, as long as a thread is free for it; at most two
     * are in memory. For one thread.
     */
    private static final class PagesAhead implements Iterator<Page> {
        private final Executor executor;
        private @Nullable Supplier<Page> ahead;

        PagesAhead(Supplier<Page> first, Executor executor) {
            this.executor = executor;
            this.ahead = begun(first);
        }

        private Supplier<Page> begun(Supplier<Page> reading) {
            try {
                return CompletableFuture.supplyAsync(reading, executor)::join;
            } catch (RejectedExecutionException e) {
                return reading;
            }
        }

        @Override
        public boolean hasNext() {
            return ahead != null;
        }

        @Override
        public Page next() {
            if (ahead == null) {
                throw new NoSuchElementException();
            }
            try {
                Page page = ahead.get();
                ahead = page.next() == null ? null : begun(page.next());
                return page;
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException failure ? failure : e;
            }
        }
    }
}
