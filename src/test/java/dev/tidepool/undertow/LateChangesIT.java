package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import io.undertow.server.session.Session;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is changed when the response is on its way already, or by somebody who is in no request. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class LateChangesIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final CompletableFuture<Object> changed = new CompletableFuture<>();

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** The ways in which a servlet's response is over before the servlet is. */
    enum Early {
        REDIRECTED {
            @Override
            void send(HttpServletResponse response) throws Exception {
                response.sendRedirect("/elsewhere");
            }
        },
        REFUSED {
            @Override
            void send(HttpServletResponse response) throws Exception {
                response.sendError(HttpServletResponse.SC_CONFLICT);
            }
        },
        FLUSHED {
            @Override
            void send(HttpServletResponse response) throws Exception {
                response.flushBuffer();
            }
        },
        CLOSED {
            @Override
            void send(HttpServletResponse response) throws Exception {
                response.getWriter().close();
            }
        };

        abstract void send(HttpServletResponse response) throws Exception;
    }

    @ParameterizedTest
    @EnumSource(Early.class)
    void setAttribute_inServletAfterResponse_isSavedWhenItReturns(Early early) throws Exception {
        try (ServletNode node = ServletNode.on(one)
                        .on(
                                "/begin",
                                (request, response) -> request.getSession().setAttribute("item", "old"))
                        .on("/late", (request, response) -> {
                            HttpSession session = request.getSession();
                            early.send(response);
                            session.setAttribute("item", "late");
                            session.removeAttribute("none");
                            changed.complete("done");
                        })
                        .start();
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");
            visitor.get(node.port(), "/late");
            changed.get(20, TimeUnit.SECONDS);

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("late");
        }
    }

    @ParameterizedTest
    @EnumSource(Early.class)
    void setAttribute_inServletThatBeganSessionAfterResponse_isSaved(Early early) throws Exception {
        try (ServletNode node = ServletNode.on(one)
                        .on("/late", (request, response) -> {
                            HttpSession session = request.getSession();
                            early.send(response);
                            session.setAttribute("item", "late");
                            changed.complete("done");
                        })
                        .start();
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/late");
            changed.get(20, TimeUnit.SECONDS);

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("late");
        }
    }

    /** Nothing tells the manager of it but the end of the request. */
    @ParameterizedTest
    @EnumSource(Early.class)
    void objectOfSession_changedInServletAfterResponse_isSaved(Early early) throws Exception {
        try (ServletNode node = ServletNode.on(one)
                        .on(
                                "/begin",
                                (request, response) ->
                                        request.getSession().setAttribute("item", new ArrayList<>(List.of("old"))))
                        .on("/late", (request, response) -> {
                            Object items = request.getSession().getAttribute("item");
                            early.send(response);
                            add(items, "late");
                        })
                        .start();
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");
            visitor.get(node.port(), "/late");

            Eventually.holds(
                    "the change of the object is saved",
                    () -> visitor.get(other.port(), "/get?name=item").body().equals("[old, late]"));
        }
    }

    @SuppressWarnings("unchecked") // the test has put a list of strings there
    private static void add(Object items, String item) {
        ((List<String>) items).add(item);
    }

    @Test
    void invalidate_inServletAfterRedirect_endsSession() throws Exception {
        try (ServletNode node = ServletNode.on(one)
                        .on(
                                "/begin",
                                (request, response) -> request.getSession().setAttribute("item", "old"))
                        .on("/late", (request, response) -> {
                            HttpSession session = request.getSession();
                            response.sendRedirect("/elsewhere");
                            session.invalidate();
                            changed.complete("done");
                        })
                        .start();
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");
            visitor.get(node.port(), "/late");
            changed.get(20, TimeUnit.SECONDS);

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            assertThat(one.items()).isEmpty();
        }
    }

    @Test
    void setAttribute_byThreadThatKeptSession_isSavedWhenItReturns() throws Exception {
        CompletableFuture<Session> kept = new CompletableFuture<>();
        try (CoreNode node = CoreNode.on(one).page("/keep", exchange -> {
                    kept.complete(CoreNode.session(exchange));
                    return "kept";
                });
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/keep");

            Session session = kept.get(20, TimeUnit.SECONDS);
            session.setAttribute("item", "late");

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("late");
            assertThat(visitor.get(other.port(), "/set?name=item&value=later").status())
                    .isEqualTo(200);
            assertThat(session.getAttribute("item")).isEqualTo("later");
        }
    }

    @Test
    void setAttribute_byThreadWhileRequestRuns_isSavedWithResponse() throws Exception {
        try (CoreNode node = CoreNode.on(one).page("/both", exchange -> {
                    Session session = CoreNode.session(exchange);
                    session.setAttribute("own", "1");
                    InThread.call(() -> session.setAttribute("item", "of thread"))
                            .get(20, TimeUnit.SECONDS);
                    return "done";
                });
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/both");

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("of thread");
            assertThat(visitor.get(other.port(), "/get?name=own").body()).isEqualTo("1");
        }
    }

    /** The response of one request goes out while another, on the same session, still works on its objects. */
    @Test
    void objectOfSession_changedByRequestThatOutlivesAnother_isSaved() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (CoreNode node = CoreNode.on(one)
                        .page(
                                "/begin",
                                exchange -> CoreNode.session(exchange)
                                        .setAttribute("item", new ArrayList<>(List.of("old"))))
                        .page("/slow", exchange -> {
                            Object items = CoreNode.session(exchange).getAttribute("item");
                            begun.countDown();
                            go.await();
                            add(items, "slow");
                            return "slow";
                        });
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/begin");
            String session = requireNonNull(visitor.session());
            Future<String> slow = InThread.call(() -> bodyOf(node, session, "/slow"));
            begun.await();
            visitor.get(node.port(), "/set?name=other&value=1");
            go.countDown();

            assertThat(slow.get(20, TimeUnit.SECONDS)).isEqualTo("slow");
            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("[old, slow]");
            assertThat(visitor.get(other.port(), "/get?name=other").body()).isEqualTo("1");
        }
    }

    private static String bodyOf(CoreNode node, String session, String path) throws Exception {
        try (Visitor visitor = Visitor.with(session)) {
            return visitor.get(node.port(), path).body();
        }
    }

    @Test
    void setAttribute_throughGetSessionOfId_isSavedWhenItReturns() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");

            Session session = requireNonNull(node.manager().getSession(visitor.session()));
            session.setAttribute("item", "direct");

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("direct");
        }
    }
}
