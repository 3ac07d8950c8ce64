package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Responses over HTTP/2: the one to the request that upgrades the connection, and those on streams of their own. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class Http2IT {
    /** Long enough for a response that does not wait for the store to arrive. */
    private static final int MEANWHILE_MILLIS = 150;

    private static final String REFUSAL = "not saved, come back later";

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** An upgrade is of HTTP/1.1 alone. */
    @ParameterizedTest
    @EnumSource(value = CoreWay.class, mode = EnumSource.Mode.EXCLUDE, names = "UPGRADE")
    void response_onFirstAndOnLaterStream_comesAfterSave(CoreWay way) throws Exception {
        try (CoreNode node = node(way);
                CoreNode other = CoreNode.on(two)) {
            HttpResponse<String> first = sendWatched(node, Optional.empty());
            String session = first.headers()
                    .firstValue("Set-Cookie")
                    .orElseThrow()
                    .replaceFirst("JSESSIONID=", "")
                    .replaceFirst(";.*", "");
            String afterFirst = read(other, session);
            HttpResponse<String> second = sendWatched(node, Optional.of(session));

            assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(first.statusCode()).isEqualTo(way.status());
            assertThat(afterFirst).isEqualTo("1");
            assertThat(second.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(second.statusCode()).isEqualTo(way.status());
            assertThat(read(other, session)).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @EnumSource(value = CoreWay.class, mode = EnumSource.Mode.EXCLUDE, names = "UPGRADE")
    void response_afterFailedSave_is503AndConnectionGoesOn(CoreWay way) throws Exception {
        try (CoreNode node = node(way)) {
            one.watched().fail(WatchedCache.WRITES);
            HttpResponse<String> first = send(node, Optional.empty());
            HttpResponse<String> second = send(node, Optional.empty());
            one.watched().heal();
            HttpResponse<String> third = send(node, Optional.empty());

            assertRefused(first);
            assertRefused(second);
            assertThat(third.statusCode()).isEqualTo(way.status());
            assertThat(third.headers().firstValue("Set-Cookie")).isPresent();
        }
    }

    /** What is added within the handler that asks for the session has wrapped the response before it is replaced. */
    @ParameterizedTest
    @EnumSource(value = CoreWay.class, mode = EnumSource.Mode.EXCLUDE, names = "UPGRADE")
    void response_encodedInside_isReplacedAndConnectionGoesOn(CoreWay way) throws Exception {
        HttpHandler inside = Encodings.GZIP_ON_BOTH_SIDES.inside(
                way.after(exchange -> CoreNode.session(exchange).setAttribute("item", 1)));
        try (CoreNode node = CoreNode.start(
                        one.manager()
                                .failureResponse((exchange, failure) -> {
                                    exchange.setStatusCode(503);
                                    return REFUSAL.getBytes(StandardCharsets.UTF_8);
                                })
                                .build(StoreNode.APPLICATION),
                        Encodings.GZIP_ON_BOTH_SIDES::outside)
                .on("/count", exchange -> {
                    CoreNode.existing(exchange);
                    inside.handleRequest(exchange);
                })) {
            HttpRequest get = HttpRequest.newBuilder(request(node, Optional.empty()), (name, value) -> true)
                    .header("Accept-Encoding", "gzip")
                    .build();
            HttpRequest head = HttpRequest.newBuilder(get, (name, value) -> true)
                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                    .build();
            one.watched().fail(WatchedCache.WRITES);
            HttpResponse<byte[]> first = client.send(get, BodyHandlers.ofByteArray());
            HttpResponse<byte[]> second = client.send(get, BodyHandlers.ofByteArray());
            HttpResponse<byte[]> third = client.send(head, BodyHandlers.ofByteArray());
            one.watched().heal();

            for (HttpResponse<byte[]> response : List.of(first, second, third)) {
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(response.statusCode()).isEqualTo(503);
            }
            assertThat(text(first)).isEqualTo(REFUSAL);
            assertThat(text(second)).isEqualTo(REFUSAL);
            assertThat(third.body()).isEmpty();
            assertThat(client.send(get, BodyHandlers.ofByteArray()).statusCode())
                    .isEqualTo(way.status());
        }
    }

    private static String text(HttpResponse<byte[]> response) throws IOException {
        return Encodings.text(new Wire.Answer(
                response.statusCode(),
                response
                        .headers()
                        .firstValue("Content-Encoding")
                        .map(value -> Map.entry("Content-Encoding", value))
                        .stream()
                        .toList(),
                new String(response.body(), StandardCharsets.ISO_8859_1)));
    }

    private static void assertRefused(HttpResponse<String> response) {
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Location")).isEmpty();
        assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(response.body()).doesNotContain(CoreWay.BODY);
    }

    private CoreNode node(CoreWay way) {
        return CoreNode.on(one).on("/count", way.after(exchange -> {
            Object before = CoreNode.session(exchange).getAttribute("item");
            CoreNode.session(exchange).setAttribute("item", before == null ? 1 : (Integer) before + 1);
        }));
    }

    private HttpResponse<String> sendWatched(CoreNode node, Optional<String> session) throws Exception {
        CountDownLatch visible = new CountDownLatch(1);
        AtomicBoolean early = new AtomicBoolean();
        one.watched().next(WatchedCache.WRITES, call -> {
            early.set(visible.await(MEANWHILE_MILLIS, TimeUnit.MILLISECONDS));
            return call.proceed();
        });
        HttpResponse<String> response = client.send(request(node, session), head -> {
            visible.countDown();
            return BodyHandlers.ofString().apply(head);
        });
        assertThat(early)
                .as("the response was seen before the session was saved")
                .isFalse();
        return response;
    }

    private HttpResponse<String> send(CoreNode node, Optional<String> session) throws Exception {
        return client.send(request(node, session), BodyHandlers.ofString());
    }

    private static HttpRequest request(CoreNode node, Optional<String> session) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/count"))
                .timeout(Duration.ofSeconds(20))
                .header("Cookie", session.map(id -> "JSESSIONID=" + id).orElse("none=1"))
                .build();
    }

    private static String read(CoreNode node, String session) throws Exception {
        try (Visitor visitor = Visitor.with(session)) {
            return visitor.get(node.port(), "/get?name=item").body();
        }
    }
}
