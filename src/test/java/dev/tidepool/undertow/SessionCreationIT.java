package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SecureRandomSessionIdGenerator;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How sessions come into being, and how a request finds its own. */
@ParameterizedClass
@EnumSource(Store.class)
class SessionCreationIT {
    private final SessionManager manager;
    private final SessionServer server;
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();
    private final String freshId = new SecureRandomSessionIdGenerator().createSessionId();

    SessionCreationIT(Store store) {
        manager = store.manager();
        manager.registerSessionListener(events);
        server = SessionServer.start(manager);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void createSession_requestWithoutId_answerSetsCookieWithItsId() {
        List<String> ids = new CopyOnWriteArrayList<>();

        Answer answer = server.visit(
                browser, exchange -> ids.add(server.newSession(exchange).getId()));

        assertThat(answer.cookieLines("JSESSIONID"))
                .singleElement()
                .asString()
                .startsWith("JSESSIONID=" + ids.get(0) + ";");
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void createSession_noSettings_isEmptyWithTimesOfNow() {
        manager.setDefaultSessionTimeout(1234);
        server.visit(browser, exchange -> {
            long before = System.currentTimeMillis();
            Session session = server.newSession(exchange);
            assertThat(session.getCreationTime()).isBetween(before, System.currentTimeMillis());
            assertThat(session.getLastAccessedTime()).isEqualTo(session.getCreationTime());
            assertThat(session.getMaxInactiveInterval()).isEqualTo(1234);
            assertThat(session.getAttributeNames()).isEmpty();
            assertThat(session.getSessionManager()).isSameAs(manager);
        });
        assertThat(events.heard()).containsExactly("created");
    }

    @Test
    void createSession_manyTimes_idsAreRandomAndUrlSafe() {
        Set<String> ids = new HashSet<>();
        IntStream.range(0, 50)
                .forEach(number -> server.visit(
                        new Browser(),
                        exchange -> ids.add(server.newSession(exchange).getId())));

        assertThat(ids).hasSize(50).allMatch(id -> id.matches("[A-Za-z0-9_-]{32,40}"));
    }

    @Test
    void createSession_nullConfig_isRefused() {
        server.visit(
                browser,
                exchange -> assertThatThrownBy(() -> manager.createSession(exchange, null))
                        .isInstanceOf(IllegalStateException.class));
        assertThat(manager.getAllSessions()).isEmpty();
    }

    @Test
    void createSession_idInConfig_hasThatId() {
        GivenId config = new GivenId(freshId);

        server.visit(
                browser,
                exchange -> assertThat(manager.createSession(exchange, config).getId())
                        .isEqualTo(freshId));

        assertThat(config.told()).containsExactly("set " + freshId);
        assertThat(requireNonNull(manager.getSession(freshId)).getId()).isEqualTo(freshId);
    }

    @Test
    void createSession_idInConfigTaken_isRefusedAndLeavesTheOther() {
        server.visit(
                browser,
                exchange ->
                        manager.createSession(exchange, new GivenId(freshId)).setAttribute("name", "first"));
        GivenId second = new GivenId(freshId);
        events.clear();

        server.visit(
                new Browser(),
                exchange -> assertThatThrownBy(() -> manager.createSession(exchange, second))
                        .isInstanceOf(IllegalStateException.class));

        assertThat(second.told()).isEmpty();
        assertThat(events.heard()).isEmpty();
        assertThat(manager.getStatistics().getCreatedSessionCount()).isOne();
        assertThat(requireNonNull(manager.getSession(freshId)).getAttribute("name"))
                .isEqualTo("first");
    }

    @Test
    void createSession_cookieOfLiveSession_isRefused() {
        server.visit(browser, exchange -> server.newSession(exchange).setAttribute("name", "first"));

        server.visit(
                browser,
                exchange -> assertThatThrownBy(() -> server.newSession(exchange))
                        .isInstanceOf(IllegalStateException.class));

        server.visit(
                browser,
                exchange -> assertThat(requireNonNull(server.session(exchange)).getAttribute("name"))
                        .isEqualTo("first"));
    }

    @Test
    void createSession_steps_areStoreThenConfigThenListeners() {
        List<String> steps = new CopyOnWriteArrayList<>();
        GivenId config = new GivenId(null) {
            @Override
            public void setSessionId(HttpServerExchange exchange, String sessionId) {
                Session stored = requireNonNull(manager.getSession(sessionId));
                steps.add("config " + stored.getId().equals(sessionId));
            }
        };
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session, HttpServerExchange exchange) {
                steps.add("listener "
                        + session.getId()
                                .equals(requireNonNull(manager.getSession(session.getId()))
                                        .getId()));
            }
        });

