package dev.tidepool.cache;

import java.io.IOException;
import java.util.function.Predicate;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** A transport that lets a test do something before each request, and refuse some. */
final class SteeredTransport extends Transport {
    private volatile Predicate<String> before = operation -> true;

    SteeredTransport(SdkHttpClient server) {
        super(server);
    }

    /** Sets what is done before each request; it takes the operation, and returns whether the request is permitted. */
    void before(Predicate<String> action) {
        before = action;
    }

    @Override
    HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
        return before.test(operation)
                ? pass(request)
                : refusal("AccessDeniedException", "User is not authorized to perform: dynamodb:" + operation);
    }
}
