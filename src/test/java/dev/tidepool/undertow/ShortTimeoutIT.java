package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import io.undertow.server.session.Session;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session whose timeout is short ends when it should: a default touch interval below a second is none. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ShortTimeoutIT {
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final SteeredClock clock = new SteeredClock();
    private final StoreNode store = StoreNode.on(StoreNode.freshTable(), clock);

    @AfterEach
    void close() {
        store.close();
    }

    private CoreNode node(Duration timeout, @Nullable Duration touchInterval) {
        JCacheSessionManager.Builder builder = store.manager().sessionTimeout(timeout);
        if (touchInterval != null) {
            builder.touchInterval(touchInterval);
        }
        return CoreNode.start(builder.build(StoreNode.APPLICATION)).withPages().page("/timeout", exchange -> {
            Session session = CoreNode.session(exchange);
            session.setMaxInactiveInterval(Integer.parseInt(CoreNode.query(exchange, "seconds")));
            return session.getMaxInactiveInterval();
        });
    }

    /** Found by its id, which is no access. */
    private static boolean lives(CoreNode node, Visitor visitor) {
        return node.manager().getSession(requireNonNull(visitor.session())) != null;
    }

    private void assertEndsAfter(Duration life, CoreNode node, Visitor visitor) throws Exception {
        clock.advance(life.minus(MOMENT));
        assertThat(lives(node, visitor)).as("a moment before").isTrue();

        clock.advance(MOMENT);

        assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 19})
    void session_defaultInterval_endsAtItsTimeout(int seconds) throws Exception {
        Duration timeout = Duration.ofSeconds(seconds);
        try (CoreNode node = node(timeout, null);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");

            assertEndsAfter(timeout, node, visitor);
        }
    }

    @Test
    void session_ownTimeout_endsAtIt() throws Exception {
        try (CoreNode node = node(Duration.ofMinutes(30), null);
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/timeout?seconds=3").body()).isEqualTo("3");

            assertEndsAfter(Duration.ofSeconds(3), node, visitor);
        }
    }

    /** Every access counts, as none may be left unwritten. */
    @Test
    void access_ofShortSession_isWrittenAndMovesItsDeadline() throws Exception {
        Duration timeout = Duration.ofSeconds(10);
        try (CoreNode node = node(timeout, null);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(Duration.ofMillis(100));
            store.watched().clear();

            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("kept");

            assertThat(store.watched().calls()).containsExactly("get", "replace");
            assertEndsAfter(timeout, node, visitor);
        }
    }

    /** From 20 seconds on the interval of five percent is a second, by which a session may live longer. */
    @Test
    void session_timeoutOf20Seconds_hasAnIntervalOfOne() throws Exception {
        try (CoreNode node = node(Duration.ofSeconds(20), null);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");

            assertEndsAfter(Duration.ofSeconds(21), node, visitor);
        }
    }

    @Test
    void session_intervalThatWasSet_keepsItHoweverShort() throws Exception {
        try (CoreNode node = node(Duration.ofSeconds(10), Duration.ofMillis(500));
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(Duration.ofMillis(100));
            store.watched().clear();
            node.visit(visitor, "/get?name=item");
            assertThat(store.watched().calls()).containsExactly("get");

            assertEndsAfter(Duration.ofMillis(10_400), node, visitor);
        }
    }
}
