package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.SessionMetrics;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.undertow.server.session.InMemorySessionManager;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SessionMetricsIT {
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

    private long active() {
        return (long) registry.get("tidepool.sessions.active").gauge().value();
    }

    /** Every request is one access: it is written with a change, after the interval, or not at all. */
    @Test
    void flushesAndTouches_readsAndChanges_addUpToAllAccesses() throws Exception {
        try (CoreNode node = measured(one.manager().touchInterval(Duration.ofSeconds(60)));
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            assertThat(counted("created")).isEqualTo(1);
            assertThat(counted("flushes")).isEqualTo(1);
            assertThat(counted("touches.saved")).isZero();

            for (int i = 0; i < 5; i++) {
                clock.advance(Duration.ofSeconds(10));
                node.visit(visitor, "/get?name=item");
            }
            assertThat(counted("flushes")).isEqualTo(1);
            assertThat(counted("touches.saved")).isEqualTo(5);

            clock.advance(Duration.ofSeconds(10));
            node.visit(visitor, "/get?name=item");
            assertThat(counted("flushes")).as("the interval has passed").isEqualTo(2);
            assertThat(counted("touches.saved")).isEqualTo(5);

            clock.advance(Duration.ofSeconds(10));
            node.visit(visitor, "/set?name=item&value=other");
            assertThat(counted("flushes")).as("changed").isEqualTo(3);
            assertThat(counted("touches.saved")).isEqualTo(5);

            clock.advance(Duration.ofSeconds(10));
            node.visit(visitor, "/set?name=item&value=other");
            assertThat(counted("flushes")).as("set to what it is").isEqualTo(3);
            assertThat(counted("touches.saved")).isEqualTo(6);

            clock.advance(Duration.ofSeconds(10));
            node.visit(visitor, "/plain");
            assertThat(counted("touches.saved")).as("no access of the session").isEqualTo(6);
        }
    }

    @Test
    void touches_intervalOfZero_areNeverSaved() throws Exception {
        try (CoreNode node = measured(one.manager().touchInterval(Duration.ZERO));
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            for (int i = 0; i < 3; i++) {
                clock.advance(Duration.ofSeconds(1));
                node.visit(visitor, "/get?name=item");
            }

            assertThat(counted("flushes")).isEqualTo(4);
            assertThat(counted("touches.saved")).isZero();
        }
    }

    @Test
    void sessions_createdEndedAndMoved_areCounted() throws Exception {
        try (CoreNode node = measured(one.manager());
                Visitor ann = new Visitor();
                Visitor bob = new Visitor()) {
            node.visit(ann, "/set?name=item&value=kept");
            node.visit(bob, "/set?name=item&value=kept");
            assertThat(counted("created")).isEqualTo(2);
            assertThat(active()).isEqualTo(2);

            node.visit(ann, "/login");
            assertThat(counted("flushes")).as("a new id is one save").isEqualTo(3);
            assertThat(counted("created")).isEqualTo(2);

            node.visit(ann, "/end");
            assertThat(counted("expired")).isEqualTo(1);
            assertThat(active()).isEqualTo(1);
        }
    }

    @Test
    void sessions_moreThanNodeMayHold_areCountedAsRejected() throws Exception {
        try (CoreNode node = measured(one.manager().maxSessions(1));
                Visitor ann = new Visitor();
                Visitor bob = new Visitor()) {
            addTrying(node);
            node.visit(ann, "/try");
            assertThat(node.visit(bob, "/try").body()).isEqualTo("refused");

            assertThat(counted("rejected")).isEqualTo(1);
            assertThat(counted("created")).isEqualTo(1);
        }
    }

    private static void addTrying(CoreNode node) {
        node.page("/try", exchange -> {
            try {
                CoreNode.session(exchange).setAttribute("item", "kept");
                return "stored";
            } catch (IllegalStateException e) {
                return "refused";
            }
        });
    }

    /** A request changes one attribute while another node changes another. */
    @Test
    void conflicts_saveThatHadToMerge_isCounted() throws Exception {
        try (CoreNode other = CoreNode.on(two);
                CoreNode node = measured(one.manager());
                Visitor visitor = new Visitor();
                Visitor sameVisitor = new Visitor()) {
            node.page("/overtaken", exchange -> {
                CoreNode.session(exchange).setAttribute("here", "1");
                return other.visit(sameVisitor, "/set?name=there&value=2").status();
            });
            node.visit(visitor, "/set?name=item&value=kept");
            assertThat(counted("conflicts")).isZero();
            sameVisitor.adopt(String.valueOf(visitor.session()));

            assertThat(node.visit(visitor, "/overtaken").body()).isEqualTo("200");

            assertThat(counted("conflicts")).isEqualTo(1);
            assertThat(node.visit(visitor, "/names").body()).isEqualTo("[here, item, there]");
        }
    }

    /** The statistics begin anew with the manager; counters that went back would look like a restart. */
    @Test
    void counters_managerStartedAgain_goOnWhileStatisticsBeginAnew() throws Exception {
        try (CoreNode node = measured(one.manager().maxSessions(1));
                Visitor visitor = new Visitor();
                Visitor refused = new Visitor()) {
            addTrying(node);
            node.visit(visitor, "/try");
            node.visit(refused, "/try");
            node.visit(visitor, "/end");
            JCacheSessionManager manager = (JCacheSessionManager) node.manager();
            assertThat(statistics(manager)).isEqualTo("1 created, 1 expired, 1 rejected");

            manager.stop();
            manager.start();

            assertThat(statistics(manager)).isEqualTo("0 created, 0 expired, 0 rejected");
            assertThat(manager.getAverageSessionAliveTime()).isZero();
            assertThat(counted("created")).isEqualTo(1);
            assertThat(counted("expired")).isEqualTo(1);
            assertThat(counted("rejected")).isEqualTo(1);

            node.visit(visitor, "/set?name=item&value=kept");
            assertThat(statistics(manager)).isEqualTo("1 created, 0 expired, 0 rejected");
            assertThat(counted("created")).isEqualTo(2);
        }
    }

    private static String statistics(JCacheSessionManager manager) {
        return manager.getCreatedSessionCount() + " created, " + manager.getExpiredSessionCount() + " expired, "
                + manager.getRejectedSessions() + " rejected";
    }

    @Test
    void metrics_ofServletDeployment_areThoseOfItsManager() throws Exception {
        try (ServletNode node = ServletNode.on(one)
                        .on("/set", (request, response) -> request.getSession().setAttribute("item", "kept"))
                        .start();
                Visitor visitor = new Visitor()) {
            new SessionMetrics(JCacheSessionManager.engineOf(node.deployment().getSessionManager())).bindTo(registry);

            node.visit(visitor, "/set");

            assertThat(counted("created")).isEqualTo(1);
            assertThat(active()).isEqualTo(1);
            assertThat(registry.getMeters())
                    .allSatisfy(meter ->
                            assertThat(meter.getId().getTag("deployment")).isEqualTo(StoreNode.APPLICATION));
        }
    }

    @Test
    void close_always_removesTheMetersFromEveryRegistry() {
        MeterRegistry other = new SimpleMeterRegistry();
        List<Tag> tags = List.of(Tag.of("site", "eu"));
        SessionMetrics metrics =
                new SessionMetrics(one.manager().build(StoreNode.APPLICATION).engine(), tags);
        metrics.bindTo(registry);
        metrics.bindTo(other);
        assertThat(registry.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(meter.getId().getTag("site")).isEqualTo("eu"));
        assertThat(names(other)).isEqualTo(names(registry));

        metrics.close();

        assertThat(registry.getMeters()).isEmpty();
        assertThat(other.getMeters()).isEmpty();
    }

    private static List<String> names(MeterRegistry registry) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .map(Meter.Id::getName)
                .sorted()
                .collect(Collectors.toList());
    }

    @Test
    void constructor_anotherManager_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JCacheSessionManager.engineOf(new InMemorySessionManager("shop")))
                .withMessageContaining("not io.undertow.server.session.InMemorySessionManager")
                .withMessageContaining("JCacheSessionManagerFactory");
    }
}
