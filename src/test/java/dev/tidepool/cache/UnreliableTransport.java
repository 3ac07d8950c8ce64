package dev.tidepool.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/** An HTTP client that goes wrong once when it is told to, so that the SDK sends the request again. Thread-safe. */
public final class UnreliableTransport implements SdkHttpClient {
    /**
     * What goes wrong: the first two after the server has done what the request asks for, the others before; the last
     * three say so.
     */
    public enum Fault {
        RESET_AFTER(true, 0, ""),
        ERROR_AFTER(true, 500, "InternalServerError"),
        RESET_BEFORE(false, 0, ""),
        ERROR_BEFORE(false, 500, "InternalServerError"),
        THROTTLED(false, 400, "ProvisionedThroughputExceededException"),
        SLOWED_DOWN(false, 503, "ThrottlingException"),
        SKEWED(false, 400, "RequestTimeTooSkewed");

        private final boolean reachesServer;
        private final int status;
        private final String code;

        Fault(boolean reachesServer, int status, String code) {
            this.reachesServer = reachesServer;
            this.status = status;
            this.code = code;
        }

        private HttpExecuteResponse answer() throws IOException {
            if (status == 0) {
                throw new SocketException("Connection reset");
            }
            return json(
                    status,
                    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + code + "\",\"message\":\"as the test wants\"}");
        }
    }

    private record Plan(String operation, Fault fault, Runnable meanwhile) {}

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
        plan.set(new Plan(operation, fault, meanwhile));
    }

    /** Whether there is a fault that no request has met yet. */
    public boolean isFaultPending() {
        return plan.get() != null;
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest forwarded = server.prepareRequest(request);
        Plan due = plan.get();
        if (due == null || !isFor(due.operation(), request) || !plan.compareAndSet(due, null)) {
            return forwarded;
        }
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                if (due.fault().reachesServer) {
                    body(forwarded.call());
                }
                due.meanwhile().run();
                return due.fault().answer();
            }

            @Override
            public void abort() {
                forwarded.abort();
            }
        };
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
