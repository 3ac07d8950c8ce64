package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.undertow.server.session.InMemorySessionManager;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionManager;
import io.undertow.server.session.SessionManagerStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What managers say of themselves, their limit of sessions, and handles that outlive their request. */
@ParameterizedClass
@EnumSource(Store.class)
class SessionManagersIT {
    private final Store store;
    private final List<SessionServer> servers = new ArrayList<>();
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();

    SessionManagersIT(Store store) {
        this.store = store;
    }

    @AfterEach
    void stop() {
        servers.forEach(SessionServer::close);
    }

    private SessionServer started(SessionManager manager) {
        manager.registerSessionListener(events);
        SessionServer server = SessionServer.start(manager);
        servers.add(server);
        return server;
    }

    private static String created(SessionServer server) {
        Browser browser = new Browser();
        server.visit(browser, exchange -> server.newSession(exchange).setAttribute("name", "value"));
        return browser.sessionId().orElseThrow();
    }

    @Test
    void manager_deployment_isItsNameAndIdentity() {
        String name = Store.freshName();
        SessionManager manager = store.manager(name);

        assertThat(manager.getDeploymentName()).isEqualTo(name);
        assertThat(manager.toString()).isEqualTo(name);
        assertThat(manager)
                .isEqualTo(store.manager(name))
                .isEqualTo(new InMemorySessionManager(name))
                .hasSameHashCodeAs(new InMemorySessionManager(name))
                .isNotEqualTo(store.manager())
                .isNotEqualTo(name);
        assertThat(new InMemorySessionManager(name)).isEqualTo(manager);
    }

    @Test
    void getAllSessions_sessionsOfNode_areCopies() {
        SessionServer server = started(store.manager());
        SessionManager manager = server.manager();
        String one = created(server);
        Set<String> all = manager.getAllSessions();
        Set<String> active = manager.getActiveSessions();
        String two = created(server);

        assertThat(all).isEqualTo(Set.of(one));
        assertThat(active).isEqualTo(Set.of(one));
        assertThat(manager.getAllSessions()).isEqualTo(Set.of(one, two));
        assertThat(manager.getActiveSessions()).isEqualTo(Set.of(one, two));
    }

    @Test
    void getStatistics_life_isCounted() {
        long before = System.currentTimeMillis();
        SessionServer server = started(store.manager());
        SessionManagerStatistics statistics = server.manager().getStatistics();
        assertThat(statistics.getStartTime()).isBetween(before, System.currentTimeMillis());
        assertThat(statistics.getAverageSessionAliveTime()).isZero();

        String one = created(server);
        String two = created(server);
        requireNonNull(server.manager().getSession(one)).invalidate(null);
        String three = created(server);
        requireNonNull(server.manager().getSession(two)).invalidate(null);

        assertThat(statistics.getCreatedSessionCount()).isEqualTo(3);
        assertThat(statistics.getActiveSessionCount()).isEqualTo(1);
        assertThat(statistics.getHighestSessionCount()).isEqualTo(2);
        assertThat(statistics.getExpiredSessionCount()).isEqualTo(2);
        assertThat(statistics.getRejectedSessions()).isZero();
        assertThat(server.manager().getSession(three)).isNotNull();
    }

    @Test
    void getStatistics_ended_timesAreThoseOfLives() {
        SessionServer server = started(store.manager());
        long before = System.currentTimeMillis();
        String one = created(server);
        Session session = requireNonNull(server.manager().getSession(one));
        Polling.until(() -> System.currentTimeMillis() > session.getCreationTime() + 20);
        session.invalidate(null);
        requireNonNull(server.manager().getSession(created(server))).invalidate(null);
        long most = System.currentTimeMillis() - before;

        SessionManagerStatistics statistics = server.manager().getStatistics();
        assertThat(statistics.getMaxSessionAliveTime()).isBetween(20L, most);
        assertThat(statistics.getAverageSessionAliveTime()).isBetween(10L, most);
    }

    @Test
    void getStatistics_timeout_isCountedAsExpired() throws InterruptedException {
        SessionServer server = started(store.manager());
        requireNonNull(server.manager().getSession(created(server))).setMaxInactiveInterval(1);

        events.await("destroyed TIMEOUT");

        Polling.until(() -> server.manager().getStatistics().getExpiredSessionCount() == 1);
        assertThat(server.manager().getStatistics().getActiveSessionCount()).isZero();
    }

    @Test
    void start_again_beginsCountsAnew() {
        SessionServer server = started(store.limited(Store.freshName(), 2, false));
        SessionManagerStatistics statistics = server.manager().getStatistics();
        requireNonNull(server.manager().getSession(created(server))).invalidate(null);
        created(server);
        created(server);
        assertThatThrownBy(() -> created(server)).isInstanceOf(IllegalStateException.class);
        assertThat(statistics.getRejectedSessions()).isOne();
        long first = statistics.getStartTime();
        Polling.until(() -> System.currentTimeMillis() > first);

        server.manager().start();

        assertThat(statistics.getCreatedSessionCount()).isZero();
        assertThat(statistics.getExpiredSessionCount()).isZero();
        assertThat(statistics.getRejectedSessions()).isZero();
        assertThat(statistics.getAverageSessionAliveTime()).isZero();
        assertThat(statistics.getStartTime()).isGreaterThan(first);
        assertThat(statistics.getActiveSessionCount()).isEqualTo(2);
        assertThat(statistics.getHighestSessionCount()).isEqualTo(2);
    }

