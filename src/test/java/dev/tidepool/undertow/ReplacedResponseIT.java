package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The response that a client gets when its session cannot be saved: whole, in whatever order handlers have wrapped the
 * application's, and at once, however long the application would go on.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ReplacedResponseIT {
    private static final String REFUSAL = "not saved, come back later";
    private static final int WAIT_SECONDS = 20;

    private final StoreNode store = StoreNode.on(StoreNode.freshTable());

    @AfterEach
    void close() {
        store.close();
    }

    private JCacheSessionManager manager() {
        return store.manager()
                .failureResponse((exchange, failure) -> refusal(exchange))
                .build(StoreNode.APPLICATION);
    }

    private static byte[] refusal(HttpServerExchange exchange) {
        exchange.setStatusCode(503);
        return REFUSAL.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(CoreWay.class)
    void response_ofHandlersInAnyOrder_isWhole(CoreWay way) throws Exception {
        for (Encodings encodings : Encodings.values()) {
            HttpHandler send = way.after(exchange -> CoreNode.session(exchange).setAttribute("item", "new"));
            HttpHandler inside = encodings.inside(send);
            try (CoreNode node = CoreNode.start(manager(), encodings::outside)
                    .page("/begin", exchange -> CoreNode.session(exchange).setAttribute("item", "old"))
                    .page("/next", exchange -> "in step")
                    .on("/set", exchange -> {
                        CoreNode.existing(exchange); // from now on, what comes is wrapped around
                        inside.handleRequest(exchange);
                    })) {
                for (String method : new String[] {"GET", "HEAD"}) {
                    assertRefused(node.port(), way + ", " + encodings + ", " + method, method, way.headers());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ServletWay.class)
    void response_ofServletEncodedInsideOrOutside_isWhole(ServletWay way) throws Exception {
        for (Encodings encodings : Encodings.values()) {
            try (ServletNode node = servlet(way, encodings)) {
                for (String method : new String[] {"GET", "HEAD"}) {
                    assertRefused(node.port(), way + ", " + encodings + ", " + method, method, way.headers());
                }
            }
        }
    }

    private ServletNode servlet(ServletWay way, Encodings encodings) throws Exception {
        return ServletWay.pages(ServletNode.of(new JCacheSessionManagerFactory(
                        store.manager().failureResponse((exchange, failure) -> refusal(exchange)))))
                .deployed(deployment -> deployment
                        .addOuterHandlerChainWrapper(encodings::outside)
                        .addInnerHandlerChainWrapper(encodings::inside))
                .on("/begin", (request, response) -> request.getSession().setAttribute("item", "old"))
                .on(
                        "/set",
                        (request, response) -> way.send(
                                request, response, (in, out) -> in.getSession().setAttribute("item", "new")))
                .on("/next", (request, response) -> response.getWriter().print("in step"))
                .start();
    }

    private void assertRefused(int port, String what, String method, String... headers) throws Exception {
        String[] all = Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = Encodings.ACCEPTED;
        int upgraded = CoreWay.UPGRADED.get();
        try (Visitor visitor = new Visitor()) {
            visitor.get(port, "/begin");
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.send(port, method, "/set", all);
            store.watched().heal();
            Wire.Answer next = visitor.get(port, "/next"); // on the same connection, unless it was announced closed

            assertThat(answer.status()).as(what).isEqualTo(503);
            assertThat(method.equals("HEAD") ? answer.body() : Encodings.text(answer))
                    .as(what)
                    .isEqualTo(method.equals("HEAD") ? "" : REFUSAL);
            for (String gone : new String[] {"Location", "Upgrade", "Content-Range", "ETag", "Trailer", "X-Sum"}) {
                assertThat(answer.header(gone)).as(what + ": " + gone).isEmpty();
            }
            assertThat(answer.sessionCookie()).as(what).isEmpty();
            assertThat(next.status()).as(what).isEqualTo(200);
            assertThat(next.body()).as(what).isEqualTo("in step");
        }
        assertThat(CoreWay.UPGRADED).as(what).hasValue(upgraded);
    }

    @ParameterizedTest
    @EnumSource(Encodings.class)
    void stream_whoseFirstFlushFails_endsBeforeApplication(Encodings encodings) throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        CompletableFuture<String> heard = new CompletableFuture<>();
        HttpHandler stream = encodings.inside(new BlockingHandler(exchange -> {
            CoreNode.session(exchange).setAttribute("item", "new");
            OutputStream out = exchange.getOutputStream();
            out.write(bytes("data: 1\n\n"));
            out.flush();
            answered.await(WAIT_SECONDS, TimeUnit.SECONDS);
            heard.complete(afterRefusal(out));
        }));
        try (CoreNode node = CoreNode.start(manager(), encodings::outside).on("/stream", exchange -> {
            CoreNode.existing(exchange);
            stream.handleRequest(exchange);
        })) {
            assertEndsAtOnce(node, answered, heard);
        }
    }

    private static String afterRefusal(OutputStream out) {
        try {
            out.write(bytes("data: 2\n\n"));
            out.flush();
            return "written";
        } catch (IOException e) {
            return "IOException";
        }
    }

    @ParameterizedTest
    @EnumSource(Encodings.class)
    void lateSend_onIoThread_endsAndNextOneFails(Encodings encodings) throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        CompletableFuture<String> heard = new CompletableFuture<>();
        Sent first = new Sent((exchange, sender) -> new Thread(() -> {
                    awaitQuietly(answered);
                    exchange.getIoThread().execute(() -> send(sender, heard));
                })
                .start());
        HttpHandler stream = encodings.inside(exchange -> {
            CoreNode.session(exchange).setAttribute("item", "new");
            exchange.dispatch(
                    SameThreadExecutor.INSTANCE,
                    () -> exchange.getIoThread()
                            .executeAfter(
                                    () -> exchange.getResponseSender().send("x".repeat(200_000), first),
                                    1,
                                    TimeUnit.MILLISECONDS));
        });
        try (CoreNode node = CoreNode.start(manager(), encodings::outside).on("/stream", exchange -> {
            CoreNode.existing(exchange);
            stream.handleRequest(exchange);
        })) {
            assertEndsAtOnce(node, answered, heard);
        }
    }

    private static void send(Sender sender, CompletableFuture<String> heard) {
        sender.send("more", new IoCallback() {
            @Override
            public void onComplete(HttpServerExchange exchange, Sender unused) {
                heard.complete("written");
            }

            @Override
            public void onException(HttpServerExchange exchange, Sender unused, IOException cause) {
                heard.complete("IOException");
            }
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What goes on when a part was sent, or could not be. */
    private record Sent(BiConsumer<HttpServerExchange, Sender> next) implements IoCallback {
        @Override
        public void onComplete(HttpServerExchange exchange, Sender sender) {
            next.accept(exchange, sender);
        }

        @Override
        public void onException(HttpServerExchange exchange, Sender sender, IOException cause) {
            next.accept(exchange, sender);
        }
    }

    private void assertEndsAtOnce(CoreNode node, CountDownLatch answered, CompletableFuture<String> heard)
            throws Exception {
        try (Visitor visitor = new Visitor()) {
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.get(node.port(), "/stream", Encodings.ACCEPTED);
            boolean isApplicationDone = heard.isDone();
            answered.countDown();

            assertThat(answer.status()).isEqualTo(503);
            assertThat(Encodings.text(answer)).isEqualTo(REFUSAL);
            assertThat(answer.isLast()).isTrue();
            assertThat(isApplicationDone).isFalse();
            assertThat(heard.get(WAIT_SECONDS, TimeUnit.SECONDS)).isEqualTo("IOException");
        }
    }

    /** What a wrapper that was added later says of its own body is not true of this one. */
    @Test
    void response_describedByLaterWrapper_isNotMisdescribed() throws Exception {
        try (CoreNode node = CoreNode.start(manager()).on("/set", new BlockingHandler(exchange -> {
                    CoreNode.session(exchange).setAttribute("item", "new");
                    exchange.addResponseWrapper((factory, wrapped) -> {
                        var next = factory.create();
                        wrapped.getResponseHeaders().put(Headers.CONTENT_ENCODING, "br");
                        wrapped.getResponseHeaders().put(Headers.CONTENT_LENGTH, 3);
                        return next;
                    });
                    exchange.getResponseSender().send(CoreWay.BODY);
                }));
                Visitor visitor = new Visitor()) {
            store.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.get(node.port(), "/set");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Content-Encoding")).isEmpty();
            assertThat(answer.body()).isEqualTo(REFUSAL);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
