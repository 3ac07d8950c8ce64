package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.cache.RequestObserver.SentRequest;
import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import dev.tidepool.cache.RequestObserver.StoreObservers;
import dev.tidepool.cache.StoreFailure.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.metrics.CoreMetric;
import software.amazon.awssdk.http.HttpMetric;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;
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
 * request has consumed, nor the SDK how a read got on. Thread-safe.
 */
final class RequestSender {
    private final ItemNames names;
    private final DynamoDbClient client;
    private final ClockSkew skew;
    private final StoreObservers observers;
    private final @Nullable Duration patience;
    private final Option<Duration> limit;

    RequestSender(ItemNames names, DynamoDbClient client, ClockSkew skew) {
        this(names, client, skew, new StoreObservers(names.cache()), null);
    }

    private RequestSender(
            ItemNames names,
            DynamoDbClient client,
            ClockSkew skew,
            StoreObservers observers,
            @Nullable Duration patience) {
        this.names = names;
        this.client = client;
        this.skew = skew;
        this.observers = observers;
        Duration ofClient = configuration(client)
                .flatMap(ClientOverrideConfiguration::apiCallTimeout)
                .orElse(null);
        boolean isShorter = ofClient != null && patience != null && ofClient.compareTo(patience) < 0;
        this.patience = isShorter ? ofClient : patience;
        this.limit = patience == null || isShorter ? Option.CALL_TIMEOUT : Option.MISS_AFTER;
    }

    /** Returns a sender with the same observers, whose requests take no longer than a limit with all their attempts. */
    RequestSender within(Duration limit) {
        return new RequestSender(names, client, skew, observers, limit);
    }

    ItemNames names() {
        return names;
    }

    DynamoDbClient client() {
        return client;
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
        return patience != null && System.nanoTime() - startNanos >= patience.toNanos();
    }

    /** Begins a request that comes to the same when it is done twice. */
    Call begin(String operation) {
        boolean measured = observers.isListening();
        // With little patience a request that is throttled does not come to its last retry, and only they tell.
        return new Call(operation, measured, measured || patience != null ? new Attempts() : null);
    }

    /** Begins a request of which it must be known whether an answer was lost. */
    Call beginChange(String operation) {
        return new Call(operation, observers.isListening(), new Attempts());
    }

    /** One request with all its attempts. For one thread. */
    final class Call {
        private final String operation;
        private final boolean measured;
        private final @Nullable Attempts attempts;

        private Call(String operation, boolean measured, @Nullable Attempts attempts) {
            this.operation = operation;
            this.measured = measured;
            this.attempts = attempts;
        }

        /** What the request is to override of the client's configuration; null for nothing. */
        @Nullable AwsRequestOverrideConfiguration overrides() {
            if (patience == null && attempts == null) {
                return null;
            }
            AwsRequestOverrideConfiguration.Builder overrides =
                    AwsRequestOverrideConfiguration.builder().apiCallTimeout(patience);
            if (attempts != null) {
                overrides.metricPublishers(withPublisher(attempts));
            }
            return overrides.build();
        }

        /** What the request is to ask of the capacity that it consumes; null for nothing. */
        @Nullable ReturnConsumedCapacity capacity() {
            return measured ? ReturnConsumedCapacity.TOTAL : null;
        }

        /** Whether an attempt that the SDK gave up may have reached the table. */
        boolean lostAnswer() {
            return attempts != null && attempts.lostAnswer();
        }

        /** Whether the server has answered an attempt, whatever it said. */
        boolean wasAnswered() {
            return attempts != null && attempts.wasAnswered();
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
            try {
                response = request.apply(this);
                answer = Answer.SUCCESS;
                skew.answered(sent, response);
                return response;
            } catch (ConditionalCheckFailedException e) {
                answer = Answer.REFUSED;
                throw e;
            } catch (SdkException e) {
                CacheException failure =
                        StoreFailure.ofEntry(names, operation, limit, attempts != null && attempts.throttled() > 0, e);
                answer = StoreUnavailable.isThrottled(failure) ? Answer.THROTTLED : Answer.FAILED;
                throw failure;
            } catch (IllegalStateException | RejectedExecutionException e) {
                throw StoreFailure.clientClosed(names, operation, e);
            } finally {
                measure(answer, System.nanoTime() - start, response);
            }
        }

        private void measure(Answer answer, long nanos, @Nullable DynamoDbResponse response) {
            if (measured && attempts != null) {
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

    /** A client that an application has wrapped may have nothing to say of itself. */
    private static Optional<ClientOverrideConfiguration> configuration(DynamoDbClient client) {
        try {
            return Optional.of(client.serviceClientConfiguration().overrideConfiguration());
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** Publishers of a request take the place of the client's, which are the application's. */
    private List<MetricPublisher> withPublisher(Attempts attempts) {
        List<MetricPublisher> publishers = new ArrayList<>();
        configuration(client).ifPresent(configured -> publishers.addAll(configured.metricPublishers()));
        publishers.add(attempts);
        return publishers;
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

    /**
     * Learns of one call of the SDK how many attempts it took, and whether one that it gave up may have reached the
     * table.
     *
     * <p>The SDK sends a request again after a reset connection, a time-out or a server's error, although the first may
     * have been applied. Its metrics are the one way to learn of that, for a client of the application's own too; they
     * are published in the calling thread before the call returns.
     */
    static final class Attempts implements MetricPublisher {
        private static final int FIRST_SERVER_ERROR = 500;

        private boolean lostAnswer;
        private boolean answered;
        private int retries;
        private int throttled;

        @Override
        public void publish(MetricCollection call) {
            List<MetricCollection> attempts = call.children();
            retries = Math.max(0, attempts.size() - 1);
            for (MetricCollection attempt : attempts.subList(0, retries)) {
                lostAnswer |= mayHaveBeenApplied(attempt);
            }
            answered = attempts.stream().anyMatch(Attempts::isAnswered);
            throttled = (int) attempts.stream().filter(Attempts::isThrottled).count();
        }

        /** A refusal (4xx: throttling among them) is certain; no answer at all, or a server's error, is not. */
        private static boolean mayHaveBeenApplied(MetricCollection attempt) {
            if (isThrottled(attempt)) {
                return false;
            }
            List<Integer> statuses = attempt.metricValues(HttpMetric.HTTP_STATUS_CODE);
            return statuses.isEmpty() || statuses.get(statuses.size() - 1) >= FIRST_SERVER_ERROR;
        }

        private static boolean isAnswered(MetricCollection attempt) {
            return !attempt.metricValues(HttpMetric.HTTP_STATUS_CODE).isEmpty();
        }

        private static boolean isThrottled(MetricCollection attempt) {
            return attempt.metricValues(CoreMetric.ERROR_TYPE).contains("Throttling");
        }

        /** How many attempts there were after the first. */
        int retries() {
            return retries;
        }

        /** How many attempts were throttled, the last one among them if it was. */
        int throttled() {
            return throttled;
        }

        /** Whether the server has answered any attempt. */
        boolean wasAnswered() {
            return answered;
        }

        boolean lostAnswer() {
            return lostAnswer;
        }

        @Override
        public void close() {
            // Nothing is held; each call has an instance of its own.
        }
    }
}
