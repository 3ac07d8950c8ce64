package dev.tidepool.cache;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Set;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/**
 * Turns the SDK's exceptions into {@link CacheException}s that say what failed and what to do; the one place that does.
 */
final class StoreFailure {
    private static final Set<String> CHANGES = Set.of("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem");
    private static final int FIRST_SERVER_ERROR = 500;

    private StoreFailure() {}

    /**
     * Translates a failure of a request.
     *
     * @param cache the cache's name, or null when the request was for the table itself
     * @param table the table's name
     * @param operation the DynamoDB operation
     * @param cause what the SDK threw
     */
    static CacheException translate(@Nullable String cache, String table, String operation, SdkException cause) {
        String where =
                (cache == null ? "" : "Cache '" + cache + "': ") + operation + " on table '" + table + "' failed: ";
        return new CacheException(where + reason(operation, cause) + warning(operation, cause), cause);
    }

    /** When no answer came, or one that says nothing, nobody knows whether the change was made. */
    private static String warning(String operation, SdkException cause) {
        boolean answered = cause instanceof AwsServiceException service && service.statusCode() < FIRST_SERVER_ERROR;
        return !CHANGES.contains(operation) || answered || neverSent(cause)
                ? ""
                : ". The change may have been applied; read the entry before trying again";
    }

    private static boolean neverSent(Throwable cause) {
        for (Throwable e = cause; e != null; e = e.getCause()) {
            if (e instanceof ConnectException || e instanceof UnknownHostException) {
                return true;
            }
        }
        return cause.getMessage() != null && cause.getMessage().startsWith("Unable to load credentials");
    }

    /** Says that an answer was lost in such a way that nobody can tell what happened. */
    static CacheException mayHaveBeenApplied(
            String cache, String table, String operation, @Nullable SdkException cause) {
        return new CacheException(
                "Cache '" + cache + "': " + operation + " on table '" + table
                        + "' may have been applied: its answer was"
                        + " lost, and what the table holds now does not tell. Read the entry before trying again.",
                cause);
    }

    private static String reason(String operation, SdkException cause) {
        if (cause instanceof ResourceNotFoundException) {
            return "the table does not exist in this account and region (options 'table', 'region', 'endpoint')";
        }
        if (cause instanceof AwsServiceException service) {
            return service(operation, service);
        }
        return "no answer from DynamoDB: " + cause.getMessage();
    }

    private static String service(String operation, AwsServiceException cause) {
        String request = cause.requestId() == null ? "" : " (request " + cause.requestId() + ")";
        if (cause.isThrottlingException()) {
            return "throttled beyond the retries; the table's capacity does not suffice" + request;
        }
        String code =
                cause.awsErrorDetails() == null ? "" : cause.awsErrorDetails().errorCode();
        if ("AccessDeniedException".equals(code)) {
            return "no permission; the IAM policy must allow dynamodb:" + operation + request;
        }
        String message = cause.awsErrorDetails() == null
                ? cause.getMessage()
                : code + ": " + cause.awsErrorDetails().errorMessage();
        return message + request;
    }
}
