package dev.tidepool.cache;

import java.time.Duration;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;

/** The SDK as it is by default, but for its patience: no test waits for what only takes time. */
public final class Haste {
    private static final BackoffStrategy SHORT =
            BackoffStrategy.exponentialDelay(Duration.ofMillis(1), Duration.ofMillis(20));

    private Haste() {}

    /** Shortens the pauses before a request is sent again; how often it is stays the same. */
    public static void shortenPauses(RetryStrategy.Builder<?, ?> retries) {
        retries.backoffStrategy(SHORT);
        retries.throttlingBackoffStrategy(SHORT);
    }
}
