package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.session.Caches;
import dev.tidepool.session.StoredSession;
import io.undertow.server.session.SecureRandomSessionIdGenerator;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionManager;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What clients must not be able to do with session ids, and who must not learn of them. */
@ExtendWith(DynamoDbLocal.class)
class SessionSecurityIT {
    private static final String UNKNOWN = new SecureRandomSessionIdGenerator().createSessionId();
    private static final String PREFIX = "secure:";

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final List<SessionServer> nodes = new ArrayList<>();
    private final Browser browser = new Browser();

    @AfterEach
    void stop() {
        nodes.forEach(SessionServer::close);
    }

    private SessionServer node(JCacheSessionManager.Builder builder) {
        SessionServer node = SessionServer.start(builder.build(Store.freshName()));
        nodes.add(node);
        return node;
    }

    /** Returns a cache that writes down the name of each call. */
    @SuppressWarnings("unchecked") // a proxy has no type arguments
    private Cache<String, StoredSession> counted(Cache<String, StoredSession> cache) {
        return (Cache<String, StoredSession>) Proxy.newProxyInstance(
                Cache.class.getClassLoader(), new Class<?>[] {Cache.class}, (self, call, args) -> {
                    calls.add(call.getName());
                    try {
                        return call.invoke(cache, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    static Stream<String> noIds() {
        return Stream.of(
                "garbage",
                "x",
                UNKNOWN.substring(1),
                UNKNOWN + "x",
                UNKNOWN.substring(1) + ".",
                UNKNOWN.substring(1) + "+",
                UNKNOWN.substring(1) + ":",
                UNKNOWN.substring(1) + "/",
                UNKNOWN.substring(1) + "%00",
                "sess:" + UNKNOWN,
                "' OR '1'='1' --",
                "1'); DROP TABLE sessions; --",
                "../../../../../../etc/passwd/............",
                "x".repeat(10_240),
                UNKNOWN.repeat(256));
    }

    @ParameterizedTest
    @MethodSource("noIds")
    void getSession_cookieThatIsNoId_asksStoreNothing(String cookie) {
        SessionServer node = node(JCacheSessionManager.builder(counted(Caches.reference())));
        calls.clear();

        Answer answer = node.visit(browser.withSessionId(cookie), exchange -> {
            assertThat(node.session(exchange)).isNull();
            assertThat(node.session(exchange)).isNull();
            assertThat(node.manager().getSession(cookie)).isNull();
            assertThat(node.manager().getSession(null, new GivenId(cookie))).isNull();
        });

        assertThat(answer.status()).isEqualTo(200);
        assertThat(calls).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("noIds")
    void createSession_cookieThatIsNoId_hasIdOfItsOwn(String cookie) {
        SessionServer node = node(JCacheSessionManager.builder(Caches.reference()));

        node.visit(
                browser.withSessionId(cookie),
                exchange -> assertThat(node.sessionOrNew(exchange).getId())
                        .matches("[A-Za-z0-9_-]{40}")
                        .isNotEqualTo(cookie));

        node.visit(browser, exchange -> assertThat(node.session(exchange)).isNotNull());
    }

    @Test
    void getSession_unknownId_asksStoreOnceInExchange() {
        SessionServer node = node(JCacheSessionManager.builder(counted(Caches.reference())));
        calls.clear();

        node.visit(browser.withSessionId(UNKNOWN), exchange -> {
            for (int question = 0; question < 4; question++) {
                assertThat(node.session(exchange)).isNull();
            }
        });

        assertThat(calls).containsExactly("get");
    }

    @Test
    void getSession_requestThatNeverAsks_asksStoreNothing() {
        SessionServer node = node(JCacheSessionManager.builder(counted(Caches.reference())));
        calls.clear();

        node.visit(
                browser.withSessionId(UNKNOWN),
                exchange -> exchange.getResponseSender().send("static"));

        assertThat(calls).isEmpty();
    }

    @Test
    void getSession_idOfOtherDeployment_isUnknown() {
        Cache<String, StoredSession> cache = Caches.reference();
        SessionServer one = node(JCacheSessionManager.builder(cache));
        SessionServer two = node(JCacheSessionManager.builder(cache));
        one.visit(browser, one::newSession);

        two.visit(browser, exchange -> assertThat(two.session(exchange)).isNull());
    }

    @Test
    void login_idPlantedByAttacker_doesNotLeadToSession() {
        SessionServer node = node(JCacheSessionManager.builder(Caches.reference()));
        Browser attacker = new Browser();
        node.visit(attacker, node::newSession);
        browser.withSessionId(attacker.sessionId().orElseThrow());

        node.visit(browser, exchange -> {
            Session session = requireNonNull(node.session(exchange));
            session.changeSessionId(exchange, node.config());
            session.setAttribute("user", "victim");
        });

        node.visit(attacker, exchange -> assertThat(node.session(exchange)).isNull());
        node.visit(
                browser,
                exchange -> assertThat(requireNonNull(node.session(exchange)).getAttribute("user"))
                        .isEqualTo("victim"));
    }

    @Test
    void toString_session_saysNoId() {
        SessionServer node = node(JCacheSessionManager.builder(Caches.reference()));

        node.visit(browser, exchange -> {
            Session session = node.newSession(exchange);
            assertThat(session.toString()).doesNotContain(session.getId());
            assertThat(node.manager().toString()).doesNotContain(session.getId());
        });
    }

    @Test
    void refusals_messages_sayNoId() {
        SessionServer node = node(JCacheSessionManager.builder(Caches.reference()));
        SessionManager manager = node.manager();
        node.visit(browser, exchange -> {
            Session session = node.newSession(exchange);
            session.setAttribute("name", "value");
        });
        String id = browser.sessionId().orElseThrow();

        node.visit(browser, exchange -> {
            assertThatThrownBy(() -> node.newSession(exchange)).hasMessageNotContaining(id);
            assertThatThrownBy(() -> manager.createSession(exchange, new GivenId(id)))
                    .hasMessageNotContaining(id);
            Session session = requireNonNull(node.session(exchange));
            session.invalidate(exchange);
            assertThatThrownBy(() -> session.getAttribute("name")).hasMessageNotContaining(id);
            assertThatThrownBy(() -> session.invalidate(exchange)).hasMessageNotContaining(id);
        });
    }

    private static DynamoDbConfiguration.Builder<String, StoredSession> onTable(String table) {
        return Caches.onLocal().table(table).prefix(PREFIX);
    }

    private static List<Map<String, AttributeValue>> items(DynamoDbClient client, String table) {
        return client.scan(request -> request.tableName(table).consistentRead(true))
                .items();
    }

    /** Returns all that stands in the items, bytes as characters. */
    private static String text(List<Map<String, AttributeValue>> items) {
        StringBuilder text = new StringBuilder();
        items.forEach(item -> item.forEach((name, value) -> text.append(name)
                .append('=')
                .append(value.b() == null ? value.toString() : value.b().asString(StandardCharsets.ISO_8859_1))
                .append('\n')));
        return text.toString();
    }

    @Test
    void hashIds_unset_itemHasIdAsKeyAndNowhereElse(DynamoDbClient client) {
        String table = "session-ids-plain";
        SessionServer node = node(JCacheSessionManager.builder(
                        Caches.dynamoDb(onTable(table).set(Option.COMPRESS_FROM, Integer.MAX_VALUE)))
                .application("shop"));
        node.visit(browser, exchange -> node.newSession(exchange).setAttribute("name", "value"));

        assertThat(items(client, table))
                .singleElement()
                .satisfies(item -> assertThat(requireNonNull(item.get("id")).s())
                        .isEqualTo(PREFIX + "shop:" + browser.sessionId().orElseThrow()));
    }

    @Test
    void hashIds_set_noIdIsAtRest(DynamoDbClient client) {
        String table = "session-ids-hashed";
        // Uncompressed, so that an id in the value would be seen.
        SessionServer node = node(JCacheSessionManager.builder(
                        Caches.dynamoDb(onTable(table).set(Option.COMPRESS_FROM, Integer.MAX_VALUE)))
                .hashIds(true));
        List<String> ids = new ArrayList<>();

        node.visit(browser, exchange -> node.newSession(exchange).setAttribute("name", "seen at rest"));
        ids.add(browser.sessionId().orElseThrow());
        assertThat(text(items(client, table))).contains("seen at rest").doesNotContain(ids);
        node.visit(browser, exchange -> {
            Session session = requireNonNull(node.session(exchange));
            session.setAttribute("more", "value");
            session.changeSessionId(exchange, node.config());
        });
        ids.add(browser.sessionId().orElseThrow());

        assertThat(ids).doesNotHaveDuplicates();
        assertThat(text(items(client, table))).contains("seen at rest").doesNotContain(ids);
        node.visit(browser, exchange -> {
            Session session = requireNonNull(node.session(exchange));
            assertThat(session.getId()).isEqualTo(ids.get(1));
            assertThat(session.getAttribute("name")).isEqualTo("seen at rest");
        });
        assertThat(node.manager().getSession(ids.get(0))).isNull();
        assertThat(node.manager().getAllSessions()).containsExactly(ids.get(1));
    }

    @Test
    void hashIds_set_sessionEndsAndCookieIsCleared() {
        SessionServer node =
                node(JCacheSessionManager.builder(Caches.reference()).hashIds(true));
        node.visit(browser, node::newSession);
        String id = browser.sessionId().orElseThrow();

        Answer answer = node.visit(
                browser, exchange -> requireNonNull(node.session(exchange)).invalidate(exchange));

        assertThat(answer.cookieLines("JSESSIONID")).singleElement().matches(Browser::isCleared);
        assertThat(node.manager().getSession(id)).isNull();
    }

    @Test
    void hashIds_set_storedNameIsNoIdToClients() {
        Cache<String, StoredSession> cache = Caches.reference();
        SessionServer node = node(JCacheSessionManager.builder(cache).hashIds(true));
        node.visit(browser, node::newSession);
        String key = cache.iterator().next().getKey();
        String name = key.substring(key.indexOf(':') + 1);
        assertThat(name).isNotEqualTo(browser.sessionId().orElseThrow());

        Browser thief = new Browser().withSessionId(name);

        node.visit(thief, exchange -> assertThat(node.session(exchange)).isNull());
    }

    private static String trace(@Nullable Throwable thrown) {
        StringWriter text = new StringWriter();
        if (thrown != null) {
            thrown.printStackTrace(new PrintWriter(text));
        }
        return text.toString();
    }

    @Test
    void ids_storeThatWorksThenFails_areNeverLoggedNorThrown(DynamoDbClient client) throws Exception {
        String table = "session-ids-logged";
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        List<String> ids = new ArrayList<>();
        StringBuilder thrownText = new StringBuilder();
        String logged;
        try (VerboseLog log = new VerboseLog()) {
            SessionServer node = node(JCacheSessionManager.builder(Caches.dynamoDb(onTable(table))));
            node.visit(browser, exchange -> node.newSession(exchange).setAttribute("name", "value"));
            ids.add(browser.sessionId().orElseThrow());
            node.visit(browser, exchange -> {
                Session session = requireNonNull(node.session(exchange));
                session.setAttribute("name", "other");
                session.changeSessionId(exchange, node.config());
            });
            ids.add(browser.sessionId().orElseThrow());
            client.deleteTable(request -> request.tableName(table));

            // A read that fails, a late write that fails, and a save that fails.
            Answer unread = node.visit(browser, exchange -> thrown.set(catchThrowable(() -> node.session(exchange))));
            thrownText.append(trace(requireNonNull(thrown.get()))).append(unread.body());
            thrownText.append(
                    trace(requireNonNull(catchThrowable(() -> node.manager().getSession(ids.get(1))))));
            Answer unsaved = node.visit(new Browser(), exchange -> {
                Session session = node.newSession(exchange);
                session.setAttribute("name", "value");
                ids.add(session.getId());
            });
            assertThat(unsaved.status()).isEqualTo(503);
            thrownText.append(unsaved.body()).append(unsaved.headers());
            logged = log.text();
        }

        assertThat(ids).hasSize(3);
        assertThat(logged).contains("DEBUG", "WARN", "replaced").doesNotContain(ids);
        assertThat(thrownText).contains(table).doesNotContain(ids.toArray(CharSequence[]::new));
    }
}
