package dev.tidepool.cache;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.SdkPlugin;
import software.amazon.awssdk.core.SdkServiceClientConfiguration;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.retries.api.AcquireInitialTokenRequest;
import software.amazon.awssdk.retries.api.AcquireInitialTokenResponse;
import software.amazon.awssdk.retries.api.RecordSuccessRequest;
import software.amazon.awssdk.retries.api.RecordSuccessResponse;
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest;
import software.amazon.awssdk.retries.api.RefreshRetryTokenResponse;
import software.amazon.awssdk.retries.api.RetryStrategy;

/**
 * What became of the attempts of one request. The SDK sends a request again after a lost connection, a time-out, a
 * server's error or throttling, and tells its caller of the last attempt only.
 *
 * <p>An attempt that the server has refused, or that was never sent, was certainly not applied. Of any other that
 * failed nobody knows; the request is in doubt from then on, whatever the later attempts come to.
 *
 * <p>The SDK tells an interceptor when it sends an attempt, and its retry strategy how one failed. A client of the
 * library's own has both from its beginning and tells the request that the thread is at; a client of the application's
 * gets them with each request. For one thread at a time.
 */
final class Attempts {
    private static final ThreadLocal<@Nullable Attempts> OF_THREAD = new ThreadLocal<>();

    private static final int FIRST_REFUSAL = 400;
    private static final int FIRST_SERVER_ERROR = 500;

    private final boolean ownClient;
    private boolean watched;
    private int sent;
    private int throttled;
    private boolean lastThrottled;
    private boolean answered;
    private boolean inDoubt;

    /** Whether the last attempt is under way, for all that is known. */
    private boolean open;

    /** The HTTP status with which it was answered; 0 for none yet. */
    private int status;

    /**
     * Begins a request.
     *
     * @param ownClient whether its client was built with {@link #watch}
     */
    Attempts(boolean ownClient) {
        this.ownClient = ownClient;
        this.watched = ownClient;
    }

    /** Returns what a client of our own must be built with. */
    static SdkPlugin watch() {
        return new Watch(OF_THREAD::get);
    }

    /**
     * Returns what the request must override of its client's configuration, or null for nothing.
     *
     * @param limit how long the request may take with all its attempts; null for as long as the client lets it
     */
    @Nullable AwsRequestOverrideConfiguration overrides(@Nullable Duration limit) {
        if (ownClient && limit == null) {
            return null;
        }
        AwsRequestOverrideConfiguration.Builder overrides =
                AwsRequestOverrideConfiguration.builder().apiCallTimeout(limit);
        if (!ownClient) {
            overrides.addPlugin(new Watch(() -> this));
        }
        return overrides.build();
    }

    /** Makes the request, and hands on what comes of it. */
    <R> R during(Supplier<R> request) {
        Attempts outer = begin();
        try {
            return request.get();
        } catch (RuntimeException e) {
            ended(e);
            throw e;
        } finally {
            tellOwnClients(outer);
        }
    }

    /**
     * Begins to listen to the request that the thread is about to make.
     *
     * @return the request that it is in the midst of, which is to be told of again afterwards; null for none
     */
    @Nullable Attempts begin() {
        Attempts outer = OF_THREAD.get();
        tellOwnClients(ownClient ? this : null);
        return outer;
    }

    /**
     * A client that an application hands on may be one of our own, and would tell what the request's own watch tells.
     */
    static void tellOwnClients(@Nullable Attempts attempts) {
        if (attempts == null) {
            OF_THREAD.remove();
        } else {
            OF_THREAD.set(attempts);
        }
    }

    /** How many attempts there were after the first. */
    int retries() {
        return Math.max(0, sent - 1);
    }

    /** How many attempts were throttled, the last one among them if it was. */
    int throttled() {
        return throttled;
    }

    /** Whether the last attempt was throttled; false while one is under way, of which nobody knows yet. */
    boolean isThrottled() {
        return lastThrottled;
    }

