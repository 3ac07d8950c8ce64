package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SecureRandomSessionIdGenerator;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When sessions time out, by a clock that the test moves. The deadline is the session's own: the reference
 * implementation keeps entries for ever.
 */
@ParameterizedClass
@EnumSource(
        mode = EnumSource.Mode.EXCLUDE,
        names = {"MEMORY", "CONNECT"})
class SessionDeadlineIT {
    private static final int TIMEOUT = 1000;
    private static final Duration A_MILLI = Duration.ofMillis(1);

    private final SteeredClock clock = new SteeredClock();
    private final Cache<String, StoredSession> cache;
    private final String deployment = Store.freshName();
    private final List<SessionServer> nodes = new ArrayList<>();
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();

    SessionDeadlineIT(Store store) {
        cache = store.cache(clock);
    }

    @AfterEach
    void stop() {
        nodes.forEach(SessionServer::close);
    }

    /** Starts a node that writes every access. */
    private SessionServer node() {
        return node(builder -> builder.touchInterval(Duration.ZERO));
    }

    private SessionServer node(UnaryOperator<JCacheSessionManager.Builder> settings) {
        SessionManager manager = settings.apply(
                        JCacheSessionManager.builder(cache).clock(clock).sessionTimeout(Duration.ofSeconds(TIMEOUT)))
                .build(deployment);
        manager.registerSessionListener(events);
        SessionServer node = SessionServer.start(manager);
        nodes.add(node);
        return node;
    }

    private static int sweep(SessionServer node) {
        return ((JCacheSessionManager) node.manager()).sweep();
    }

    private static String created(SessionServer node, Browser by) {
        visit(node, by, exchange -> node.newSession(exchange).setAttribute("name", "value"));
        return by.sessionId().orElseThrow();
    }

    /**
     * Has a request handled; returns when its access has been saved as well. That happens after the response, and
     * counts as an access at the time it happens.
     */
    private static void visit(SessionServer node, Browser by, HttpHandler handler) {
        node.visit(by, handler);
        ExchangeEnds.awaitWrites(node.manager());
    }

    private void assertAlive(SessionServer node) {
        visit(
                node,
                browser,
                exchange -> assertThat(requireNonNull(node.session(exchange)).getAttribute("name"))
                        .isEqualTo("value"));
    }

    private void assertTimedOut(SessionServer node) {
        visit(node, browser, exchange -> assertThat(node.session(exchange)).isNull());
    }

    @Test
    void getSession_lastMilliOfTimeout_isThere() {
        SessionServer node = node();
        created(node, browser);

        clock.advance(Duration.ofSeconds(TIMEOUT).minus(A_MILLI));

        assertAlive(node);
    }

    @Test
    void getSession_afterTimeout_isGoneAndHeardOnce() {
        SessionServer node = node();
        String id = created(node, browser);
        events.clear();

        clock.advance(Duration.ofSeconds(TIMEOUT));

        assertTimedOut(node);
        assertTimedOut(node);
        assertThat(node.manager().getSession(id)).isNull();
        assertThat(node.manager().getAllSessions()).isEmpty();
        assertThat(node.manager().getStatistics().getExpiredSessionCount()).isOne();
        assertThat(events.heard()).containsExactly("destroyed TIMEOUT");
    }

    @Test
    void getSession_idAfterTimeout_isNullAndHeard() {
        SessionServer node = node();
        String id = created(node, browser);
        events.clear();

        clock.advance(Duration.ofSeconds(TIMEOUT));

        assertThat(node.manager().getSession(id)).isNull();
        assertThat(events.heard()).containsExactly("destroyed TIMEOUT");
    }

