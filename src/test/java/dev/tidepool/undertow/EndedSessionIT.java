package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session that was invalidated never comes back, whatever other requests have in flight. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class EndedSessionIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final StoreNode three = StoreNode.on(table);

    @AfterEach
    void close() {
        one.close();
        two.close();
        three.close();
    }

    /** The application's work is done, so its response goes out; what it put into the session is lost with it. */
    @Test
    void save_sessionInvalidatedElsewhereMeanwhile_writesNothing() throws Exception {
        CompletableFuture<Throwable> afterwards = new CompletableFuture<>();
        try (CoreNode node = CoreNode.on(one).on("/change", new BlockingHandler(exchange -> {
                    Session session = requireNonNull(CoreNode.existing(exchange));
                    session.setAttribute("item", "new");
                    exchange.getOutputStream().write("changed".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                    exchange.getOutputStream().flush();
                    afterwards.complete(catchThrowable(() -> session.getAttribute("item")));
                }));
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");
            one.watched().beforeNext(WatchedCache.WRITES, () -> end(other, visitor));

            Wire.Answer answer = node.visit(visitor, "/change");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(afterwards.get(20, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class);
            assertThat(one.items()).isEmpty();
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        }
    }

    /** Every call of a request, one after another, comes after the end of its session. */
    @ParameterizedTest
    @ValueSource(strings = {"/get?name=item", "/change", "/login", "/set-and-login", "/end"})
    void request_sessionInvalidatedElsewhereBeforeAnyOfItsCalls_doesNotBringItBack(String path) throws Exception {
        for (int call = 1; call <= 8; call++) {
            try (CoreNode node = nodeThatWritesEachAccess(one)
                            .page(
                                    "/change",
                                    CoreNode.onSession((exchange, session) -> session.setAttribute("item", "new")))
                            .page("/set-and-login", CoreNode.onSession((exchange, session) -> {
                                session.setAttribute("item", "new");
                                return session.changeSessionId(exchange, CoreNode.config(exchange)) == null;
                            }));
                    CoreNode fresh = CoreNode.on(three);
                    Visitor visitor = new Visitor()) {
                visitor.get(node.port(), "/set?name=item&value=old");
                String old = requireNonNull(visitor.session());
                Session elsewhere = requireNonNull(managerOf(two).getSession(old));
                one.watched().clear();
                beforeCall(call, () -> endUnlessEnded(elsewhere));

                node.visit(visitor, path);
                one.watched().heal();
                endUnlessEnded(elsewhere);

                assertThat(found(fresh, old))
                        .as("%s, call %s, old id", path, call)
                        .isEqualTo(CoreNode.NO_SESSION);
                assertThat(found(fresh, visitor.session()))
                        .as("%s, call %s, present id", path, call)
                        .isEqualTo(CoreNode.NO_SESSION);
            }
        }
    }

    /** What the other node has in flight merges onto the session wherever it is by then. */
    @Test
    void request_changedElsewhereBeforeAnyOfTheCallsOfItsIdChange_losesNothing() throws Exception {
        for (int call = 1; call <= 8; call++) {
            try (CoreNode node = CoreNode.on(one).page("/set-and-login", CoreNode.onSession((exchange, session) -> {
                        session.setAttribute("own", "1");
                        session.changeSessionId(exchange, CoreNode.config(exchange));
                        return "both";
                    }));
                    CoreNode fresh = CoreNode.on(three);
                    Visitor visitor = new Visitor()) {
                visitor.get(node.port(), "/set?name=item&value=old");
                String old = requireNonNull(visitor.session());
                Session elsewhere = requireNonNull(managerOf(two).getSession(old));
                beforeCall(call, () -> elsewhere.setAttribute("item", "other"));

                node.visit(visitor, "/set-and-login");
                if (one.watched().hasRules()) {
                    one.watched().heal();
                    elsewhere.setAttribute("item", "other");
                }

                String present = requireNonNull(visitor.session());
                assertThat(present).isNotEqualTo(old);
                assertThat(found(fresh, old)).as("call %s", call).isEqualTo(CoreNode.NO_SESSION);
                assertThat(found(fresh, present)).as("call %s", call).isEqualTo("other");
                try (Visitor again = Visitor.with(present)) {
                    assertThat(again.get(fresh.port(), "/get?name=own").body()).isEqualTo("1");
                }
            }
        }
    }

    /** The other way round: a request saves, and before any of its calls the id changes on the other node. */
    @Test
    void request_idChangedElsewhereBeforeAnyOfItsCalls_savesUnderNewId() throws Exception {
        for (int call = 2; call <= 4; call++) {
            try (CoreNode node = CoreNode.on(one);
                    CoreNode other = CoreNode.on(two);
                    CoreNode fresh = CoreNode.on(three);
                    Visitor visitor = new Visitor();
                    Visitor renaming = new Visitor()) {
                visitor.get(node.port(), "/set?name=item&value=old");
                String old = requireNonNull(visitor.session());
                one.watched().clear();
                beforeCall(call, () -> {
                    try (Visitor meanwhile = Visitor.with(old)) {
                        meanwhile.get(other.port(), "/login");
                        renaming.adopt(requireNonNull(meanwhile.session()));
                    }
                });

                Wire.Answer answer = node.visit(visitor, "/set?name=item&value=new");
                boolean raced = !one.watched().hasRules();
                one.watched().heal();

                assertThat(answer.status()).isEqualTo(200);
                if (raced) {
                    assertThat(found(fresh, old)).isEqualTo(CoreNode.NO_SESSION);
                    assertThat(found(fresh, renaming.session())).isEqualTo("new");
                } else {
                    assertThat(found(fresh, old)).isEqualTo("new");
                }
            }
        }
    }

    /** Two requests on one node, of which one ends the session that the other has changed. */
    @Test
    void save_sessionInvalidatedOnSameNodeMeanwhile_writesNothing() throws Exception {
        Visitor ending = new Visitor();
        try (CoreNode node = CoreNode.on(one);
                ending;
                Visitor visitor = new Visitor()) {
            node.page("/slow", CoreNode.onSession((exchange, session) -> {
                session.setAttribute("item", "new");
                return ending.get(node.port(), "/end").body();
            }));
            visitor.get(node.port(), "/set?name=item&value=old");
            ending.adopt(requireNonNull(visitor.session()));

            Wire.Answer answer = node.visit(visitor, "/slow");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(one.items()).isEmpty();
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        }
    }

    /** The id may come again, as contexts share it; another session then has it. */
    @Test
    void save_sessionEndedAndOtherBegunUnderItsId_leavesThatAlone() throws Exception {
        try (CoreNode node = CoreNode.on(one).page("/change", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("item", "of the first");
                    return "changed";
                }));
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            other.page("/begin-again", exchange -> {
                String id = requireNonNull(visitor.session());
                return other.manager().createSession(exchange, new GivenId(id)).setAttribute("other", "of the second");
            });
            visitor.get(node.port(), "/set?name=item&value=old");
            Session kept = requireNonNull(node.manager().getSession(visitor.session()));
            one.watched().beforeNext(WatchedCache.WRITES, () -> {
                end(other, visitor);
                new Visitor().get(other.port(), "/begin-again");
            });

            assertThat(node.visit(visitor, "/change").status()).isEqualTo(503);

            assertThat(visitor.get(other.port(), "/names").body()).isEqualTo("[other]");
            assertThat(visitor.get(node.port(), "/names").body()).isEqualTo("[other]");
            assertThatThrownBy(() -> kept.setAttribute("item", "new")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> kept.invalidate(null)).isInstanceOf(IllegalStateException.class);
            assertThat(visitor.get(other.port(), "/names").body()).isEqualTo("[other]");
        }
    }

    @Test
    void handle_sessionInvalidatedElsewhere_refuses() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");
            Session kept = requireNonNull(node.manager().getSession(visitor.session()));
            end(other, visitor);

            assertThatThrownBy(() -> kept.setAttribute("item", "new")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> kept.getAttribute("item")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> kept.invalidate(null)).isInstanceOf(IllegalStateException.class);
            assertThat(kept.changeSessionId(nothing(), new io.undertow.server.session.SessionCookieConfig()))
                    .isNull();
            assertThat(one.items()).isEmpty();
        }
    }

    @SuppressWarnings("NullAway") // there is no exchange
    private static HttpServerExchange nothing() {
        return null;
    }

    @Test
    void getSession_afterEndWithinSameRequest_findsNone() throws Exception {
        try (CoreNode node = CoreNode.on(one).page("/end-and-ask", CoreNode.onSession((exchange, session) -> {
                    session.invalidate(exchange);
                    return CoreNode.existing(exchange) == null ? "gone" : "there";
                }));
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");

            Wire.Answer answer = visitor.get(node.port(), "/end-and-ask");

            assertThat(answer.body()).isEqualTo("gone");
            assertThat(visitor.session()).as("the cookie is cleared").isNull();
            assertThat(one.items()).isEmpty();
        }
    }

    /** Requests of two nodes end one session: one of them has done it, and the listeners of that node are told. */
    @Test
    void invalidate_byTwoNodesAtOnce_isToldOnce() throws Exception {
        SessionEvents first = new SessionEvents();
        SessionEvents second = new SessionEvents();
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.manager().registerSessionListener(first);
            other.manager().registerSessionListener(second);
            visitor.get(node.port(), "/set?name=item&value=old");
            first.clear();
            one.watched().beforeNext(WatchedCache.WRITES, () -> end(other, visitor));

            visitor.get(node.port(), "/end");

            List<String> heard = new ArrayList<>(first.heard());
            heard.addAll(second.heard());
            assertThat(heard).containsExactly("destroyed INVALIDATED");
            assertThat(one.items()).isEmpty();
        }
    }

    private static void endUnlessEnded(Session session) {
        Throwable refusal = catchThrowable(() -> session.invalidate(null));
        assertThat(refusal == null || refusal instanceof IllegalStateException).isTrue();
    }

    private void beforeCall(int number, WatchedCache.Action action) {
        int[] calls = {0};
        one.watched().next(call -> ++calls[0] == number, call -> {
            action.run();
            return call.proceed();
        });
    }

    private static CoreNode nodeThatWritesEachAccess(StoreNode store) {
        return CoreNode.start(store.manager().touchInterval(Duration.ZERO).build(StoreNode.APPLICATION))
                .withPages();
    }

    private static JCacheSessionManager managerOf(StoreNode store) {
        return store.manager().build(StoreNode.APPLICATION);
    }

    private static void end(CoreNode node, Visitor visitor) throws Exception {
        try (Visitor other = Visitor.with(visitor.session())) {
            assertThat(other.get(node.port(), "/end").body()).isEqualTo("ended");
        }
    }

    private static String found(CoreNode node, @Nullable String id) throws Exception {
        try (Visitor visitor = Visitor.with(id)) {
            return visitor.get(node.port(), "/get?name=item").body();
        }
    }
}
