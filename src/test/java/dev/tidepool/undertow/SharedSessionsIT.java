package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SecureRandomSessionIdGenerator;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What our manager does otherwise than Undertow's own, as its sessions outlive it. */
@ParameterizedClass
@EnumSource(
        mode = EnumSource.Mode.EXCLUDE,
        names = {"MEMORY", "CONNECT"})
class SharedSessionsIT {
    private final Store store;
    private final String deployment = Store.freshName();
    private final List<SessionServer> nodes = new ArrayList<>();
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();
    private final String chosenId = new SecureRandomSessionIdGenerator().createSessionId();

    SharedSessionsIT(Store store) {
        this.store = store;
    }

    @AfterEach
    void stop() {
        nodes.forEach(SessionServer::close);
    }

    private SessionServer node() {
        return node(UnaryOperator.identity());
    }

    private SessionServer node(UnaryOperator<JCacheSessionManager.Builder> settings) {
        SessionManager manager =
                settings.apply(JCacheSessionManager.builder(store.cache())).build(deployment);
        manager.registerSessionListener(events);
        SessionServer node = SessionServer.start(manager);
        nodes.add(node);
        return node;
    }

    private static String created(SessionServer node, Browser by) {
        node.visit(by, exchange -> node.newSession(exchange).setAttribute("name", "value"));
        return by.sessionId().orElseThrow();
    }

    @Test
    void createSession_idChosenByClient_isNotAdopted() {
        SessionServer node = node();
        browser.withSessionId(chosenId);

        node.visit(browser, exchange -> {
            assertThat(node.session(exchange)).isNull();
            assertThat(node.newSession(exchange).getId()).isNotEqualTo(chosenId).matches("[A-Za-z0-9_-]{40}");
        });

        assertThat(browser.sessionId()).isPresent().get().isNotEqualTo(chosenId);
        assertThat(node.manager().getSession(chosenId)).isNull();
        node.visit(browser, exchange -> assertThat(node.session(exchange)).isNotNull());
    }

    @Test
    void createSession_idOfEndedSession_isNotUsedAgain() {
        SessionServer node = node();
        String ended = created(node, browser);
        requireNonNull(node.manager().getSession(ended)).invalidate(null);

        node.visit(
                browser,
                exchange -> assertThat(node.sessionOrNew(exchange).getId()).isNotEqualTo(ended));

        assertThat(node.manager().getSession(ended)).isNull();
    }

    @Test
    void createSession_afterInvalidationInSameExchange_hasOtherId() {
        SessionServer node = node();
        String ended = created(node, browser);

        node.visit(browser, exchange -> {
            requireNonNull(node.session(exchange)).invalidate(exchange);
            assertThat(node.newSession(exchange).getId()).isNotEqualTo(ended);
        });

        assertThat(node.manager().getSession(ended)).isNull();
        assertThat(node.manager().getSession(browser.sessionId().orElseThrow())).isNotNull();
    }

