package dev.tidepool.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/** An HTTP client that stands between the SDK and the server, and may answer in the server's place. */
public abstract class Transport implements SdkHttpClient {
    /** The id of every request that {@link #refusal} refuses. */
    static final String REFUSED = "refused-1";

    private final SdkHttpClient server;

    Transport(SdkHttpClient server) {
        this.server = server;
    }

    /** Wraps transports so that they refuse one operation. */
    public static UnaryOperator<SdkHttpClient> refusing(String refused, String code, String message) {
        return server -> new Transport(server) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                return operation.equals(refused) ? refusal(code, message) : pass(request);
            }
        };
    }

    /** Wraps transports so that the server fails at one operation, by its own fault. */
    public static UnaryOperator<SdkHttpClient> failing(String failed) {
        return server -> new Transport(server) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                return operation.equals(failed)
                        ? answer(500, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\"}")
                        : pass(request);
            }
        };
    }

    /** Wraps transports so that they change what the server says when it does one operation. */
    public static UnaryOperator<SdkHttpClient> rewriting(String rewritten, UnaryOperator<String> change) {
        return server -> new Transport(server) {
            @Override
            HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
                HttpExecuteResponse response = pass(request);
                return operation.equals(rewritten) && response.httpResponse().isSuccessful()
                        ? answer(200, change.apply(UnreliableTransport.body(response)))
                        : response;
            }
        };
    }

    /**
     * Answers a request.
     *
     * @param operation the name, such as {@code PutItem}
     */
    abstract HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException;

    HttpExecuteResponse pass(HttpExecuteRequest request) throws IOException {
        return server.prepareRequest(request).call();
    }

    static String body(HttpExecuteRequest request) throws IOException {
        byte[] bytes = request.contentStreamProvider().orElseThrow().newStream().readAllBytes();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static HttpExecuteResponse refusal(String code, String message) {
        return answer(400, "{\"__type\":\"com.amazon.coral.service#" + code + "\",\"Message\":\"" + message + "\"}");
    }

    static HttpExecuteResponse answer(int status, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        return HttpExecuteResponse.builder()
                .response(SdkHttpResponse.builder()
                        .statusCode(status)
                        .putHeader("Content-Type", "application/x-amz-json-1.0")
                        .putHeader("Content-Length", String.valueOf(body.length))
                        .putHeader("x-amzn-RequestId", REFUSED)
                        .build())
                .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body)))
                .build();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        String target =
                request.httpRequest().firstMatchingHeader("X-Amz-Target").orElseThrow();
        String operation = target.substring(target.indexOf('.') + 1);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                return Transport.this.call(operation, request);
            }

            @Override
            public void abort() {
                // Nothing is under way that another thread could stop.
            }
        };
    }

    @Override
    public void close() {
        server.close();
    }
}
