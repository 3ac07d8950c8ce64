package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.session.SessionCaches;
import io.undertow.server.handlers.BlockingHandler;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

/** A store that cannot be read: an error, and never a logout. When it is back, so is the session. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class StoreFailureIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode store = StoreNode.on(table);

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/get?name=item", "/set?name=item&value=new", "/login", "/end"})
    void request_storeCannotBeRead_is503AndNoLogout(String path) throws Exception {
        try (CoreNode node = CoreNode.on(store);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            String session = requireNonNull(visitor.session());
            store.watched().fail(WatchedCache.READS);

            for (int i = 0; i < 3; i++) {
                assertRefused(visitor.get(node.port(), path));
            }
            store.watched().heal();

            assertThat(visitor.session()).isEqualTo(session);
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/find", "/find-or-begin", "/find-twice", "/async"})
    void requestToServlet_storeCannotBeRead_is503AndNoLogout(String path) throws Exception {
        try (ServletNode node = ServletNode.on(store)
                        .on(
                                "/begin",
                                (request, response) -> request.getSession().setAttribute("item", "kept"))
                        .on(
                                "/find",
                                (request, response) -> response.getWriter()
                                        .print(request.getSession(false) == null ? "logged out" : "there"))
                        .on(
                                "/find-or-begin",
                                (request, response) -> response.getWriter()
                                        .print(request.getSession(true).getAttribute("item")))
                        .on("/find-twice", (request, response) -> {
                            boolean first = request.getSession(false) == null;
                            response.getWriter().print(first && request.getSession(false) == null);
                        })
                        .on("/async", (request, response) -> {
                            request.startAsync();
                            response.getWriter().print(request.getSession(true).getAttribute("item"));
                            request.getAsyncContext().complete();
                        })
                        .start();
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");
            String session = requireNonNull(visitor.session());
            store.watched().fail(WatchedCache.READS);

            for (int i = 0; i < 3; i++) {
                assertRefused(visitor.get(node.port(), path));
            }
            store.watched().heal();

            assertThat(visitor.session()).isEqualTo(session);
            assertThat(visitor.get(node.port(), "/find-or-begin").body()).isEqualTo("kept");
            assertThat(visitor.session()).isEqualTo(session);
        }
    }

    /** The ways of sending come into play here too: a page that gets over the error sends what it likes. */
    @Test
    void request_handlerGetsOverReadError_isAnsweredByHandler() throws Exception {
        try (CoreNode node = CoreNode.on(store).page("/brave", exchange -> {
                    try {
                        return CoreNode.existing(exchange) == null ? "logged out" : "there";
                    } catch (RuntimeException e) {
                        return "try later";
                    }
                });
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            String session = requireNonNull(visitor.session());
            store.watched().fail(WatchedCache.READS);

            Wire.Answer answer = visitor.get(node.port(), "/brave");

            assertThat(answer.body()).isEqualTo("try later");
            assertThat(answer.sessionCookie()).isEmpty();
            assertThat(visitor.session()).isEqualTo(session);
        }
    }

    @Test
    void request_storeCannotBeReadOnIoThread_is503() throws Exception {
        try (CoreNode node = CoreNode.on(store)
                        .on(
                                "/io",
                                exchange -> exchange.getResponseSender()
                                        .send(String.valueOf(
                                                CoreNode.session(exchange).getAttribute("item"))));
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            store.watched().fail(WatchedCache.READS);

            assertRefused(visitor.get(node.port(), "/io"));
            store.watched().heal();

            assertThat(visitor.get(node.port(), "/io").body()).isEqualTo("kept");
        }
    }

    /** Pages that are not about the session are served while its store is down. */
    @Test
    void request_thatAsksForNoSession_isServedWithoutStore() throws Exception {
        try (CoreNode node = CoreNode.on(store);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            store.watched().fail(WatchedCache.ALL);

            assertThat(visitor.get(node.port(), "/plain").body()).isEqualTo("plain");
        }
    }

    /** An access that cannot be written costs no response, which is out already, and no session. */
    @Test
    void request_lastAccessCannotBeWritten_isServed() throws Exception {
        try (CoreNode node = CoreNode.start(
                                store.manager().touchInterval(Duration.ZERO).build(StoreNode.APPLICATION))
                        .withPages();
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = node.visit(visitor, "/get?name=item");
            store.watched().heal();

            assertThat(answer.body()).isEqualTo("kept");
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
        }
    }

    private static void assertRefused(Wire.Answer answer) {
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Set-Cookie")).isEmpty();
        assertThat(answer.body()).doesNotContain("logged out", "kept", "the store is down");
    }

    /** How a store refuses for good, whatever the SDK does about it. */
    enum Refusal {
        THROTTLED(400, "ProvisionedThroughputExceededException"),
        SLOWED_DOWN(400, "ThrottlingException"),
        FORBIDDEN(400, "AccessDeniedException"),
        BROKEN(500, "InternalServerError");

        private final int status;
        private final String code;

        Refusal(int status, String code) {
            this.status = status;
            this.code = code;
        }

        private HttpExecuteResponse answer() {
            byte[] body = ("{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + code + "\",\"message\":\"no\"}")
                    .getBytes(StandardCharsets.UTF_8);
            return HttpExecuteResponse.builder()
                    .response(SdkHttpResponse.builder()
                            .statusCode(status)
                            .putHeader("Content-Length", String.valueOf(body.length))
                            .build())
                    .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body)))
                    .build();
        }
    }

    /** An HTTP client whose server refuses while it is told to. */
    private static final class MoodyTransport implements SdkHttpClient {
        private final SdkHttpClient server = Apache5HttpClient.builder().build();
        private volatile boolean isRefusing;
        private volatile Refusal refusal = Refusal.BROKEN;

        private void refuse(Refusal how) {
            refusal = how;
            isRefusing = true;
        }

        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            ExecutableHttpRequest forwarded = server.prepareRequest(request);
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws java.io.IOException {
                    return isRefusing ? refusal.answer() : forwarded.call();
                }

                @Override
                public void abort() {
                    forwarded.abort();
                }
            };
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Refusal.class)
    void request_storeRefuses_is503UntilItIsBack(Refusal refusal) throws Exception {
        MoodyTransport transport = new MoodyTransport();
        try (StoreNode moody = StoreNode.over(transport, table);
                CoreNode node = CoreNode.on(moody);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            String session = requireNonNull(visitor.session());
            transport.refuse(refusal);

            assertRefused(visitor.get(node.port(), "/get?name=item"));
            assertRefused(visitor.get(node.port(), "/set?name=item&value=new"));
            transport.isRefusing = false;

            assertThat(visitor.session()).isEqualTo(session);
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
            assertThat(visitor.get(node.port(), "/set?name=item&value=new").status())
                    .isEqualTo(200);
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("new");
        }
    }

    /** A server that takes connections and never says a word. */
    @Test
    void request_storeHangs_is503WithinTimeout() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            assertRefusedSoon(mute.getLocalPort());
        }
    }

    @Test
    void request_storeIsDown_is503WithinTimeout() throws Exception {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        assertRefusedSoon(port);
    }

    private static void assertRefusedSoon(int port) throws Exception {
        Properties properties = new Properties();
        properties.put("tidepool.endpoint", "http://127.0.0.1:" + port);
        properties.put("tidepool.region", "us-east-1");
        properties.put("tidepool.initialized", "true");
        properties.put("tidepool.attemptTimeout", "500ms");
        properties.put("tidepool.callTimeout", "1500ms");
        String session = "A".repeat(40);
        try (DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
                CoreNode node = CoreNode.start(
                                JCacheSessionManager.builder(SessionCaches.dynamoDb(provider.getCacheManager(
                                                URI.create("down"), StoreFailureIT.class.getClassLoader(), properties)))
                                        .build(StoreNode.APPLICATION))
                        .withPages()
                        .on(
                                "/begin",
                                new BlockingHandler(
                                        exchange -> CoreNode.session(exchange).setAttribute("item", "1")));
                Visitor visitor = Visitor.with(session)) {
            long begin = System.nanoTime();
            Wire.Answer read = visitor.get(node.port(), "/get?name=item");
            Wire.Answer written = new Visitor().get(node.port(), "/begin");
            Duration taken = Duration.ofNanos(System.nanoTime() - begin);

            assertRefused(read);
            assertRefused(written);
            assertThat(visitor.session()).isEqualTo(session);
            assertThat(taken).isLessThan(Duration.ofSeconds(10));
        }
    }
}
