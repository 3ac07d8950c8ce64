package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The end of a session: in which order things happen, and what is left. */
@ParameterizedClass
@EnumSource(Store.class)
class SessionInvalidationIT {
    private final SessionManager manager;
    private final SessionServer server;
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();
    private final String id;

    SessionInvalidationIT(Store store) {
        manager = store.manager();
        server = SessionServer.start(manager);
        server.visit(browser, exchange -> server.newSession(exchange).setAttribute("name", "value"));
        id = browser.sessionId().orElseThrow();
        manager.registerSessionListener(events);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Answer visit(BiConsumer<Session, HttpServerExchange> use) {
        return server.visit(browser, exchange -> use.accept(requireNonNull(server.session(exchange)), exchange));
    }

    private void whenDestroyed(BiConsumer<Session, HttpServerExchange> reaction) {
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(Session session, HttpServerExchange exchange, SessionDestroyedReason reason) {
                reaction.accept(session, exchange);
            }
        });
    }

    @Test
    void invalidate_session_isGoneAndHeardOnce() {
        visit(Session::invalidate);

        assertThat(manager.getSession(id)).isNull();
        assertThat(manager.getAllSessions()).isEmpty();
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void invalidate_session_cookieIsCleared() {
        Answer answer = visit(Session::invalidate);

        assertThat(answer.cookieLines("JSESSIONID"))
                .singleElement()
                .matches(Browser::isCleared)
                .asString()
                .containsIgnoringCase("path=/;");
        assertThat(browser.sessionId()).isEmpty();
    }

    @Test
    void invalidate_laterRequestWithOldCookie_findsNothing() {
        visit(Session::invalidate);
        browser.withSessionId(id);
        server.visit(browser, exchange -> assertThat(server.session(exchange)).isNull());
    }

    @Test
    void invalidate_session_everyUseIsRefused() {
        List<Consumer<Session>> uses = List.of(
                Session::getCreationTime,
                Session::getLastAccessedTime,
                Session::getMaxInactiveInterval,
                session -> session.setMaxInactiveInterval(1),
                session -> session.getAttribute("name"),
                Session::getAttributeNames,
                session -> session.setAttribute("name", "other"),
                session -> session.setAttribute("name", null),
                session -> session.removeAttribute("name"));

        visit((session, exchange) -> {
            session.invalidate(exchange);
            for (Consumer<Session> use : uses) {
                assertThatThrownBy(() -> use.accept(session)).isInstanceOf(IllegalStateException.class);
            }
            assertThat(session.getId()).isEqualTo(id);
            assertThat(session.getSessionManager()).isSameAs(manager);
        });
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void invalidate_secondTime_isRefused() {
        visit((session, exchange) -> {
            session.invalidate(exchange);
            assertThatThrownBy(() -> session.invalidate(exchange)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.invalidate(null)).isInstanceOf(IllegalStateException.class);
        });
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void sessionDestroyed_listener_seesSessionThatStillAnswers() {
        List<Object> seen = new CopyOnWriteArrayList<>();
        whenDestroyed((session, exchange) -> {
            seen.add(session.getId());
            seen.add(requireNonNull(session.getAttribute("name")));
            seen.add(List.copyOf(session.getAttributeNames()));
            seen.add(session.getCreationTime() <= session.getLastAccessedTime());
            seen.add(session.getMaxInactiveInterval() > 0);
        });

        visit(Session::invalidate);

        assertThat(seen).containsExactly(id, "value", List.of("name"), true, true);
    }

    @Test
    void sessionDestroyed_listener_getsSameSessionAndExchange() {
        AtomicReference<Session> heard = new AtomicReference<>();
        AtomicReference<HttpServerExchange> in = new AtomicReference<>();
        whenDestroyed((session, exchange) -> {
            heard.set(session);
            in.set(exchange);
        });

        visit((session, exchange) -> {
            session.invalidate(exchange);
            assertThat(heard.get()).isSameAs(session);
            assertThat(in.get()).isSameAs(exchange);
        });
    }

    // So does Undertow's bridge to HttpSessionBindingListener.
    @Test
    void sessionDestroyed_listenerThatRemovesAttributes_isHeard() {
        whenDestroyed((session, exchange) -> {
            for (String name : List.copyOf(session.getAttributeNames())) {
                assertThat(session.removeAttribute(name)).isEqualTo("value");
            }
            assertThat(session.getAttributeNames()).isEmpty();
        });

        visit(Session::invalidate);

        assertThat(events.heard()).containsExactly("removed name: value", "destroyed INVALIDATED");
        assertThat(manager.getSession(id)).isNull();
    }

    @Test
    void sessionDestroyed_listenerThatSetsAttribute_doesNotBringSessionBack() {
        whenDestroyed((session, exchange) -> session.setAttribute("late", "value"));

        visit(Session::invalidate);

        assertThat(events.heard()).containsExactly("added late: value", "destroyed INVALIDATED");
        assertThat(manager.getSession(id)).isNull();
    }

    @Test
    void sessionDestroyed_listener_findsSessionGoneFromManager() {
        List<Object> seen = new CopyOnWriteArrayList<>();
        whenDestroyed((session, exchange) -> {
            seen.add(manager.getSession(id) == null);
            seen.add(manager.getAllSessions());
        });

        visit(Session::invalidate);

        assertThat(seen).containsExactly(true, Set.of());
    }

    @Test
    void sessionDestroyed_listenerThatInvalidates_isRefused() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        whenDestroyed((session, exchange) -> thrown.set(catchThrowable(() -> session.invalidate(exchange))));

        visit(Session::invalidate);

        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class);
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void sessionDestroyed_listenerThatChangesId_getsNull() {
        List<Boolean> refused = new CopyOnWriteArrayList<>();
        whenDestroyed((session, exchange) -> refused.add(session.changeSessionId(exchange, server.config()) == null));

        visit(Session::invalidate);

        assertThat(refused).containsExactly(true);
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void sessionDestroyed_cookie_isClearedAfterListeners() {
        List<Boolean> cookieBefore = new CopyOnWriteArrayList<>();
        whenDestroyed((session, exchange) ->
                cookieBefore.add(exchange.responseCookies().iterator().hasNext()));

        visit(Session::invalidate);

        assertThat(cookieBefore).containsExactly(false);
        assertThat(browser.sessionId()).isEmpty();
    }

    @Test
    void sessionDestroyed_listeners_areCalledInReverseOrder() {
        List<String> order = new CopyOnWriteArrayList<>();
        whenDestroyed((session, exchange) -> order.add("first"));
        whenDestroyed((session, exchange) -> order.add("second"));
        whenDestroyed((session, exchange) -> order.add("third"));

        visit(Session::invalidate);

        assertThat(order).containsExactly("third", "second", "first");
    }

    @Test
    void invalidate_cookieConfigOfItsOwn_clearsThatCookie() {
        SessionCookieConfig config = new SessionCookieConfig().setCookieName("SHOP");
        config.setPath("/shop");
        Browser shopper = new Browser();
        server.visit(shopper, exchange -> manager.createSession(exchange, config));

        Answer answer = server.visit(
                shopper,
                exchange -> requireNonNull(manager.getSession(exchange, config)).invalidate(exchange));

        assertThat(answer.cookieLines("JSESSIONID")).isEmpty();
        assertThat(answer.cookieLines("SHOP"))
                .singleElement()
                .matches(Browser::isCleared)
                .asString()
                .containsIgnoringCase("path=/shop;");
    }

    @Test
    void invalidate_createdInSameExchange_isGone() {
        Browser other = new Browser();
        events.clear();
        server.visit(other, exchange -> {
            Session session = server.newSession(exchange);
            session.invalidate(exchange);
            assertThat(server.session(exchange)).isNull();
            assertThat(manager.getSession(session.getId())).isNull();
        });

        assertThat(other.sessionId()).isEmpty();
        assertThat(events.heard()).containsExactly("created", "destroyed INVALIDATED");
        assertThat(manager.getAllSessions()).containsExactly(id);
    }

    @Test
    void invalidate_thenCreateInSameExchange_answersWithNewSession() {
        visit((session, exchange) -> {
            session.invalidate(exchange);
            assertThat(server.session(exchange)).isNull();
            Session created = server.newSession(exchange);
            created.setAttribute("name", "new");
            assertThat(created).isNotSameAs(session);
            assertThat(server.session(exchange)).isSameAs(created);
        });

        visit((session, exchange) -> assertThat(session.getAttribute("name")).isEqualTo("new"));
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED", "created", "added name: new");
    }

    @Test
    void invalidate_nullExchange_sessionEnds() {
        requireNonNull(manager.getSession(id)).invalidate(null);

        server.visit(browser, exchange -> assertThat(server.session(exchange)).isNull());
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void invalidate_nullExchangeInRequest_leavesCookie() {
        Answer answer = visit((session, exchange) -> session.invalidate(null));

        assertThat(answer.cookieLines("JSESSIONID")).isEmpty();
        assertThat(manager.getSession(id)).isNull();
    }

    @Test
    void invalidate_handleById_clearsCookieOfExchangeGiven() {
        visit((session, exchange) -> requireNonNull(manager.getSession(id)).invalidate(exchange));

        assertThat(browser.sessionId()).isEmpty();
        assertThat(manager.getSession(id)).isNull();
    }

    @Test
    void invalidate_handleOfEarlierRequest_sessionEnds() {
        AtomicReference<Session> kept = new AtomicReference<>();
        visit((session, exchange) -> kept.set(session));

        requireNonNull(kept.get()).invalidate(null);

        assertThat(manager.getSession(id)).isNull();
        assertThatThrownBy(() -> requireNonNull(kept.get()).getAttribute("name"))
                .isInstanceOf(IllegalStateException.class);
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void invalidate_otherHandle_endsThisOneToo() {
        visit((session, exchange) -> {
            requireNonNull(manager.getSession(id)).invalidate(null);
            assertThatThrownBy(() -> session.getAttribute("name")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.invalidate(exchange)).isInstanceOf(IllegalStateException.class);
        });
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }

    @Test
    void invalidate_twoThreads_oneSucceeds() throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(2);
        Session session = requireNonNull(manager.getSession(id));
        Callable<Boolean> end = () -> {
            barrier.await(10, TimeUnit.SECONDS);
            try {
                session.invalidate(null);
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Boolean> one = threads.submit(end);
            Future<Boolean> two = threads.submit(end);
            assertThat(List.of(one.get(20, TimeUnit.SECONDS), two.get(20, TimeUnit.SECONDS)))
                    .containsExactlyInAnyOrder(true, false);
        } finally {
            threads.shutdownNow();
        }
        assertThat(events.heard()).containsExactly("destroyed INVALIDATED");
    }
}
