package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.RawItems;
import dev.tidepool.express.SignedCookie;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpHandler;
import io.undertow.server.session.Session;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Special keys in items of connect-dynamodb, and finding the sessions of a user in them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ConnectSearchIT {
    private static final String ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0";
    private static final String ITEM = "sess:" + ID;
    private static final ExpressSessionConfig COOKIE =
            ExpressSessionConfig.builder("keyboard cat").build();

    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final String table = StoreNode.freshTable();
    private final Cache<String, StoredSession> cache = provider.getCacheManager()
            .createCache(
                    "sessions",
                    SessionCaches.configuration()
                            .table(table)
                            .set(Option.FORMAT, "connect")
                            .specialKeys("userId:S:by-user", "level:N:by-level", "photo:B", "admin:BOOL", "token")
                            .set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, true)
                            .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                            .set(Option.REGION, "us-east-1")
                            .build());
    private final RawItems items = new RawItems(cache.unwrap(DynamoDbClient.class), table);
    private final Browser browser =
            new Browser().withCookie("connect.sid", SignedCookie.write(ID, SignedCookie.key("keyboard cat")));
    private final JCacheSessionManager manager = JCacheSessionManager.builder(cache)
            .attributeType("photo", byte[].class)
            .attributeType("token", UUID.class)
            .build("shop");
    private final SessionServer server = SessionServer.start(manager, COOKIE);

    @AfterEach
    void close() {
        server.close();
        provider.close();
    }

    /** A session as Node writes it, special keys included. */
    private void written(String attributes, Map<String, AttributeValue> special) {
        Map<String, AttributeValue> item = new TreeMap<>(special);
        item.put("type", AttributeValue.fromS("connect-session"));
        item.put(
                "expires",
                AttributeValue.fromN(
                        String.valueOf(Instant.now().plusSeconds(3600).getEpochSecond())));
        item.put(
                "sess",
                AttributeValue.fromS("{\"cookie\":{\"originalMaxAge\":null,\"expires\":null,\"httpOnly\":true,"
                        + "\"path\":\"/\"}" + attributes + "}"));
        items.put(ITEM, item);
    }

    private AttributeValue attribute(String name) {
        return requireNonNull(items.get(ITEM).get(name), name);
    }

    private interface Visit {
        void to(Session session);
    }

    private void visit(Visit visit) {
        HttpHandler handler = exchange -> visit.to(requireNonNull(server.session(exchange)));
        assertThat(server.visit(browser, handler).status()).isEqualTo(200);
    }

    @Test
    void save_ofNodesSession_writesSpecialKeysOfItsJson() {
        written(",\"userId\":\"ann\",\"level\":9007199254740993,\"admin\":true,\"token\":null", Map.of());

        visit(session -> session.setAttribute("cart", "full"));

        assertThat(attribute("userId").s()).isEqualTo("ann");
        assertThat(attribute("level").n()).isEqualTo("9007199254740993");
        assertThat(attribute("admin").bool()).isTrue();
        assertThat(items.get(ITEM)).doesNotContainKeys("token", "photo");
    }

    @Test
    void findSessions_oneOfThemUnreadable_leavesItOut() {
        Map<String, AttributeValue> ofAnn = Map.of("userId", AttributeValue.fromS("ann"));
        for (String sess : List.of("no json", "{\"cookie\":{},\"userId\":{\"is\":\"no text\"}}")) {
            Map<String, AttributeValue> item = new TreeMap<>(ofAnn);
            item.put("sess", AttributeValue.fromS(sess));
            items.put("sess:unreadable-" + sess.length() + "-aaaaaaaaaaaaaaaa", item);
        }
        written(",\"userId\":\"ann\"", ofAnn);

        assertThat(manager.findSessions("userId", "ann"))
                .extracting(Session::getId)
                .containsExactly(ID);
    }

    @Test
    void save_ofNodesSession_keepsOtherAttributesAndSetsAndRemovesSpecialKeys() {
        written(
                ",\"userId\":\"ann\",\"level\":1",
                Map.of(
                        "userId", AttributeValue.fromS("ann"),
                        "level", AttributeValue.fromN("1"),
                        "foreign", AttributeValue.fromS("kept")));

        visit(session -> {
            session.setAttribute("userId", "bob");
            session.removeAttribute("level");
        });

        assertThat(attribute("userId").s()).isEqualTo("bob");
        assertThat(attribute("foreign").s()).isEqualTo("kept");
        assertThat(items.get(ITEM)).doesNotContainKey("level");
    }

    @Test
    void setAttribute_declaredTypes_areWhatTheirJsonSays() {
        UUID token = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");
        written("", Map.of());

        visit(session -> {
            session.setAttribute("photo", new byte[] {1, 2, 3});
            session.setAttribute("token", token);
            session.setAttribute("level", new BigDecimal("2.50"));
        });

        assertThat(attribute("photo").b()).isEqualTo(SdkBytes.fromByteArray(new byte[] {1, 2, 3}));
        assertThat(attribute("token").s()).isEqualTo(token.toString());
        assertThat(new BigDecimal(attribute("level").n())).isEqualByComparingTo("2.5");
    }

    @Test
    void setAttribute_otherTypeThanSpecialKeys_isRefusedAtOnce() {
        written(",\"level\":1", Map.of());

        visit(session -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("level", "five"))
                    .withMessageContaining("Special key 'level' of type N needs a Number");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("userId", Map.of("name", "ann")))
                    .withMessageContaining("Special key 'userId' of type S needs a String");
            assertThat(session.getAttribute("level")).isEqualTo(1);
        });
    }

    @Test
    void endSessions_ofNodesSession_endsIt() {
        written(",\"userId\":\"ann\",\"level\":1.50", Map.of("userId", AttributeValue.fromS("ann")));

        assertThat(manager.findSessions("userId", "ann"))
                .singleElement()
                .extracting(Session::getId)
                .isEqualTo(ID);
        assertThat(manager.endSessions("userId", "ann")).isEqualTo(1);

        assertThat(items.contains(ITEM)).isFalse();
        server.visit(browser, exchange -> assertThat(server.session(exchange)).isNull());
    }

    @Test
    void findSessions_afterChangeOfId_findsOnceUnderNewId() {
        written(",\"userId\":\"ann\"", Map.of("userId", AttributeValue.fromS("ann")));

        server.visit(
                browser, exchange -> requireNonNull(server.session(exchange)).changeSessionId(exchange, COOKIE));

        assertThat(items.get(ITEM)).as("the signpost").doesNotContainKeys("userId", "sess");
        assertThat(manager.findSessions("userId", "ann"))
                .singleElement()
                .extracting(Session::getId)
                .isNotEqualTo(ID);
        assertThat(manager.endSessions("userId", "ann")).isEqualTo(1);
    }
}
