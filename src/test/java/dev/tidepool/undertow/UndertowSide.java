package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The pages of a {@link Side}, on the core of Undertow or on servlets. */
final class UndertowSide implements Side, AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_SECONDS = 20;
    private static final String[] PATHS = {
        "/gate/arrived", "/gate/open", "/plain", "/get", "/set", "/delete", "/login", "/logout"
    };

    /** Which API an application is written for. */
    enum Way {
        CORE {
            @Override
            UndertowSide start(JCacheSessionManager.Builder manager, SessionConfig cookie) {
                return core(manager, cookie);
            }
        },
        SERVLETS {
            @Override
            UndertowSide start(JCacheSessionManager.Builder manager, SessionConfig cookie) throws Exception {
                return servlets(manager, cookie);
            }
        };

        abstract UndertowSide start(JCacheSessionManager.Builder manager, SessionConfig cookie) throws Exception;
    }

    /** What pages do with a session, whichever API it has. */
    private interface Visited {
        @Nullable Object get(String name);

        void set(String name, @Nullable Object value);

        void changeId();

        void end();
    }

    /** One request. */
    private interface Visit {
        @Nullable String query(String name);

        /** Returns the session that is there. */
        @Nullable Visited session();

        Visited sessionOrNew();
    }

    private static final class Gate {
        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);
    }

    private final Map<String, Gate> gates = new ConcurrentHashMap<>();
    private @Nullable Site site;
    private @Nullable Runnable end;

    private UndertowSide() {}

    private static UndertowSide core(JCacheSessionManager.Builder manager, SessionConfig cookie) {
        UndertowSide side = new UndertowSide();
        SessionServer server = SessionServer.start(manager.build(StoreNode.APPLICATION), cookie);
        for (String path : PATHS) {
            server.page(
                    path,
                    exchange -> exchange.getResponseSender().send(side.answer(path, visit(server, exchange, cookie))));
        }
        side.site = server.site();
        side.end = server::close;
        return side;
    }

    private static UndertowSide servlets(JCacheSessionManager.Builder manager, SessionConfig cookie) throws Exception {
        UndertowSide side = new UndertowSide();
        ServletNode.Plan plan = ServletNode.of(new JCacheSessionManagerFactory(manager))
                .deployed(deployment -> deployment.setSessionConfigWrapper((given, deployed) -> cookie));
        for (String path : PATHS) {
            plan.on(path, (request, response) -> response.getWriter().print(side.answer(path, visit(request))));
        }
        ServletNode server = plan.start();
        side.site = new Site(server.port());
        side.end = () -> stop(server);
        return side;
    }

    private String answer(String path, Visit visit) throws Exception {
        String gate = visit.query("gate");
        Gate waiting = gate == null ? new Gate() : gates.computeIfAbsent(gate, name -> new Gate());
        if (path.equals("/gate/arrived")) {
            await(waiting.arrived);
            return "arrived";
        } else if (path.equals("/gate/open")) {
            waiting.opened.countDown();
            return "open";
        }
        Visited session = visit.session();
        if (gate != null) {
            waiting.arrived.countDown();
            await(waiting.opened);
        }
        return answer(path, visit, session);
    }

    private static String answer(String path, Visit visit, @Nullable Visited session) throws Exception {
        switch (path) {
            case "/get" -> {
                Object value = session == null ? null : session.get(requireNonNull(visit.query("name")));
                return value == null ? UNDEFINED : JSON.writeValueAsString(value);
            }
            case "/set" -> {
                Visited changed = session == null ? visit.sessionOrNew() : session;
                changed.set(
                        requireNonNull(visit.query("name")),
                        JSON.readValue(requireNonNull(visit.query("json")), Object.class));
                return "set";
            }
            case "/delete" -> {
                if (session != null) {
                    session.set(requireNonNull(visit.query("name")), null);
                }
                return "deleted";
            }
            case "/login" -> {
                Visited changed = session == null ? visit.sessionOrNew() : session;
                changed.changeId();
                changed.set("user", visit.query("user"));
                return "logged in";
            }
            case "/logout" -> {
                if (session != null) {
                    session.end();
                }
                return "logged out";
            }
            default -> {
                return "plain";
            }
        }
    }

    private static void await(CountDownLatch latch) throws Exception {
        if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("nobody came to the gate");
        }
    }

    private static Visit visit(SessionServer server, HttpServerExchange exchange, SessionConfig cookie) {
        return new Visit() {
            @Override
            public @Nullable String query(String name) {
                var values = exchange.getQueryParameters().get(name);
                return values == null ? null : values.getFirst();
            }

            @Override
            public @Nullable Visited session() {
                Session session = server.session(exchange);
                return session == null ? null : visited(session, exchange, cookie);
            }

            @Override
            public Visited sessionOrNew() {
                return visited(server.newSession(exchange), exchange, cookie);
            }
        };
    }

    private static Visited visited(Session session, HttpServerExchange exchange, SessionConfig cookie) {
        return new Visited() {
            @Override
            public @Nullable Object get(String name) {
                return session.getAttribute(name);
            }

            @Override
            public void set(String name, @Nullable Object value) {
                session.setAttribute(name, value);
            }

            @Override
            public void changeId() {
                session.changeSessionId(exchange, cookie);
            }

            @Override
            public void end() {
                session.invalidate(exchange);
            }
        };
    }

    private static Visit visit(HttpServletRequest request) {
        return new Visit() {
            @Override
            public @Nullable String query(String name) {
                return request.getParameter(name);
            }

            @Override
            public @Nullable Visited session() {
                HttpSession session = request.getSession(false);
                return session == null ? null : visited(session, request);
            }

            @Override
            public Visited sessionOrNew() {
                return visited(request.getSession(), request);
            }
        };
    }

    private static Visited visited(HttpSession session, HttpServletRequest request) {
        return new Visited() {
            @Override
            public @Nullable Object get(String name) {
                return session.getAttribute(name);
            }

            @Override
            public void set(String name, @Nullable Object value) {
                session.setAttribute(name, value);
            }

            @Override
            public void changeId() {
                request.changeSessionId();
            }

            @Override
            public void end() {
                session.invalidate();
            }
        };
    }

    @Override
    public Site site() {
        return requireNonNull(site);
    }

    private static void stop(ServletNode server) {
        try {
            server.close();
        } catch (ServletException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        requireNonNull(end).run();
    }
}
