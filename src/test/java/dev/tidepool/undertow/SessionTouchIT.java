package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When accesses are written, and how long a session lives by them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SessionTouchIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    private static final Duration INTERVAL = Duration.ofSeconds(60);
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @Test
    void access_withinInterval_isWrittenOncePerInterval() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            one.watched().clear();
            int visits = 0;

            for (Duration passed = Duration.ZERO;
                    passed.compareTo(INTERVAL.multipliedBy(10)) < 0;
                    passed = passed.plusSeconds(7)) {
                clock.advance(Duration.ofSeconds(7));
                assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
                visits++;
            }

            assertThat(Collections.frequency(one.watched().calls(), "get")).isEqualTo(visits);
            assertThat(one.watched().calls().size() - visits).isBetween(8, 10);
        }
    }

    @Test
    void access_intervalOfZero_isWrittenEveryTime() throws Exception {
        try (CoreNode node = touching(one, Duration.ZERO);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            one.watched().clear();

            for (int i = 0; i < 5; i++) {
                clock.advance(Duration.ofSeconds(1));
                node.visit(visitor, "/get?name=item");
            }

            assertThat(one.watched().calls())
                    .containsExactly(
                            "get", "replace", "get", "replace", "get", "replace", "get", "replace", "get", "replace");
        }
    }

    /** The default interval of a short session is 5 % of its timeout, so that it is not all interval. */
    @Test
    void access_ofShortSession_isWrittenAfterFivePercentOfTimeout() throws Exception {
        try (CoreNode node = CoreNode.start(one.manager()
                                .sessionTimeout(Duration.ofSeconds(100))
                                .build(StoreNode.APPLICATION))
                        .withPages();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            one.watched().clear();

            clock.advance(Duration.ofSeconds(5).minus(MOMENT));
            node.visit(visitor, "/get?name=item");
            assertThat(one.watched().calls()).containsExactly("get");

            clock.advance(Duration.ofSeconds(1));
            node.visit(visitor, "/get?name=item");
            assertThat(one.watched().calls()).containsExactly("get", "get", "replace");
        }
    }

    /** Wherever in an interval the last access falls, and whether it was written or not. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 30_000, 59_999, 60_000, 60_001, 90_000, 119_999, 180_000})
    void session_afterAccessAtAnyTime_livesForItsTimeout(long lastAccessMillis) throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(Duration.ofMillis(lastAccessMillis));
            node.visit(visitor, "/get?name=item");
            clock.advance(TIMEOUT.minus(MOMENT));

            assertThat(other.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
        }
    }

    @Test
    void session_visitedRarelyOnNodesInTurn_livesOn() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            for (int i = 0; i < 6; i++) {
                clock.advance(Duration.ofSeconds(59));
                assertThat(other.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
                clock.advance(TIMEOUT.minus(MOMENT));
                assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
            }
        }
    }

    @Test
    void session_timeoutAndIntervalAfterAccess_isOver() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(TIMEOUT.plus(INTERVAL).plus(MOMENT));

            assertThat(other.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        }
    }

    /** Without an interval the timeout is exact. */
    @Test
    void session_intervalOfZero_endsAtItsTimeout() throws Exception {
        try (CoreNode node = touching(one, Duration.ZERO);
                CoreNode other = touching(two, Duration.ZERO);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(TIMEOUT.minus(Duration.ofMinutes(1))); // further from the deadline than any real timer runs
            assertThat(other.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
            clock.advance(TIMEOUT.plus(MOMENT));

            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
        }
    }

    @Test
    void lastAccessedTime_onOtherNode_lagsByIntervalAtMost() throws Exception {
        try (CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            for (int i = 0; i < 12; i++) {
                clock.advance(Duration.ofSeconds(17));
                long access = clock.millis();
                node.visit(visitor, "/get?name=item");
                long seen = Long.parseLong(other.visit(Visitor.with(visitor.session()), "/accessed")
                        .body());

                assertThat(access - seen).isBetween(0L, INTERVAL.toMillis());
            }
        }
    }

    /** A change is written anyway, and the access with it: no second write. */
    @Test
    void access_withChange_isWrittenWithIt() throws Exception {
        try (CoreNode node = touching(one, Duration.ZERO);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            one.watched().clear();
            clock.advance(Duration.ofSeconds(1));

            node.visit(visitor, "/set?name=item&value=new");

            assertThat(one.watched().calls()).containsExactly("get", "replace");
        }
    }

    private static CoreNode touching(StoreNode store, Duration interval) {
        return CoreNode.start(store.manager().touchInterval(interval).build(StoreNode.APPLICATION))
                .withPages();
    }
}