    /** Whether the server has answered any attempt, whatever it said. */
    boolean wasAnswered() {
        return answered;
    }

    /** Whether an attempt that has failed may have been applied. */
    boolean inDoubt() {
        return inDoubt;
    }

    private void sending() {
        if (open) {
            failedUntold();
        }
        open = true;
        lastThrottled = false;
        status = 0;
        sent++;
    }

    private void answered(int httpStatus) {
        answered = true;
        status = httpStatus;
    }

    private void failed(Throwable failure) {
        if (isThrottling(failure)) {
            wasThrottled();
        }
        inDoubt |= open && mayHaveBeenApplied(failure);
        open = false;
    }

    /**
     * The retries of a client may be of a kind that does not tell; little but throttling is tried again when refused.
     */
    private void failedUntold() {
        if (isRefusal(status)) {
            wasThrottled();
        } else {
            inDoubt = true;
        }
        open = false;
    }

    private void wasThrottled() {
        throttled++;
        lastThrottled = true;
    }

    /** A request may end in the pause before an attempt, when its time is up; then none is under way. */
    void ended(RuntimeException failure) {
        boolean unseen = !watched && sent == 0 && failure instanceof SdkException;
        open |= unseen && !StoreFailure.isWithoutCredentials(failure);
        if (open && isRefusal(status) && failure instanceof ApiCallTimeoutException) {
            failedUntold();
        } else if (open) {
            failed(failure);
        }
    }

    private boolean mayHaveBeenApplied(Throwable failure) {
        if (isRefusal(status) || isThrottling(failure)) {
            return false;
        }
        if (failure instanceof SdkServiceException service) {
            return !isRefusal(service.statusCode());
        }
        return status != 0 || !StoreFailure.isUnsent(failure);
    }

    private static boolean isRefusal(int status) {
        return status >= FIRST_REFUSAL && status < FIRST_SERVER_ERROR;
    }

    private static boolean isThrottling(Throwable failure) {
        return failure instanceof SdkServiceException service && service.isThrottlingException();
    }

    /** Listens to a client for whatever request it is at. */
    private record Watch(Supplier<@Nullable Attempts> attempts) implements SdkPlugin, ExecutionInterceptor {
        @Override
        public void configureClient(SdkServiceClientConfiguration.Builder client) {
            tell(request -> request.watched = true);
            client.overrideConfiguration(this::configure);
        }

        @SuppressWarnings("deprecation") // applications may still give clients a RetryPolicy, which must stay
        private void configure(ClientOverrideConfiguration.Builder override) {
            override.addExecutionInterceptor(this);
            RetryStrategy retries = override.retryStrategy();
            if (retries != null && override.retryPolicy() == null) {
                override.retryStrategy(new WatchedRetries(retries, this));
            }
        }

        void tell(Consumer<Attempts> news) {
            Attempts request = attempts.get();
            if (request != null) {
                news.accept(request);
            }
        }

        @Override
        public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            tell(Attempts::sending);
        }

        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            tell(request -> request.answered(context.httpResponse().statusCode()));
        }
    }

    /** A client's own way to try again, overheard. */
    private record WatchedRetries(RetryStrategy retries, Watch watch) implements RetryStrategy {
        @Override
        public AcquireInitialTokenResponse acquireInitialToken(AcquireInitialTokenRequest request) {
            return retries.acquireInitialToken(request);
        }

        @Override
        public RefreshRetryTokenResponse refreshRetryToken(RefreshRetryTokenRequest request) {
            watch.tell(attempts -> attempts.failed(request.failure()));
            return retries.refreshRetryToken(request);
        }

        @Override
        public RecordSuccessResponse recordSuccess(RecordSuccessRequest request) {
            return retries.recordSuccess(request);
        }

        @Override
        public int maxAttempts() {
            return retries.maxAttempts();
        }

        @Override
        public boolean useClientDefaults() {
            return retries.useClientDefaults();
        }

        @Override
        public RetryStrategy.Builder<?, ?> toBuilder() {
            return retries.toBuilder();
        }
    }
}
