package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.server.session.Session;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the end of an abandoned session costs that three nodes have served. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class EndCostIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    private static final Duration INTERVAL = Duration.ofSeconds(60);
    private static final Duration MOMENT = Duration.ofMillis(1);

    /** A deadline includes the interval, within which accesses are not written. */
    private static final Duration LIFE = TIMEOUT.plus(INTERVAL);

    /** One node with its calls to the store. */
    private static final class Place implements AutoCloseable {
        private final StoreNode store;
        private final CoreNode node;
        private final SessionEvents events = new SessionEvents();

        Place(StoreNode store, UnaryOperator<JCacheSessionManager.Builder> settings) {
            this.store = store;
            JCacheSessionManager manager =
                    settings.apply(store.manager().localAttributes("channel")).build(StoreNode.APPLICATION);
            manager.registerSessionListener(events);
            node = CoreNode.start(manager).withPages().page("/keep", exchange -> {
                Session session = CoreNode.session(exchange);
                session.setAttribute("channel", new CountDownLatch(7));
                return "kept";
            });
        }

        void visit(Visitor visitor, String path) throws Exception {
            assertThat(node.visit(visitor, path).status()).isEqualTo(200);
        }

        void endDue() {
            ((JCacheSessionManager) node.manager()).endDue();
        }

        List<String> calls() {
            return store.watched().calls();
        }

        /** What it calls when it ends what is due by now. */
        List<String> callsToEndDue() {
            store.watched().clear();
            endDue();
            return calls();
        }

        boolean hasToldTimeout() {
            return events.heard().contains("destroyed TIMEOUT");
        }

        @Override
        public void close() {
            node.close();
            store.close();
        }
    }

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final Place one = place(clock, TIMEOUT, INTERVAL);
    private final Place two = place(clock, TIMEOUT, INTERVAL);
    private final Place three = place(clock, TIMEOUT, INTERVAL);
    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        visitor.close();
        one.close();
        two.close();
        three.close();
    }

    private Place place(InstantSource source, Duration timeout, Duration interval) {
        return new Place(
                StoreNode.on(table, source),
                builder -> builder.sessionTimeout(timeout).touchInterval(interval));
    }

    @Test
    void timeout_othersHaveOnlyRead_costsTheWriterOneReadAndOneDelete() throws Exception {
        one.visit(visitor, "/set?name=item&value=kept");
        two.visit(visitor, "/get?name=item");
        three.visit(visitor, "/get?name=item");
        clock.advance(LIFE.plus(MOMENT));

        assertThat(two.callsToEndDue()).isEmpty();
        assertThat(three.callsToEndDue()).isEmpty();
        assertThat(one.callsToEndDue()).containsExactly("get", "remove");

        Eventually.holds("the writer tells", one::hasToldTimeout);
        assertThat(two.hasToldTimeout()).isFalse();
        assertThat(one.store.items()).isEmpty();
    }

    @Test
    void timeout_othersReadAfterTheWriterWasDone_costsTheWriterOneReadAndOneDelete() throws Exception {
        one.visit(visitor, "/set?name=item&value=kept");
        two.visit(visitor, "/get?name=item");
        three.visit(visitor, "/get?name=item");
        clock.advance(LIFE.plus(MOMENT));

        assertThat(one.callsToEndDue()).containsExactly("get", "remove");
        assertThat(two.callsToEndDue()).isEmpty();
        assertThat(three.callsToEndDue()).isEmpty();
    }

    @Test
    void timeout_otherNodeWroteLater_costsTheEarlierWriterOneRead() throws Exception {
        one.visit(visitor, "/set?name=item&value=kept");
        Duration later = Duration.ofMinutes(2);
        clock.advance(later);
        two.visit(visitor, "/get?name=item");
        Eventually.holds("the access is written", () -> two.calls().contains("replace"));
        three.visit(visitor, "/get?name=item");

        clock.advance(LIFE.plus(MOMENT).minus(later));
        assertThat(one.callsToEndDue()).containsExactly("get");
        assertThat(two.callsToEndDue()).isEmpty();
        assertThat(three.callsToEndDue()).isEmpty();

        clock.advance(later);
        assertThat(one.callsToEndDue()).isEmpty();
        assertThat(three.callsToEndDue()).isEmpty();
        assertThat(two.callsToEndDue()).containsExactly("get", "remove");
        Eventually.holds("the last writer tells", two::hasToldTimeout);
        assertThat(one.hasToldTimeout()).isFalse();
        assertThat(one.store.items()).isEmpty();
    }

    /** Whoever reads a later deadline lets the one that wrote it watch. */
    @Test
    void timeout_earlierWriterHasSeenLaterDeadline_costsItNothing() throws Exception {
        one.visit(visitor, "/set?name=item&value=kept");
        clock.advance(Duration.ofMinutes(2));
        two.visit(visitor, "/get?name=item");
        Eventually.holds("the access is written", () -> two.calls().contains("replace"));
        one.visit(visitor, "/get?name=item");
        clock.advance(LIFE.plus(MOMENT));

        assertThat(one.callsToEndDue()).isEmpty();
        assertThat(two.callsToEndDue()).containsExactly("get", "remove");
    }

    @Test
    void timeout_otherNodeHasLocalAttributes_costsItOneRead() throws Exception {
        one.visit(visitor, "/set?name=item&value=kept");
        two.visit(visitor, "/get?name=item");
        three.visit(visitor, "/keep");
        clock.advance(LIFE.plus(MOMENT));

        assertThat(one.callsToEndDue()).containsExactly("get", "remove");
        assertThat(two.callsToEndDue()).isEmpty();
        assertThat(three.callsToEndDue()).containsExactly("get");
        assertThat(three.callsToEndDue()).as("it knows by now").isEmpty();
    }

    /** The same by the timers, whose nodes are not told when. */
    @Test
    void timeout_byTimers_costsOneReadAndOneDelete() throws Exception {
        Duration timeout = Duration.ofSeconds(1);
        Duration interval = Duration.ofSeconds(2);
        InstantSource source = InstantSource.system();
        try (Place writer = place(source, timeout, interval);
                Place reader = place(source, timeout, interval);
                Place other = place(source, timeout, interval)) {
            writer.visit(visitor, "/set?name=item&value=kept");
            reader.visit(visitor, "/get?name=item");
            other.visit(visitor, "/get?name=item");
            List.of(writer, reader, other)
                    .forEach(place -> place.store.watched().clear());

            Eventually.holds(
                    "the timeout is told",
                    () -> writer.hasToldTimeout() || reader.hasToldTimeout() || other.hasToldTimeout());
            long told = System.nanoTime();
            Eventually.holds(
                    "the timers of the others had their time", () -> System.nanoTime() - told > timeout.toNanos());

            assertThat(writer.calls()).containsExactly("get", "remove");
            assertThat(reader.calls()).isEmpty();
            assertThat(other.calls()).isEmpty();
            assertThat(writer.store.items()).isEmpty();
        }
    }
}
