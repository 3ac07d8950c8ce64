package dev.tidepool.cache;

import java.io.IOException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** An HTTP client that makes of DynamoDB Local a server that returns no item with a failed condition, as some do. */
record LookalikeTransport(SdkHttpClient server) implements SdkHttpClient {
    private static final String REFUSAL = "ConditionalCheckFailedException";

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest forwarded = server.prepareRequest(request);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                HttpExecuteResponse response = forwarded.call();
                int status = response.httpResponse().statusCode();
                return status == 400 ? withoutItem(UnreliableTransport.body(response)) : response;
            }

            @Override
            public void abort() {
                forwarded.abort();
            }
        };
    }

    private static HttpExecuteResponse withoutItem(String body) {
        return UnreliableTransport.json(
                400,
                body.contains(REFUSAL)
                        ? "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + REFUSAL
                                + "\",\"message\":\"The conditional request failed\"}"
                        : body);
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
