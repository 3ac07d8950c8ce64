package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.CacheOperations.StoreHealth;
import dev.tidepool.cache.Change.Outcome;
import dev.tidepool.cache.Connections.Connection;
import dev.tidepool.cache.ItemMapper.NewItem;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * The requests of one cache for one entry each; those for many are its {@link #batches} and {@link #scans}. Keys are
 * encoded texts, values encoded bytes. Thread-safe.
 *
 * <p>It knows nothing of listeners, statistics or policies. Every method sends what its comment says and fails with a
 * {@link CacheException}.
 */
final class CacheTable {
    /** Stands for an item that is asked for without caring whether there is one. */
    private static final String ANY_KEY = "?";

    private static final Deadline LARGEST_DEADLINE = new Deadline(Deadline.Kind.AT, Long.MAX_VALUE - 999);

    private final ItemNames names;
    private final Connection connection;
    private final DynamoDbClient client;
    private final ItemMapper mapper;
    private final boolean consistentReads;
    private final RequestSender sender;
    private final TableBatches batches;
    private final TableScans scans;

    CacheTable(Connection connection, ItemMapper mapper, boolean consistentReads, RequestSender sender) {
        this.names = sender.names();
        this.connection = connection;
        this.client = sender.client();
        this.mapper = mapper;
        this.consistentReads = consistentReads;
        this.sender = sender;
        this.batches = new TableBatches(sender, mapper, consistentReads);
        this.scans = new TableScans(sender, mapper, consistentReads);
    }

    /**
     * Returns this table for one who does not wait longer.
     *
     * @param limit how long a request may take, with all its attempts
     */
    CacheTable within(Duration limit) {
        return new CacheTable(connection, mapper, consistentReads, sender.within(limit));
    }

    ItemNames names() {
        return names;
    }

    /** What sends its requests, and those who are told of them. */
    RequestSender sender() {
        return sender;
    }

    TableBatches batches() {
        return batches;
    }

    TableScans scans() {
        return scans;
    }

    /** Returns the item of an entry that is to be written. Sends nothing. */
    NewItem newItem(String keyText, byte[] value) {
        return mapper.newItem(keyText, value);
    }

    /** Returns the size of an item, whatever its deadline and etag will be. Sends nothing. */
    int sizeOf(NewItem item) {
        return DynamoDbLimits.sizeOf(item.attributes())
                + DynamoDbLimits.sizeOf(mapper.stamp(LARGEST_DEADLINE, Long.MIN_VALUE));
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

    private @Nullable StoredItem get(String keyText, boolean consistent, Expression projection) {
        Map<String, AttributeValue> item = sender.begin("GetItem")
                .send(call -> client.getItem(request -> request.tableName(names.table())
                        .key(mapper.key(keyText))
                        .consistentRead(consistent)
                        .projectionExpression(projection.textOrNull())
                        .expressionAttributeNames(projection.namesOrNull())
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())))
                .item();
        return item.isEmpty() ? null : mapper.read(keyText, item);
    }

    /** Asks for the key of some item: GetItem. */
    private void ask(RequestSender.Call asked) {
        Expression projection = mapper.keyAlone();
        asked.send(call -> client.getItem(request -> request.tableName(names.table())
                .key(mapper.key(ANY_KEY))
                .projectionExpression(projection.text())
                .expressionAttributeNames(projection.names())
                .overrideConfiguration(call.overrides())
                .returnConsumedCapacity(call.capacity())));
    }

    /**
     * Makes requests for their own sake, which change nothing: GetItem, and where there are examples a PutItem of the
     * first one, on a condition that no item can meet.
     *
     * @param examples stored forms of values by the encoded keys
     * @param now the time
     */
    void warmUp(Map<String, byte[]> examples, long now) {
        ask(sender.begin("GetItem"));
        Expression never = mapper.missing().and(mapper.live(now));
        examples.entrySet().stream().limit(1).forEach(example -> {
            NewItem item = newItem(example.getKey(), example.getValue());
            try {
                sender.begin("PutItem").send(putting(mapper.item(item, LARGEST_DEADLINE, Etags.next()), never, true));
            } catch (ConditionalCheckFailedException e) {
                // So it must end, and the way to here is what the first write of the application needs.
            }
            PutItemResponse.builder().build().sdkFields(); // of which a refusal has loaded nothing
        });
    }

    /** Whether the server answers, and the table can be read from: GetItem. */
    StoreHealth health() {
        Optional<Duration> sinceSuccess = sender.skew().sinceSuccess();
        RequestSender.Call asked = sender.begin("GetItem");
        long start = System.nanoTime();
        boolean isAnswering = true;
        String problem = null;
        try {
            ask(asked);
        } catch (CacheException e) {
            isAnswering = e.getCause() instanceof AwsServiceException || asked.wasAnswered();
            problem = problem(e, System.nanoTime() - start);
        }
        return new StoreHealth(
                isAnswering, problem == null, sender.skew().offset(), sinceSuccess, Optional.ofNullable(problem));
    }

    /** The limit of time is that of the question, and no option's. */
    private String problem(CacheException failure, long nanos) {
        return failure.getCause() instanceof ApiCallTimeoutException
                ? "GetItem on table '" + names.table() + "' had no answer for "
                        + Duration.ofNanos(nanos).toMillis() + " ms"
                : String.valueOf(failure.getMessage());
    }

    /** Makes one change: PutItem, UpdateItem or DeleteItem, and a GetItem where a server hides what refused it. */
    Outcome apply(String keyText, Change change, long now) {
        NewItem written = change.written();
        if (written == null || change.deadline().isNow()) {
            return delete(keyText, change, condition(change, now));
        }
        boolean updates = change.keepsDeadline() || (mapper.sharesItems() && change.isOfPresent());
        return updates
                ? replaceValue(written, change, condition(change, now))
                : put(written, change, condition(change, now));
    }

    private Outcome put(NewItem written, Change change, Expression condition) {
        long etag = Etags.next();
        Map<String, AttributeValue> item = mapper.item(written, change.deadline(), etag);
        return conditionally(
                "PutItem",
                written.keyText(),
                change,
                etag,
                putting(item, condition, change.wantsBefore()),
                PutItemResponse::attributes);
    }

    private Function<RequestSender.Call, PutItemResponse> putting(
            Map<String, AttributeValue> item, Expression condition, boolean wantsBefore) {
        return call -> client.putItem(request -> request.tableName(names.table())
                .item(item)
                .conditionExpression(condition.textOrNull())
                .expressionAttributeNames(condition.namesOrNull())
                .expressionAttributeValues(condition.valuesOrNull())
                .returnValues(wantsBefore ? ReturnValue.ALL_OLD : ReturnValue.NONE)
                .returnValuesOnConditionCheckFailure(itemOnRefusal(condition))
                .overrideConfiguration(call.overrides())
                .returnConsumedCapacity(call.capacity()));
    }

    private Outcome replaceValue(NewItem written, Change change, Expression condition) {
        long etag = Etags.next();
        Expression update = mapper.replaceValue(written, change.deadline(), etag);
        Expression both = update.with(condition);
        return conditionally(
                "UpdateItem",
                written.keyText(),
                change,
                etag,
                call -> client.updateItem(request -> request.tableName(names.table())
                        .key(mapper.key(written.keyText()))
                        .updateExpression(update.text())
                        .conditionExpression(condition.text())
                        .expressionAttributeNames(both.names())
                        .expressionAttributeValues(both.values())
                        .returnValues(change.wantsBefore() ? ReturnValue.ALL_OLD : ReturnValue.NONE)
                        .returnValuesOnConditionCheckFailure(itemOnRefusal(condition))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())),
                UpdateItemResponse::attributes);
    }

    private Outcome delete(String keyText, Change change, Expression condition) {
        return conditionally(
                "DeleteItem",
                keyText,
                change,
                null,
                call -> client.deleteItem(request -> request.tableName(names.table())
                        .key(mapper.key(keyText))
                        .conditionExpression(condition.textOrNull())
                        .expressionAttributeNames(condition.namesOrNull())
                        .expressionAttributeValues(condition.valuesOrNull())
                        .returnValues(change.wantsBefore() ? ReturnValue.ALL_OLD : ReturnValue.NONE)
                        .returnValuesOnConditionCheckFailure(itemOnRefusal(condition))
                        .overrideConfiguration(call.overrides())
                        .returnConsumedCapacity(call.capacity())),
                DeleteItemResponse::attributes);
    }

    /**
     * Moves the deadline of an item that nothing has written since it was read, and of no expired one: UpdateItem.
     * Another write that came first wins, so a refusal is no failure.
     */
    void moveDeadline(StoredItem read, Deadline deadline, long now) {
        Expression update = mapper.moveDeadline(deadline);
        Expression condition = mapper.unchangedSince(read).and(mapper.live(now));
        Expression both = update.with(condition);
        try {
            sender.begin("UpdateItem")
                    .send(call -> client.updateItem(request -> request.tableName(names.table())
                            .key(mapper.key(read.keyText()))
                            .updateExpression(update.text())
                            .conditionExpression(condition.text())
                            .expressionAttributeNames(both.names())
                            .expressionAttributeValues(both.values())
                            .overrideConfiguration(call.overrides())
                            .returnConsumedCapacity(call.capacity())));
        } catch (ConditionalCheckFailedException e) {
            // Written, removed or expired since: there is no deadline of ours to move any more.
        }
    }

    private Expression condition(Change change, long now) {
        return switch (change.precondition()) {
            case ANY -> Expression.NONE;
            case ABSENT -> mapper.notLive(now);
            case PRESENT -> mapper.live(now);
            case NOT_EXPIRED -> mapper.missing().or(mapper.live(now));
            case MISSING_OR_DATED -> mapper.missing().or(mapper.dated(now));
            case EQUALS -> mapper.holds(requireNonNull(change.expected())).and(mapper.live(now));
            case UNCHANGED ->
                mapper.unchangedSince(requireNonNull(change.read())).and(mapper.live(now));
            case UNCHANGED_EXPIRED ->
                mapper.unchangedSince(requireNonNull(change.read())).and(mapper.expired(now));
        };
    }

    private static ReturnValuesOnConditionCheckFailure itemOnRefusal(Expression condition) {
        return condition.text().isEmpty()
                ? ReturnValuesOnConditionCheckFailure.NONE
                : ReturnValuesOnConditionCheckFailure.ALL_OLD;
    }

    /**
     * Sends a change and tells what became of it, lost answers included.
     *
     * <p>When the SDK sent the request twice, the second answer speaks of a table in which the first may have been
     * applied.
     */
    private <R extends DynamoDbResponse> Outcome conditionally(
            String operation,
            String keyText,
            Change change,
            @Nullable Long etag,
            Function<RequestSender.Call, R> request,
            Function<R, Map<String, AttributeValue>> attributes) {
        RequestSender.Call call = sender.begin(operation);
        try {
            Map<String, AttributeValue> old = attributes.apply(call.send(request));
            StoredItem before = old.isEmpty() ? null : replaced(keyText, old);
            return call.inDoubt() ? appliedAtLast(operation, change, etag, before) : Outcome.applied(before);
        } catch (ConditionalCheckFailedException e) {
            return call.inDoubt()
                    ? refusedAtLast(operation, keyText, change, etag, e)
                    : Outcome.refused(whatRefused(keyText, change, e));
        }
    }

    /**
     * The last attempt was applied, and an earlier one may have been: then what the last one has found is what another
     * node has left since, unless the condition names it.
     */
    private Outcome appliedAtLast(String operation, Change change, @Nullable Long etag, @Nullable StoredItem before) {
        if (change.namesBefore()) {
            return Outcome.applied(before);
        }
        if (etag == null) {
            throw StoreFailure.mayHaveBeenApplied(names, operation, null);
        }
        return Outcome.appliedInDoubt(change);
    }

    /** The last attempt was refused, and an earlier one may have been applied: only our own etag proves that it was. */
    private Outcome refusedAtLast(
            String operation,
            String keyText,
            Change change,
            @Nullable Long etag,
            ConditionalCheckFailedException refusal) {
        try {
            if (isOwn(whatRefused(keyText, change, refusal), change, etag)) {
                return Outcome.appliedInDoubt(change);
            }
        } catch (CacheException e) {
            throw StoreFailure.mayHaveBeenApplied(names, operation, e);
        }
        throw StoreFailure.mayHaveBeenApplied(names, operation, refusal);
    }

    /**
     * Whether an item was written by a change that is in doubt. Etags that were drawn by copies of one JVM may be
     * equal, so that they prove nothing of a change that is not. Items that are shared have no etag but their value.
     */
    private boolean isOwn(@Nullable StoredItem item, Change change, @Nullable Long etag) {
        if (item == null || etag == null) {
            return false;
        }
        return mapper.sharesItems()
                ? Arrays.equals(item.value(), requireNonNull(change.written()).value())
                : etag.equals(item.etag());
    }

    /** What cannot be read is gone by now, and whoever wanted to know it must learn that it was. */
    private StoredItem replaced(String keyText, Map<String, AttributeValue> old) {
        try {
            return mapper.read(keyText, old);
        } catch (CacheException e) {
            throw StoreFailure.beforeLost(e);
        }
    }

    /** Returns the item that refused a change; some servers do not tell, and then it is read. */
    private @Nullable StoredItem whatRefused(String keyText, Change change, ConditionalCheckFailedException refusal) {
        if (refusal.hasItem() && !refusal.item().isEmpty()) {
            connection.sawRefusalWithItem();
            return mapper.read(keyText, refusal.item());
        }
        if (connection.refusalsCarryItem() || change.precondition() == Change.Precondition.PRESENT) {
            return null;
        }
        StoredItem current = readForChange(keyText);
        if (change.isRefusedByItem()) {
            connection.sawRefusalWithoutItem();
        }
        return current;
    }
}
