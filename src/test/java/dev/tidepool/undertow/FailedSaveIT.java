package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.encoding.ContentEncodingRepository;
import io.undertow.server.handlers.encoding.EncodingHandler;
import io.undertow.server.handlers.encoding.GzipEncodingProvider;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A session that cannot be saved: in whatever way the application sends its response, the client gets a 503 in its
 * place, and the connection goes on.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class FailedSaveIT {
    private final StoreNode store = StoreNode.on(StoreNode.freshTable());

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlerThatBeginsSession_is503(CoreWay way) throws Exception {
        try (CoreNode node = core(way, UnaryOperator.identity())) {
            assertRefused(node.port(), "GET", Optional.empty(), way.headers());
        }
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlerThatChangesSession_is503(CoreWay way) throws Exception {
        try (CoreNode node = core(way, UnaryOperator.identity())) {
            assertRefused(node.port(), "GET", Optional.of("/begin"), way.headers());
        }
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlerToHead_is503(CoreWay way) throws Exception {
        try (CoreNode node = core(way, UnaryOperator.identity())) {
            assertRefused(node.port(), "HEAD", Optional.of("/begin"), way.headers());
        }
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlerBehindGzip_is503(CoreWay way) throws Exception {
        try (CoreNode node = core(way, FailedSaveIT::gzip)) {
            assertRefused(node.port(), "GET", Optional.of("/begin"), with(way.headers(), "Accept-Encoding: gzip"));
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletThatBeginsSession_is503(ServletWay way) throws Exception {
        try (ServletNode node = servlet(way, UnaryOperator.identity())) {
            assertRefused(node.port(), "GET", Optional.empty(), way.headers());
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletThatChangesSession_is503(ServletWay way) throws Exception {
        try (ServletNode node = servlet(way, UnaryOperator.identity())) {
            assertRefused(node.port(), "GET", Optional.of("/begin"), way.headers());
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletToHead_is503(ServletWay way) throws Exception {
        try (ServletNode node = servlet(way, UnaryOperator.identity())) {
            assertRefused(node.port(), "HEAD", Optional.of("/begin"), way.headers());
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletBehindGzip_is503(ServletWay way) throws Exception {
        try (ServletNode node = servlet(way, FailedSaveIT::gzip)) {
            assertRefused(node.port(), "GET", Optional.of("/begin"), with(way.headers(), "Accept-Encoding: gzip"));
        }
    }

    private CoreNode core(CoreWay way, UnaryOperator<HttpHandler> around) {
        return CoreNode.start(store.manager().build(StoreNode.APPLICATION), around)
                .on(
                        "/begin",
                        new BlockingHandler(
                                exchange -> CoreNode.session(exchange).setAttribute("item", "old")))
                .on("/set", way.after(exchange -> CoreNode.session(exchange).setAttribute("item", "new")))
                .on(
                        "/get",
                        new BlockingHandler(exchange -> exchange.getResponseSender()
                                .send(String.valueOf(CoreNode.session(exchange).getAttribute("item")))));
    }

    private ServletNode servlet(ServletWay way, UnaryOperator<HttpHandler> around) throws Exception {
        return ServletWay.pages(ServletNode.on(store))
                .within(around)
                .on("/begin", (request, response) -> request.getSession().setAttribute("item", "old"))
                .on(
                        "/set",
                        (request, response) -> way.send(
                                request, response, (in, out) -> in.getSession().setAttribute("item", "new")))
                .on(
                        "/get",
                        (request, response) ->
                                response.getWriter().print(request.getSession().getAttribute("item")))
                .start();
    }

    private static HttpHandler gzip(HttpHandler next) {
        return new EncodingHandler(
                        new ContentEncodingRepository().addEncodingHandler("gzip", new GzipEncodingProvider(), 50))
                .setNext(next);
    }

    private static String[] with(String[] headers, String more) {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = more;
        return all;
    }

    private void assertRefused(int port, String method, Optional<String> before, String... headers) throws Exception {
        try (Visitor visitor = new Visitor()) {
            if (before.isPresent()) {
                visitor.get(port, before.get());
            }
            String session = visitor.session();
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.send(port, method, "/set", headers);
            store.watched().heal();
            Wire.Answer next = visitor.get(port, "/get");

            assertThat(answer.status()).isEqualTo(StatusCodes.SERVICE_UNAVAILABLE);
            assertThat(answer.header("Location")).isEmpty();
            assertThat(answer.header("Upgrade")).isEmpty();
            assertThat(answer.sessionCookie()).isEmpty();
            assertThat(answer.body()).doesNotContain(CoreWay.BODY);
            assertThat(next.status()).isEqualTo(StatusCodes.OK);
            assertThat(next.body()).isEqualTo(session == null ? "null" : "old");
            assertThat(visitor.session()).isNotNull();
            if (session != null) {
                assertThat(visitor.session()).isEqualTo(session);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "come back later"})
    void response_whereApplicationSaysHow_isAsItSays(String body) throws Exception {
        FailureResponse custom = (exchange, failure) -> {
            exchange.setStatusCode(StatusCodes.BAD_GATEWAY);
            exchange.getResponseHeaders().put(Headers.RETRY_AFTER, "7");
            return body.getBytes(StandardCharsets.UTF_8);
        };
        try (CoreNode node = CoreNode.start(
                                store.manager().failureResponse(custom).build(StoreNode.APPLICATION))
                        .on(
                                "/set",
                                CoreWay.LARGE_STREAM_OF_KNOWN_LENGTH.after(
                                        exchange -> CoreNode.session(exchange).setAttribute("item", "new")));
                Visitor visitor = new Visitor()) {
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.get(node.port(), "/set");

            assertThat(answer.status()).isEqualTo(StatusCodes.BAD_GATEWAY);
            assertThat(answer.header("Retry-After")).contains("7");
            assertThat(answer.body()).isEqualTo(body);
        }
    }

    /** Other cookies, and other headers that the application has set, say nothing of what was not saved. */
    @Test
    void response_whatItKeeps_isNotTheSessionCookie() throws Exception {
        try (CoreNode node = CoreNode.start(store.manager().build(StoreNode.APPLICATION))
                        .on("/set", new BlockingHandler(exchange -> {
                            CoreNode.session(exchange).setAttribute("item", "new");
                            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "image/png");
                            exchange.getResponseHeaders().put(Headers.ETAG, "\"1\"");
                            exchange.getResponseSender().send(CoreWay.BODY);
                        }));
                Visitor visitor = new Visitor()) {
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.get(node.port(), "/set");

            assertThat(answer.status()).isEqualTo(StatusCodes.SERVICE_UNAVAILABLE);
            assertThat(answer.header("Content-Type").orElse("")).doesNotContain("image");
            assertThat(answer.header("ETag")).isEmpty();
            assertThat(requireNonNull(answer.body())).doesNotContain(CoreWay.BODY);
        }
    }
}
