package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import io.undertow.server.session.Session;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limit of sessions per node: whose count, which one makes room, and what a refused visitor gets. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class MaxSessionsIT {
    private static final String SET = "/set?name=item&value=kept";
    private static final String GET = "/get?name=item";

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);
    private final List<Visitor> visitors = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (Visitor visitor : visitors) {
            visitor.close();
        }
        one.close();
        two.close();
    }

    private CoreNode limited(int limit, boolean endOldest) {
        return CoreNode.start(
                        one.manager().maxSessions(limit).endOldest(endOldest).build(StoreNode.APPLICATION))
                .withPages();
    }

    private Visitor visitor() {
        Visitor visitor = new Visitor();
        visitors.add(visitor);
        return visitor;
    }

    /** A visitor whose session began on a node. */
    private Visitor began(CoreNode node) throws Exception {
        Visitor visitor = visitor();
        assertThat(node.visit(visitor, SET).status()).isEqualTo(200);
        clock.advance(Duration.ofSeconds(1));
        return visitor;
    }

    private List<Visitor> beganElsewhereAndPassedBy(int count, CoreNode elsewhere, CoreNode node) throws Exception {
        List<Visitor> foreign = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Visitor visitor = began(elsewhere);
            assertThat(node.visit(visitor, GET).body()).isEqualTo("kept");
            foreign.add(visitor);
        }
        return foreign;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void limit_sessionsThatPassedBy_doNotCount(boolean endOldest) throws Exception {
        try (CoreNode node = limited(2, endOldest);
                CoreNode elsewhere = CoreNode.on(two)) {
            List<Visitor> foreign = beganElsewhereAndPassedBy(5, elsewhere, node);

            Visitor first = began(node);
            Visitor second = began(node);

            foreign.addAll(List.of(first, second));
            for (Visitor visitor : foreign) {
                assertThat(elsewhere.visit(visitor, GET).body()).isEqualTo("kept");
            }
        }
    }

    @Test
    void limit_endOldest_endsOldestThatThisNodeCreated() throws Exception {
        SessionEvents events = new SessionEvents();
        try (CoreNode node = limited(2, true);
                CoreNode elsewhere = CoreNode.on(two)) {
            List<Visitor> living = beganElsewhereAndPassedBy(2, elsewhere, node);
            Visitor oldest = began(node);
            living.add(began(node));
            living.addAll(beganElsewhereAndPassedBy(2, elsewhere, node));
            node.manager().registerSessionListener(events);

            living.add(began(node));

            assertThat(elsewhere.visit(oldest, GET).body()).isEqualTo(CoreNode.NO_SESSION);
            for (Visitor visitor : living) {
                assertThat(elsewhere.visit(visitor, GET).body()).isEqualTo("kept");
            }
            assertThat(events.heard()).containsOnlyOnce("destroyed TIMEOUT");
        }
    }

    @Test
    void limit_reachedByOwnSessions_refuses() throws Exception {
        try (CoreNode node = limited(2, false);
                CoreNode elsewhere = CoreNode.on(two)) {
            began(node);
            Visitor last = began(node);
            beganElsewhereAndPassedBy(1, elsewhere, node);

            assertThat(node.visit(visitor(), SET).status()).isEqualTo(503);

            node.visit(last, "/end");
            assertThat(node.visit(visitor(), SET).status()).isEqualTo(200);
        }
    }

    /** A session that began here, and whose deadline another node watches, is that node's. */
    @Test
    void limit_sessionThatAnotherNodeHasTakenOver_countsNoMore() throws Exception {
        try (CoreNode node = limited(1, false);
                CoreNode elsewhere = CoreNode.on(two)) {
            Visitor visitor = began(node);
            clock.advance(Duration.ofSeconds(10));
            elsewhere.visit(visitor, "/set?name=item&value=new");
            assertThat(node.visit(visitor, GET).body()).isEqualTo("new");

            assertThat(node.visit(visitor(), SET).status()).isEqualTo(200);
        }
    }

    @Test
    void refusal_applicationCatchesIt_isIllegalStateExceptionAndItsOwnAnswer() throws Exception {
        try (CoreNode node = limited(1, false)) {
            node.page("/brave", exchange -> {
                try {
                    Session session = CoreNode.session(exchange);
                    return "began " + session.getAttributeNames();
                } catch (IllegalStateException e) {
                    return "come back later";
                }
            });
            began(node);

            Wire.Answer answer = node.visit(visitor(), "/brave");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("come back later");
            assertThat(answer.sessionCookie()).isEmpty();
        }
    }

    @Test
    void refusal_escapesHandler_isFailureResponse() throws Exception {
        try (CoreNode node = CoreNode.start(one.manager()
                        .maxSessions(1)
                        .failureResponse((exchange, failure) -> {
                            exchange.setStatusCode(503);
                            return ("full: " + (failure instanceof IllegalStateException))
                                    .getBytes(StandardCharsets.UTF_8);
                        })
                        .build(StoreNode.APPLICATION))
                .withPages()) {
            Visitor first = began(node);

            Wire.Answer answer = node.visit(visitor(), SET);

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("full: true");
            assertThat(answer.sessionCookie()).isEmpty();
            assertThat(node.visit(first, GET).body()).isEqualTo("kept");
            assertThat(requireNonNull(node.manager().getStatistics()).getRejectedSessions())
                    .isEqualTo(1);
        }
    }

    @Test
    void refusal_escapesServlet_is503() throws Exception {
        try (ServletNode node = ServletNode.of(
                        new JCacheSessionManagerFactory(one.manager().maxSessions(1)))
                .on("/begin", (request, response) -> request.getSession().setAttribute("item", "kept"))
                .on(
                        "/page",
                        (request, response) -> response.getWriter()
                                .print(requireNonNull(request.getSession(false)).getAttribute("item")))
                .start()) {
            Visitor first = visitor();
            assertThat(node.visit(first, "/begin").status()).isEqualTo(200);

            Wire.Answer answer = node.visit(visitor(), "/begin");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).doesNotContain("IllegalStateException");
            assertThat(answer.sessionCookie()).isEmpty();
            assertThat(node.visit(first, "/page").body()).isEqualTo("kept");
        }
    }
}
