package dev.tidepool.cache;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/**
 * Turns the SDK's exceptions into {@link CacheException}s that say what failed and what to do; the one place that does.
 */
final class StoreFailure {
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
        return new CacheException(where + reason(operation, cause), cause);
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