    @Test
    void getSession_afterTimeoutOnOtherNode_isHeardThereWithAttributes() {
        SessionServer one = node();
        created(one, browser);
        one.manager().stop();
        SessionServer two = node();
        List<Object> seen = new CopyOnWriteArrayList<>();
        two.manager().registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                seen.add(reason + " " + session.getAttribute("name"));
            }
        });

        clock.advance(Duration.ofSeconds(TIMEOUT));

        assertTimedOut(two);
        one.manager().start();
        assertTimedOut(one);
        assertThat(seen).containsExactly("TIMEOUT value");
    }

    @Test
    void requests_eachBeforeTimeout_keepSessionAlive() {
        SessionServer one = node();
        SessionServer two = node();
        created(one, browser);

        for (int visit = 0; visit < 4; visit++) {
            clock.advance(Duration.ofSeconds(TIMEOUT - 1));
            assertAlive(visit % 2 == 0 ? two : one);
        }

        clock.advance(Duration.ofSeconds(TIMEOUT));
        assertTimedOut(one);
    }

    @Test
    void requests_throttledAccess_neverShortensSession() {
        SessionServer node = node(builder -> builder.touchInterval(Duration.ofSeconds(100)));
        created(node, browser);
        clock.advance(Duration.ofSeconds(99));
        assertAlive(node);

        clock.advance(Duration.ofSeconds(TIMEOUT).minus(A_MILLI));

        assertAlive(node);
    }

    @Test
    void requests_throttledAccess_sessionEndsAtMostIntervalLate() {
        SessionServer node = node(builder -> builder.touchInterval(Duration.ofSeconds(100)));
        created(node, browser);

        clock.advance(Duration.ofSeconds(TIMEOUT + 100));

        assertTimedOut(node);
    }

    @Test
    void touchInterval_unset_isTwentiethOfTimeout() {
        SessionServer node = node(UnaryOperator.identity());
        created(node, browser);
        clock.advance(Duration.ofSeconds(TIMEOUT + TIMEOUT / 20).minus(A_MILLI));
        assertAlive(node);

        clock.advance(Duration.ofSeconds(TIMEOUT + TIMEOUT / 20));

        assertTimedOut(node);
    }

    @Test
    void touchInterval_unsetAndLongTimeout_isMinute() {
        SessionServer node = node(builder -> builder.sessionTimeout(Duration.ofHours(10)));
        created(node, browser);
        clock.advance(Duration.ofHours(10).plusSeconds(60).minus(A_MILLI));
        assertAlive(node);

        clock.advance(Duration.ofHours(10).plusSeconds(60));

        assertTimedOut(node);
    }

    @Test
    void use_outsideOfRequest_isNoAccess() {
        SessionServer node = node();
        String id = created(node, browser);
        clock.advance(Duration.ofSeconds(TIMEOUT / 2));
        requireNonNull(node.manager().getSession(id)).setAttribute("name", "other");

        clock.advance(Duration.ofSeconds(TIMEOUT / 2));

        assertTimedOut(node);
    }

    @Test
    void setMaxInactiveInterval_outsideOfRequest_countsFromThen() {
        SessionServer node = node();
        SessionServer other = node();
        String id = created(node, browser);
        clock.advance(Duration.ofSeconds(TIMEOUT / 2));
        requireNonNull(node.manager().getSession(id)).setMaxInactiveInterval(TIMEOUT);

        clock.advance(Duration.ofSeconds(TIMEOUT).minus(A_MILLI));
        assertAlive(other);
    }

    @Test
    void setMaxInactiveInterval_longer_isKeptOnOtherNode() {
        SessionServer one = node();
        SessionServer two = node();
        created(one, browser);
        visit(one, browser, exchange -> requireNonNull(one.session(exchange)).setMaxInactiveInterval(10 * TIMEOUT));

        clock.advance(Duration.ofSeconds(10 * TIMEOUT).minus(A_MILLI));
        assertAlive(two);
        clock.advance(Duration.ofSeconds(10 * TIMEOUT));
        assertTimedOut(two);
    }

    @Test
    void setMaxInactiveInterval_shorter_endsSoonerOnOtherNode() {
        SessionServer one = node();
        SessionServer two = node();
        created(one, browser);
        visit(one, browser, exchange -> requireNonNull(one.session(exchange)).setMaxInactiveInterval(10));

        clock.advance(Duration.ofSeconds(10));

        assertTimedOut(two);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void setMaxInactiveInterval_notPositive_isNever(int never) {
        SessionServer one = node();
        SessionServer two = node();
        created(one, browser);
        visit(one, browser, exchange -> requireNonNull(one.session(exchange)).setMaxInactiveInterval(never));

        clock.advance(Duration.ofDays(36_500));

        assertAlive(two);
        assertThat(sweep(two)).isZero();
        visit(
                two,
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getMaxInactiveInterval())
                        .isEqualTo(never));
    }

    @Test
    void setMaxInactiveInterval_positiveAfterNever_timesOutAgain() {
        SessionServer node = node();
        String id = created(node, browser);
        requireNonNull(node.manager().getSession(id)).setMaxInactiveInterval(0);
        clock.advance(Duration.ofDays(10));
        requireNonNull(node.manager().getSession(id)).setMaxInactiveInterval(TIMEOUT);

        clock.advance(Duration.ofSeconds(TIMEOUT));

        assertTimedOut(node);
    }

    @Test
    void setMaxInactiveInterval_largest_doesNotOverflow() {
        SessionServer node = node();
        created(node, browser);
        visit(
                node,
                browser,
                exchange -> requireNonNull(node.session(exchange)).setMaxInactiveInterval(Integer.MAX_VALUE));

        clock.advance(Duration.ofSeconds(Integer.MAX_VALUE).minus(A_MILLI));

        assertAlive(node);
    }

    @Test
    void getLastAccessedTime_everyAccessWritten_isSameOnOtherNode() {
        SessionServer one = node();
        SessionServer two = node();
        created(one, browser);
        long creation = clock.millis();
        clock.advance(Duration.ofSeconds(10));
        visit(one, browser, exchange -> {
            Session session = requireNonNull(one.session(exchange));
            assertThat(session.getLastAccessedTime()).isEqualTo(creation);
            clock.advance(Duration.ofSeconds(1));
        });
        clock.advance(Duration.ofSeconds(10));

        visit(
                two,
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getLastAccessedTime())
                        .isEqualTo(creation + 10_000));
    }

    @Test
    void getLastAccessedTime_throttled_lagsOnOtherNodeOnly() {
        SessionServer one = node(builder -> builder.touchInterval(Duration.ofSeconds(100)));
        SessionServer two = node(builder -> builder.touchInterval(Duration.ofSeconds(100)));
        created(one, browser);
        long creation = clock.millis();
        clock.advance(Duration.ofSeconds(50));
        assertAlive(one);
        clock.advance(Duration.ofSeconds(1));

        visit(
                one,
                browser,
                exchange -> assertThat(requireNonNull(one.session(exchange)).getLastAccessedTime())
                        .isEqualTo(creation + 50_000));
        visit(
                two,
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getLastAccessedTime())
                        .isEqualTo(creation));
    }

    @Test
    void sweep_expiredSessionOfStoppedNode_endsAndTells() {
        SessionServer one = node();
        String expired = created(one, browser);
        one.manager().stop();
        events.clear();
        SessionServer two = node();
        clock.advance(Duration.ofSeconds(TIMEOUT - 1));
        String alive = created(two, new Browser());
        clock.advance(Duration.ofSeconds(1));

        assertThat(sweep(two)).isOne();
        assertThat(sweep(two)).isZero();

        assertThat(events.heard()).filteredOn("destroyed TIMEOUT"::equals).hasSize(1);
        assertThat(cache.containsKey(deployment + ":" + expired)).isFalse();
        assertThat(two.manager().getSession(alive)).isNotNull();
    }

    @Test
    void sweep_otherApplication_isLeftAlone() {
        SessionServer node = node();
        created(node, browser);
        events.clear();
        JCacheSessionManager other =
                JCacheSessionManager.builder(cache).clock(clock).build(Store.freshName());
        clock.advance(Duration.ofSeconds(TIMEOUT));

        assertThat(other.sweep()).isZero();
        assertThat(events.heard()).isEmpty();
        assertThat(sweep(node)).isOne();
    }

    @Test
    void entry_pastDeadline_staysUntilSomebodyEndsIt() {
        SessionServer node = node();
        String id = created(node, browser);
        String key = deployment + ":" + id;

        clock.advance(Duration.ofSeconds(TIMEOUT));

        // The grace, in which a node can still tell the listeners.
        assertThat(cache.containsKey(key)).isTrue();
        assertTimedOut(node);
        assertThat(cache.containsKey(key)).isFalse();
    }

    @Test
    void createSession_givenIdOfExpiredSession_isNewOne() {
        SessionServer node = node();
        String id = new SecureRandomSessionIdGenerator().createSessionId();
        visit(
                node,
                browser,
                exchange ->
                        node.manager().createSession(exchange, new GivenId(id)).setAttribute("name", "old"));
        events.clear();
        clock.advance(Duration.ofSeconds(TIMEOUT));

        visit(node, browser, exchange -> {
            Session session = node.manager().createSession(exchange, new GivenId(id));
            assertThat(session.getId()).isEqualTo(id);
            assertThat(session.getAttributeNames()).isEmpty();
        });

        assertThat(events.heard()).containsExactly("destroyed TIMEOUT", "created");
        assertThat(node.manager().getSession(id)).isNotNull();
    }

    @Test
    void handle_afterTimeout_isRefused() {
        SessionServer node = node();
        AtomicReference<Session> kept = new AtomicReference<>();
        visit(node, browser, exchange -> kept.set(node.newSession(exchange)));
        clock.advance(Duration.ofSeconds(TIMEOUT));
        assertTimedOut(node);

        assertThatThrownBy(() -> requireNonNull(kept.get()).getAttributeNames())
                .isInstanceOf(IllegalStateException.class);
    }
}
