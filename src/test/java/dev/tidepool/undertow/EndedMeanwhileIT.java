package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.InThread;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.util.StatusCodes;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Another request ends a session while one is on it: what that one has changed is lost, so it is not answered. */
@ExtendWith(DynamoDbLocal.class)
@ParameterizedClass
@ValueSource(strings = {"native", "connect"})
@Timeout(60)
final class EndedMeanwhileIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    /** What a request changes of its session. */
    enum Change {
        SET {
            @Override
            void make(HttpServerExchange exchange, Session session) {
                session.setAttribute("order", "42");
            }
        },
        REMOVED {
            @Override
            void make(HttpServerExchange exchange, Session session) {
                session.removeAttribute("user");
            }
        },
        IN_PLACE {
            @Override
            @SuppressWarnings("unchecked") // as the page set it
            void make(HttpServerExchange exchange, Session session) {
                ((List<String>) requireNonNull(session.getAttribute("cart"))).add("book");
            }
        },
        TIME_OUT {
            @Override
            void make(HttpServerExchange exchange, Session session) {
                session.setMaxInactiveInterval(600);
            }
        },
        ID {
            @Override
            void make(HttpServerExchange exchange, Session session) {
                session.changeSessionId(exchange, CoreNode.config(exchange));
            }
        };

        abstract void make(HttpServerExchange exchange, Session session);
    }

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one;
    private final StoreNode two;
    private final CoreNode first;
    private final CoreNode second;
    private final Gate gate = new Gate();
    private final Visitor visitor = new Visitor();

    EndedMeanwhileIT(String format) {
        one = StoreNode.in(format, table, clock);
        two = StoreNode.in(format, table, clock);
        first = node(one);
        second = node(two);
    }

    @AfterEach
    void close() throws Exception {
        gate.open();
        visitor.close();
        first.close();
        second.close();
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store) {
        return CoreNode.start(store.manager().sessionTimeout(TIMEOUT).build(StoreNode.APPLICATION))
                .withPages()
                .page("/begin", exchange -> {
                    Session session = CoreNode.session(exchange);
                    session.setAttribute("user", "ann");
                    session.setAttribute("cart", new ArrayList<>(List.of("pen")));
                    return "begun";
                })
                .page("/change-slow", CoreNode.onSession((exchange, session) -> {
                    change(exchange).make(exchange, session);
                    gate.pass();
                    return "changed";
                }))
                .page("/slow-change", CoreNode.onSession((exchange, session) -> {
                    session.getAttribute("cart");
                    gate.pass();
                    change(exchange).make(exchange, session);
                    return "changed";
                }))
                .page("/read-slow", CoreNode.onSession((exchange, session) -> {
                    Object cart = session.getAttribute("cart");
                    gate.pass();
                    return cart;
                }))
                .page("/change-end", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("order", "42");
                    session.invalidate(exchange);
                    return "ended";
                }))
                .page("/change-renew", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("order", "42");
                    session.invalidate(exchange);
                    CoreNode.session(exchange).setAttribute("user", "guest");
                    return "renewed";
                }));
    }

    private static Change change(HttpServerExchange exchange) {
        return Change.valueOf(CoreNode.query(exchange, "kind"));
    }

    /** What a request of the first node is answered whose session ends while it stands still. */
    private Wire.Answer answerOf(String path, Ending ending) throws Exception {
        first.visit(visitor, "/begin");
        try (Visitor other = Visitor.with(requireNonNull(visitor.session()))) {
            Future<Wire.Answer> request = InThread.call(() -> visitor.get(first.port(), path));
            gate.awaitArrival();
            ending.by(other);
            gate.open();
            return request.get(20, TimeUnit.SECONDS);
        }
    }

    @FunctionalInterface
    private interface Ending {
        void by(Visitor other) throws Exception;
    }

    private static Ending logoutOn(CoreNode node) {
        return other -> assertThat(node.visit(other, "/end").body()).isEqualTo("ended");
    }

    private void assertRefused(Wire.Answer answer) {
        assertThat(answer.status()).isEqualTo(StatusCodes.SERVICE_UNAVAILABLE);
        assertThat(answer.body()).doesNotContain("changed");
        assertThat(answer.sessionCookie().filter(id -> !id.isEmpty())).isEmpty();
        assertThat(one.items()).as("nothing of the session is left").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void change_beforeEndOnOtherNode_isRefused(Change change) throws Exception {
        assertRefused(answerOf("/change-slow?kind=" + change, logoutOn(second)));
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void change_afterEndOnOtherNode_isRefused(Change change) throws Exception {
        assertRefused(answerOf("/slow-change?kind=" + change, logoutOn(second)));
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void change_beforeEndOnSameNode_isRefused(Change change) throws Exception {
        assertRefused(answerOf("/change-slow?kind=" + change, logoutOn(first)));
    }

    @Test
    void change_beforeTimeoutOnOtherNode_isRefused() throws Exception {
        assertRefused(answerOf("/change-slow?kind=SET", other -> {
            clock.advance(TIMEOUT.plusMinutes(2));
            assertThat(second.visit(other, "/get?name=user").body()).isEqualTo(CoreNode.NO_SESSION);
        }));
    }

    @Test
    void readOnly_endOnOtherNode_isAnswered() throws Exception {
        Wire.Answer answer = answerOf("/read-slow", logoutOn(second));

        assertThat(answer).extracting(Wire.Answer::status, Wire.Answer::body).containsExactly(200, "[pen]");
        assertThat(one.items()).isEmpty();
    }

    @Test
    void readOnly_endOnSameNode_isAnswered() throws Exception {
        Wire.Answer answer = answerOf("/read-slow", logoutOn(first));

        assertThat(answer).extracting(Wire.Answer::status, Wire.Answer::body).containsExactly(200, "[pen]");
        assertThat(one.items()).isEmpty();
    }

    /** The access of a request is nothing that it asked for. */
    @Test
    void readOnly_endOnOtherNodeAndAccessIsDue_isAnswered() throws Exception {
        Wire.Answer answer = answerOf("/read-slow", other -> {
            clock.advance(Duration.ofMinutes(2));
            logoutOn(second).by(other);
        });

        assertThat(answer).extracting(Wire.Answer::status, Wire.Answer::body).containsExactly(200, "[pen]");
        assertThat(one.items()).isEmpty();
    }

    @Test
    void change_thenOwnEnd_isAnswered() throws Exception {
        first.visit(visitor, "/begin");

        Wire.Answer answer = first.visit(visitor, "/change-end");

        assertThat(answer).extracting(Wire.Answer::status, Wire.Answer::body).containsExactly(200, "ended");
        assertThat(answer.sessionCookie()).contains("");
    }

    @Test
    void change_thenOwnEndAndNewSession_isAnsweredAndSaved() throws Exception {
        first.visit(visitor, "/begin");

        Wire.Answer answer = first.visit(visitor, "/change-renew");

        assertThat(answer).extracting(Wire.Answer::status, Wire.Answer::body).containsExactly(200, "renewed");
        assertThat(second.visit(visitor, "/get?name=user").body()).isEqualTo("guest");
    }

    @Test
    void change_ofServletBeforeEndOnOtherNode_isRefused() throws Exception {
        Map<String, ServletNode.Code> code = Map.of("/slow", (request, response) -> {
            HttpSession session = requireNonNull(request.getSession(false));
            session.setAttribute("order", "42");
            gate.pass();
            response.getWriter().print("changed");
        });

        assertRefused(answerOfServlet(code));
    }

    @Test
    void readOnly_ofServletEndOnOtherNode_isAnswered() throws Exception {
        Map<String, ServletNode.Code> code = Map.of("/slow", (request, response) -> {
            @Nullable Object user = requireNonNull(request.getSession(false)).getAttribute("user");
            gate.pass();
            response.getWriter().print(user);
        });

        assertThat(answerOfServlet(code))
                .extracting(Wire.Answer::status, Wire.Answer::body)
                .containsExactly(200, "ann");
    }

    private Wire.Answer answerOfServlet(Map<String, ServletNode.Code> code) throws Exception {
        ServletNode.Plan plan = ServletNode.on(one);
        code.forEach(plan::on);
        first.visit(visitor, "/begin");
        try (ServletNode servlets = plan.start();
                Visitor other = Visitor.with(requireNonNull(visitor.session()));
                gate) {
            Future<Wire.Answer> request = InThread.call(() -> visitor.get(servlets.port(), "/slow"));
            gate.awaitArrival();
            logoutOn(second).by(other);
            gate.open();
            return request.get(20, TimeUnit.SECONDS);
        }
    }
}