        server.visit(browser, exchange -> {
            manager.createSession(exchange, config);
            steps.add("returned");
        });

        assertThat(steps).containsExactly("config true", "listener true", "returned");
    }

    @Test
    void sessionCreated_listener_getsSessionAndExchange() {
        AtomicReference<Session> heard = new AtomicReference<>();
        AtomicReference<HttpServerExchange> in = new AtomicReference<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session, HttpServerExchange exchange) {
                session.setAttribute("early", "value");
                heard.set(session);
                in.set(exchange);
            }
        });

        server.visit(browser, exchange -> {
            assertThat(server.newSession(exchange)).isSameAs(heard.get());
            assertThat(in.get()).isSameAs(exchange);
        });
        server.visit(
                browser,
                exchange -> assertThat(requireNonNull(server.session(exchange)).getAttribute("early"))
                        .isEqualTo("value"));
    }

    @Test
    void sessionCreated_listeners_areCalledInOrderOfRegistration() {
        List<String> order = new CopyOnWriteArrayList<>();
        for (String name : List.of("first", "second")) {
            manager.registerSessionListener(new SessionListener() {
                @Override
                public void sessionCreated(Session session, HttpServerExchange exchange) {
                    order.add(name);
                }
            });
        }

        server.visit(browser, server::newSession);

        assertThat(order).containsExactly("first", "second");
    }

    @Test
    void getSession_sameExchangeAsCreation_isSameObject() {
        server.visit(browser, exchange -> {
            Session created = server.newSession(exchange);
            assertThat(server.session(exchange)).isSameAs(created);
            assertThat(server.session(exchange)).isSameAs(created);
        });
    }

    @Test
    void getSession_sameExchange_isSameObject() {
        server.visit(browser, server::newSession);
        server.visit(browser, exchange -> {
            Session first = requireNonNull(server.session(exchange));
            assertThat(server.session(exchange)).isSameAs(first);
        });
    }

    @Test
    void getSession_laterRequest_isThatSession() {
        List<String> ids = new CopyOnWriteArrayList<>();
        server.visit(browser, exchange -> ids.add(server.newSession(exchange).getId()));
        Answer answer = server.visit(
                browser,
                exchange -> ids.add(requireNonNull(server.session(exchange)).getId()));

        assertThat(ids).hasSize(2);
        assertThat(ids.get(1)).isEqualTo(ids.get(0));
        assertThat(answer.cookieLines("JSESSIONID")).isEmpty();
        assertThat(events.heard()).containsExactly("created");
    }

    @Test
    void getSession_requestWithoutId_isNull() {
        server.visit(browser, exchange -> assertThat(server.session(exchange)).isNull());
    }

    @Test
    void getSession_unknownId_isNull() {
        browser.withSessionId(freshId);
        server.visit(browser, exchange -> {
            assertThat(server.session(exchange)).isNull();
            assertThat(server.session(exchange)).isNull();
        });
    }

    @Test
    void getSession_afterMiss_findsWhatWasCreatedSince() {
        server.visit(browser, exchange -> {
            assertThat(server.session(exchange)).isNull();
            Session created = server.newSession(exchange);
            assertThat(server.session(exchange)).isSameAs(created);
        });
    }

    @Test
    void getSession_nullConfig_isRefused() {
        server.visit(
                browser,
                exchange -> assertThatThrownBy(() -> manager.getSession(exchange, null))
                        .isInstanceOf(IllegalStateException.class));
        assertThatThrownBy(() -> manager.getSession(null, null)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void getSession_nullConfigButCreatedInExchange_isThatSession() {
        server.visit(browser, exchange -> {
            Session created = server.newSession(exchange);
            assertThat(manager.getSession(exchange, null)).isSameAs(created);
        });
    }

    @Test
    void getSession_nullExchange_findsById() {
        server.visit(
                browser,
                exchange ->
                        manager.createSession(exchange, new GivenId(freshId)).setAttribute("name", "value"));

        Session found = requireNonNull(manager.getSession(null, new GivenId(freshId)));

        assertThat(found.getId()).isEqualTo(freshId);
        assertThat(found.getAttribute("name")).isEqualTo("value");
        assertThat(manager.getSession(null, new GivenId(null))).isNull();
    }

    @Test
    void getSession_id_tellsTruth() {
        server.visit(browser, exchange -> manager.createSession(exchange, new GivenId(freshId)));

        assertThat(requireNonNull(manager.getSession(freshId)).getId()).isEqualTo(freshId);
        assertThat(manager.getSession(new SecureRandomSessionIdGenerator().createSessionId()))
                .isNull();
        assertThat(manager.getSession("garbage")).isNull();
        assertThat(manager.getSession("")).isNull();
        assertThat(manager.getSession((String) null)).isNull();
    }
}
