package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.SpecialKey;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;
import javax.cache.CacheException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/**
 * Turns the SDK's exceptions into {@link CacheException}s that say what failed and what to do; the one place that does.
 */
final class StoreFailure {
    private static final Set<String> CHANGES = Set.of("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem");
    private static final Set<String> CREDENTIALS_REFUSED = Set.of(
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "IncompleteSignatureException",
            "MissingAuthenticationTokenException",
            "ExpiredTokenException",
            "InvalidClientTokenId");
    private static final String CREDENTIALS_OPTIONS =
            "options 'awsConfigPath', 'awsConfigJson', or the AWS SDK's default chain: environment, profile, role";
    private static final int FIRST_SERVER_ERROR = 500;

    private StoreFailure() {}

    /**
     * Translates a failure of a request for entries.
     *
     * @param names the names of the cache and its table
     * @param operation the DynamoDB operation
     * @param limit the option that limits how long the request may take with all its attempts
     * @param throttled whether attempts were throttled that are known of
     * @param cause what the SDK threw
     */
    static CacheException ofEntry(
            ItemNames names, String operation, Option<Duration> limit, boolean throttled, SdkException cause) {
        boolean endedThrottled = throttled && cause instanceof ApiCallTimeoutException;
        String message = failed(names, operation)
                + (endedThrottled ? throttled() : reason(operation, limit, cause))
                + warning(operation, cause);
        StoreUnavailable.Cause unavailable = endedThrottled ? StoreUnavailable.Cause.THROTTLED : unavailability(cause);
        return unavailable == null
                ? new CacheException(message, cause)
                : new StoreUnavailable(unavailable, message, cause);
    }

    /** Why another time may help; null when it would not, as with a missing table or permission. */
    private static StoreUnavailable.@Nullable Cause unavailability(SdkException cause) {
        if (cause instanceof AwsServiceException service) {
            if (service.isThrottlingException()) {
                return StoreUnavailable.Cause.THROTTLED;
            }
            return service.statusCode() >= FIRST_SERVER_ERROR ? StoreUnavailable.Cause.DOWN : null;
        }
        if (cause instanceof AbortedException) {
            return null; // the caller's thread was interrupted, and the store has nothing to do with it
        }
        if (hasCause(cause, e -> e instanceof GeneralSecurityException || e instanceof SSLPeerUnverifiedException)) {
            return null; // whom to trust is a matter of settings
        }
        boolean noAnswer = !isWithoutCredentials(cause)
                && (exceededTime(Option.CALL_TIMEOUT, cause) != null || hasCause(cause, IOException.class::isInstance));
        return noAnswer ? StoreUnavailable.Cause.DOWN : null;
    }

    /**
     * Says that an index does not answer.
     *
     * @param key the special key that it is to find items by
     * @param cause the refusal of the query
     */
    static CacheException ofIndex(ItemNames names, SpecialKey key, AwsServiceException cause) {
        return new CacheException(
                failed(names, "Query") + "its index '" + key.index()
                        + "' (option 'specialKeys') cannot be used; it must be a global secondary index that is ACTIVE"
                        + " and has the hash key '" + key.name() + "' of type " + key.type() + ": "
                        + answered("Query", cause),
                cause);
    }

    /**
     * Translates a failure of a request for a table.
     *
     * @param without what to do instead of giving the permission that is missing
     */
    static CacheException ofTable(String table, String operation, String without, SdkException cause) {
        String otherwise = cause instanceof AwsServiceException service && isDenied(service) ? ", or " + without : "";
        return new CacheException(
                failed(operation, table) + reason(operation, Option.CALL_TIMEOUT, cause) + otherwise, cause);
    }

    /** Translates a failure to make a client. */
    static CacheException ofClient(SdkException cause) {
        boolean region = String.valueOf(cause.getMessage()).contains("Unable to load region");
        return new CacheException(
                "No DynamoDB client can be made: "
                        + (region
                                ? "no AWS region was found (option 'region', or the AWS SDK's default chain: AWS_REGION,"
                                        + " profile, instance)"
                                : message(cause) + " (options 'region', 'endpoint')"),
                cause);
    }

    /** Says that a client has been closed; such a failure is none of the SDK's exceptions. */
    static CacheException clientClosed(ItemNames names, String operation, RuntimeException cause) {
        return new CacheException(
                failed(names, operation)
                        + "the DynamoDB client has been closed; close caches before the client that they were given"
                        + " (option 'client')",
                cause);
    }

    /** Says the same of a table that was to be made ready. */
    static CacheException clientClosed(String table, RuntimeException cause) {
        return new CacheException(
                "Table '" + table + "' cannot be looked at: the DynamoDB client has been closed (option 'client')",
                cause);
    }

    /** Says that an answer was lost in such a way that nobody can tell what happened. */
    static CacheException mayHaveBeenApplied(ItemNames names, String operation, @Nullable SdkException cause) {
        return new StoreUnavailable(
                StoreUnavailable.Cause.ANSWER_LOST,
                "Cache '" + names.cache() + "': " + operation + " on table '" + names.table()
                        + "' may have been applied: its answer was"
                        + " lost, and what the table holds now does not tell. Read the entry before trying again.",
                cause);
    }

    /** Says that what a change has replaced cannot be read. */
    static CacheException beforeLost(CacheException cause) {
        return new CacheException(
                "The change has been made, but the value before it is lost: " + cause.getMessage(), cause);
    }

