package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionConfig;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cookie of Express on the wire, between a client and servers of undertow-core and undertow-servlet. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ExpressCookieIT {
    private static final String SECRET = "keyboard cat";
    private static final Duration DAY = Duration.ofDays(1);

    private final StoreNode store = StoreNode.on(StoreNode.freshTable());
    private final List<AutoCloseable> open = new ArrayList<>();
    private @Nullable String cookie;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable server : open) {
            server.close();
        }
        store.close();
    }

    /**
     * The two ways to serve pages; all serve {@code /set}, {@code /change}, {@code /get}, {@code /login} and
     * {@code /end}.
     */
    enum Server {
        CORE {
            @Override
            int start(ExpressCookieIT test, SessionConfig config) {
                return test.core(config);
            }
        },
        SERVLET {
            @Override
            int start(ExpressCookieIT test, SessionConfig config) throws Exception {
                return test.servlets(config);
            }
        };

        /** Starts a server and returns its port. */
        abstract int start(ExpressCookieIT test, SessionConfig config) throws Exception;
    }

    private int core(SessionConfig config) {
        JCacheSessionManager manager = store.manager().build(StoreNode.APPLICATION);
        PathHandler pages = new PathHandler()
                .addExactPath("/set", page(session -> session.setAttribute("item", "tea"), manager, config))
                .addExactPath("/change", page(ExpressCookieIT::change, manager, config))
                .addExactPath("/get", page(session -> {}, manager, config))
                .addExactPath("/end", new BlockingHandler(exchange -> {
                    Session session = manager.getSession(exchange, config);
                    if (session != null) {
                        session.invalidate(exchange);
                    }
                    exchange.getResponseSender().send("ended");
                }))
                .addExactPath("/login", new BlockingHandler(exchange -> {
                    Session session = manager.getSession(exchange, config);
                    if (session != null) {
                        session.changeSessionId(exchange, config);
                        session.setAttribute("user", "ann");
                    }
                    exchange.getResponseSender().send("logged in");
                }));
        CoreNode node = CoreNode.start(manager, next -> new SessionAttachmentHandler(pages, manager, config));
        open.add(node);
        return node.port();
    }

    /** A page that changes the session, a new one if need be, and shows an attribute. */
    private static HttpHandler page(Consumer<Session> change, JCacheSessionManager manager, SessionConfig config) {
        return new BlockingHandler(exchange -> {
            Session session = manager.getSession(exchange, config);
            if (session == null && exchange.getRequestPath().equals("/set")) {
                session = manager.createSession(exchange, config);
            }
            if (session == null) {
                exchange.getResponseSender().send(CoreNode.NO_SESSION);
            } else {
                change.accept(session);
                exchange.getResponseSender().send(String.valueOf(session.getAttribute("item")));
            }
        });
    }

    private static void change(Session session) {
        session.setAttribute("changed", System.nanoTime());
    }

    private int servlets(SessionConfig config) throws Exception {
        ServletNode node = ServletNode.on(store)
                .deployed(deployment -> deployment.setSessionConfigWrapper((given, deployed) -> config))
                .on("/set", (request, response) -> {
                    HttpSession session = request.getSession();
                    session.setAttribute("item", "tea");
                    response.getWriter().print(session.getAttribute("item"));
                })
                .on("/change", (request, response) -> {
                    request.getSession().setAttribute("changed", System.nanoTime());
                    response.getWriter().print("changed");
                })
                .on("/get", (request, response) -> {
                    HttpSession session = request.getSession(false);
                    response.getWriter().print(session == null ? CoreNode.NO_SESSION : session.getAttribute("item"));
                })
                .on("/end", (request, response) -> {
                    request.getSession().invalidate();
                    response.getWriter().print("ended");
                })
                .on("/login", (request, response) -> {
                    request.changeSessionId();
                    request.getSession().setAttribute("user", "ann");
                    response.getWriter().print("logged in");
                })
                .start();
        open.add(node);
        return node.port();
    }

    /** Asks for a page, and takes the cookie as browsers do. */
    private Wire.Answer get(int port, String path) throws Exception {
        return get(port, path, cookie == null ? "Cookie: none=1" : "Cookie: connect.sid=" + cookie);
    }

    private Wire.Answer get(int port, String path, String... headers) throws Exception {
        try (Wire wire = new Wire(port)) {
            Wire.Answer answer = wire.get(path, headers);
            assertThat(answer.status()).isEqualTo(200);
            List<String> lines = lines(answer);
            assertThat(lines).hasSizeLessThan(2);
            for (String line : lines) {
                String value = line.substring("connect.sid=".length(), line.indexOf(';'));
                cookie = Browser.isCleared(line) ? null : value;
            }
            return answer;
        }
    }

    /** The lines that set or clear the cookie. */
    private static List<String> lines(Wire.Answer answer) {
        return answer.headers().stream()
                .filter(header -> header.getKey().equalsIgnoreCase("Set-Cookie"))
                .map(Map.Entry::getValue)
                .filter(line -> line.startsWith("connect.sid="))
                .toList();
    }

    private static ExpressSessionConfig.Builder config() {
        return ExpressSessionConfig.builder(SECRET);
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void session_begun_isFoundByItsSignedCookieAndEnds(Server server) throws Exception {
        int port = server.start(this, config().build());

        assertThat(get(port, "/get").body()).isEqualTo(CoreNode.NO_SESSION);
        Wire.Answer begun = get(port, "/set");
        assertThat(lines(begun))
                .singleElement()
                .asString()
                .matches("connect\\.sid=s%3A[\\w-]+\\.[\\w%]+; Path=/; HttpOnly");
        assertThat(lines(get(port, "/get"))).isEmpty();
        assertThat(get(port, "/get").body()).isEqualTo("tea");
        String ended = cookie;
        assertThat(lines(get(port, "/end"))).hasSize(1);

        assertThat(cookie).isNull();
        cookie = ended;
        assertThat(get(port, "/get").body()).isEqualTo(CoreNode.NO_SESSION);
        assertThat(store.items()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void session_loggedIn_hasCookieOfNewId(Server server) throws Exception {
        int port = server.start(this, config().maxAge(DAY).rolling(true).build());
        get(port, "/set");
        String before = cookie;

        assertThat(lines(get(port, "/login"))).hasSize(1);

        assertThat(cookie).isNotNull().isNotEqualTo(before);
        assertThat(get(port, "/get").body()).isEqualTo("tea");
        cookie = before;
        assertThat(get(port, "/get").body()).isEqualTo(CoreNode.NO_SESSION);
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void secret_replaced_verifiesWhileItIsKnown(Server server) throws Exception {
        int before = server.start(this, config().build());
        int during = server.start(
                this, ExpressSessionConfig.builder("new secret", SECRET).build());
        int after =
                server.start(this, ExpressSessionConfig.builder("new secret").build());
        get(before, "/set");

        assertThat(get(during, "/get").body()).isEqualTo("tea");
        assertThat(get(after, "/get").body()).isEqualTo(CoreNode.NO_SESSION);
        get(during, "/login");
        assertThat(get(after, "/get").body()).isEqualTo("tea");
        assertThat(get(before, "/get").body()).isEqualTo(CoreNode.NO_SESSION);
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void cookie_notSigned_costsNoRequestToStore(Server server) throws Exception {
        int port = server.start(this, config().rolling(true).build());
        get(port, "/set");
        String signed = String.valueOf(cookie);
        String id = signed.substring("s%3A".length(), signed.indexOf('.'));
        assertThat(get(port, "/get").body()).isEqualTo("tea");
        store.watched().clear();
        store.requests().clear();

        for (String bad : List.of(
                "",
                id,
                "s%3A" + id,
                "s%3A" + id + ".",
                "s%3A" + id + "." + "A".repeat(43),
                signed.substring(0, signed.length() - 1),
                signed + "%",
                "x" + signed,
                signed.replace("s%3A", "s%3Ax"))) {
            Wire.Answer answer = get(port, "/get", "Cookie: connect.sid=" + bad);
            assertThat(answer.body()).isEqualTo(CoreNode.NO_SESSION);
            assertThat(lines(answer)).isEmpty();
        }

        assertThat(store.watched().calls()).isEmpty();
        assertThat(store.requests().sent()).isEmpty();
    }

    @Test
    void cookie_amongOthersAndInSeveralHeaders_isFound() throws Exception {
        int port = core(config().build());
        get(port, "/set");
        String header = "Cookie: a=1; connect.sid=\"" + cookie + "\" ; b=2";

        assertThat(get(port, "/get", "Cookie: connect.sid=forged", header).body())
                .isEqualTo("tea");
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void cookie_withAllAttributes_hasThemWhenSetAndWhenCleared(Server server) throws Exception {
        int port = server.start(
                this,
                config().path("/")
                        .domain("shop.example")
                        .secure(true)
                        .sameSite("none")
                        .maxAge(DAY)
                        .build());
        String attributes = "; Path=/; Domain=shop.example; Secure; HttpOnly";

        String set = lines(get(port, "/set")).get(0);
        String cleared = lines(get(port, "/end")).get(0);

        assertThat(set).contains(attributes + "; Max-Age=86400; Expires=").endsWith("; SameSite=None");
        assertThat(expires(set)).isCloseTo(ZonedDateTime.now(ZoneOffset.UTC).plus(DAY), within(1, ChronoUnit.MINUTES));
        assertThat(cleared)
                .isEqualTo("connect.sid=" + attributes + "; Expires=Thu, 01-Jan-1970 00:00:00 GMT; SameSite=None");
    }

    private static ZonedDateTime expires(String line) {
        String date = line.replaceFirst(".*; Expires=([^;]*).*", "$1");
        return ZonedDateTime.parse(date, DateTimeFormatter.ofPattern("EEE, dd-MMM-yyyy HH:mm:ss zzz", Locale.ROOT));
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void cookie_ofOtherNameAndPath_isSetReadAndCleared(Server server) throws Exception {
        int port = server.start(
                this, config().cookieName("sid").path("/shop").httpOnly(false).build());

        Wire.Answer set = get(port, "/set");
        String line = set.header("Set-Cookie").orElseThrow();
        assertThat(line).startsWith("sid=s%3A").endsWith("; Path=/shop");
        String pair = line.substring(0, line.indexOf(';'));

        assertThat(get(port, "/get", "Cookie: " + pair).body()).isEqualTo("tea");
        assertThat(get(port, "/end", "Cookie: " + pair).header("Set-Cookie"))
                .contains("sid=; Path=/shop; Expires=Thu, 01-Jan-1970 00:00:00 GMT");
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void cookie_rolling_isSentWithEachResponseOfSession(Server server) throws Exception {
        int port = server.start(this, config().rolling(true).build());
        assertThat(lines(get(port, "/get"))).isEmpty();
        get(port, "/set");
        String first = cookie;

        assertThat(lines(get(port, "/get"))).hasSize(1);
        assertThat(lines(get(port, "/set"))).hasSize(1);
        assertThat(cookie).isEqualTo(first);

        assertThat(lines(get(port, "/end"))).hasSize(1);
        assertThat(cookie).isNull();
    }

    @ParameterizedTest
    @EnumSource(Server.class)
    void cookie_withMaxAge_isSentAgainWhenSessionWasChanged(Server server) throws Exception {
        int port = server.start(this, config().maxAge(DAY).build());
        get(port, "/set");

        assertThat(lines(get(port, "/get"))).isEmpty();
        assertThat(lines(get(port, "/set")))
                .as("the same value again is no change")
                .isEmpty();
        assertThat(lines(get(port, "/change"))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cookie_ofResponseThatCannotBeSaved_isNotSent(boolean rolling) throws Exception {
        int port = core(config().maxAge(DAY).rolling(rolling).build());
        get(port, "/set");
        store.watched().fail(WatchedCache.WRITES);

        try (Wire wire = new Wire(port)) {
            Wire.Answer answer = wire.get("/change", "Cookie: connect.sid=" + cookie);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(lines(answer)).isEmpty();
        }
    }
}
