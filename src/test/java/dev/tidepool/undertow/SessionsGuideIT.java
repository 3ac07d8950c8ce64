package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.Guide;
import dev.tidepool.session.StoredSession;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.util.Sessions;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.CookieManager;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The guide to sessions tells the truth: its samples run, and its table of settings is that of the code. */
@ExtendWith(DynamoDbLocal.class)
final class SessionsGuideIT {
    private static final Guide GUIDE = Guide.of("docs/sessions.md");

    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final CacheManager cacheManager = provider.getCacheManager(null, null, properties());

    private static Properties properties() {
        Properties properties = new Properties();
        properties.put("tidepool.endpoint", DynamoDbLocal.endpoint());
        properties.put("tidepool.region", "us-east-1");
        return properties;
    }

    @BeforeEach
    void defaultManager_ofSamples_isThatOfThisTest() {
        SessionCaches.defaultManager = cacheManager;
    }

    @AfterEach
    void provider_afterTest_isClosed() {
        provider.close();
    }

    /** Stands in for the library's class in the samples, so that these run on DynamoDB Local. */
    private static final class SessionCaches {
        private static @Nullable CacheManager defaultManager;

        static Cache<String, StoredSession> dynamoDb() {
            return dev.tidepool.session.SessionCaches.dynamoDb(requireNonNull(defaultManager));
        }

        static DynamoDbConfiguration.Builder<String, StoredSession> configuration() {
            return dev.tidepool.session.SessionCaches.configuration().table(StoreNode.freshTable());
        }
    }

    /** Stands in for the library's class in the samples, too. */
    private static final class SingleSignOnCaches {
        static Cache<String, StoredSingleSignOn> dynamoDb() {
            return dev.tidepool.undertow.SingleSignOnCaches.dynamoDb(requireNonNull(SessionCaches.defaultManager));
        }
    }

    @Test
    void sample_ofHandlers_countsVisitsAcrossNodes() throws Exception {
        SessionManager sessions = JCacheSessionManager.builder(SessionCaches.dynamoDb())
                .allow("com.acme.shop.*") // the classes of your attributes
                .build("shop");
        SessionConfig cookie = new SessionCookieConfig().setHttpOnly(true).setSecure(true);

        HttpHandler visits = exchange -> {
            Session session = Sessions.getOrCreateSession(exchange);
            Integer count = (Integer) session.getAttribute("visits");
            session.setAttribute("visits", count == null ? 1 : count + 1);
            exchange.getResponseSender().send("visits: " + session.getAttribute("visits"));
        };
        HttpHandler root = new SessionAttachmentHandler(new BlockingHandler(visits), sessions, cookie);

        assertThat(visit(root, root, root)).containsExactly("visits: 1", "visits: 2", "visits: 3");
        assertThat(GUIDE.section("## Handlers of undertow-core").blocks("java"))
                .singleElement()
                .satisfies(SessionsGuideIT::isPartOfThisTest);
    }

    @Test
    void applications_onOneHostWithOneCookieName_takeItFromEachOther() throws Exception {
        HttpHandler shop = application("shop", new SessionCookieConfig());
        HttpHandler desk = application("desk", new SessionCookieConfig());

        assertThat(visit(shop, desk, shop)).containsExactly("shop: 1", "desk: 1", "shop: 1");
    }

    @Test
    void applications_onOneHostWithNamesOfTheirOwn_leaveEachOtherAlone() throws Exception {
        HttpHandler shop = application("shop", new SessionCookieConfig().setCookieName("shop"));
        HttpHandler desk = application("desk", new SessionCookieConfig());

        assertThat(visit(shop, desk, shop)).containsExactly("shop: 1", "desk: 1", "shop: 2");
    }

    /** Counts the visits to an application. */
    private static HttpHandler application(String name, SessionConfig cookie) {
        HttpHandler visits = exchange -> {
            Session session = Sessions.getOrCreateSession(exchange);
            Integer count = (Integer) session.getAttribute(name);
            session.setAttribute(name, count == null ? 1 : count + 1);
            exchange.getResponseSender().send(name + ": " + session.getAttribute(name));
        };
        SessionManager sessions =
                JCacheSessionManager.builder(SessionCaches.dynamoDb()).build(name);
        return new SessionAttachmentHandler(new BlockingHandler(visits), sessions, cookie);
    }

    @Test
    void sample_ofCache_hasTableOfItsOwn() {
        Cache<String, StoredSession> cache = cacheManager.createCache(
                "sessions",
                dev.tidepool.session.SessionCaches.configuration()
                        .table("shop-sessions")
                        .set(Option.REGION, "eu-central-1")
                        .build());

        assertThat(dev.tidepool.session.StoredSessions.options(cache).tableOf("sessions"))
                .isEqualTo("shop-sessions");
        assertThat(dev.tidepool.session.StoredSessions.options(cache).prefixOf("sessions"))
                .isEqualTo("sess:");
    }

