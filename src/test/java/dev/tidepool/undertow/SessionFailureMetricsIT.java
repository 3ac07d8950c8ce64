package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.SessionMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.Serializable;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The counters that alarms stand on: what has failed and why, and why sessions have ended. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SessionFailureMetricsIT {
    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private CoreNode measured(JCacheSessionManager.Builder builder) {
        CoreNode node = CoreNode.start(builder.build(StoreNode.APPLICATION)).withPages();
        new SessionMetrics(JCacheSessionManager.engineOf(node.manager())).bindTo(registry);
        return node;
    }

    private long counted(String name) {
        return (long)
                registry.get("tidepool.sessions." + name).functionCounter().count();
    }

    private long counted(String name, String reason) {
        return (long) registry.get("tidepool.sessions." + name)
                .tag("reason", reason)
                .functionCounter()
                .count();
    }

    private String failures() {
        return counted("failures", "store") + " store, " + counted("failures", "too.large") + " too large, "
                + counted("failures", "class.not.allowed") + " not allowed, " + counted("failures", "ended.meanwhile")
                + " ended meanwhile";
    }

    @Test
    void failures_none_areCountersThatStandAtZero() throws Exception {
        try (CoreNode node = measured(one.manager());
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");

            assertThat(failures()).isEqualTo("0 store, 0 too large, 0 not allowed, 0 ended meanwhile");
            assertThat(counted("unreadable")).isZero();
            assertThat(counted("ended", "invalidated")).isZero();
            assertThat(counted("ended", "timeout")).isZero();
        }
    }

    @Test
    void failures_storeCannotBeReadOrWritten_areCountedByRequest() throws Exception {
        try (CoreNode node = measured(one.manager());
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            one.watched().fail(WatchedCache.WRITES);
            assertThat(node.visit(visitor, "/set?name=item&value=new").status()).isEqualTo(503);
            assertThat(failures()).isEqualTo("1 store, 0 too large, 0 not allowed, 0 ended meanwhile");

            one.watched().fail(WatchedCache.READS);
            assertThat(node.visit(visitor, "/get?name=item").status()).isEqualTo(503);

            assertThat(failures()).isEqualTo("2 store, 0 too large, 0 not allowed, 0 ended meanwhile");
            one.watched().heal();
        }
    }

    /** An item of DynamoDB holds 400 KB, and what is random is not compressed. */
    @Test
    void failures_sessionThatDoesNotFit_areTooLarge() throws Exception {
        byte[] large = new byte[450 * 1024];
        new Random(1).nextBytes(large);
        try (CoreNode node = measured(one.manager()).page("/large", exchange -> {
                    CoreNode.session(exchange).setAttribute("item", large);
                    return "set";
                });
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/large").status()).isEqualTo(503);

            assertThat(failures()).isEqualTo("0 store, 1 too large, 0 not allowed, 0 ended meanwhile");
        }
    }

    /** What no configuration of the tests allows. */
    static final class Thing implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    private static JCacheSessionManager.Builder allowingNothing(StoreNode store) {
        return JCacheSessionManager.builder(store.watched().cache()).application(StoreNode.APPLICATION);
    }

    private static CoreNode withThing(CoreNode node) {
        return node.page("/thing", exchange -> {
            try {
                CoreNode.session(exchange).setAttribute("thing", new Thing());
                return "set";
            } catch (IllegalArgumentException e) {
                return "refused";
            }
        });
    }

    @Test
    void failures_classThatIsNotAllowed_areCounted() throws Exception {
        try (CoreNode node = withThing(measured(allowingNothing(one)));
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/thing").body()).isEqualTo("refused");

            assertThat(failures()).isEqualTo("0 store, 0 too large, 1 not allowed, 0 ended meanwhile");
        }
    }

    @Test
    void failures_sessionThatEndedDuringRequest_areEndedMeanwhile() throws Exception {
        try (CoreNode other = CoreNode.on(two);
                CoreNode node = measured(one.manager());
                Visitor visitor = new Visitor();
                Visitor sameVisitor = new Visitor()) {
            node.page("/overtaken", exchange -> {
                CoreNode.session(exchange).setAttribute("here", "1");
                return other.visit(sameVisitor, "/end").body();
            });
            node.visit(visitor, "/set?name=item&value=kept");
            sameVisitor.adopt(String.valueOf(visitor.session()));

            assertThat(node.visit(visitor, "/overtaken").status()).isEqualTo(503);

            assertThat(failures()).isEqualTo("0 store, 0 too large, 0 not allowed, 1 ended meanwhile");
        }
    }

    /** Once for each attribute that somebody asked for in vain. */
    @Test
    void unreadable_attributeOfClassThatIsNotAllowedHere_isCounted() throws Exception {
        try (CoreNode other = withThing(CoreNode.on(two));
                CoreNode node = measured(allowingNothing(one));
                Visitor visitor = new Visitor()) {
            assertThat(other.visit(visitor, "/thing").body()).isEqualTo("set");
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("null");
            assertThat(counted("unreadable")).isZero();

            assertThat(node.visit(visitor, "/get?name=thing").body()).isEqualTo("null");

            assertThat(counted("unreadable")).isEqualTo(1);
            assertThat(failures()).isEqualTo("0 store, 0 too large, 0 not allowed, 0 ended meanwhile");
        }
    }

    @Test
    void ended_sessions_areCountedByReason() throws Exception {
        try (CoreNode node = measured(one.manager());
                Visitor ann = new Visitor();
                Visitor bob = new Visitor()) {
            node.visit(ann, "/set?name=item&value=kept");
            node.visit(bob, "/set?name=item&value=kept");

            node.visit(ann, "/end");
            assertThat(counted("ended", "invalidated")).isEqualTo(1);
            assertThat(counted("ended", "timeout")).isZero();

            clock.advance(Duration.ofMinutes(32));
            ((JCacheSessionManager) node.manager()).endDue();
            Eventually.holds("the timeout is counted", () -> counted("ended", "timeout") == 1);
            assertThat(counted("ended", "invalidated")).isEqualTo(1);
            assertThat(counted("expired")).isEqualTo(2);
        }
    }
}
