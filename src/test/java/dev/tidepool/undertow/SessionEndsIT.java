package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.servlet.api.ListenerInfo;
import io.undertow.servlet.api.SessionManagerFactory;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every use of a session ends, so that the session does too, and its end is told. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SessionEndsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(ServletContexts.TIMEOUT_SECONDS);
    private static final Duration MOMENT = Duration.ofMillis(1);
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** What the listeners of all managers were told, with what the session held. */
    private final List<String> told = new CopyOnWriteArrayList<>();

    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        visitor.close();
        one.close();
        two.close();
    }

    private JCacheSessionManager.Builder builder(StoreNode store, Duration timeout) {
        return store.manager().sessionTimeout(timeout).touchInterval(Duration.ZERO);
    }

    private CoreNode node(StoreNode store, Duration timeout) {
        JCacheSessionManager manager = builder(store, timeout).build(StoreNode.APPLICATION);
        listen(manager, (reason, session) -> reason + " " + session.getAttribute("item"));
        return CoreNode.start(manager).withPages();
    }

    /** Of servlets' sessions the container removes the attributes before other listeners are called. */
    private SessionManagerFactory servlets(String application) {
        JCacheSessionManagerFactory factory =
                new JCacheSessionManagerFactory(builder(one, TIMEOUT).application(application));
        return deployment -> {
            JCacheSessionManager manager = (JCacheSessionManager) factory.createSessionManager(deployment);
            listen(manager, (reason, session) -> reason.name());
            return manager;
        };
    }

    private void listen(
            JCacheSessionManager manager, BiFunction<SessionListener.SessionDestroyedReason, Session, String> line) {
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                told.add(line.apply(reason, session));
            }
        });
    }

    /** A use that is still to end moves the deadline once more, and one that never ends does so each time. */
    private void timesOut(JCacheSessionManager manager) throws Exception {
        Eventually.holds("the session has timed out", () -> {
            clock.advance(TIMEOUT);
            manager.endDue();
            return !told.isEmpty();
        });
    }

    private static JCacheSessionManager manager(CoreNode node) {
        return (JCacheSessionManager) node.manager();
    }

    /** A servlet includes one of another context, whose session is of another manager. */
    @Test
    void session_ofIncludedContext_isSavedLateAndTimesOut() throws Exception {
        try (ServletContexts contexts = ServletContexts.of(this::servlets)
                .on(
                        "/front",
                        "/page",
                        (request, response) -> requireNonNull(
                                        request.getServletContext().getContext("/back"))
                                .getRequestDispatcher("/part")
                                .include(request, response))
                .on("/back", "/part", (request, response) -> {
                    HttpSession session = request.getSession();
                    List<String> items = new ArrayList<>(List.of("early"));
                    session.setAttribute("item", items);
                    response.getWriter().print("part");
                    response.flushBuffer();
                    items.add("late");
                })
                .start()) {
            Wire.Answer answer = contexts.visit(visitor, "/front/page");
            JCacheSessionManager back = contexts.manager("/back");
            String id = back.getActiveSessions().iterator().next();

            assertThat(answer.body()).isEqualTo("part");
            JCacheSessionManager elsewhere =
                    builder(two, TIMEOUT).application("/back").build("/back");
            Eventually.holds(
                    "what was changed after the response is saved",
                    () -> requireNonNull(elsewhere.getSession(id))
                            .getAttribute("item")
                            .equals(List.of("early", "late")));
            elsewhere.stop();
            timesOut(back);
            assertThat(told).containsExactly("TIMEOUT");
        }
    }

    /** An access by way of another context is one too, although nothing is changed. */
    @Test
    void access_ofIncludedContext_movesDeadline() throws Exception {
        try (ServletContexts contexts = ServletContexts.of(this::servlets)
                .on(
                        "/front",
                        "/page",
                        (request, response) -> requireNonNull(
                                        request.getServletContext().getContext("/back"))
                                .getRequestDispatcher("/part")
                                .include(request, response))
                .on("/back", "/part", (request, response) -> {
                    HttpSession session = request.getSession();
                    if (session.isNew()) {
                        session.setAttribute("item", "kept");
                    }
                    response.getWriter().print(session.getAttribute("item"));
                })
                .start()) {
            contexts.visit(visitor, "/front/page");
            JCacheSessionManager back = contexts.manager("/back");
            clock.advance(TIMEOUT.minus(MOMENT));
            contexts.visit(visitor, "/front/page");
            String id = back.getActiveSessions().iterator().next();
            JCacheSessionManager elsewhere =
                    builder(two, TIMEOUT).application("/back").build("/back");
            Eventually.holds(
                    "the access is saved",
                    () -> requireNonNull(elsewhere.getSession(id)).getLastAccessedTime()
                            == clock.instant().toEpochMilli());
            elsewhere.stop();
            clock.advance(MOMENT);
            back.endDue();
            assertThat(told).isEmpty();

            timesOut(back);
            assertThat(told).containsExactly("TIMEOUT");
        }
    }

    /** Undertow has asked by itself when the response was complete; the application does so afterwards. */
    @Test
    void session_firstAskedForAfterExchange_timesOut() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        try (CoreNode node = node(one, TIMEOUT).on("/late", new BlockingHandler(exchange -> {
            exchange.endExchange();
            try {
                assertThat(exchange.isComplete()).isTrue();
                CoreNode.existing(exchange);
                Session session = requireNonNull(CoreNode.existing(exchange));
                asked.complete(String.valueOf(session.getAttribute("item")));
            } catch (Throwable e) {
                asked.completeExceptionally(e);
            }
        }))) {
            node.visit(visitor, "/set?name=item&value=kept");
            visitor.get(node.port(), "/late");
            assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo("kept");

            clock.advance(TIMEOUT.plus(MOMENT));
            manager(node).endDue();

            assertThat(told).containsExactly("TIMEOUT kept");
        }
    }

    /** Asks for the session when the response is over; keeps what it found. */
    private static final class LateListener implements ServletRequestListener {
        private final List<String> found = new CopyOnWriteArrayList<>();

        @Override
        public void requestDestroyed(ServletRequestEvent event) {
            HttpServletRequest request = (HttpServletRequest) event.getServletRequest();
            if (request.getServletPath().equals("/redirect")) {
                HttpSession session = request.getSession(false);
                found.add(String.valueOf(session == null ? null : session.getAttribute("item")));
            }
        }
    }

    @Test
    void session_firstAskedForAfterRedirect_timesOut() throws Exception {
        LateListener late = new LateListener();
        SessionManagerFactory factory = servlets(StoreNode.APPLICATION);
        CompletableFuture<JCacheSessionManager> made = new CompletableFuture<>();
        try (ServletNode node = ServletNode.of(deployment -> {
                    JCacheSessionManager manager = (JCacheSessionManager) factory.createSessionManager(deployment);
                    made.complete(manager);
                    return manager;
                })
                .deployed(deployment -> deployment
                        .setDefaultSessionTimeout((int) TIMEOUT.toSeconds())
                        .addListener(new ListenerInfo(LateListener.class, new ImmediateInstanceFactory<>(late))))
                .on("/begin", (request, response) -> request.getSession().setAttribute("item", "kept"))
                .on("/redirect", (request, response) -> response.sendRedirect("/elsewhere"))
                .start()) {
            node.visit(visitor, "/begin");
            visitor.get(node.port(), "/redirect");
            Eventually.holds("the listener has asked", () -> !late.found.isEmpty());
            assertThat(late.found).containsExactly("kept");

            timesOut(made.join());

            assertThat(told).containsExactly("TIMEOUT");
        }
    }

    /** Its timer has run once before there was anything in the store; that of the other session shows so. */
    @Test
    void timeout_ofSessionSavedAfterItsFirstDeadline_isTold() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (CoreNode node = node(one, SHORT).page("/slow", exchange -> {
            CoreNode.session(exchange).setAttribute("item", "slow");
            begun.countDown();
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            return "";
        })) {
            Future<Wire.Answer> slow = threads.submit(() -> visitor.get(node.port(), "/slow"));
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            node.visit(new Visitor(), "/set?name=item&value=quick");
            clock.advance(SHORT.plus(MOMENT));
            Eventually.holds("the other session has timed out", () -> told.contains("TIMEOUT quick"));

            go.countDown();
            assertThat(slow.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
            clock.advance(SHORT);

            Eventually.holds("the session has timed out", () -> {
                clock.advance(MOMENT);
                return told.contains("TIMEOUT slow");
            });
            assertThat(told).containsExactly("TIMEOUT quick", "TIMEOUT slow");
        }
    }

    @Test
    void timeout_ofSessionServedUnderItsOldId_isTold() throws Exception {
        CoreNode gone = node(one, TIMEOUT);
        try (CoreNode node = node(two, TIMEOUT)) {
            gone.visit(visitor, "/set?name=item&value=kept");
            node.visit(visitor, "/get?name=item");
            gone.visit(visitor, "/login");
            gone.close();
            clock.advance(TIMEOUT.plus(MOMENT));

            manager(node).endDue();
            assertThat(told).isEmpty();
            assertThat(manager(node).sweep()).isOne();

            assertThat(told).containsExactly("TIMEOUT kept");
            assertThat(manager(node).getActiveSessions()).isEmpty();
        } finally {
            gone.close();
        }
    }

    /** The deadline that the node knows has passed, and the request under the new id has moved it elsewhere. */
    @Test
    void timeout_ofSessionServedUnderItsOldIdThatLivesOn_isNotTold() throws Exception {
        try (CoreNode other = node(one, TIMEOUT);
                CoreNode node = node(two, TIMEOUT)) {
            other.visit(visitor, "/set?name=item&value=kept");
            node.visit(visitor, "/get?name=item");
            other.visit(visitor, "/login");
            clock.advance(TIMEOUT.minus(MOMENT));
            other.visit(visitor, "/set?name=more&value=1");
            clock.advance(TIMEOUT.minus(MOMENT));

            manager(node).endDue();

            assertThat(told).isEmpty();
            clock.advance(MOMENT);
            manager(node).endDue();
            manager(other).endDue();
            assertThat(told).containsExactly("TIMEOUT kept");
        }
    }

    @Test
    void session_thatNeverTimesOut_isNotKeptByTheNodeThatWroteIt() throws Exception {
        try (CoreNode other = node(one, TIMEOUT);
                CoreNode node = node(two, TIMEOUT).page("/forever", CoreNode.onSession((exchange, session) -> {
                    session.setMaxInactiveInterval(-1);
                    return "";
                }))) {
            other.visit(visitor, "/set?name=item&value=kept");
            node.visit(visitor, "/forever");
            String session = requireNonNull(visitor.session());
            assertThat(manager(node).getActiveSessions()).isEmpty(); // there is no deadline to be watched
            other.visit(visitor, "/end");

            assertThat(node.visit(Visitor.with(session), "/get?name=item").body())
                    .isEqualTo(CoreNode.NO_SESSION);

            assertThat(manager(node).getActiveSessions()).isEmpty();
            assertThat(told).containsExactly("INVALIDATED kept");
        }
    }
}
