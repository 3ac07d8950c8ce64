package dev.tidepool.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.RawItems;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.express.ConnectCookie;
import dev.tidepool.express.ConnectFormat;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A cache of sessions whose items are connect-dynamodb's, seen from both sides. */
@ExtendWith(DynamoDbLocal.class)
final class ConnectFormatIT {
    private static final String ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0";
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00.500Z");
    private static final long SECONDS = NOW.getEpochSecond();
    private static final SessionFormat FORMAT = new ConnectFormat();
    private static final Duration GRACE = Duration.ofMinutes(5);

    private final SteeredClock clock = new SteeredClock();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final CacheManager manager =
            provider.getCacheManager(URI.create("tidepool"), ConnectFormatIT.class.getClassLoader(), new Properties());
    private final String table = Caches.freshTable();
    private final Cache<String, StoredSession> cache = manager.createCache(
            "sessions",
            SessionCaches.configuration()
                    .table(table)
                    .set(Option.FORMAT, "connect")
                    .set(Option.CLOCK, clock)
                    .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                    .set(Option.REGION, "us-east-1")
                    .build());
    private final RawItems items = new RawItems(cache.unwrap(DynamoDbClient.class), table);

    @AfterEach
    void close() {
        provider.close();
    }

    /** As Node writes it. */
    private void written(String sess, @Nullable String expires) {
        Map<String, AttributeValue> item = new TreeMap<>(Map.of(
                "type", AttributeValue.fromS("connect-session"),
                "sess", AttributeValue.fromS(sess)));
        if (expires != null) {
            item.put("expires", AttributeValue.fromN(expires));
        }
        items.put("sess:" + ID, item);
    }

    private String text(String attribute) {
        return requireNonNull(items.get("sess:" + ID).get(attribute)).s();
    }

    private SessionContent read() {
        return cache.get(ID).content();
    }

    private SessionContent begun(Map<String, String> cookie, int seconds) {
        return FORMAT.begin(seconds, ConnectCookie.wanted(cookie, null), clock.millis(), interval -> 0);
    }

    private static SortedMap<String, byte[]> attributes(String name, String json) {
        return new TreeMap<>(Map.of(name, json.getBytes(StandardCharsets.UTF_8)));
    }

    private static StoredSession next(SessionContent content, String name, String json) {
        SortedMap<String, byte[]> merged = new TreeMap<>(content.attributes());
        merged.putAll(attributes(name, json));
        return StoredSession.of(
                FORMAT, content.next(NOW.toEpochMilli(), content.maxInactiveInterval(), content.deadline(), merged));
    }

    @Test
    void get_ofNodesItem_isSession() {
        written(
                "{\"cookie\":{\"originalMaxAge\":3600000,\"expires\":\"2030-01-01T00:59:00.500Z\",\"httpOnly\":true,"
                        + "\"path\":\"/\"},\"user\":\"ann\",\"cart\":[{\"id\":7}]}",
                (SECONDS + 3540) + ".25");

        SessionContent content = read();

        assertThat(content.maxInactiveInterval()).isEqualTo(3600);
        assertThat(content.deadline()).isEqualTo((SECONDS + 3540 + 1) * 1000);
        assertThat(content.lastAccessedTime())
                .isEqualTo(Instant.parse("2029-12-31T23:59:00.500Z").toEpochMilli());
        assertThat(content.attributes()).containsOnlyKeys("user", "cart");
        assertThat(content.attributes().get("cart")).asString().isEqualTo("[{\"id\":7}]");
    }

    @Test
    void put_ofNewSession_isExactlyTheItemOfConnect() {
        SessionContent begun = begun(Map.of("httpOnly", "true"), 1800);

        assertThat(cache.putIfAbsent(ID, next(begun, "user", "\"ann\""))).isTrue();

        assertThat(items.get("sess:" + ID))
                .isEqualTo(Map.of(
                        "id", AttributeValue.fromS("sess:" + ID),
                        "type", AttributeValue.fromS("connect-session"),
                        "expires", AttributeValue.fromN(Long.toString(SECONDS + 1800 + 1)),
                        "sess",
                                AttributeValue.fromS("{\"cookie\":{\"originalMaxAge\":1800000,"
                                        + "\"expires\":\"2030-01-01T00:30:00.500Z\",\"httpOnly\":true},"
                                        + "\"user\":\"ann\"}")));
    }

