package dev.tidepool.undertow;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.nio.charset.StandardCharsets;

/** Asks the visitor to try again: the store may be back, and the session is as it was. */
final class Unavailable implements FailureResponse {
    private static final String BODY = "Your session is not available at the moment. Please try again.\n";

    @Override
    public byte[] respond(HttpServerExchange exchange, RuntimeException failure) {
        exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
        exchange.getResponseHeaders()
                .put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8")
                .put(Headers.CACHE_CONTROL, "no-store")
                .put(Headers.RETRY_AFTER, "1");
        return BODY.getBytes(StandardCharsets.UTF_8);
    }
}
