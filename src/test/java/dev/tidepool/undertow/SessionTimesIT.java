package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Timeouts and the time of the last access, by the system's clock. */
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONNECT")
class SessionTimesIT {
    private final SessionManager manager;
    private final SessionServer server;
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();

    SessionTimesIT(Store store) {
        manager = store.manager();
        manager.registerSessionListener(events);
        server = SessionServer.start(manager);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String created(Browser by, int interval) {
        server.visit(by, exchange -> {
            Session session = server.newSession(exchange);
            session.setAttribute("name", "value");
            session.setMaxInactiveInterval(interval);
        });
        return by.sessionId().orElseThrow();
    }

    private Answer visit(BiConsumer<Session, HttpServerExchange> use) {
        return server.visit(browser, exchange -> use.accept(requireNonNull(server.session(exchange)), exchange));
    }

    /** Returns when the clock has moved, so that two times differ. */
    private static long laterThan(long millis) {
        long now = System.currentTimeMillis();
        while (now <= millis) {
            Thread.onSpinWait();
            now = System.currentTimeMillis();
        }
        return now;
    }

    @Test
    void timeout_passed_sessionEndsWithoutRequest() throws InterruptedException {
        AtomicReference<Object> seen = new AtomicReference<>();
        AtomicReference<HttpServerExchange> in = new AtomicReference<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(Session session, HttpServerExchange exchange, SessionDestroyedReason reason) {
                seen.set(session.getAttribute("name"));
                in.set(exchange);
            }
        });
        String id = created(browser, 1);

        events.await("destroyed TIMEOUT");

