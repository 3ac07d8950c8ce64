package dev.tidepool.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/** An HTTP client that goes wrong when it is told to, so that the SDK sends the request again. Thread-safe. */
public final class UnreliableTransport implements SdkHttpClient {
    /** What goes wrong: after the server has done what the request asks for, or before. */
    public enum Fault {
        RESET_AFTER(true, 0, ""),
        ERROR_AFTER(true, 500, "InternalServerError"),
        /** The connection ends in the middle of the answer. */
        CUT_AFTER(true, 200, ""),
        RESET_BEFORE(false, 0, ""),
        ERROR_BEFORE(false, 500, "InternalServerError"),
        THROTTLED(false, 400, "ProvisionedThroughputExceededException"),
        SLOWED_DOWN(false, 503, "ThrottlingException"),
        SKEWED(false, 400, "RequestTimeTooSkewed"),
        EXPIRED(false, 400, "ExpiredTokenException"),
        /** As a global table with strong consistency answers while another Region writes the item. */
        OTHER_REGION(false, 400, "ReplicatedWriteConflictException"),
        /** A refusal that does not say of what, as a proxy may make it. */
        UNREADABLE(false, 400, ""),
        /** No connection is made, so that nothing is sent. */
        NEVER_SENT(false, 0, "");

        private final boolean reachesServer;
        private final int status;
        private final String code;

        Fault(boolean reachesServer, int status, String code) {
            this.reachesServer = reachesServer;
            this.status = status;
            this.code = code;
        }

        private HttpExecuteResponse meet(ExecutableHttpRequest request, Runnable meanwhile) throws IOException {
            HttpExecuteResponse answered = null;
            if (reachesServer) {
                answered = request.call();
                if (this != CUT_AFTER) {
                    body(answered);
                }
            }
            meanwhile.run();
            return answered != null && this == CUT_AFTER ? cut(answered) : answer();
        }

        private HttpExecuteResponse answer() throws IOException {
            if (this == NEVER_SENT) {
                throw new ConnectException("Connection refused");
            }
            if (status == 0) {
                throw new SocketException("Connection reset");
            }
            return json(
                    status,
                    this == UNREADABLE
                            ? "<html>Bad Request</html>"
                            : "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + code
                                    + "\",\"message\":\"as the test wants\"}");
        }
    }

    private record Plan(String operation, Deque<Fault> faults, AtomicReference<Runnable> meanwhile) {}

    private final SdkHttpClient server;
    private final AtomicReference<@Nullable Plan> plan = new AtomicReference<>();

    public UnreliableTransport(SdkHttpClient server) {
        this.server = server;
    }

    /**
     * Plans a fault of the next request for an operation.
     *
     * @param operation the name, such as {@code PutItem}
     * @param meanwhile what happens between the fault and the second attempt
     */
    public void failNext(String operation, Fault fault, Runnable meanwhile) {
        failNext(operation, List.of(fault), meanwhile);
    }

    /**
     * Plans faults of the next requests for an operation, one for each attempt.
     *
     * @param operation the name, such as {@code PutItem}
     * @param meanwhile what happens between the first fault and the second attempt
     */
    public void failNext(String operation, List<Fault> faults, Runnable meanwhile) {
        plan.set(new Plan(operation, new ConcurrentLinkedDeque<>(faults), new AtomicReference<>(meanwhile)));
    }

    /** Plans no fault any more. */
    public void calmDown() {
        plan.set(null);
    }

    /** Whether there is a fault that no request has met yet. */
    public boolean isFaultPending() {
        Plan due = plan.get();
        return due != null && !due.faults().isEmpty();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest forwarded = server.prepareRequest(request);
        Plan due = plan.get();
        Fault fault = due == null || !isFor(due.operation(), request)
                ? null
                : due.faults().poll();
        if (due == null || fault == null) {
            return forwarded;
        }
        Runnable meanwhile = due.meanwhile().getAndSet(() -> {});
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                return fault.meet(forwarded, meanwhile);
            }

            @Override
            public void abort() {
                forwarded.abort();
            }
        };
    }

    /** Makes a response that ends with its connection, before it is complete. */
    private static HttpExecuteResponse cut(HttpExecuteResponse response) throws IOException {
        byte[] begin = body(response).substring(0, 1).getBytes(StandardCharsets.UTF_8);
        InputStream end = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new SocketException("Connection reset");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                throw new SocketException("Connection reset");
            }
        };
        return HttpExecuteResponse.builder()
                .response(response.httpResponse())
                .responseBody(
                        AbortableInputStream.create(new SequenceInputStream(new ByteArrayInputStream(begin), end)))
                .build();
    }

    private static boolean isFor(String operation, HttpExecuteRequest request) {
        return request.httpRequest()
                .firstMatchingHeader("X-Amz-Target")
                .filter(target -> target.endsWith("." + operation))
                .isPresent();
    }

    /** Reads a response to its end, which gives its connection back. */
    static String body(HttpExecuteResponse response) throws IOException {
        AbortableInputStream body = response.responseBody().orElse(null);
        if (body == null) {
            return "";
        }
        try (body) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Makes a response that the server has not sent. */
    static HttpExecuteResponse json(int status, String body) {
        return HttpExecuteResponse.builder()
                .response(SdkHttpResponse.builder()
                        .statusCode(status)
                        .putHeader("Content-Type", "application/x-amz-json-1.0")
                        .build())
                .responseBody(
                        AbortableInputStream.create(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))))
                .build();
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
