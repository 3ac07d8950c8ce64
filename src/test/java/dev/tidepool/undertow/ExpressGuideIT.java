package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.Guide;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.util.Sessions;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guide to sessions that Express has too tells the truth. */
@ExtendWith(DynamoDbLocal.class)
final class ExpressGuideIT {
    private static final Guide GUIDE = Guide.of("docs/express.md");

    /** The test of each row about two requests at once, by its first two cells. */
    private static final Map<String, String> RACES = Map.of(
            "changes an attribute; has changed another one meanwhile",
            "changeOnExpress_duringChangeOnUndertow_isMerged",
            "changes an attribute, or only reads; has ended the session, or given it a new id, meanwhile",
            "destroyOnExpress_duringChangeOnUndertow_isFinal",
            "has changed an attribute meanwhile; only reads",
            "changeOnUndertow_duringAccessOnExpress_isKept",
            "has changed an attribute meanwhile; changes another one",
            "changeOnUndertow_duringChangeOnExpress_isLost",
            "has ended the session meanwhile; only reads",
            "destroyOnUndertow_duringAccessOnExpress_leavesStubThatIsNoSession",
            "has ended the session meanwhile; changes an attribute",
            "destroyOnUndertow_duringChangeOnExpress_isUndoneByNode",
            "has given the session a new id meanwhile; only reads",
            "newIdOnUndertow_duringAccessOnExpress_isNotDisturbed",
            "has given the session a new id meanwhile; changes an attribute",
            "newIdOnUndertow_duringChangeOnExpress_leavesTwoSessions");

    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final CacheManager cacheManager = provider.getCacheManager(null, null, properties());
    private final String secret = "keyboard cat";

    private record Item(String name, int cents) {}

    private static Properties properties() {
        Properties properties = new Properties();
        properties.put("tidepool.endpoint", DynamoDbLocal.endpoint());
        properties.put("tidepool.region", "us-east-1");
        properties.put("tidepool.table", StoreNode.freshTable());
        return properties;
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void sample_ofExpress_isThatOfTheExample() throws IOException {
        assertThat(Files.readString(Path.of("examples/express/server.mjs")))
                .contains(GUIDE.section("## Express").blocks("js"));
    }

    @Test
    void samples_ofUndertow_shareOneSession() throws Exception {
        HttpHandler application = exchange -> {
            Session session = Sessions.getOrCreateSession(exchange);
            List<Object> cart = new ArrayList<>();
            if (session.getAttribute("cart") instanceof List<?> found) {
                cart.addAll(found);
            }
            cart.add(new Item("net", 1400));
            session.setAttribute("cart", cart);
            exchange.getResponseSender().send(String.valueOf(session.getAttribute("cart")));
        };

        Cache<String, StoredSession> cache = cacheManager.createCache(
                "sessions",
                SessionCaches.configuration().set(Option.FORMAT, "connect").build());
        SessionManager sessions = JCacheSessionManager.builder(cache)
                .attributeType("cart", new TypeReference<List<Item>>() {}.getType())
                .build("shop");
        SessionConfig cookie =
                ExpressSessionConfig.builder(secret).sameSite("lax").build();
        HttpHandler root = new SessionAttachmentHandler(new BlockingHandler(application), sessions, cookie);

        DeploymentInfo deployment = Servlets.deployment()
                .setDeploymentName("shop.war")
                .setContextPath("/")
                .setClassLoader(ExpressGuideIT.class.getClassLoader())
                .addServlet(Servlets.servlet("cart", CartServlet.class).addMapping("/*"));
        deployment
                .setSessionManagerFactory(new JCacheSessionManagerFactory(JCacheSessionManager.builder(cache)))
                .setSessionConfigWrapper((config, ofDeployment) -> cookie);

        DeploymentManager deployed = Servlets.newContainer().addDeployment(deployment);
        deployed.deploy();
        Browser browser = new Browser();
        String item = "Item[name=net, cents=1400]";
        assertThat(visit(root, browser)).isEqualTo("[" + item + "]");
        assertThat(visit(root, browser)).isEqualTo("[" + item + ", " + item + "]");
        assertThat(visit(deployed.start(), browser)).isEqualTo("[{name=net, cents=1400}, {name=net, cents=1400}]");
        deployed.stop();
        isPartOfThisTest(GUIDE.section("## Undertow").blocks("java").get(1));
    }

    /** What is in the session, without a declared type. */
    public static final class CartServlet extends jakarta.servlet.http.HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(
                jakarta.servlet.http.HttpServletRequest request, jakarta.servlet.http.HttpServletResponse response)
                throws IOException {
            response.getWriter().print(request.getSession().getAttribute("cart"));
        }
    }

    private static String visit(HttpHandler root, Browser browser) {
        Undertow server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(root)
                .build();
        server.start();
        int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
        try {
            return new Site(port).get(browser, "/").body();
        } finally {
            server.stop();
        }
    }

    /** White space aside, as the formatter has a say in this one. */
    private static void isPartOfThisTest(String sample) throws IOException {
        String test = Files.readString(Path.of("src/test/java/dev/tidepool/undertow/ExpressGuideIT.java"));
        assertThat(test.replaceAll("\\s", "")).contains(sample.replaceAll("\\s", ""));
    }

    @Test
    void settings_ofCookie_areThoseOfItsBuilder() {
        String table = GUIDE.section("## What both sides must agree on").text();

        assertThat(Arrays.stream(ExpressSessionConfig.Builder.class.getMethods())
                        .filter(method -> method.getDeclaringClass() == ExpressSessionConfig.Builder.class)
                        .map(Method::getName)
                        .filter(name -> !name.equals("build")))
                .allSatisfy(name -> assertThat(table).contains("`" + name + "`"));
    }

    @Test
    void rows_aboutTwoRequestsAtOnce_haveTestsThatExist() {
        Set<String> rows = GUIDE.section("## What each side does to the other").rows().stream()
                .skip(1)
                .map(row -> row.get(0) + "; " + row.get(1))
                .collect(Collectors.toSet());
        List<String> tests = Arrays.stream(ExpressRacesIT.class.getDeclaredMethods())
                .map(Method::getName)
                .toList();

        assertThat(RACES.keySet()).isEqualTo(rows);
        assertThat(tests).containsAll(RACES.values());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cookie",
                "id",
                "req",
                "save",
                "touch",
                "reload",
                "destroy",
                "regenerate",
                "resetMaxAge",
                "constructor",
                "toString"
            })
    void name_thatGuideCallsRefused_isRefused(String name) {
        assertThat(GUIDE.section("## Values").text()).contains("`" + name + "`");
        try (SessionServer server = SessionServer.start(
                JCacheSessionManager.builder(cacheManager.createCache(
                                "sessions",
                                SessionCaches.configuration()
                                        .set(Option.FORMAT, "connect")
                                        .build()))
                        .build("shop"),
                ExpressSessionConfig.builder(secret).build())) {
            server.visit(
                    new Browser(),
                    exchange -> assertThatThrownBy(
                                    () -> server.newSession(exchange).setAttribute(name, "value"))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("'" + name + "'"));
        }
    }

    @Test
    void messages_ofTable_areInTheSources() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/tidepool/express"))) {
            for (Path file : files.toList()) {
                sources.append(Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
            }
        }
        List<String> messages = GUIDE.section("## Messages").rows().stream()
                .skip(1)
                .map(row -> row.get(0).replace("`", ""))
                .toList();

        assertThat(messages)
                .hasSizeGreaterThan(1)
                .allSatisfy(message -> assertThat(sources.toString()).contains(message));
    }
}