    @Test
    void createSession_givenIdTakenOnOtherNode_isRefused() {
        SessionServer one = node();
        SessionServer two = node();
        String id = created(one, browser);
        events.clear();
        GivenId config = new GivenId(id);

        two.visit(
                new Browser(),
                exchange -> assertThatThrownBy(() -> two.manager().createSession(exchange, config))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageNotContaining(id));

        assertThat(config.told()).isEmpty();
        assertThat(events.heard()).isEmpty();
        assertThat(two.manager().getStatistics().getCreatedSessionCount()).isZero();
        two.visit(
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getAttribute("name"))
                        .isEqualTo("value"));
    }

    @Test
    void createSession_givenId_isKnownToOtherNodeAtOnce() {
        SessionServer one = node();
        SessionServer two = node();

        one.visit(browser, exchange -> {
            one.manager().createSession(exchange, new GivenId(chosenId));
            assertThat(two.manager().getSession(chosenId)).isNotNull();
        });
    }

    @Test
    void getSession_id_isTrueOnOtherNode() {
        SessionServer one = node();
        SessionServer two = node();
        String id = created(one, browser);

        assertThat(requireNonNull(two.manager().getSession(id)).getAttribute("name"))
                .isEqualTo("value");
        requireNonNull(one.manager().getSession(id)).invalidate(null);
        assertThat(two.manager().getSession(id)).isNull();
        assertThat(events.heard())
                .filteredOn(line -> line.startsWith("destroyed"))
                .hasSize(1);
    }

    @Test
    void stop_sessions_liveOnAndNobodyHears() {
        SessionServer one = node();
        SessionServer two = node();
        created(one, browser);
        events.clear();

        one.manager().stop();

        assertThat(events.heard()).isEmpty();
        assertThat(one.manager().getAllSessions()).isEmpty();
        two.visit(
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getAttribute("name"))
                        .isEqualTo("value"));
    }

    @Test
    void stop_requestUnderWay_savesItsChanges() {
        SessionServer one = node();
        SessionServer two = node();
        String id = created(one, browser);

        one.visit(browser, exchange -> {
            requireNonNull(one.session(exchange)).setAttribute("name", "changed");
            one.manager().stop();
            assertThat(requireNonNull(two.manager().getSession(id)).getAttribute("name"))
                    .isEqualTo("changed");
        });
    }

    @Test
    void stop_requestThatCreated_savesSession() {
        SessionServer one = node();
        SessionServer two = node();

        one.visit(browser, exchange -> {
            Session session = one.newSession(exchange);
            session.setAttribute("name", "new");
            one.manager().stop();
            assertThat(requireNonNull(two.manager().getSession(session.getId())).getAttribute("name"))
                    .isEqualTo("new");
        });
    }

    @Test
    void start_afterStop_servesAndTimesOut() throws InterruptedException {
        SessionServer node = node();
        created(node, browser);
        node.manager().stop();
        node.manager().start();
        events.clear();

        node.visit(browser, exchange -> {
            Session session = requireNonNull(node.session(exchange));
            assertThat(session.getAttribute("name")).isEqualTo("value");
            session.setMaxInactiveInterval(1);
        });

        events.await("destroyed TIMEOUT");
    }

    @Test
    void getTransientSessions_sessions_areNone() {
        SessionServer node = node();
        created(node, browser);

        assertThat(node.manager().getTransientSessions()).isEmpty();
        assertThat(node.manager().getActiveSessions()).hasSize(1);
    }

    @Test
    void getAllSessions_sessionOfOtherNode_isThereWhileServed() {
        SessionServer one = node();
        SessionServer two = node();
        String id = created(one, browser);
        assertThat(two.manager().getAllSessions()).isEmpty();

        two.visit(browser, exchange -> {
            two.session(exchange);
            assertThat(two.manager().getAllSessions()).isEqualTo(Set.of(id));
            assertThat(two.manager().getActiveSessions()).isEqualTo(Set.of(id));
            assertThat(two.manager().getStatistics().getActiveSessionCount()).isOne();
        });

        assertThat(two.manager().getAllSessions()).isEmpty();
        assertThat(two.manager().getStatistics().getActiveSessionCount()).isZero();
        assertThat(two.manager().getStatistics().getCreatedSessionCount()).isZero();
    }

    // Undertow 2.3, which the tests run with, does not declare it.
    private static boolean isInvalid(Session session) throws ReflectiveOperationException {
        var method = session.getClass().getMethod("isInvalid");
        method.setAccessible(true);
        return (boolean) method.invoke(session);
    }

    @Test
    void isInvalid_invalidation_isTrueOnlyAfterListeners() {
        SessionServer node = node();
        List<Boolean> seen = new CopyOnWriteArrayList<>();
        node.manager().registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                try {
                    seen.add(isInvalid(session));
                } catch (ReflectiveOperationException e) {
                    throw new LinkageError("isInvalid() cannot be called", e);
                }
            }
        });

        node.visit(browser, exchange -> {
            Session session = node.newSession(exchange);
            seen.add(isInvalid(session));
            session.invalidate(exchange);
            seen.add(isInvalid(session));
        });

        assertThat(seen).containsExactly(false, false, true);
    }

    @Test
    void isDistributed_manager_isTrue() throws ReflectiveOperationException {
        SessionManager manager = node().manager();
        assertThat(manager.getClass().getMethod("isDistributed").invoke(manager))
                .isEqualTo(true);
    }

    @Test
    void requestDone_nullExchange_isHarmless() {
        SessionServer node = node();
        String id = created(node, browser);

        requireNonNull(node.manager().getSession(id)).requestDone(null);
        node.visit(browser, exchange -> requireNonNull(node.session(exchange)).requestDone(null));

        assertThat(node.manager().getSession(id)).isNotNull();
    }

    @Test
    void changeSessionId_existingSession_isStillSessionOfExchange() {
        SessionServer node = node();
        created(node, browser);

        node.visit(browser, exchange -> {
            Session session = requireNonNull(node.session(exchange));
            session.changeSessionId(exchange, node.config());
            assertThat(node.session(exchange)).isSameAs(session);
        });
    }

    @Test
    void changeSessionId_thenInvalidationThatFails_leavesSessionUnderNewId() {
        AtomicBoolean isDown = new AtomicBoolean();
        SessionManager manager =
                JCacheSessionManager.builder(failingToRemove(isDown)).build(deployment);
        SessionServer node = SessionServer.start(manager);
        nodes.add(node);
        created(node, browser);

        node.visit(browser, exchange -> {
            Session session = requireNonNull(node.session(exchange));
            session.changeSessionId(exchange, node.config());
            isDown.set(true);
            assertThatThrownBy(() -> session.invalidate(exchange)).isInstanceOf(CacheException.class);
            isDown.set(false);
        });

        node.visit(
                browser,
                exchange -> assertThat(requireNonNull(node.session(exchange)).getAttribute("name"))
                        .isEqualTo("value"));
    }

    @SuppressWarnings("unchecked") // a proxy has no type arguments
    private Cache<String, StoredSession> failingToRemove(AtomicBoolean isDown) {
        Cache<String, StoredSession> cache = store.cache();
        return (Cache<String, StoredSession>) Proxy.newProxyInstance(
                Cache.class.getClassLoader(), new Class<?>[] {Cache.class}, (self, call, args) -> {
                    if (isDown.get() && call.getName().equals("remove")) {
                        throw new CacheException("the store is down");
                    }
                    try {
                        return call.invoke(cache, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void changeSessionId_onOneNode_onlyNewIdWorksOnOther() {
        SessionServer one = node();
        SessionServer two = node();
        String oldId = created(one, browser);

        one.visit(browser, exchange -> requireNonNull(one.session(exchange)).changeSessionId(exchange, one.config()));

        assertThat(two.manager().getSession(oldId)).isNull();
        two.visit(
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getAttribute("name"))
                        .isEqualTo("value"));
    }

    @Test
    void limit_sessionsOfOtherNodes_areNotEnded() {
        SessionServer one = node();
        SessionServer two = node(builder -> builder.maxSessions(2).endOldest(true));
        Browser foreign = new Browser();
        String elsewhere = created(one, foreign);
        two.visit(foreign, two::session);
        String oldest = created(two, new Browser());
        created(two, new Browser());

        String newest = created(two, browser);

        assertThat(two.manager().getSession(oldest)).isNull();
        assertThat(two.manager().getSession(elsewhere)).isNotNull();
        assertThat(two.manager().getSession(newest)).isNotNull();
        assertThat(events.heard()).filteredOn("destroyed TIMEOUT"::equals).hasSize(1);
    }

    @Test
    void limit_onlySessionsOfOtherNodes_leavesRoom() {
        SessionServer one = node();
        SessionServer two = node(builder -> builder.maxSessions(1).endOldest(true));
        String elsewhere = created(one, browser);
        two.visit(browser, two::session);

        String here = created(two, new Browser());

        assertThat(one.manager().getSession(elsewhere)).isNotNull();
        assertThat(two.manager().getSession(here)).isNotNull();
        assertThat(two.manager().getStatistics().getRejectedSessions()).isZero();
    }

    @Test
    void limit_oldestHasChangedItsId_isEndedAllTheSame() {
        SessionServer node = node(builder -> builder.maxSessions(2).endOldest(true));
        created(node, browser);
        node.visit(
                browser, exchange -> requireNonNull(node.session(exchange)).changeSessionId(exchange, node.config()));
        String second = created(node, new Browser());

        String third = created(node, new Browser());

        assertThat(node.manager().getAllSessions()).isEqualTo(Set.of(second, third));
        assertThat(node.manager().getSession(browser.sessionId().orElseThrow())).isNull();
    }

    @Test
    void localAttributes_attribute_staysOnNode() {
        SessionServer one = node(builder -> builder.localAttributes("socket"));
        SessionServer two = node(builder -> builder.localAttributes("socket"));
        Object socket = new Object();
        one.visit(browser, exchange -> {
            Session session = one.newSession(exchange);
            assertThat(session.setAttribute("socket", socket)).isNull();
            session.setAttribute("name", "value");
        });

        one.visit(browser, exchange -> {
            Session session = requireNonNull(one.session(exchange));
            assertThat(session.getAttribute("socket")).isSameAs(socket);
            assertThat(session.getAttributeNames()).containsExactlyInAnyOrder("socket", "name");
        });
        two.visit(browser, exchange -> {
            Session session = requireNonNull(two.session(exchange));
            assertThat(session.getAttribute("socket")).isNull();
            assertThat(session.getAttributeNames()).containsExactly("name");
        });
        one.visit(
                browser,
                exchange -> assertThat(requireNonNull(one.session(exchange)).removeAttribute("socket"))
                        .isSameAs(socket));
    }

    @Test
    void localAttributes_invalidSession_areRefused() {
        SessionServer node = node(builder -> builder.localAttributes("socket"));
        node.visit(browser, exchange -> {
            Session session = node.newSession(exchange);
            session.setAttribute("socket", "here");
            session.invalidate(exchange);
            assertThatThrownBy(() -> session.getAttribute("socket")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.setAttribute("socket", "there")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.removeAttribute("socket")).isInstanceOf(IllegalStateException.class);
        });
        assertThat(events.heard()).containsExactly("created", "added socket: here", "destroyed INVALIDATED");
    }

    @Test
    void application_sameName_sharesSessionsAcrossDeployments() {
        SessionServer one = node(builder -> builder.application(deployment));
        JCacheSessionManager other = JCacheSessionManager.builder(store.cache())
                .application(deployment)
                .build(Store.freshName());
        String id = created(one, browser);

        assertThat(requireNonNull(other.getSession(id)).getAttribute("name")).isEqualTo("value");
    }

    @Test
    void handle_endedOnOtherNode_isRefused() {
        SessionServer one = node();
        SessionServer two = node();
        AtomicReference<Session> kept = new AtomicReference<>();
        String id = created(one, browser);
        one.visit(browser, exchange -> kept.set(requireNonNull(one.session(exchange))));
        requireNonNull(two.manager().getSession(id)).invalidate(null);

        Session handle = requireNonNull(kept.get());
        assertThatThrownBy(() -> handle.getAttribute("name")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> handle.setAttribute("name", "back")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> handle.invalidate(null)).isInstanceOf(IllegalStateException.class);
        assertThat(handle.changeSessionId(null, new GivenId(id))).isNull();
        assertThat(two.manager().getSession(id)).isNull();
        assertThat(events.heard())
                .filteredOn(line -> line.startsWith("destroyed"))
                .hasSize(1);
    }

    @Test
    void handle_idChangedOnOtherNode_followsSession() {
        SessionServer one = node();
        SessionServer two = node();
        AtomicReference<Session> kept = new AtomicReference<>();
        created(one, browser);
        one.visit(browser, exchange -> kept.set(requireNonNull(one.session(exchange))));
        two.visit(browser, exchange -> requireNonNull(two.session(exchange)).changeSessionId(exchange, two.config()));

        requireNonNull(kept.get()).setAttribute("name", "followed");

        two.visit(
                browser,
                exchange -> assertThat(requireNonNull(two.session(exchange)).getAttribute("name"))
                        .isEqualTo("followed"));
        requireNonNull(kept.get()).invalidate(null);
        two.visit(browser, exchange -> assertThat(two.session(exchange)).isNull());
    }
}
