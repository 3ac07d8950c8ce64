package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.UnreliableTransport;
import dev.tidepool.cache.UnreliableTransport.Fault;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

/** A logout that fails is said to have failed, as every other change; one that only seemed to fail is a logout. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class LogoutFailureIT {
    private static boolean isRemoval(WatchedCache.Call call) {
        return call.name().equals("remove");
    }

    private static CoreNode core(StoreNode store) {
        return CoreNode.on(store);
    }

    private static ServletNode servlets(StoreNode store) throws Exception {
        return ServletNode.on(store)
                .on("/set", (request, response) -> request.getSession().setAttribute("item", "kept"))
                .on("/get", LogoutFailureIT::show)
                .on("/end", (request, response) -> {
                    requireNonNull(request.getSession(false)).invalidate();
                    response.getWriter().print("ended");
                })
                .start();
    }

    private static void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.getWriter()
                .print(
                        request.getSession(false) == null
                                ? CoreNode.NO_SESSION
                                : request.getSession(false).getAttribute("item"));
    }

    @Test
    void logout_storeFails_is503AndNoLogout() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = core(store);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            store.watched().fail(WatchedCache.WRITES);

            assertRefused(node.visit(visitor, "/end"));

            store.watched().heal();
            assertThat(visitor.session()).isEqualTo(id);
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
            assertThat(node.visit(visitor, "/end").body()).isEqualTo("ended");
        }
    }

    @Test
    void logoutOfServlets_storeFails_is503AndNoLogout() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                ServletNode node = servlets(store);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set");
            String id = requireNonNull(visitor.session());
            store.watched().fail(WatchedCache.WRITES);

            assertRefused(node.visit(visitor, "/end"));

            store.watched().heal();
            assertThat(visitor.session()).isEqualTo(id);
            assertThat(node.visit(visitor, "/get").body()).isEqualTo("kept");
            assertThat(node.visit(visitor, "/end").body()).isEqualTo("ended");
        }
    }

    /** As with sessions in memory, the second end is an exception to whoever asks for it, and the logout is one. */
    @Test
    void logout_listenerEndsTheSessionOnceMore_isALogout() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = core(store);
                Visitor visitor = new Visitor()) {
            node.manager().registerSessionListener(new SessionEvents() {
                @Override
                public void sessionDestroyed(
                        Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                    assertThatIllegalStateException().isThrownBy(() -> session.invalidate(exchange));
                }
            });
            node.visit(visitor, "/set?name=item&value=kept");

            Wire.Answer answer = node.visit(visitor, "/end");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ended");
        }
    }

    private static void assertRefused(Wire.Answer answer) {
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.sessionCookie()).isEmpty();
        assertThat(answer.body()).doesNotContain("logged out", "CacheException", "dev.tidepool");
    }

    /** The removal itself fails; only what was asked for before it has gone well. */
    private static void loseAnswer(StoreNode store) {
        store.watched().next(LogoutFailureIT::isRemoval, call -> {
            assertThat(call.proceed()).isEqualTo(true);
            throw new CacheException("the answer is lost, says the test");
        });
    }

    @Test
    void logout_answerOfRemovalIsLost_isLogout() throws Exception {
        SessionEvents events = new SessionEvents();
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = core(store);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            node.manager().registerSessionListener(events);
            loseAnswer(store);

            Wire.Answer answer = node.visit(visitor, "/end");

            assertThat(store.watched().hasRules()).isFalse();
            assertLogout(answer, events, visitor);
            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            }
            assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
            assertThat(node.manager().getActiveSessions()).isEmpty();
        }
    }

    private static void assertLogout(Wire.Answer answer, SessionEvents events, Visitor visitor) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ended");
        assertThat(visitor.session()).as("the cookie is cleared").isNull();
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void logoutOfServlets_answerOfRemovalIsLost_isLogout() throws Exception {
        SessionEvents events = new SessionEvents();
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                ServletNode node = servlets(store);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set");
            String id = requireNonNull(visitor.session());
            node.deployment().getSessionManager().registerSessionListener(events);
            loseAnswer(store);

            Wire.Answer answer = node.visit(visitor, "/end");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ended");
            assertThat(events.heard()).containsOnlyOnce("destroyed INVALIDATED");
            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/get").body()).isEqualTo(CoreNode.NO_SESSION);
            }
        }
    }

    /** The client of the store sends the request again, and the second one finds nothing to remove. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_AFTER", "ERROR_AFTER"})
    void logout_answerOfDynamoDbIsLost_isLogout(Fault fault) throws Exception {
        SessionEvents events = new SessionEvents();
        UnreliableTransport transport =
                new UnreliableTransport(Apache5HttpClient.builder().build());
        try (StoreNode store = StoreNode.over(transport, StoreNode.freshTable());
                CoreNode node = core(store);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            node.manager().registerSessionListener(events);
            transport.failNext("DeleteItem", fault, () -> {});

            Wire.Answer answer = node.visit(visitor, "/end");

            assertThat(transport.isFaultPending()).isFalse();
            assertLogout(answer, events, visitor);
            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            }
        }
    }

    /** Whether the removal has come through is not known while the store cannot be asked. */
    @Test
    void logout_answerIsLostAndStoreFailsAfterIt_is503() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = core(store);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            store.watched().next(LogoutFailureIT::isRemoval, call -> {
                call.proceed();
                store.watched().fail(WatchedCache.ALL);
                throw new CacheException("the answer is lost, says the test");
            });

            assertRefused(node.visit(visitor, "/end"));

            store.watched().heal();
            assertThat(visitor.session()).isEqualTo(id);
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        }
    }
}