    @Test
    void replace_ofNodesItem_keepsWhatIsNotOurs() {
        String foreign =
                "{\"cookie\":{\"originalMaxAge\":null,\"expires\":null,\"priority\":\"high\",\"new\":{\"a\": 1e2}},"
                        + "\"big\":9007199254740993,\"text\":\"\\u00e9\\ud83d\\ude00\",\"float\": 0.10, \"nested\":{\"b\":[ null ]}}";
        written(foreign, Long.toString(SECONDS + 86_400));
        Map<String, AttributeValue> more = new TreeMap<>(items.get("sess:" + ID));
        more.put("userId", AttributeValue.fromS("u1"));
        items.put("sess:" + ID, more);
        StoredSession found = cache.get(ID);

        assertThat(cache.replace(ID, found, next(found.content(), "added", "true")))
                .isTrue();

        assertThat(text("sess"))
                .isEqualTo(
                        "{\"cookie\":{\"originalMaxAge\":null,\"expires\":null,\"priority\":\"high\",\"new\":{\"a\": 1e2}},"
                                + "\"added\":true,\"big\":9007199254740993,\"float\":0.10,\"nested\":{\"b\":[ null ]},"
                                + "\"text\":\"\\u00e9\\ud83d\\ude00\"}");
        assertThat(text("userId")).isEqualTo("u1");
    }

    @ParameterizedTest
    @CsvSource({"text, 0", "deadline, 1"})
    void replace_ofWhatNodeHasWrittenSince_isRefused(String what, int later) {
        written("{\"cookie\":{\"originalMaxAge\":null},\"a\":1}", Long.toString(SECONDS + 60));
        StoredSession found = cache.get(ID);
        written(
                what.equals("text")
                        ? "{\"cookie\":{\"originalMaxAge\":null},\"a\":2}"
                        : "{\"cookie\":{\"originalMaxAge\":null},\"a\":1}",
                Long.toString(SECONDS + 60 + later));
        Map<String, AttributeValue> nodes = items.get("sess:" + ID);

        assertThat(cache.replace(ID, found, next(found.content(), "b", "1"))).isFalse();
        assertThat(cache.remove(ID, found)).isFalse();

        assertThat(items.get("sess:" + ID)).isEqualTo(nodes);
    }

    @Test
    void replace_ofSessionThatNodeHasDestroyed_isRefused() {
        written("{\"cookie\":{\"originalMaxAge\":null}}", Long.toString(SECONDS + 60));
        StoredSession found = cache.get(ID);
        items.delete("sess:" + ID);

        assertThat(cache.replace(ID, found, next(found.content(), "b", "1"))).isFalse();

        assertThat(items.get("sess:" + ID)).isEmpty();
    }

    @Test
    void item_thatNodesTouchLeftOfDestroyedSession_isNoSession() {
        items.put("sess:" + ID, Map.of("expires", AttributeValue.fromN(Long.toString(SECONDS + 60))));

        assertThat(cache.get(ID)).isNull();
        assertThat(cache.containsKey(ID)).isFalse();
        assertThat(cache.iterator()).isExhausted();

        StoredSession session = StoredSession.of(FORMAT, begun(Map.of(), 60));
        assertThat(cache.putIfAbsent(ID, session)).isTrue();
        assertThat(cache.get(ID)).isEqualTo(session);
    }

