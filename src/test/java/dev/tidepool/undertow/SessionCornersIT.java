package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.StatusCodes;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What applications seldom do, and what has to hold all the same. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SessionCornersIT {
    /** Undertow's own attributes may be such as no other node can have. */
    private static final String NAME = "io.undertow.x";

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        visitor.close();
        one.close();
        two.close();
    }

    private CoreNode withUndertowAttribute(StoreNode store) {
        return CoreNode.on(store)
                .page("/stored", exchange -> CoreNode.session(exchange).setAttribute(NAME, "stored"))
                .page(
                        "/here",
                        exchange -> CoreNode.session(exchange).setAttribute(NAME, new Object() {
                            @Override
                            public String toString() {
                                return "here";
                            }
                        }))
                .page("/removed", CoreNode.onSession((exchange, session) -> session.removeAttribute(NAME)));
    }

    @Test
    void attributeOfUndertow_storedThenLocalThenRemoved_isGoneEverywhere() throws Exception {
        try (CoreNode node = withUndertowAttribute(one);
                CoreNode other = withUndertowAttribute(two)) {
            node.visit(visitor, "/stored");
            assertThat(other.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("stored");
            assertThat(node.visit(visitor, "/here").body()).isEqualTo("stored");
            assertThat(node.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("here");
            assertThat(other.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("null");

            assertThat(node.visit(visitor, "/removed").body()).isEqualTo("here");

            assertGone(node, other);
        }
    }

    @Test
    void attributeOfUndertow_localThenStoredThenRemoved_isGoneEverywhere() throws Exception {
        try (CoreNode node = withUndertowAttribute(one);
                CoreNode other = withUndertowAttribute(two)) {
            node.visit(visitor, "/here");
            assertThat(other.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("null");
            assertThat(node.visit(visitor, "/stored").body()).isEqualTo("here");
            assertThat(node.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("stored");
            assertThat(other.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("stored");

            assertThat(node.visit(visitor, "/removed").body()).isEqualTo("stored");

            assertGone(node, other);
        }
    }

    private void assertGone(CoreNode... nodes) throws Exception {
        for (CoreNode node : nodes) {
            assertThat(node.visit(visitor, "/get?name=" + NAME).body()).isEqualTo("null");
            assertThat(node.visit(visitor, "/names").body()).isEqualTo("[]");
        }
    }

    /** Whether the store is back when the response goes out. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void invalidate_failedAfterChangeOfId_leavesClientWithIdThatWorks(boolean back) throws Exception {
        try (CoreNode node = CoreNode.on(one).page("/change-and-end", CoreNode.onSession((exchange, session) -> {
                    session.changeSessionId(exchange, CoreNode.config(exchange));
                    one.watched().fail(WatchedCache.WRITES);
                    try {
                        session.invalidate(exchange);
                        return "ended";
                    } catch (RuntimeException e) {
                        if (back) {
                            one.watched().heal();
                        }
                        return "failed";
                    }
                }));
                CoreNode other = CoreNode.on(two)) {
            node.visit(visitor, "/set?name=item&value=kept");
            String old = requireNonNull(visitor.session());

            Wire.Answer answer = node.visit(visitor, "/change-and-end");
            one.watched().heal();

            assertThat(answer.status()).isEqualTo(back ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE);
            assertThat(answer.sessionCookie().isPresent()).isEqualTo(back);
            assertThat(visitor.session())
                    .isNotNull()
                    .satisfies(id -> assertThat(id.equals(old)).isNotEqualTo(back));
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
            assertThat(other.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
        }
    }

    /** Two contexts share a cookie; one changes the id that the other goes on with. */
    @Test
    void getSession_ofIdThatOtherContextStillKnows_isFresh() throws Exception {
        try (ServletContexts contexts = ServletContexts.of(
                        name -> new JCacheSessionManagerFactory(one.manager().application(name)))
                .on(
                        "/front",
                        "/begin",
                        (request, response) -> request.getSession().setAttribute("item", "front"))
                .on(
                        "/front",
                        "/get",
                        (request, response) ->
                                response.getWriter().print(request.getSession().getAttribute("item")))
                .on(
                        "/back",
                        "/begin",
                        (request, response) -> request.getSession().setAttribute("item", "back"))
                .on("/back", "/login", (request, response) -> request.changeSessionId())
                .on(
                        "/back",
                        "/get",
                        (request, response) -> response.getWriter()
                                .print(request.getSession().isNew() + " "
                                        + request.getSession().getAttribute("item")))
                .start()) {
            contexts.visit(visitor, "/front/begin");
            String shared = requireNonNull(visitor.session());
            contexts.visit(visitor, "/back/begin");
            assertThat(visitor.session()).isEqualTo(shared);
            contexts.visit(visitor, "/back/login");
            String changed = requireNonNull(visitor.session());
            assertThat(changed).isNotEqualTo(shared);
            visitor.adopt(shared);

            Wire.Answer answer = contexts.visit(visitor, "/back/get");

            assertThat(answer.status()).isEqualTo(StatusCodes.OK);
            assertThat(answer.body()).isEqualTo("true null");
            assertThat(visitor.session()).isNotIn(shared, changed);
            visitor.adopt(changed);
            assertThat(contexts.visit(visitor, "/back/get").body()).isEqualTo("false back");
            visitor.adopt(shared);
            assertThat(contexts.visit(visitor, "/front/get").body()).isEqualTo("front");
        }
    }

    private CoreNode touchingAlways() {
        return CoreNode.start(one.manager().touchInterval(Duration.ZERO).build(StoreNode.APPLICATION))
                .withPages()
                .page("/begin-with-login", exchange -> {
                    CoreNode.session(exchange).setAttribute("item", "old");
                    return CoreNode.session(exchange).changeSessionId(exchange, CoreNode.config(exchange));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"/set?name=item&value=new", "/begin-with-login"})
    void request_thatBeginsSessionWithoutTouchInterval_isOneWrite(String path) throws Exception {
        try (CoreNode node = touchingAlways()) {
            one.watched().clear();

            node.visit(visitor, path);
            node.visit(new Visitor(), "/plain");

            assertThat(writes()).isEqualTo(1);
        }
    }

    @Test
    void request_thatChangesSessionWithoutTouchInterval_isOneWrite() throws Exception {
        try (CoreNode node = touchingAlways()) {
            node.visit(visitor, "/set?name=item&value=old");
            one.watched().clear();

            node.visit(visitor, "/set?name=item&value=new");
            node.visit(new Visitor(), "/plain");

            assertThat(writes()).isEqualTo(1);
        }
    }

    /** The entry of the new id, the moment of change, and what spares readers the look at the old one. */
    @Test
    void login_withoutTouchInterval_isNoMoreThanTheChange() throws Exception {
        try (CoreNode node = touchingAlways()) {
            node.visit(visitor, "/set?name=item&value=old");
            one.watched().clear();

            node.visit(visitor, "/login");
            node.visit(new Visitor(), "/plain");

            assertThat(writes()).isEqualTo(3);
        }
    }

    private long writes() {
        return one.watched().made().stream().filter(WatchedCache.WRITES).count();
    }

    /** What a FailureResponse must not do. */
    enum Broken implements FailureResponse {
        NOTHING {
            @Override
            @SuppressWarnings("NullAway")
            public byte[] respond(HttpServerExchange exchange, RuntimeException failure) {
                return null;
            }
        },
        EXCEPTION {
            @Override
            public byte[] respond(HttpServerExchange exchange, RuntimeException failure) {
                throw new IllegalStateException("broken, says the test");
            }
        },
        ERROR {
            @Override
            public byte[] respond(HttpServerExchange exchange, RuntimeException failure) {
                throw new AssertionError("broken, says the test");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Broken.class)
    void failureResponse_thatFailsItself_is503(Broken broken) throws Exception {
        try (CoreNode node = CoreNode.start(
                        one.manager().failureResponse(broken).build(StoreNode.APPLICATION))
                .withPages()) {
            one.watched().fail(WatchedCache.WRITES);

            Wire.Answer answer = visitor.get(node.port(), "/set?name=item&value=new");
            one.watched().heal();

            assertThat(answer.status()).isEqualTo(StatusCodes.SERVICE_UNAVAILABLE);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.sessionCookie()).isEmpty();
            assertThat(visitor.get(node.port(), "/plain").body()).isEqualTo("plain");
        }
    }
}
