package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.cache.Connections.Connection;
import dev.tidepool.cache.RequestObserver.RequestEnd;
import dev.tidepool.cache.RequestObserver.SentRequest;
import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import dev.tidepool.cache.RequestObserver.StoreObservers;
import dev.tidepool.cache.StoreFailure.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

/**
 * Sends the requests of one cache, translates their failures and tells the observers of each; the time that the
 * server's answers tell is compared with the cache's clock. While nobody observes, the server is not asked what a
 * request has consumed. Thread-safe.
 */
final class RequestSender {
    private final ItemNames names;
    private final Connection connection;
    private final ClockSkew skew;
    private final StoreObservers observers;
    private final @Nullable Duration patience;
    private final Option<Duration> limit;

    /** How long a write that comes into the way of another Region's is made again. */
    private final Duration conflictsAtMost;

    RequestSender(ItemNames names, Connection connection, ClockSkew skew) {
        this(names, connection, skew, new StoreObservers(names.cache()), null);
    }

    private RequestSender(
            ItemNames names,
            Connection connection,
            ClockSkew skew,
            StoreObservers observers,
            @Nullable Duration patience) {
        this.names = names;
        this.connection = connection;
        this.skew = skew;
        this.observers = observers;
        Duration ofClient = connection.callTimeout();
        boolean isShorter = ofClient != null && patience != null && ofClient.compareTo(patience) < 0;
        this.patience = isShorter ? ofClient : patience;
        this.limit = patience == null || isShorter ? Option.CALL_TIMEOUT : Option.MISS_AFTER;
        Duration longest = this.patience == null ? ofClient : this.patience;
        this.conflictsAtMost = longest == null ? requireNonNull(Option.CALL_TIMEOUT.defaultValue()) : longest;
    }

    /** Returns a sender with the same observers, whose requests take no longer than a limit with all their attempts. */
    RequestSender within(Duration limit) {
        return new RequestSender(names, connection, skew, observers, limit);
    }

    ItemNames names() {
        return names;
    }

    DynamoDbClient client() {
        return connection.client();
    }

    /** Those who are told of every request; the same for all senders that differ in their patience only. */
    StoreObservers observers() {
        return observers;
    }

    /** How far the cache's clock is off, as the answers to all requests of the connection tell. */
    ClockSkew skew() {
        return skew;
    }

    /** Whether what began at a time, by {@link System#nanoTime}, has taken as long as a single request may. */
    boolean isOverdue(long startNanos) {
        return patience != null && isBeyond(patience, startNanos);
    }

    private static boolean isBeyond(Duration limit, long startNanos) {
        return System.nanoTime() - startNanos >= limit.toNanos();
    }

    /** Begins a request. */
    Call begin(String operation) {
        return new Call(operation);
    }

    /** One request with all its attempts. For one thread. */
    final class Call {
        private final String operation;
        private final boolean measured = observers.isListening();
        private final Attempts attempts = connection.newAttempts();

        private Call(String operation) {
            this.operation = operation;
        }

        /** What the request is to override of the client's configuration; null for nothing. */
        @Nullable AwsRequestOverrideConfiguration overrides() {
            return attempts.overrides(patience);
        }

        /** What the request is to ask of the capacity that it consumes; null for nothing. */
        @Nullable ReturnConsumedCapacity capacity() {
            return measured ? ReturnConsumedCapacity.TOTAL : null;
        }

        /** Whether an attempt that has failed may have been applied. */
        boolean inDoubt() {
            return attempts.inDoubt();
        }

        /** Whether the server has answered an attempt, whatever it said. */
        boolean wasAnswered() {
            return attempts.wasAnswered();
        }

        /**
         * Sends the request.
         *
         * @throws ConditionalCheckFailedException when its condition was not met
         * @throws CacheException for every other failure
         */
        <R extends DynamoDbResponse> R send(Function<Call, R> request) {
            Instant sent = skew.now();
            long start = System.nanoTime();
            Answer answer = Answer.FAILED;
            R response = null;
            RuntimeException failure = null;
            RequestEnd end = measured ? observers.started(operation) : RequestEnd.UNHEARD;
            Attempts outer = attempts.begin();
            try {
                response = onceNoOtherRegionWrites(request, start);
                answer = Answer.SUCCESS;
                skew.answered(sent, response);
                return response;
            } catch (RuntimeException e) {
                attempts.ended(e);
                failure = translated(e);
                answer = answerOf(failure);
                throw failure;
            } finally {
                Attempts.tellOwnClients(outer);
                end.ended(answer, failure);
                measure(answer, System.nanoTime() - start, response);
            }
        }

        /**
         * While another Region is in the midst of writing an item, a write of it is refused as it stands, and is to be
         * made again. The SDK does so a few times only, and not at all where an application wants no retries.
         */
        private <R> R onceNoOtherRegionWrites(Function<Call, R> request, long startNanos) {
            Backoff backoff = Backoff.afterConflict();
            while (true) {
                try {
                    return request.apply(this);
                } catch (AwsServiceException e) {
                    if (!StoreFailure.isConflictOfRegions(e) || isBeyond(conflictsAtMost, startNanos)) {
                        throw e;
                    }
                    attempts.ended(e);
                }
                observers.conflict();
                pause(backoff);
            }
        }

        /** Who interrupts it must learn of an earlier attempt that nobody knows of. */
        private void pause(Backoff backoff) {
            try {
                backoff.pause();
            } catch (CacheException e) {
                throw inDoubt() ? StoreFailure.mayHaveBeenApplied(names, operation, e) : e;
            }
        }

        private RuntimeException translated(RuntimeException failure) {
            if (failure instanceof ConditionalCheckFailedException || failure instanceof CacheException) {
                return failure;
            }
            return failure instanceof SdkException sdk
                    ? StoreFailure.ofEntry(names, operation, limit, attempts.isThrottled(), inDoubt(), sdk)
                    : StoreFailure.inClient(names, operation, inDoubt(), failure);
        }

        private static Answer answerOf(RuntimeException failure) {
            if (failure instanceof ConditionalCheckFailedException) {
                return Answer.REFUSED;
            }
            return failure instanceof CacheException told && StoreUnavailable.isThrottled(told)
                    ? Answer.THROTTLED
                    : Answer.FAILED;
        }

        private void measure(Answer answer, long nanos, @Nullable DynamoDbResponse response) {
            if (measured) {
                observers.sent(() -> new SentRequest(
                        operation,
                        answer,
                        nanos,
                        attempts.retries(),
                        attempts.throttled() + (response != null && isIncomplete(response) ? 1 : 0),
                        response == null ? 0 : units(response)));
            }
        }
    }

    private static boolean isIncomplete(DynamoDbResponse response) {
        if (response instanceof BatchGetItemResponse batch) {
            return !batch.unprocessedKeys().isEmpty();
        }
        return response instanceof BatchWriteItemResponse batch
                && !batch.unprocessedItems().isEmpty();
    }

    /** Every response has the field, batches with a list of one for each table. */
    private static double units(DynamoDbResponse response) {
        Object consumed =
                response.getValueForField("ConsumedCapacity", Object.class).orElse(null);
        return consumed instanceof List<?> several
                ? several.stream().mapToDouble(RequestSender::unitsOf).sum()
                : unitsOf(consumed);
    }

    private static double unitsOf(@Nullable Object consumed) {
        return consumed instanceof ConsumedCapacity one && one.capacityUnits() != null ? one.capacityUnits() : 0;
    }
}
