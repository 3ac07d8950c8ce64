package dev.tidepool.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.AbortableInputStream;
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
    private static final int MAX_DELAY_MILLIS = 20;

    /** How likely it is that what follows a lost answer is a refusal, where there are refusals. */
    private static final double REFUSED_AFTER_LOSS = 0.4;

    private static final Set<String> CHANGES = Set.of("PutItem", "UpdateItem", "DeleteItem");

    /** Counts for the thread that has asked for it. */
    private static final ThreadLocal<AtomicInteger> CARRIED_OUT = ThreadLocal.withInitial(AtomicInteger::new);

    /** What goes wrong with one attempt. */
    public enum Fault {
        ERROR_BEFORE(false, 500, "InternalServerError"),
        ERROR_AFTER(true, 500, "InternalServerError"),
        UNAVAILABLE(false, 503, "ServiceUnavailable"),
        RESET_BEFORE(false, 0, ""),
        RESET_AFTER(true, 0, ""),
        THROTTLED(false, 400, "ProvisionedThroughputExceededException"),
        /** The answer takes longer than an attempt may, by the SDK's time limit. */
        SLOW(true, 200, ""),
        /** The answer takes longer than the HTTP client waits. */
        TIMED_OUT(true, 0, ""),
        /** The connection breaks within the answer. */
        CUT(true, 200, ""),
        /** The attempt reaches the server only when nobody waits for it any more. */
        ARRIVES_LATE(false, 0, ""),
        /** Nobody listens where the attempt is sent to. */
        UNREACHABLE(false, 0, ""),
        /** The attempt is throttled, and so are those after it. */
        EXHAUSTED(false, 400, "ProvisionedThroughputExceededException"),
        EXPIRED_TOKEN(false, 400, "ExpiredTokenException"),
        /** A refusal that is none of DynamoDB's, as a proxy makes it. */
        UNREADABLE(false, 400, "");

        /** What a bad network does, and a server that is not well. */
        static final Set<Fault> OUTAGE =
                EnumSet.of(ERROR_BEFORE, ERROR_AFTER, UNAVAILABLE, RESET_BEFORE, RESET_AFTER, THROTTLED, SLOW);

        /** What leaves the caller without the answer to what the server has done. */
        static final Set<Fault> LOST_ANSWER = EnumSet.of(ERROR_AFTER, RESET_AFTER, TIMED_OUT, CUT, ARRIVES_LATE);

        /** What is certain not to be carried out, whoever hears of it. */
        static final Set<Fault> REFUSED_BEFORE = EnumSet.of(THROTTLED, UNREACHABLE, EXHAUSTED, EXPIRED_TOKEN);

        /** All that costs no time. */
        static final Set<Fault> PROMPT = EnumSet.complementOf(EnumSet.of(SLOW));

        /** What ends a request without another attempt, or all of its attempts. */
        private static final Set<Fault> REFUSAL = EnumSet.of(EXHAUSTED, EXPIRED_TOKEN, UNREADABLE);

        private final boolean reachesServer;
        private final int status;
        private final String code;

        Fault(boolean reachesServer, int status, String code) {
            this.reachesServer = reachesServer;
            this.status = status;
            this.code = code;
        }

        private HttpExecuteResponse answer() throws IOException {
            if (this == TIMED_OUT || this == ARRIVES_LATE) {
                throw new SocketTimeoutException("Read timed out");
            }
            if (this == UNREACHABLE) {
                throw new ConnectException("Connection refused");
            }
            if (status == 0) {
                throw new SocketException("Connection reset");
            }
            return UnreliableTransport.json(
                    status,
                    this == UNREADABLE
                            ? "<html>Bad Request</html>"
                            : "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + code
                                    + "\",\"message\":\"as the test wants\"}");
        }
    }

    private final SdkHttpClient server;
    private final Fault[] faults;
    private final Fault[] refusals;
    private final double probability;
    private final Random random;
    private final AtomicInteger met = new AtomicInteger();
    private final Map<String, Fault> lastFaults = new ConcurrentHashMap<>();
    private final Queue<CompletableFuture<Void>> late = new ConcurrentLinkedQueue<>();
    private volatile boolean isStorming;

    /**
     * Wraps a client, whose network is bad and whose server is not well.
     *
     * @param probability of a fault of one attempt
     * @param seed decides which attempt meets with which fault, in the order in which they are sent
     */
    public StormyTransport(SdkHttpClient server, double probability, long seed) {
        this(server, Fault.OUTAGE, probability, seed);
    }

    /**
     * Wraps a client.
     *
     * @param faults those that an attempt may meet with
     * @param probability of a fault of one attempt
     * @param seed decides which attempt meets with which fault, in the order in which they are sent
     */
    StormyTransport(SdkHttpClient server, Set<Fault> faults, double probability, long seed) {
        this.server = server;
        this.faults = faults.toArray(Fault[]::new);
        this.refusals =
                Arrays.stream(this.faults).filter(Fault.REFUSAL::contains).toArray(Fault[]::new);
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

    /**
     * Begins to count, over all transports, how often the server carries out a change that this thread sends from here
     * on. An attempt of which this is not known counts.
     */
    static AtomicInteger countCarriedOut() {
        AtomicInteger count = new AtomicInteger();
        CARRIED_OUT.set(count);
        return count;
    }

    /** Waits for what is still on its way. */
    void settle() {
        for (CompletableFuture<Void> each = late.poll(); each != null; each = late.poll()) {
            each.join();
        }
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        Fault fault = isStorming ? next(header(request, "amz-sdk-invocation-id")) : null;
        if (fault != null) {
            met.incrementAndGet();
        }
        return new Attempt(request, fault, CARRIED_OUT.get());
    }

    private synchronized @Nullable Fault next(String invocation) {
        Fault last = lastFaults.get(invocation);
        boolean isRefused = last != null
                && (last.reachesServer || last == Fault.ARRIVES_LATE)
                && refusals.length > 0
                && random.nextDouble() < REFUSED_AFTER_LOSS;
        Fault next;
        if (last == Fault.EXHAUSTED) {
            next = last;
        } else if (isRefused) {
            next = refusals[random.nextInt(refusals.length)];
        } else {
            next = random.nextDouble() < probability ? faults[random.nextInt(faults.length)] : null;
        }
        if (next != null) {
            lastFaults.put(invocation, next);
        }
        return next;
    }

    private synchronized int delayMillis() {
        return random.nextInt(MAX_DELAY_MILLIS);
    }

    private static String header(HttpExecuteRequest request, String name) {
        return request.httpRequest().firstMatchingHeader(name).orElse("");
    }

    /** One attempt of a request. */
    private final class Attempt implements ExecutableHttpRequest {
        private final HttpExecuteRequest request;
        private final ExecutableHttpRequest forwarded;
        private final @Nullable Fault fault;
        private final AtomicInteger carriedOut;

        Attempt(HttpExecuteRequest request, @Nullable Fault fault, AtomicInteger carriedOut) {
            this.carriedOut = carriedOut;
            this.request = request;
            this.forwarded = server.prepareRequest(request);
            this.fault = fault;
        }

        @Override
        public HttpExecuteResponse call() throws IOException {
            if (fault == null) {
                return forward();
            }
            switch (fault) {
                case SLOW -> {
                    HttpExecuteResponse response = forward();
                    pause();
                    return response;
                }
                case CUT -> {
                    return cut(forward());
                }
                case ARRIVES_LATE -> {
                    sendLater();
                    return fault.answer();
                }
                default -> {
                    if (fault.reachesServer) {
                        UnreliableTransport.body(forward());
                    }
                    return fault.answer();
                }
            }
        }

        private HttpExecuteResponse forward() throws IOException {
            boolean refused = false;
            try {
                HttpExecuteResponse response = forwarded.call();
                refused = !response.httpResponse().isSuccessful();
                return response;
            } finally {
                if (!refused && isChange()) {
                    carriedOut.incrementAndGet();
                }
            }
        }

        private boolean isChange() {
            String target = header(request, "X-Amz-Target");
            return CHANGES.contains(target.substring(target.indexOf('.') + 1));
        }

        private void sendLater() {
            Executor delayed = CompletableFuture.delayedExecutor(delayMillis(), TimeUnit.MILLISECONDS);
            Attempt again = new Attempt(request, null, carriedOut); // the SDK is done with this one
            late.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            UnreliableTransport.body(again.forward());
                        } catch (IOException e) {
                            // Then it has got lost for good, or its answer has.
                        }
                    },
                    delayed));
        }

        @Override
        public void abort() {
            forwarded.abort();
        }
    }

    private static HttpExecuteResponse cut(HttpExecuteResponse response) throws IOException {
        byte[] whole = UnreliableTransport.body(response).getBytes(StandardCharsets.UTF_8);
        InputStream half = new ByteArrayInputStream(whole, 0, whole.length / 2);
        InputStream broken = new SequenceInputStream(half, new InputStream() {
            @Override
            public int read() throws IOException {
                throw new SocketException("Connection reset");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return read();
            }
        });
        return HttpExecuteResponse.builder()
                .response(response.httpResponse())
                .responseBody(AbortableInputStream.create(broken))
                .build();
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.SECONDS.sleep(SLOW_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // so the SDK gives up an attempt
            throw new InterruptedIOException("The answer was not waited for");
        }
    }

    @Override
    public String clientName() {
        return server.clientName();
    }

    @Override
    public void close() {
        settle();
        server.close();
    }
}