    @Test
    void session_afterItsDeadline_isReadForTheGraceAndNoLonger() {
        written("{\"cookie\":{\"originalMaxAge\":null}}", Long.toString(SECONDS + 60));
        StoredSession found = cache.get(ID);

        clock.advance(Duration.ofSeconds(60).plus(GRACE).minusMillis(501));
        assertThat(cache.get(ID)).isEqualTo(found);
        assertThat(cache.get(ID).content().isExpired(clock.millis())).isTrue();

        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get(ID)).isNull();
        assertThat(cache.remove(ID, found)).isFalse();
        assertThat(cache.putIfAbsent(ID, found)).as("its deadline is over").isFalse();
    }

    @Test
    void session_withoutDeadline_neverEnds() {
        written("{\"cookie\":{\"originalMaxAge\":null}}", null);

        assertThat(read().deadline()).isEqualTo(SessionContent.NEVER);
        assertThat(read().maxInactiveInterval()).isZero();

        StoredSession found = cache.get(ID);
        assertThat(cache.replace(ID, found, next(found.content(), "b", "1"))).isTrue();
        assertThat(items.get("sess:" + ID)).doesNotContainKey("expires");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "no json", "[1]", "\"text\"", "17", "null", "{\"cookie\":{}", "{\"cookie\":7}", "{} {}"})
    void get_ofItemWhoseSessIsNoSession_namesItemWhichStays(String sess) {
        written(sess, Long.toString(SECONDS + 60));
        Map<String, AttributeValue> before = items.get("sess:" + ID);

        assertThatThrownBy(() -> cache.get(ID))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("the item sha256:")
                .hasMessageContaining("'sess'")
                .hasMessageNotContaining(ID);

        assertThat(items.get("sess:" + ID)).isEqualTo(before);
    }

    @Test
    void get_ofItemWhoseSessIsNoText_namesItemWhichStays() {
        items.put(
                "sess:" + ID,
                Map.of(
                        "sess",
                        AttributeValue.fromM(Map.of()),
                        "expires",
                        AttributeValue.fromN(Long.toString(SECONDS + 60))));

        assertThatThrownBy(() -> cache.get(ID))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("its attribute 'sess' of type M is no text");
        assertThat(items.contains("sess:" + ID)).isTrue();
    }

    @Test
    void signpost_ofChangedId_isNoSessionForExpress() {
        written("{\"cookie\":{\"originalMaxAge\":null},\"a\":1}", Long.toString(SECONDS + 60));
        StoredSession found = cache.get(ID);
        StoredSession moved = StoredSession.of(FORMAT, found.content().movedFrom(new StoredKey("old")));
        StoredSession signpost = StoredSession.of(
                FORMAT, found.content().signpostTo(new StoredKey("new"), moved.content(), clock.millis()));

        assertThat(cache.replace(ID, found, signpost)).isTrue();

        assertThat(items.get("sess:" + ID)).containsOnlyKeys("id", "type", "expires", "movedTo");
        assertThat(cache.get(ID).entry())
                .isInstanceOfSatisfying(
                        Signpost.class, entry -> assertThat(entry.movedTo()).isEqualTo(new StoredKey("new")));
        assertThat(cache.replace(ID, signpost, moved)).isTrue();
        assertThat(items.get("sess:" + ID)).containsOnlyKeys("id", "type", "expires", "sess", "movedFrom");
        assertThat(read().movedFrom()).isEqualTo(new StoredKey("old"));
    }

    @Test
    void createCache_ofOtherValues_isRefused() {
        assertThatThrownBy(() -> manager.createCache(
                        "users",
                        dev.tidepool.cache.DynamoDbConfiguration.builder(String.class, String.class)
                                .set(Option.FORMAT, "connect")
                                .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                                .set(Option.REGION, "us-east-1")
                                .build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format=connect is for sessions");
    }

    @Test
    void number_ofAnySize_isKeptAsItStands() {
        String number = "123456789012345678901234567890.123456789";
        written("{\"cookie\":{},\"n\":" + number + "}", Long.toString(SECONDS + 60));

        assertThat(new BigDecimal(new String(read().attributes().get("n"), StandardCharsets.UTF_8)))
                .isEqualTo(new BigDecimal(number));
    }
}
