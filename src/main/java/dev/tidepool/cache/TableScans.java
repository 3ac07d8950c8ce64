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
import java.util.function.Function;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** The requests that find a cache's items, expired ones among them: Scan, and Query of an index. Thread-safe. */
final class TableScans {
    private static final Logger LOG = LoggerFactory.getLogger(TableScans.class);

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
     * @param found how many of them are what was looked for
     * @param items what was found, as far as it can be read
     * @param next reads the next page; null after the last
     */
    record Page(
            int examined,
            int found,
            List<StoredItem> items,
            @Nullable Supplier<Page> next) {}

    /** All items with their values, with the consistency that the cache is configured for. */
    Iterator<List<StoredItem>> entries(Executor executor) {
        return pages(consistentReads, Expression.NONE, executor);
    }

    /** All items without their values, for a change; none that is there is missed. */
    Iterator<List<StoredItem>> deadlines(Executor executor) {
        return pages(true, mapper.withoutValue(), executor);
    }

    /** The keys of all items, whatever else is in them; none that is there is missed. */
    Iterator<List<StoredItem>> keys(Executor executor) {
        return pages(true, mapper.keyAlone(), executor);
    }

    private Iterator<List<StoredItem>> pages(boolean consistent, Expression projection, Executor executor) {
        return new PagesAhead(() -> page(null, consistent, mapper.ownItems(), projection, mapper::read), executor);
    }

    /**
     * Reads the first page of this cache's items that have expired. It costs half of a strongly consistent one; what it
     * does not know yet, the condition of the removal does.
     */
    Page expired(long now) {
        Expression own = mapper.ownItems();
        Expression expired = mapper.expired(now);
        return page(null, false, own == null ? expired : own.and(expired), Expression.NONE, this::readable);
    }

    private @Nullable StoredItem readable(Map<String, AttributeValue> item) {
        try {
            return mapper.read(item);
        } catch (CacheException e) {
            LOG.debug("An expired item cannot be read, and stays as it is", e);
            return null;
        }
    }

    private Page page(
            @Nullable Map<String, AttributeValue> from,
            boolean consistent,
            @Nullable Expression filter,
            Expression projection,
            Function<Map<String, AttributeValue>, @Nullable StoredItem> reader) {
        ScanResponse response = scan(from, consistent, filter == null ? Expression.NONE : filter, projection);
        List<StoredItem> items = new ArrayList<>();
        response.items().forEach(item -> {
            StoredItem read = reader.apply(item);
            if (read != null) {
                items.add(read);
            }
        });
        Map<String, AttributeValue> last = response.lastEvaluatedKey();
        Supplier<Page> next = () -> page(last, consistent, filter, projection, reader);
        return new Page(response.scannedCount(), response.count(), items, last.isEmpty() ? null : next);
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

    /** The items page by page, the next being read while one is used; at most two are in memory. For one thread. */
    private static final class PagesAhead implements Iterator<List<StoredItem>> {
        private final Executor executor;
        private @Nullable CompletableFuture<Page> ahead;

        PagesAhead(Supplier<Page> first, Executor executor) {
            this.executor = executor;
            this.ahead = CompletableFuture.supplyAsync(first, executor);
        }

        @Override
        public boolean hasNext() {
            return ahead != null;
        }

        @Override
        public List<StoredItem> next() {
            if (ahead == null) {
                throw new NoSuchElementException();
            }
            try {
                Page page = ahead.join();
                ahead = page.next() == null ? null : CompletableFuture.supplyAsync(page.next(), executor);
                return page.items();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException failure ? failure : e;
            }
        }
    }
}