    @Test
    void limit_reached_refusesNewSessions() {
        SessionServer server = started(store.limited(Store.freshName(), 2, false));
        String one = created(server);
        String two = created(server);

        server.visit(
                browser,
                exchange -> assertThatThrownBy(() -> server.newSession(exchange))
                        .isInstanceOf(IllegalStateException.class));

        assertThat(browser.sessionId()).isEmpty();
        assertThat(server.manager().getAllSessions()).isEqualTo(Set.of(one, two));
        assertThat(server.manager().getStatistics().getRejectedSessions()).isOne();
        assertThat(server.manager().getStatistics().getCreatedSessionCount()).isEqualTo(2);
        assertThat(server.manager().getStatistics().getMaxActiveSessions()).isEqualTo(2);
        assertThat(events.heard()).filteredOn("created"::equals).hasSize(2);
    }

    @Test
    void limit_reachedAndOneEnded_acceptsAgain() {
        SessionServer server = started(store.limited(Store.freshName(), 1, false));
        requireNonNull(server.manager().getSession(created(server))).invalidate(null);

        assertThat(server.manager().getSession(created(server))).isNotNull();
        assertThat(server.manager().getStatistics().getRejectedSessions()).isZero();
    }

    @Test
    void limit_reached_endsOldestWhenSoSet() {
        SessionServer server = started(store.limited(Store.freshName(), 2, true));
        String one = created(server);
        String two = created(server);
        String three = created(server);

        assertThat(server.manager().getSession(one)).isNull();
        assertThat(server.manager().getAllSessions()).isEqualTo(Set.of(two, three));
        assertThat(server.manager().getStatistics().getRejectedSessions()).isZero();
        assertThat(events.heard()).filteredOn("destroyed TIMEOUT"::equals).hasSize(1);
    }

    @Test
    void getSession_sameIdInTwoDeployments_shareNeitherAttributesNorEnd() {
        SessionServer server = started(store.manager());
        SessionServer other = started(store.manager());
        String id = created(server);
        other.visit(
                browser,
                exchange ->
                        other.manager().createSession(exchange, new GivenId(id)).setAttribute("name", "other"));

        assertThat(requireNonNull(server.manager().getSession(id)).getAttribute("name"))
                .isEqualTo("value");
        requireNonNull(server.manager().getSession(id)).invalidate(null);

        assertThat(server.manager().getSession(id)).isNull();
        assertThat(requireNonNull(other.manager().getSession(id)).getAttribute("name"))
                .isEqualTo("other");
        other.visit(
                new Browser().withSessionId(id),
                exchange -> assertThat(requireNonNull(other.session(exchange)).getAttribute("name"))
                        .isEqualTo("other"));
    }

    @Test
    void handle_afterItsRequest_changesAreKept() {
        SessionServer server = started(store.manager());
        AtomicReference<Session> kept = new AtomicReference<>();
        server.visit(browser, exchange -> {
            Session session = server.newSession(exchange);
            session.setAttribute("gone", "value");
            kept.set(session);
        });

        Session handle = requireNonNull(kept.get());
        assertThat(handle.getAttribute("gone")).isEqualTo("value");
        handle.setAttribute("name", "late");
        handle.removeAttribute("gone");
        handle.setMaxInactiveInterval(77);

        server.visit(browser, exchange -> {
            Session session = requireNonNull(server.session(exchange));
            assertThat(session.getAttribute("name")).isEqualTo("late");
            assertThat(session.getAttributeNames()).containsExactly("name");
            assertThat(session.getMaxInactiveInterval()).isEqualTo(77);
        });
    }

    @Test
    void handle_afterItsRequest_seesLaterChanges() {
        SessionServer server = started(store.manager());
        AtomicReference<Session> kept = new AtomicReference<>();
        server.visit(browser, exchange -> kept.set(server.newSession(exchange)));

        server.visit(
                browser, exchange -> requireNonNull(server.session(exchange)).setAttribute("name", "later"));

        assertThat(requireNonNull(kept.get()).getAttribute("name")).isEqualTo("later");
    }

    @Test
    void handle_withoutRequest_changesAreKept() {
        SessionServer server = started(store.manager());
        String id = created(server);

        Session byId = requireNonNull(server.manager().getSession(id));
        assertThat(byId.setAttribute("name", "by id")).isEqualTo("value");
        Session byConfig = requireNonNull(server.manager().getSession(null, new GivenId(id)));
        assertThat(byConfig.getAttribute("name")).isEqualTo("by id");
        byConfig.setAttribute("more", "by config");

        server.visit(browser.withSessionId(id), exchange -> {
            Session session = requireNonNull(server.session(exchange));
            assertThat(session.getAttribute("name")).isEqualTo("by id");
            assertThat(session.getAttribute("more")).isEqualTo("by config");
        });
    }

    @Test
    void handle_withoutRequest_listenersHearOfChanges() {
        SessionServer server = started(store.manager());
        String id = created(server);
        events.clear();

        Session handle = requireNonNull(server.manager().getSession(id));
        handle.setAttribute("name", "other");
        handle.removeAttribute("name");

        assertThat(events.heard()).containsExactly("updated name: value -> other", "removed name: other");
    }
}
