package dev.tidepool.undertow;

import static dev.tidepool.undertow.Side.UNDEFINED;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.undertow.UndertowSide.Way;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * One session on Express with its real packages, and on Undertow: one table, one cookie. Skipped where node or npm is
 * missing.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class ExpressIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HOUR_IN_SECONDS = 3600;
    private static final String HOURLY = ",\"cookie\":{\"maxAge\":3600000}";

    private static @Nullable ExpressApps apps;

    private final SharedTable shared = new SharedTable(requireNonNull(apps));
    private final Browser browser = new Browser();

    private record CartItem(String name, int count, Instant added) {}

    @BeforeAll
    static void start() throws Exception {
        apps = SharedTable.startExpress();
    }

    @AfterAll
    static void stop() {
        if (apps != null) {
            apps.close();
        }
    }

    @AfterEach
    void close() {
        shared.close();
    }

    @ParameterizedTest
    @EnumSource
    void journey_begunOnExpress_isOneSession(Way way) throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(way);

        express.get(browser, "/login?user=ann");
        assertThat(undertow.read(browser, "user")).isEqualTo("\"ann\"");
        undertow.set(browser, "cart", "[{\"name\":\"net\",\"count\":1}]");
        assertThat(express.read(browser, "cart")).isEqualTo("[{\"name\":\"net\",\"count\":1}]");
        express.set(browser, "cart", "[{\"name\":\"net\",\"count\":2}]");
        assertThat(undertow.read(browser, "cart")).isEqualTo("[{\"name\":\"net\",\"count\":2}]");
        undertow.get(browser, "/delete?name=cart");
        assertThat(express.read(browser, "cart")).isEqualTo(UNDEFINED);
        assertThat(shared.all()).hasSize(1);
        String cookie = browser.cookie(SharedTable.COOKIE).orElseThrow();
        undertow.get(browser, "/logout?");

        assertThat(browser.cookie(SharedTable.COOKIE)).isEmpty();
        browser.withCookie(SharedTable.COOKIE, cookie);
        assertThat(express.read(browser, "user")).isEqualTo(UNDEFINED);
        assertThat(undertow.read(browser, "user")).isEqualTo(UNDEFINED);
        assertThat(shared.all()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void journey_begunOnUndertow_isOneSession(Way way) throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(way);

        undertow.set(browser, "cart", "[\"net\"]");
        String anonymous = browser.cookie(SharedTable.COOKIE).orElseThrow();
        assertThat(SharedTable.idOf(browser)).matches("[A-Za-z0-9_-]{32}");
        assertThat(express.read(browser, "cart")).isEqualTo("[\"net\"]");
        undertow.get(browser, "/login?user=ann");
        assertThat(browser.cookie(SharedTable.COOKIE)).isNotEmpty().get().isNotEqualTo(anonymous);
        assertThat(express.read(browser, "user")).isEqualTo("\"ann\"");
        assertThat(express.read(browser, "cart")).isEqualTo("[\"net\"]");
        assertThat(express.read(new Browser().withCookie(SharedTable.COOKIE, anonymous), "cart"))
                .as("under the id before the login")
                .isEqualTo(UNDEFINED);
        express.set(browser, "cart", "[\"net\",\"boots\"]");
        assertThat(undertow.read(browser, "cart")).isEqualTo("[\"net\",\"boots\"]");
        express.get(browser, "/logout");

        assertThat(undertow.read(browser, "user")).isEqualTo(UNDEFINED);
        assertThat(express.read(browser, "user")).isEqualTo(UNDEFINED);
    }

    @Test
    void item_ofSessionBegunOnUndertow_hasAllThatExpressWrites() throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(Way.CORE);
        Browser other = new Browser();

        undertow.set(browser, "user", "\"ann\"");
        express.set(other, "user", "\"ann\"");

        assertThat(shared.item(browser).keySet()).isEqualTo(shared.item(other).keySet());
        assertThat(JSON.readTree(sess(browser))).isEqualTo(JSON.readTree(sess(other)));
        assertThat(expires(browser)).isBetween(expires(other) - 5, expires(other) + 90);
    }

    private String sess(Browser of) {
        return requireNonNull(shared.item(of).get("sess")).s();
    }

    private long expires(Browser of) {
        String seconds = requireNonNull(shared.item(of).get("expires")).n();
        return (long) Double.parseDouble(seconds);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"text\"",
                "\"\"",
                "\"Z\\u00fcrich \\ud83d\\ude00 \\u0000 \\\"quoted\\\" \\\\ / \\u2028\"",
                "\"2030-01-01T00:00:00.000Z\"",
                "true",
                "0",
                "-17",
                "9007199254740991",
                "0.1",
                "1e+21",
                "5e-324",
                "[]",
                "{}",
                "[null,1,\"a\",[[]],{\"b\":null}]",
                "{\"a\":{\"b\":{\"c\":[1,2.5,\"x\",false,null]}},\"\":1,\"z\":{}}"
            })
    void value_ofEitherSide_arrivesOnTheOther(String json) throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(Way.CORE);

        express.set(browser, "of express", json);
        undertow.set(browser, "of undertow", json);

        assertThat(JSON.readTree(undertow.read(browser, "of express"))).isEqualTo(JSON.readTree(json));
        assertThat(JSON.readTree(express.read(browser, "of undertow"))).isEqualTo(JSON.readTree(json));
        undertow.set(browser, "more", "1");
        express.set(browser, "still more", "1");
        assertThat(JSON.readTree(express.read(browser, "of express"))).isEqualTo(JSON.readTree(json));
        assertThat(JSON.readTree(undertow.read(browser, "of undertow"))).isEqualTo(JSON.readTree(json));
    }

    @Test
    void null_ofExpress_isNoAttributeOnUndertowAndIsKept() throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(Way.CORE);

        express.set(browser, "nothing", "null");

        assertThat(undertow.read(browser, "nothing")).isEqualTo(UNDEFINED);
        undertow.set(browser, "more", "1");
        assertThat(express.read(browser, "nothing")).isEqualTo("null");
    }

    @Test
    void declaredTypes_ofUndertow_areJsonOnExpress() throws Exception {
        Side express = shared.express();
        JCacheSessionManager.Builder manager = shared.node()
                .manager()
                .attributeType("cart", new TypeReference<List<CartItem>>() {}.getType())
                .attributeType("since", Instant.class);
        Instant since = Instant.parse("2030-01-02T03:04:05.678Z");
        List<CartItem> cart = List.of(new CartItem("net", 1, since));
        try (SessionServer undertow = SessionServer.start(manager.build("shop"), cookie())) {
            undertow.visit(browser, exchange -> {
                Session session = undertow.newSession(exchange);
                session.setAttribute("cart", cart);
                session.setAttribute("since", since);
            });

            assertThat(express.read(browser, "since")).isEqualTo("\"2030-01-02T03:04:05.678Z\"");
            assertThat(JSON.readTree(express.read(browser, "cart")))
                    .isEqualTo(
                            JSON.readTree("[{\"name\":\"net\",\"count\":1,\"added\":\"2030-01-02T03:04:05.678Z\"}]"));
            express.set(browser, "cart", "[{\"name\":\"boots\",\"count\":2,\"added\":\"2030-01-02T03:04:05.678Z\"}]");
            undertow.visit(browser, exchange -> {
                Session session = requireNonNull(undertow.session(exchange));
                assertThat(session.getAttribute("cart")).isEqualTo(List.of(new CartItem("boots", 2, since)));
                assertThat(session.getAttribute("since")).isEqualTo(since);
            });
        }
    }

    private static SessionConfig cookie() {
        return ExpressSessionConfig.builder(SharedTable.SECRET).build();
    }

    @Test
    void integerBeyondDoubles_ofUndertow_isExactUntilNodeWritesIt() throws Exception {
        Side express = shared.express();
        try (SessionServer undertow =
                SessionServer.start(shared.node().manager().build("shop"), cookie())) {
            undertow.visit(browser, exchange -> {
                Session session = undertow.newSession(exchange);
                session.setAttribute("number", 9_007_199_254_740_993L);
                session.setAttribute("big", new BigInteger("123456789012345678901234567890"));
            });

            assertThat(sess(browser)).contains("\"number\":9007199254740993");
            undertow.visit(
                    browser,
                    exchange -> requireNonNull(undertow.session(exchange)).setAttribute("more", 1));
            assertThat(sess(browser)).contains("\"number\":9007199254740993", "\"big\":123456789012345678901234567890");
            assertThat(express.read(browser, "number")).isEqualTo("9007199254740992");
            assertThat(sess(browser)).as("Express has only read it").contains("\"number\":9007199254740993");

            express.set(browser, "still more", "1");

            assertThat(sess(browser)).contains("\"number\":9007199254740992", "\"big\":1.2345678901234568e+29");
            undertow.visit(
                    browser,
                    exchange -> assertThat(
                                    requireNonNull(undertow.session(exchange)).getAttribute("number"))
                            .isEqualTo(9_007_199_254_740_992L));
        }
    }

    @ParameterizedTest
    @EnumSource
    void cookieFields_ofExpress_areKept(Way way) throws Exception {
        Side express = shared.express(",\"cookie\":{\"maxAge\":3600000,\"sameSite\":\"strict\",\"priority\":\"high\","
                + "\"path\":\"/\",\"partitioned\":false,\"own\":{\"a\":[1]}}");
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        ObjectNode before = (ObjectNode) JSON.readTree(sess(browser)).get("cookie");
        assertThat(before.get("originalMaxAge").asInt()).isEqualTo(3_600_000);

        undertow.set(browser, "b", "2");

        ObjectNode after = (ObjectNode) JSON.readTree(sess(browser)).get("cookie");
        Instant was = Instant.parse(before.remove("expires").asText());
        assertThat(Instant.parse(after.remove("expires").asText())).isAfterOrEqualTo(was);
        assertThat(after).isEqualTo(before);
        assertThat(express.read(browser, "b")).isEqualTo("2");
    }

    @ParameterizedTest
    @EnumSource
    void touch_ofEitherSide_movesTheDeadline(Way way) throws Exception {
        Side express = shared.express(HOURLY);
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        long now = Instant.now().getEpochSecond();

        setDeadline(now + 100);
        undertow.read(browser, "a");
        Polling.until(() -> expires(browser) >= now + HOUR_IN_SECONDS);

        setDeadline(now + 100);
        express.read(browser, "a");
        // Node takes the milliseconds off that have gone since, and a second has no fraction here.
        assertThat(expires(browser)).isGreaterThanOrEqualTo(now + HOUR_IN_SECONDS - 1);
        assertThat(undertow.read(browser, "a")).isEqualTo("1");
    }

    private void setDeadline(long seconds) {
        Map<String, AttributeValue> item = new TreeMap<>(shared.item(browser));
        item.put("expires", AttributeValue.fromN(Long.toString(seconds)));
        shared.put(browser, item);
    }

    @ParameterizedTest
    @EnumSource
    void session_whoseDeadlineIsOver_isNobodysOnBothSides(Way way) throws Exception {
        Side express = shared.express(HOURLY);
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");

        setDeadline(Instant.now().getEpochSecond() - 1);

        assertThat(express.read(browser, "a")).isEqualTo(UNDEFINED);
        assertThat(undertow.read(browser, "a")).isEqualTo(UNDEFINED);
    }

    @ParameterizedTest
    @EnumSource
    void cookie_rolling_comesWithEachResponseOfBothSides(Way way) throws Exception {
        Side express = shared.express(HOURLY + ",\"rolling\":true");
        Side undertow = shared.undertow(
                way,
                ExpressSessionConfig.builder(SharedTable.SECRET)
                        .maxAge(Duration.ofHours(1))
                        .rolling(true)
                        .build());
        express.set(browser, "a", "1");
        String value = browser.cookie(SharedTable.COOKIE).orElseThrow();

        Answer ofExpress = express.get(browser, "/get?name=a");
        Answer ofUndertow = undertow.get(browser, "/get?name=a");

        assertThat(ofExpress.cookieLines(SharedTable.COOKIE))
                .singleElement()
                .asString()
                .startsWith("connect.sid=" + value);
        assertThat(ofUndertow.cookieLines(SharedTable.COOKIE))
                .singleElement()
                .asString()
                .startsWith("connect.sid=" + value);
        assertThat(express.read(browser, "a")).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource
    void secrets_rotated_signWithTheFirstAndVerifyWithAll(Way way) throws Exception {
        Side old = shared.express(",\"secret\":[\"old\"]");
        Side rotated = shared.express(",\"secret\":[\"new\",\"old\"]");
        Side undertow =
                shared.undertow(way, ExpressSessionConfig.builder("new", "old").build());
        old.set(browser, "a", "1");

        assertThat(undertow.read(browser, "a")).isEqualTo("1");
        assertThat(rotated.read(browser, "a")).isEqualTo("1");

        undertow.get(browser, "/login?user=ann");

        assertThat(rotated.read(browser, "a")).isEqualTo("1");
        assertThat(undertow.read(browser, "a")).isEqualTo("1");
        assertThat(old.read(browser, "a")).as("by the old secret alone").isEqualTo(UNDEFINED);
    }

    @ParameterizedTest
    @CsvSource({"core, %s.forged", "core, %s", "servlets, %s.forged", "servlets, %s"})
    void cookie_forged_isNobodysAndCostsNoRequest(String way, String form) throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(way.equals("core") ? Way.CORE : Way.SERVLETS);
        express.set(browser, "a", "1");
        String id = SharedTable.idOf(browser);
        Browser forger = new Browser().withCookie(SharedTable.COOKIE, "s%3A" + form.formatted(id));
        shared.node().requests().clear();

        assertThat(express.read(forger, "a")).isEqualTo(UNDEFINED);
        assertThat(undertow.read(forger, "a")).isEqualTo(UNDEFINED);
        assertThat(undertow.read(new Browser().withCookie(SharedTable.COOKIE, id), "a"))
                .isEqualTo(UNDEFINED);

        assertThat(shared.node().requests().operations()).isEmpty();
        assertThat(undertow.read(browser, "a")).isEqualTo("1");
    }

    private Side expressWithSpecialKeys() throws Exception {
        return shared.express(",\"store\":{\"table\":\"" + shared.table()
                + "\",\"specialKeys\":[{\"name\":\"userId\",\"type\":\"S\"},{\"name\":\"age\",\"type\":\"N\"}],"
                + "\"skipThrowMissingSpecialKeys\":true}");
    }

    @ParameterizedTest
    @EnumSource
    void specialKeys_ofExpressAlone_areKeptAsTheyAre(Way way) throws Exception {
        Side express = expressWithSpecialKeys();
        Side undertow = shared.undertow(way);
        express.set(browser, "userId", "\"u1\"");
        express.set(browser, "age", "36");

        undertow.set(browser, "a", "1");

        assertThat(shared.item(browser))
                .containsEntry("userId", AttributeValue.fromS("u1"))
                .containsEntry("age", AttributeValue.fromN("36"));
        undertow.set(browser, "age", "37");
        assertThat(shared.item(browser))
                .as("what Undertow knows nothing of")
                .containsEntry("age", AttributeValue.fromN("36"));
    }

    @ParameterizedTest
    @EnumSource
    void specialKeys_ofBothSides_followTheAttributes(Way way) throws Exception {
        Side express = expressWithSpecialKeys();
        StoreNode knowing = shared.node(
                options -> options.specialKeys("userId", "age:N").set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, true));
        Side undertow = shared.undertow(way, knowing.manager(), cookie());
        undertow.set(browser, "userId", "\"u1\"");
        assertThat(shared.item(browser)).containsEntry("userId", AttributeValue.fromS("u1"));
        express.set(browser, "age", "36");

        undertow.set(browser, "age", "37");
        undertow.get(browser, "/delete?name=userId");

        assertThat(shared.item(browser))
                .containsEntry("age", AttributeValue.fromN("37"))
                .doesNotContainKey("userId");
        express.set(browser, "userId", "\"u2\"");
        assertThat(shared.item(browser))
                .containsEntry("age", AttributeValue.fromN("37"))
                .containsEntry("userId", AttributeValue.fromS("u2"));
    }

    @Test
    void sess_thatIsNoJson_isNewSessionOnExpressAndErrorOnUndertow() throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(Way.CORE);
        express.set(browser, "a", "1");
        Map<String, AttributeValue> item = new TreeMap<>(shared.item(browser));
        item.put("sess", AttributeValue.fromS("{\"cookie\":"));
        shared.put(browser, item);

        assertThat(express.read(browser, "a")).isEqualTo(UNDEFINED);
        Answer answer = undertow.get(browser, "/get?name=a");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(shared.item(browser)).containsEntry("sess", AttributeValue.fromS("{\"cookie\":"));
    }

    @Test
    void tree_ofAttributes_isLeftAsExpressWroteIt() throws Exception {
        Side express = shared.express();
        Side undertow = shared.undertow(Way.CORE);
        express.set(browser, "b", "{\"x\":1.0,\"y\":[1e3,\"\\u00e9\"]}");
        JsonNode before = JSON.readTree(sess(browser));

        undertow.set(browser, "a", "1");
        undertow.get(browser, "/delete?name=a");

        assertThat(JSON.readTree(sess(browser))).isEqualTo(before);
    }
}
