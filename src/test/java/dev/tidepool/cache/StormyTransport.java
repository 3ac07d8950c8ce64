package dev.tidepool.cache;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * An HTTP client that goes wrong at random while it storms, every attempt of a request by itself. Calm at first.
 * Thread-safe.
 */
public final class StormyTransport implements SdkHttpClient {
    private static final long SLOW_SECONDS = 2;

    private enum Fault {
        ERROR_BEFORE(false, 500, "InternalServerError"),
        ERROR_AFTER(true, 500, "InternalServerError"),
        UNAVAILABLE(false, 503, "ServiceUnavailable"),
        RESET_BEFORE(false, 0, ""),
        RESET_AFTER(true, 0, ""),
        THROTTLED(false, 400, "ProvisionedThroughputExceededException"),
        SLOW(true, 200, "");

        private final boolean reachesServer;
        private final int status;
        private final String code;

        Fault(boolean reachesServer, int status, String code) {
            this.reachesServer = reachesServer;
            this.status = status;
            this.code = code;
        }

        private HttpExecuteResponse meet(ExecutableHttpRequest request) throws IOException {
            if (this == SLOW) {
                HttpExecuteResponse response = request.call();
                pause();
                return response;
            }
            if (reachesServer) {
                UnreliableTransport.body(request.call());
            }
            if (status == 0) {
                throw new SocketException("Connection reset");
            }
            return UnreliableTransport.json(
                    status,
                    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + code + "\",\"message\":\"as the test wants\"}");
        }

        private static void pause() throws IOException {
            try {
                TimeUnit.SECONDS.sleep(SLOW_SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // so the SDK gives up an attempt
                throw new InterruptedIOException("The answer was not waited for");
            }
        }
    }

    private static final Fault[] FAULTS = Fault.values();

    private final SdkHttpClient server;
    private final double probability;
    private final Random random;
    private final AtomicInteger met = new AtomicInteger();
    private volatile boolean isStorming;

    /**
     * Wraps a client.
     *
     * @param probability of a fault of one attempt
     * @param seed decides which attempt meets with which fault, in the order in which they are sent
     */
    public StormyTransport(SdkHttpClient server, double probability, long seed) {
        this.server = server;
        this.probability = probability;
        this.random = new Random(seed);
    }

    public void storm(boolean isToStorm) {
        isStorming = isToStorm;
    }

    /** How many attempts have met with a fault. */
    public int faults() {
        return met.get();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest forwarded = server.prepareRequest(request);
        Fault fault = isStorming ? next() : null;
        if (fault == null) {
            return forwarded;
        }
        met.incrementAndGet();
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                return fault.meet(forwarded);
            }

            @Override
            public void abort() {
                forwarded.abort();
            }
        };
    }

    private synchronized @Nullable Fault next() {
        return random.nextDouble() < probability ? FAULTS[random.nextInt(FAULTS.length)] : null;
    }

    @Override
    public String clientName() {
        return server.clientName();
    }

    @Override
    public void close() {
        server.close();
    }
}