        assertThat(seen.get()).isEqualTo("value");
        assertThat(in.get()).isNull();
        assertThat(manager.getSession(id)).isNull();
        server.visit(browser, exchange -> assertThat(server.session(exchange)).isNull());
        assertThat(events.heard()).containsExactly("created", "added name: value", "destroyed TIMEOUT");
    }

    @Test
    void timeout_passed_handleIsInvalid() throws InterruptedException {
        Session handle = requireNonNull(manager.getSession(created(browser, 1)));

        events.await("destroyed TIMEOUT");

        // The listener is told before the session stops to answer.
        Polling.until(() -> isRefused(handle));
        assertThatThrownBy(() -> handle.invalidate(null)).isInstanceOf(IllegalStateException.class);
        assertThat(handle.changeSessionId(null, new GivenId(null))).isNull();
        assertThat(events.heard()).containsExactly("created", "added name: value", "destroyed TIMEOUT");
    }

    private static boolean isRefused(Session session) {
        try {
            session.getCreationTime();
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    @Test
    void setDefaultSessionTimeout_later_countsForNewSessions() throws InterruptedException {
        String before = created(new Browser(), 100);
        manager.setDefaultSessionTimeout(1);
        server.visit(
                browser,
                exchange -> assertThat(server.newSession(exchange).getMaxInactiveInterval())
                        .isEqualTo(1));
        String after = browser.sessionId().orElseThrow();

        events.await("destroyed TIMEOUT");

        assertThat(manager.getSession(after)).isNull();
        assertThat(requireNonNull(manager.getSession(before)).getMaxInactiveInterval())
                .isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void setMaxInactiveInterval_notPositive_isNever(int never) throws InterruptedException {
        created(browser, 1);
        visit((session, exchange) -> session.setMaxInactiveInterval(never));
        created(new Browser(), 1);

        events.await("destroyed TIMEOUT");

        visit((session, exchange) ->
                assertThat(session.getMaxInactiveInterval()).isEqualTo(never));
        assertThat(events.heard()).filteredOn("destroyed TIMEOUT"::equals).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void setDefaultSessionTimeout_notPositive_isNever(int never) throws InterruptedException {
        manager.setDefaultSessionTimeout(never);
        server.visit(browser, server::newSession);
        created(new Browser(), 1);

        events.await("destroyed TIMEOUT");

        visit((session, exchange) ->
                assertThat(session.getMaxInactiveInterval()).isEqualTo(never));
    }

    @Test
    void setMaxInactiveInterval_shorter_countsAtOnce() throws InterruptedException {
        String id = created(browser, 3600);
        requireNonNull(manager.getSession(id)).setMaxInactiveInterval(1);

        events.await("destroyed TIMEOUT");

        assertThat(manager.getSession(id)).isNull();
    }

    @Test
    void setMaxInactiveInterval_largest_doesNotOverflow() throws InterruptedException {
        created(browser, Integer.MAX_VALUE);
        created(new Browser(), 1);

        events.await("destroyed TIMEOUT");

        visit((session, exchange) ->
                assertThat(session.getMaxInactiveInterval()).isEqualTo(Integer.MAX_VALUE));
    }

    @Test
    void setMaxInactiveInterval_inRequest_isKept() {
        created(browser, 100);
        visit((session, exchange) -> {
            assertThat(session.getMaxInactiveInterval()).isEqualTo(100);
            session.setMaxInactiveInterval(200);
            assertThat(session.getMaxInactiveInterval()).isEqualTo(200);
        });
        visit((session, exchange) ->
                assertThat(session.getMaxInactiveInterval()).isEqualTo(200));
    }

    @Test
    void getLastAccessedTime_creatingRequest_isCreation() {
        String id = created(browser, 100);
        Session session = requireNonNull(manager.getSession(id));
        assertThat(session.getLastAccessedTime()).isEqualTo(session.getCreationTime());
    }

    @Test
    void getLastAccessedTime_secondRequest_isThatOfFirst() {
        created(browser, 100);
        visit((session, exchange) -> {
            laterThan(session.getCreationTime());
            assertThat(requireNonNull(server.session(exchange)).getLastAccessedTime())
                    .isEqualTo(session.getCreationTime());
        });
    }

    @Test
    void getLastAccessedTime_afterRequest_isItsFirstUse() {
        String id = created(browser, 100);
        AtomicLong before = new AtomicLong();
        AtomicLong after = new AtomicLong();
        server.visit(browser, exchange -> {
            before.set(laterThan(requireNonNull(manager.getSession(id)).getCreationTime()));
            server.session(exchange);
            after.set(System.currentTimeMillis());
            laterThan(after.get());
            server.session(exchange);
        });

        assertThat(requireNonNull(manager.getSession(id)).getLastAccessedTime()).isBetween(before.get(), after.get());
        visit((session, exchange) -> assertThat(session.getLastAccessedTime()).isBetween(before.get(), after.get()));
    }

    @Test
    void getLastAccessedTime_useWithoutRequest_isNoAccess() {
        String id = created(browser, 100);
        Session session = requireNonNull(manager.getSession(id));
        laterThan(session.getCreationTime());

        requireNonNull(manager.getSession(id)).setAttribute("name", "other");
        requireNonNull(manager.getSession(null, new GivenId(id))).getAttribute("name");

        assertThat(requireNonNull(manager.getSession(id)).getLastAccessedTime()).isEqualTo(session.getCreationTime());
    }

    @Test
    void getLastAccessedTime_listenerOfEnd_seesAccessBefore() {
        String id = created(browser, 100);
        long creation = requireNonNull(manager.getSession(id)).getCreationTime();
        List<Long> seen = new CopyOnWriteArrayList<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(Session session, HttpServerExchange exchange, SessionDestroyedReason reason) {
                seen.add(session.getLastAccessedTime());
            }
        });
        laterThan(creation);

        visit(Session::invalidate);

        assertThat(seen).containsExactly(creation);
    }

    @Test
    void requestDone_twice_changesNothing() {
        String id = created(browser, 100);
        visit((session, exchange) -> session.requestDone(exchange));

        assertThat(requireNonNull(manager.getSession(id)).getAttribute("name")).isEqualTo("value");
    }
}
