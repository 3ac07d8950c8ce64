package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The id of a stored session changes in one moment: at none do both ids work, or neither. */
@ExtendWith(DynamoDbLocal.class)
@ParameterizedClass
@ValueSource(strings = {"native", "connect"})
@Timeout(60)
final class IdChangeIT {
    /** More than any change of an id needs. */
    private static final int MANY = 12;

    private final String table = StoreNode.freshTable();
    private final StoreNode one;
    private final StoreNode two;

    IdChangeIT(String format) {
        one = StoreNode.in(format, table);
        two = StoreNode.in(format, table);
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** What ends a node in the middle of its work: nothing that it would like to do afterwards is done. */
    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("the node is gone", null, false, false);
        }
    }

    /** Whether the call that the node dies in reaches the store. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void changeSessionId_nodeDiesInAnyCall_leavesOneIdThatWorks(boolean reached) throws Exception {
        int crashes = 0;
        for (int last = 1; last <= MANY; last++) {
            String old = stored();
            JCacheSessionManager manager = one.manager().build(StoreNode.APPLICATION);
            Session session = requireNonNull(manager.getSession(old));
            one.watched().clear();
            dieIn(last, reached);

            Throwable end = catchThrowable(() -> session.changeSessionId(nothing(), new GivenId(null)));
            crashes += end instanceof Crash ? 1 : 0;
            Set<String> ids = idsAsked(old);
            one.watched().heal();

            assertThat(ids).as("dead in call %s", last).hasSizeBetween(1, 2);
            assertWorks(ids, "dead in call " + last);
            assertThat(end == null || end instanceof Crash).isTrue();
        }
        assertThat(crashes).isBetween(2, MANY - 1);
    }

    /** While one node is in the middle of it, another looks at both ids, before and after each of its calls. */
    @Test
    void changeSessionId_seenFromOtherNodeAtAnyMoment_showsOneIdThatWorks() throws Exception {
        String old = stored();
        Session session =
                requireNonNull(one.manager().build(StoreNode.APPLICATION).getSession(old));
        one.watched().clear();
        int[] looks = {0};
        one.watched().always(WatchedCache.ALL, call -> {
            assertWorks(idsAsked(old), "before a call");
            Object answer = call.proceed();
            assertWorks(idsAsked(old), "after a call");
            looks[0]++;
            return answer;
        });

        String changed = session.changeSessionId(nothing(), new GivenId(null));

        assertThat(looks[0]).isGreaterThanOrEqualTo(2);
        one.watched().heal();
        assertThat(works(requireNonNull(changed))).isTrue();
        assertThat(works(old)).isFalse();
    }

    /** Of a failure the node lives to tell: then the id that the client has is one that works. */
    @Test
    void login_storeFailsInAnyCall_leavesClientWithIdThatWorks() throws Exception {
        int failures = 0;
        for (int failed = 1; failed <= MANY; failed++) {
            try (CoreNode node = CoreNode.on(one);
                    CoreNode other = CoreNode.on(two);
                    Visitor visitor = new Visitor()) {
                visitor.get(node.port(), "/set?name=item&value=kept");
                String old = requireNonNull(visitor.session());
                one.watched().clear();
                failFrom(failed);

                Wire.Answer answer = node.visit(visitor, "/login");
                failures += answer.status() == 503 ? 1 : 0;
                Set<String> ids = idsAsked(old);
                one.watched().heal();

                assertThat(answer.status()).as("call %s", failed).isIn(200, 503);
                assertThat(visitor.get(other.port(), "/get?name=item").body())
                        .as("call %s", failed)
                        .isEqualTo("kept");
                assertThat(visitor.get(node.port(), "/get?name=item").body())
                        .as("call %s", failed)
                        .isEqualTo("kept");
                assertWorks(ids, "failure from call " + failed);
            }
        }
        assertThat(failures).isGreaterThanOrEqualTo(2);
    }

    @Test
    void login_ofStoredSession_changesTheOnlyIdThatWorks() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            String old = requireNonNull(visitor.session());
            visitor.get(node.port(), "/login");
            String present = requireNonNull(visitor.session());

            assertThat(present).isNotEqualTo(old);
            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("kept");
            assertThat(works(old)).isFalse();
            try (Visitor thief = Visitor.with(old)) {
                assertThat(thief.get(node.port(), "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
                assertThat(thief.get(other.port(), "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            }
        }
    }

    @Test
    void login_again_changesIdAgain() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            Set<String> ids = new TreeSet<>();
            for (int i = 0; i < 4; i++) {
                ids.add(requireNonNull(visitor.session()));
                visitor.get(i % 2 == 0 ? node.port() : other.port(), "/login");
                assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("kept");
            }
            ids.add(requireNonNull(visitor.session()));

            assertThat(ids).hasSize(5);
            assertWorks(ids, "after four changes");
        }
    }

    /** Whoever wins, the session has one id afterwards, and both browsers' requests are answered. */
    @Test
    void login_onTwoNodesAtOnce_leavesOneIdThatWorks() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor();
                Visitor rival = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            String old = requireNonNull(visitor.session());
            rival.adopt(old);
            int[] raced = {0};
            one.watched().next(call -> call.isWrite() && call.key().endsWith(old), call -> {
                raced[0]++;
                assertThat(rival.get(other.port(), "/login").status()).isEqualTo(200);
                return call.proceed();
            });

            Wire.Answer answer = node.visit(visitor, "/login");

            assertThat(raced[0]).isEqualTo(1);
            assertThat(answer.status()).isEqualTo(200);
            Set<String> ids =
                    new TreeSet<>(Set.of(old, requireNonNull(visitor.session()), requireNonNull(rival.session())));
            assertThat(ids).hasSize(3);
            assertWorks(ids, "after both");
        }
    }

    private String stored() throws Exception {
        try (CoreNode node = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=kept");
            return requireNonNull(visitor.session());
        }
    }

    private void dieIn(int last, boolean reached) {
        int[] calls = {0};
        one.watched().always(WatchedCache.ALL, call -> {
            calls[0]++;
            if (calls[0] == last && reached) {
                call.proceed();
            }
            if (calls[0] >= last) {
                throw new Crash();
            }
            return call.proceed();
        });
    }

    private void failFrom(int first) {
        int[] calls = {0};
        one.watched().always(WatchedCache.ALL, call -> {
            if (++calls[0] >= first) {
                throw new javax.cache.CacheException("the store is down, says the test");
            }
            return call.proceed();
        });
    }

    /** The ids that node one has named to the store, and one more. */
    private Set<String> idsAsked(String known) {
        Set<String> ids = new TreeSet<>(Set.of(known));
        one.watched().made().stream()
                .map(call -> call.key().replaceFirst("^" + StoreNode.APPLICATION + ":", ""))
                .filter(id -> !id.isEmpty())
                .forEach(ids::add);
        return ids;
    }

    private void assertWorks(Set<String> ids, String when) {
        assertThat(ids.stream().filter(this::works).count()).as(when).isEqualTo(1);
    }

    /** Whether a node that has seen nothing yet accepts an id. */
    private boolean works(String id) {
        Session session = two.manager().build(StoreNode.APPLICATION).getSession(id);
        if (session == null) {
            return false;
        }
        assertThat(session.getAttribute("item")).isEqualTo("kept");
        return true;
    }

    @SuppressWarnings("NullAway") // there is no exchange
    private static @Nullable HttpServerExchange nothing() {
        return null;
    }
}