    /** Says that a batch was not processed to its end, although it was sent again and again. */
    static CacheException throttledBatch(ItemNames names, String operation, int left) {
        return new StoreUnavailable(
                StoreUnavailable.Cause.THROTTLED,
                failed(names, operation) + throttled() + "; " + left + " items of the batch were not processed",
                null);
    }

    static String missing(String table) {
        return "Table '" + table + "' does not exist in this account and region (options 'table', 'region',"
                + " 'endpoint')";
    }

    /** Whether the server does not know an operation, as some do not that look like DynamoDB. */
    static boolean isUnknownOperation(AwsServiceException cause) {
        return "UnknownOperationException".equals(code(cause));
    }

    /** Whether a request was refused as it was, which no other time would change. */
    static boolean isInvalid(AwsServiceException cause) {
        return "ValidationException".equals(code(cause));
    }

    private static String failed(ItemNames names, String operation) {
        return "Cache '" + names.cache() + "': " + failed(operation, names.table());
    }

    private static String failed(String operation, String table) {
        return operation + " on table '" + table + "' failed: ";
    }

    private static String throttled() {
        return "throttled beyond the retries; the table's capacity does not suffice";
    }

    private static String reason(String operation, Option<Duration> limit, SdkException cause) {
        if (cause instanceof ResourceNotFoundException) {
            return "the table does not exist in this account and region (options 'table', 'region', 'endpoint')";
        }
        if (cause instanceof AwsServiceException service) {
            return answered(operation, service);
        }
        if (isWithoutCredentials(cause)) {
            return "no AWS credentials were found (" + CREDENTIALS_OPTIONS + ")";
        }
        if (wasNeverSent(cause)) {
            return "DynamoDB cannot be reached (options 'endpoint', 'region'): " + message(cause);
        }
        Option<Duration> exceeded = exceededTime(limit, cause);
        return exceeded == null
                ? "no answer from DynamoDB: " + message(cause)
                : "no answer within the time that option '" + exceeded
                        + "' allows; if there never is one, check options 'endpoint' and 'region'";
    }

    private static String answered(String operation, AwsServiceException cause) {
        String request = cause.requestId() == null ? "" : " (request " + cause.requestId() + ")";
        if (cause.isThrottlingException()) {
            return throttled() + request;
        }
        if (isDenied(cause)) {
            return "no permission; the IAM policy must allow dynamodb:" + operation + request;
        }
        String said = code(cause).isEmpty()
                ? message(cause)
                : code(cause) + ": " + cause.awsErrorDetails().errorMessage();
        if (CREDENTIALS_REFUSED.contains(code(cause))) {
            return "the AWS credentials were refused (" + CREDENTIALS_OPTIONS + "): " + said + request;
        }
        return said + request;
    }

    private static boolean isDenied(AwsServiceException cause) {
        return "AccessDeniedException".equals(code(cause));
    }

    private static String code(AwsServiceException cause) {
        return cause.awsErrorDetails() == null || cause.awsErrorDetails().errorCode() == null
                ? ""
                : cause.awsErrorDetails().errorCode();
    }

    private static String message(Throwable cause) {
        return String.valueOf(cause.getMessage());
    }

    /** When no answer came, or one that says nothing, nobody knows whether the change was made. */
    private static String warning(String operation, SdkException cause) {
        boolean answered = cause instanceof AwsServiceException service && service.statusCode() < FIRST_SERVER_ERROR;
        return !CHANGES.contains(operation) || answered || wasNeverSent(cause) || isWithoutCredentials(cause)
                ? ""
                : ". The change may have been applied; read the entry before trying again";
    }

    private static boolean wasNeverSent(Throwable cause) {
        return hasCause(
                cause, e -> e instanceof ConnectException || e instanceof UnknownHostException || isConnectTimeout(e));
    }

    /** By its name, as the class belongs to the HTTP client that the SDK happens to use. */
    private static boolean isConnectTimeout(Throwable cause) {
        return "ConnectTimeoutException".equals(cause.getClass().getSimpleName());
    }

    /** The socket's time-out is that of an attempt, and whichever comes first is told. */
    private static @Nullable Option<Duration> exceededTime(Option<Duration> limit, SdkException cause) {
        if (cause instanceof ApiCallTimeoutException) {
            return limit;
        }
        boolean attempt = cause instanceof ApiCallAttemptTimeoutException
                || hasCause(cause, e -> e instanceof SocketTimeoutException);
        return attempt ? Option.ATTEMPT_TIMEOUT : null;
    }

    private static boolean hasCause(Throwable cause, Predicate<Throwable> condition) {
        for (Throwable e = cause; e != null; e = e.getCause()) {
            if (condition.test(e)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWithoutCredentials(SdkException cause) {
        return message(cause).startsWith("Unable to load credentials");
    }

    /**
     * The store is down, or has no capacity left: another time the same request may succeed, without anybody having
     * changed a setting or a permission.
     */
    static final class StoreUnavailable extends CacheException {
        private static final long serialVersionUID = 1L;

        /** Why there is no answer. */
        enum Cause {
            /** The server cannot be reached, does not answer in time, or answers with a failure of its own. */
            DOWN,
            /** It was asked, and what it has done is not known. */
            ANSWER_LOST,
            /** The table's capacity, or that of one part of it, does not suffice; other requests may succeed. */
            THROTTLED
        }

        private final Cause reason;

        StoreUnavailable(Cause reason, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.reason = reason;
        }

        static boolean isThrottled(CacheException failure) {
            return failure instanceof StoreUnavailable unavailable && unavailable.reason == Cause.THROTTLED;
        }

        boolean isDown() {
            return reason == Cause.DOWN;
        }
    }
}
