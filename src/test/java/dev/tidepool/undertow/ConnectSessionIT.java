package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.CacheItems;
import dev.tidepool.cache.RawItems;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.express.SignedCookie;
import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpHandler;
import io.undertow.server.session.Session;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryExpiredListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;

/** Sessions on the items of connect-dynamodb, by what Undertow and its clients see of them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ConnectSessionIT {
    private static final String ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0";
    private static final String KEY = "sess:" + ID;
    private static final String SECRET = "keyboard cat";
    private static final String COOKIE = "connect.sid";
    private static final String DAY = "{\"originalMaxAge\":null,\"expires\":null}";

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode store = StoreNode.connect(table, clock);
    private final RawItems items = new RawItems(store.client(), table);
    private final JCacheSessionManager manager = store.manager().build("shop");

    @AfterEach
    void close() {
        manager.stop();
        store.close();
    }

    /** As Express writes it. */
    private void written(String cookie, String fields) {
        items.put(
                KEY,
                new TreeMap<>(Map.of(
                        "type", AttributeValue.fromS("connect-session"),
                        "expires",
                                AttributeValue.fromN(
                                        Long.toString(clock.instant().getEpochSecond() + 3600)),
                        "sess", AttributeValue.fromS("{\"cookie\":" + cookie + fields + "}"))));
    }

    private Session session() {
        return requireNonNull(manager.getSession(ID));
    }

    private SessionServer server() {
        SessionServer server = SessionServer.start(
                manager, ExpressSessionConfig.builder(SECRET).build());
        server.page("/begin", exchange -> server.newSession(exchange).setAttribute("item", "tea"));
        server.page(
                "/read", exchange -> requireNonNull(server.session(exchange)).getAttribute("item"));
        server.page(
                "/login",
                exchange -> requireNonNull(server.session(exchange)).changeSessionId(exchange, server.config()));
        return server;
    }

    @Test
    void cookie_whoseAgeIsTimeoutOfDeployment_isSentAgainWhileSessionIsInUse() throws Exception {
        manager.setDefaultSessionTimeout(1800); // as each deployment of servlets does
        try (SessionServer server = server()) {
            Browser browser = new Browser();
            // The clock must not go on before a request has ended, which is later than its answer is there.
            assertThat(server.visit(
                                    browser,
                                    exchange -> server.newSession(exchange).setAttribute("item", "tea"))
                            .cookieLines(COOKIE))
                    .singleElement()
                    .asString()
                    .contains("Max-Age=1800");

            HttpHandler read =
                    exchange -> requireNonNull(server.session(exchange)).getAttribute("item");
            clock.advance(Duration.ofSeconds(1));
            assertThat(server.visit(browser, read).cookieLines(COOKIE)).isEmpty();
            clock.advance(Duration.ofMinutes(2));
            assertThat(server.visit(browser, read).cookieLines(COOKIE))
                    .singleElement()
                    .asString()
                    .contains("Max-Age=1800");
            assertThat(server.visit(browser, read).cookieLines(COOKIE)).isEmpty();
        }
    }

    @Test
    void changeSessionId_ofSessionWithAgeOfItsOwn_keepsAge() throws Exception {
        written("{\"originalMaxAge\":2592000000,\"expires\":null}", "");
        try (SessionServer server = server()) {
            Browser browser = new Browser().withCookie(COOKIE, SignedCookie.write(ID, SignedCookie.key(SECRET)));

            assertThat(server.get(browser, "/login").cookieLines(COOKIE))
                    .singleElement()
                    .asString()
                    .contains("Max-Age=2592000");
        }
    }

    @Test
    void getAttributeNames_ofNullThatExpressWrote_doesNotNameIt() {
        written(DAY, ",\"user\":null,\"item\":\"tea\"");

        Session session = session();
        assertThat(session.getAttributeNames()).containsExactly("item");
        assertThat(session.getAttribute("user")).isNull();

        session.setAttribute("item", "coffee");
        assertThat(requireNonNull(items.get(KEY).get("sess")).s()).contains("\"user\":null");
    }

    @ParameterizedTest
    @ValueSource(ints = {999, 1000, 1001, 20_000})
    void session_withAttributeDeeperThanParsersTake_costsThatAttribute(int depth) {
        written(DAY, ",\"item\":\"tea\",\"deep\":" + "[".repeat(depth) + "]".repeat(depth));

        Session session = session();
        assertThat(session.getAttribute("item")).isEqualTo("tea");
        assertThat(session.getAttribute("deep") == null).isEqualTo(depth > 1000);

        session.setAttribute("item", "coffee");
        assertThat(requireNonNull(items.get(KEY).get("sess")).s()).contains("[".repeat(depth));
        session.invalidate(null);
        assertThat(items.contains(KEY)).isFalse();
    }

    @Test
    void session_withAttributeOfLongName_isRead() {
        String name = "n".repeat(60_000);
        written(DAY, ",\"item\":\"tea\"");

        session().setAttribute(name, List.of(Map.of(name, 1)));

        assertThat(session().getAttribute("item")).isEqualTo("tea");
        assertThat(session().getAttributeNames()).containsExactlyInAnyOrder("item", name);
    }

    @Test
    void times_ofSessionWhoseDeadlineHasLongTouchInterval_areNotAhead() {
        JCacheSessionManager seldom =
                store.manager().touchInterval(Duration.ofMinutes(30)).build("seldom");
        written(DAY, "");
        requireNonNull(seldom.getSession(ID)).setMaxInactiveInterval(3600);

        assertThat(session().getLastAccessedTime()).isLessThanOrEqualTo(clock.millis());
        assertThat(session().getCreationTime()).isLessThanOrEqualTo(clock.millis());
        seldom.stop();
    }

    @Test
    void read_ofCacheWithoutConsistentReads_isStronglyConsistent() {
        try (StoreNode eventual = StoreNode.with(
                table, clock, options -> options.set(Option.FORMAT, "connect").set(Option.CONSISTENT_READS, false))) {
            written(DAY, "");

            assertThat(eventual.manager().build("shop").getSession(ID)).isNotNull();

            assertThat(eventual.requests().sent())
                    .filteredOn(GetItemRequest.class::isInstance)
                    .isNotEmpty()
                    .allSatisfy(request -> assertThat(((GetItemRequest) request).consistentRead())
                            .isTrue());
        }
    }

    /** What remains when Express touches a session that has ended. */
    @Test
    void reap_ofItemWithoutSessionWhereListenersAre_deletesItUntold() {
        List<String> told = new CopyOnWriteArrayList<>();
        CacheEntryExpiredListener<String, StoredSession> listener =
                events -> events.forEach(event -> told.add(event.getKey()));
        store.watched()
                .cache()
                .registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(
                        new FactoryBuilder.SingletonFactory<>(listener), null, false, true));
        items.put(KEY, Map.of("expires", AttributeValue.fromN("1000")));

        assertThat(store.watched().cache().unwrap(CacheItems.class).reap()).isEqualTo(1);

        assertThat(items.contains(KEY)).isFalse();
        assertThat(told).isEmpty();
    }

    @Test
    void build_ofWhatCannotWork_isRefused() {
        try (StoreNode special = StoreNode.with(
                        table,
                        clock,
                        options -> options.set(Option.FORMAT, "connect").specialKeys("userId"));
                StoreNode reserved = StoreNode.with(
                        table,
                        clock,
                        options -> options.set(Option.FORMAT, "connect")
                                .set(Option.HASH_KEY, "id")
                                .specialKeys("save"))) {
            JCacheSessionManager.Builder local = special.manager().localAttributes("userId");
            assertThatThrownBy(() -> local.build("shop"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'userId'")
                    .hasMessageContaining("localAttributes");
            JCacheSessionManager.Builder ofExpress = reserved.manager();
            assertThatThrownBy(() -> ofExpress.build("shop"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'save'");
        }
    }
}