    @Test
    void sample_ofUsersSessions_findsAndEndsThem() throws Exception {
        Cache<String, StoredSession> cache = cacheManager.createCache(
                "sessions",
                SessionCaches.configuration()
                        .specialKeys("userId:S:by-user") // attribute, type, index
                        .set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, true) // visitors who have not logged in have none
                        .build());
        JCacheSessionManager sessions = JCacheSessionManager.builder(cache).build("shop");
        HttpHandler login = exchange -> {
            Sessions.getOrCreateSession(exchange).setAttribute("userId", "ann");
            exchange.getResponseSender().send("hello");
        };
        visit(new SessionAttachmentHandler(new BlockingHandler(login), sessions, new SessionCookieConfig()));

        List<Session> ofAnn = sessions.findSessions("userId", "ann");
        int ended = sessions.endSessions("userId", "ann"); // log out everywhere

        assertThat(ofAnn).hasSize(1);
        assertThat(ended).isEqualTo(1);
        isPartOfThisTestInSteps("## All sessions of a user");
    }

    @Test
    void sample_ofSingleSignOn_knowsUserOnOtherContext() throws Exception {
        try (ContextsNode node = new ContextsNode(StoreNode.freshTable(), InstantSource.system())) {
            SingleSignOnExtension singleSignOn = new SingleSignOnExtension(SingleSignOnCaches.dynamoDb());

            for (String context : List.of("/shop", "/desk")) {
                node.deploy(
                        context,
                        ContextsNode.TIMEOUT_SECONDS,
                        new ContextsNode.Users(ContextsNode.User::new),
                        deployment -> {
                            deployment.addServletExtension(singleSignOn);
                        });
            }
            ContextBrowser browser = new ContextBrowser();
            node.logIn(browser, "/shop");

            assertThat(node.visit(browser, "/desk/secret").body()).isEqualTo("hello ada");
        }
        isPartOfThisTestInSteps("## Single sign-on");
    }

    /** Visits one node after the other with one browser, which sends a secure cookie here too. */
    private static List<String> visit(HttpHandler... nodes) throws Exception {
        CookieManager cookies = new CookieManager();
        HttpClient browser = HttpClient.newBuilder().cookieHandler(cookies).build();
        List<String> answers = new ArrayList<>();
        for (HttpHandler node : nodes) {
            Undertow server = Undertow.builder()
                    .addHttpListener(0, "127.0.0.1")
                    .setHandler(node)
                    .build();
            server.start();
            int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
            cookies.getCookieStore().getCookies().forEach(cookie -> cookie.setSecure(false));
            answers.add(browser.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
            server.stop();
        }
        return answers;
    }

    /** White space aside, as the formatter has a say in this one. */
    private static void isPartOfThisTest(String sample) throws IOException {
        String test = Files.readString(Path.of("src/test/java/dev/tidepool/undertow/SessionsGuideIT.java"));
        assertThat(test.replaceAll("\\s", "")).contains(sample.replaceAll("\\s", ""));
    }

    /** The steps of a section's first sample are apart by an empty line, and may be so by more in this one. */
    private static void isPartOfThisTestInSteps(String heading) throws IOException {
        List<String> samples = GUIDE.section(heading).blocks("java");
        String[] steps = samples.get(0).split("\\R\\R", -1);
        assertThat(steps).hasSize(2);
        isPartOfThisTest(steps[0]);
        isPartOfThisTest(steps[1]);
    }

    @Test
    void messages_ofTable_areInTheSources() throws IOException {
        String sources = sources();
        List<String> parts = GUIDE.section("## Messages").rows().stream()
                .skip(1)
                .flatMap(row -> Arrays.stream(row.get(0).replace("`", "").split("…")))
                .map(part -> part.replaceAll("^[' ]+|[' ]+$", ""))
                .filter(part -> !part.isEmpty() && !part.equals("of"))
                .toList();

        assertThat(parts)
                .hasSizeGreaterThan(10)
                .allSatisfy(part -> assertThat(sources).contains(part));
    }

    private static String sources() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String name : List.of("session", "undertow")) {
            try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/tidepool", name))) {
                for (Path file : files.toList()) {
                    sources.append(Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
                }
            }
        }
        return sources.toString();
    }

    /** A package by its name, and after it the classes that are in it. */
    @Test
    void packages_ofGuide_haveTheClasses() {
        List<List<String>> rows = GUIDE.rows().stream()
                .filter(row -> row.get(0).startsWith("`dev.tidepool."))
                .toList();

        assertThat(rows)
                .hasSize(2)
                .allSatisfy(row -> assertThat(
                                Pattern.compile("`(\\w+)`").matcher(row.get(1)).results())
                        .isNotEmpty()
                        .allSatisfy(name -> assertThat(Class.forName(row.get(0).replace("`", "") + "." + name.group(1)))
                                .isPublic()));
    }

    @Test
    void settings_ofTable_areThoseOfBuilder() {
        List<String> documented = GUIDE.section("## Settings").rows().stream()
                .skip(1)
                .map(row -> row.get(0).replace("`", ""))
                .collect(Collectors.toList());

        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(JCacheSessionManager.Builder.class.getDeclaredMethods())
                                .filter(method -> Modifier.isPublic(method.getModifiers()))
                                .map(method -> method.getName())
                                .filter(name -> !name.equals("build"))
                                .toList());
    }
}
