package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.SpecialKey;
import dev.tidepool.cache.ItemNames.DamagedItem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import javax.net.ssl.SSLHandshakeException;
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
    private static final String IN_DOUBT = ". The change may have been applied; read the entry before trying again";

    /** In the words of the HTTP clients and of the SDK's executor, which have no class of exceptions for it. */
    private static final Pattern CLOSED =
            Pattern.compile("shut(ting)? ?down|closed|terminated", Pattern.CASE_INSENSITIVE);

    /** Told by its name, as the class belongs to the HTTP client that the SDK happens to use; so are those below. */
    private static final String CONNECT_TIMEOUT = "ConnectTimeoutException";

    private static final Set<String> NO_CONNECTION_IN_POOL =
            Set.of("ConnectionRequestTimeoutException", "ConnectionPoolTimeoutException");

    private StoreFailure() {}

    /**
     * Translates a failure of a request for entries.
     *
     * @param names the names of the cache and its table
     * @param operation the DynamoDB operation
     * @param limit the option that limits how long the request may take with all its attempts
     * @param throttled whether the last attempt was throttled
     * @param inDoubt whether an attempt may have been applied
     * @param cause what the SDK threw
     */
    static CacheException ofEntry(
            ItemNames names,
            String operation,
            Option<Duration> limit,
            boolean throttled,
            boolean inDoubt,
            SdkException cause) {
        String message =
                failed(names, operation) + reason(operation, limit, throttled, cause) + warning(operation, inDoubt);
        StoreUnavailable.Cause unavailable = unavailability(throttled, cause);
        return unavailable == null
                ? new CacheException(message, cause)
                : new StoreUnavailable(unavailable, message, cause);
    }

    /** Why another time may help; null when it would not, as with a missing table or permission. */
    private static StoreUnavailable.@Nullable Cause unavailability(boolean throttled, SdkException cause) {
        if (isEndOfThrottling(throttled, cause)) {
            return StoreUnavailable.Cause.THROTTLED;
        }
        if (cause instanceof AwsServiceException service) {
            if (service.isThrottlingException()) {
                return StoreUnavailable.Cause.THROTTLED;
            }
            if (isConflictOfRegions(service)) {
                return StoreUnavailable.Cause.CONTENDED;
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
     * @param throttled whether the last attempt was throttled
     */
    static CacheException ofTable(
            String table, String operation, String without, boolean throttled, SdkException cause) {
        String reason = cause instanceof AwsServiceException service && isDenied(service)
                ? denied(operation, ", or " + without, service)
                : reason(operation, Option.CALL_TIMEOUT, throttled, cause);
        return new CacheException(failed(operation, table) + reason, cause);
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

    /**
     * Translates what a client threw that is none of the SDK's exceptions: it has been closed, or what the application
     * has added to it has failed, such as an interceptor.
     */
    static CacheException inClient(ItemNames names, String operation, boolean inDoubt, RuntimeException cause) {
        return new CacheException(failed(names, operation) + thrown(cause) + warning(operation, inDoubt), cause);
    }

    /** Says the same of a table that was to be made ready. */
    static CacheException inClient(String table, RuntimeException cause) {
        return new CacheException("Table '" + table + "' cannot be looked at: " + thrown(cause), cause);
    }

    private static String thrown(RuntimeException cause) {
        boolean closed = (cause instanceof IllegalStateException || cause instanceof RejectedExecutionException)
                && CLOSED.matcher(message(cause)).find();
        return closed
                ? "the DynamoDB client has been closed; close caches before the client that they were given (option"
                        + " 'client')"
                : "the DynamoDB client, or an interceptor that it was given (option 'client'), threw " + cause;
    }

    /** Says that an answer was lost in such a way that nobody can tell what happened. */
    static CacheException mayHaveBeenApplied(ItemNames names, String operation, @Nullable RuntimeException cause) {
        return new StoreUnavailable(
                StoreUnavailable.Cause.ANSWER_LOST,
                "Cache '" + names.cache() + "': " + operation + " on table '" + names.table()
                        + "' may have been applied: its answer was"
                        + " lost, and what the table holds now does not tell. Read the entry before trying again.",
                cause);
    }

    /** Says that what a change has replaced cannot be read; where that is the item's fault, it is so told. */
    static CacheException beforeLost(CacheException cause) {
        String message = "The change has been made, but the value before it is lost: " + cause.getMessage();
        return cause instanceof DamagedItem
                ? new DamagedItem(message, cause.getCause())
                : new CacheException(message, cause.getCause());
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

    /** Whether a write was refused as it came into the way of another Region's write of the same item. */
    static boolean isConflictOfRegions(AwsServiceException cause) {
        return "ReplicatedWriteConflictException".equals(code(cause));
    }

    private static String failed(ItemNames names, String operation) {
        return names.ofCache() + failed(operation, names.table());
    }

    private static String failed(String operation, String table) {
        return operation + " on table '" + table + "' failed: ";
    }

    /** Whether the time was up while a request was throttled; the SDK then says that it was up, and nothing more. */
    private static boolean isEndOfThrottling(boolean throttled, SdkException cause) {
        return throttled && cause instanceof ApiCallTimeoutException;
    }

    private static String throttled() {
        return "throttled beyond the retries; the table's capacity does not suffice";
    }

    private static String reason(String operation, Option<Duration> limit, boolean throttled, SdkException cause) {
        if (isEndOfThrottling(throttled, cause)) {
            return throttled();
        }
        if (cause instanceof ResourceNotFoundException) {
            return "the table does not exist in this account and region (options 'table', 'region', 'endpoint')";
        }
        if (cause instanceof AwsServiceException service) {
            return answered(operation, service);
        }
        if (isWithoutCredentials(cause)) {
            return "no AWS credentials were found (" + CREDENTIALS_OPTIONS + ")";
        }
        if (isUnreachable(cause)) {
            return "DynamoDB cannot be reached (options 'endpoint', 'region'): " + whyUnreachable(cause);
        }
        Option<Duration> exceeded = exceededTime(limit, cause);
        return exceeded == null
                ? "no answer from DynamoDB: " + message(cause)
                : "no answer within the time that option '" + exceeded
                        + "' allows; if there never is one, check options 'endpoint' and 'region'";
    }

    /** The SDK's own sentence on an unknown host refers to the cause, which has no more than the host. */
    private static String whyUnreachable(SdkException cause) {
        for (Throwable e = cause; e != null; e = e.getCause()) {
            if (e instanceof UnknownHostException) {
                return "the name of the host '" + message(e).split(": ", 2)[0] + "' cannot be resolved";
            }
        }
        return message(cause);
    }

    private static String answered(String operation, AwsServiceException cause) {
        String request = request(cause);
        if (cause.isThrottlingException()) {
            return throttled() + request;
        }
        if (isDenied(cause)) {
            return denied(operation, "", cause);
        }
        if (isConflictOfRegions(cause)) {
            return "another Region was writing the same item, for as long as it was tried again" + request;
        }
        String said = code(cause).isEmpty()
                ? message(cause)
                : code(cause) + ": " + cause.awsErrorDetails().errorMessage();
        if (CREDENTIALS_REFUSED.contains(code(cause))) {
            return "the AWS credentials were refused (" + CREDENTIALS_OPTIONS + "): " + said + request;
        }
        return said + request;
    }

    /** Whose permission it is, and which policy refuses it, only AWS knows. */
    private static String denied(String operation, String otherwise, AwsServiceException cause) {
        return "no permission; the IAM policy must allow dynamodb:" + operation + otherwise + ". AWS says: "
                + cause.awsErrorDetails().errorMessage() + request(cause);
    }

    private static String request(AwsServiceException cause) {
        return cause.requestId() == null ? "" : " (request " + cause.requestId() + ")";
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

    private static String warning(String operation, boolean inDoubt) {
        return inDoubt && CHANGES.contains(operation) ? IN_DOUBT : "";
    }

    /** Whether a request failed before anything of it was sent. */
    static boolean isUnsent(Throwable failure) {
        return isUnreachable(failure)
                || hasCause(
                        failure,
                        e -> e instanceof SSLHandshakeException
                                || e instanceof SSLPeerUnverifiedException
                                || e instanceof IllegalStateException
                                || e instanceof RejectedExecutionException
                                || NO_CONNECTION_IN_POOL.contains(e.getClass().getSimpleName()));
    }

    private static boolean isUnreachable(Throwable cause) {
        return hasCause(
                cause,
                e -> e instanceof ConnectException
                        || e instanceof NoRouteToHostException
                        || e instanceof UnknownHostException
                        || CONNECT_TIMEOUT.equals(e.getClass().getSimpleName()));
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

    static boolean isWithoutCredentials(Throwable cause) {
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
            /** Another Region writes the very item all the time; requests for others may succeed. */
            CONTENDED,
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
