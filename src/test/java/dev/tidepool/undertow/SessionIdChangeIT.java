package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A session gets another id, as at every login. */
@ParameterizedClass
@EnumSource(Store.class)
class SessionIdChangeIT {
    private final SessionManager manager;
    private final SessionServer server;
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();
    private final String oldId;

    SessionIdChangeIT(Store store) {
        manager = store.manager();
        server = SessionServer.start(manager);
        server.visit(browser, exchange -> server.newSession(exchange).setAttribute("name", "value"));
        oldId = browser.sessionId().orElseThrow();
        manager.registerSessionListener(events);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Answer visit(BiConsumer<Session, HttpServerExchange> use) {
        return server.visit(browser, exchange -> use.accept(requireNonNull(server.session(exchange)), exchange));
    }

    @Test
    void changeSessionId_session_hasNewIdAndCookie() {
        AtomicReference<String> changed = new AtomicReference<>();

        Answer answer = visit((session, exchange) -> {
            String newId = session.changeSessionId(exchange, server.config());
            assertThat(newId)
                    .isEqualTo(session.getId())
                    .matches("[A-Za-z0-9_-]{32,40}")
                    .isNotEqualTo(oldId);
            changed.set(newId);
        });

        assertThat(answer.cookieLines("JSESSIONID"))
                .singleElement()
                .asString()
                .startsWith("JSESSIONID=" + changed.get() + ";");
    }

    @Test
    void changeSessionId_session_onlyNewIdWorks() {
        long created = requireNonNull(manager.getSession(oldId)).getCreationTime();
        visit((session, exchange) -> session.changeSessionId(exchange, server.config()));

        visit((session, exchange) -> {
            assertThat(session.getAttribute("name")).isEqualTo("value");
            assertThat(session.getCreationTime()).isEqualTo(created);
        });
        assertThat(manager.getSession(oldId)).isNull();
        server.visit(
                new Browser().withSessionId(oldId),
                exchange -> assertThat(server.session(exchange)).isNull());
        assertThat(manager.getAllSessions())
                .isEqualTo(Set.of(browser.sessionId().orElseThrow()));
    }

    @Test
    void changeSessionId_attributes_listenersHearOnlyOfId() {
        visit((session, exchange) -> session.changeSessionId(exchange, server.config()));

        assertThat(events.heard()).containsExactly("id changed");
        assertThat(manager.getStatistics().getCreatedSessionCount()).isOne();
        assertThat(manager.getStatistics().getExpiredSessionCount()).isZero();
    }

    @Test
    void sessionIdChanged_listener_getsOldIdAndSessionWithNew() {
        List<Object> seen = new CopyOnWriteArrayList<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionIdChanged(Session session, String oldSessionId) {
                seen.add(oldSessionId);
                seen.add(session.getId());
                seen.add(requireNonNull(session.getAttribute("name")));
            }
        });
        AtomicReference<String> changed = new AtomicReference<>();

        visit((session, exchange) -> changed.set(session.changeSessionId(exchange, server.config())));

        assertThat(seen).containsExactly(oldId, changed.get(), "value");
    }

    @Test
    void sessionIdChanged_listeners_areCalledInOrderOfRegistration() {
        List<String> order = new CopyOnWriteArrayList<>();
        for (String name : List.of("first", "second")) {
            manager.registerSessionListener(new SessionListener() {
                @Override
                public void sessionIdChanged(Session session, String oldSessionId) {
                    order.add(name);
                }
            });
        }

        visit((session, exchange) -> session.changeSessionId(exchange, server.config()));

        assertThat(order).containsExactly("first", "second");
    }

    @Test
    void changeSessionId_steps_areIdThenConfigThenListeners() {
        List<String> steps = new CopyOnWriteArrayList<>();
        GivenId config = new GivenId(oldId) {
            @Override
            public void setSessionId(HttpServerExchange exchange, String sessionId) {
                steps.add("config");
            }
        };
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionIdChanged(Session session, String oldSessionId) {
                steps.add("listener");
            }
        });

        visit((session, exchange) -> {
            session.changeSessionId(exchange, config);
            steps.add("returned");
        });

        assertThat(steps).containsExactly("config", "listener", "returned");
    }

    @Test
    void changeSessionId_createdInSameExchange_isStillSessionOfExchange() {
        Browser other = new Browser();
        Answer answer = server.visit(other, exchange -> {
            Session session = server.newSession(exchange);
            session.setAttribute("name", "other");
            session.changeSessionId(exchange, server.config());
            assertThat(server.session(exchange)).isSameAs(session);
        });

        assertThat(answer.cookieLines("JSESSIONID")).hasSize(1);
        server.visit(
                other,
                exchange -> assertThat(requireNonNull(server.session(exchange)).getAttribute("name"))
                        .isEqualTo("other"));
    }

    @Test
    void changeSessionId_twiceInOneExchange_lastWins() {
        List<String> ids = new CopyOnWriteArrayList<>();
        visit((session, exchange) -> {
            ids.add(requireNonNull(session.changeSessionId(exchange, server.config())));
            ids.add(requireNonNull(session.changeSessionId(exchange, server.config())));
        });

        assertThat(browser.sessionId()).contains(ids.get(1));
        assertThat(manager.getSession(oldId)).isNull();
        assertThat(manager.getSession(ids.get(0))).isNull();
        assertThat(requireNonNull(manager.getSession(ids.get(1))).getAttribute("name"))
                .isEqualTo("value");
    }

    @Test
    void changeSessionId_withOtherChanges_keepsThem() {
        visit((session, exchange) -> {
            session.setAttribute("before", 1);
            session.changeSessionId(exchange, server.config());
            session.setAttribute("after", 2);
            session.removeAttribute("name");
        });

        visit((session, exchange) -> {
            assertThat(session.getAttributeNames()).containsExactlyInAnyOrder("before", "after");
            assertThat(session.getAttribute("before")).isEqualTo(1);
            assertThat(session.getAttribute("after")).isEqualTo(2);
        });
    }

    @Test
    void changeSessionId_afterInvalidation_isNull() {
        Answer answer = visit((session, exchange) -> {
            session.invalidate(exchange);
            assertThat(session.changeSessionId(exchange, server.config())).isNull();
            assertThat(session.getId()).isEqualTo(oldId);
        });

        assertThat(answer.cookieLines("JSESSIONID")).singleElement().matches(Browser::isCleared);
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void changeSessionId_nullExchange_changesId() {
        GivenId config = new GivenId(oldId);

        String newId = requireNonNull(manager.getSession(oldId)).changeSessionId(null, config);

        assertThat(manager.getSession(oldId)).isNull();
        assertThat(requireNonNull(manager.getSession(newId)).getAttribute("name"))
                .isEqualTo("value");
    }

    @Test
    void changeSessionId_thenInvalidate_sessionIsGone() {
        List<String> ids = new CopyOnWriteArrayList<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                ids.add(session.getId());
            }
        });
        visit((session, exchange) -> {
            String newId = session.changeSessionId(exchange, server.config());
            session.invalidate(exchange);
            assertThat(ids).containsExactly(newId);
            assertThat(session.getId()).isEqualTo(newId);
            assertThat(manager.getSession(session.getId())).isNull();
        });

        assertThat(manager.getSession(oldId)).isNull();
        assertThat(manager.getAllSessions()).isEmpty();
        assertThat(browser.sessionId()).isEmpty();
        assertThat(events.heard()).containsExactly("id changed", "destroyed INVALIDATED");
    }
}
