package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.RawItems;
import dev.tidepool.express.SignedCookie;
import dev.tidepool.session.Caches;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpHandler;
import io.undertow.server.session.Session;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Attributes of sessions in items of connect-dynamodb, between two nodes and Node. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class JsonAttributesIT {
    private static final String ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0";
    private static final ExpressSessionConfig COOKIE =
            ExpressSessionConfig.builder("keyboard cat").build();

    record Item(String name, BigDecimal price) {}

    /** Names a type that no class literal can. */
    interface Types {
        List<Item> items();
    }

    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final String table = StoreNode.freshTable();
    private final Cache<String, StoredSession> cache = provider.getCacheManager()
            .createCache(
                    "sessions",
                    SessionCaches.configuration()
                            .table(table)
                            .set(Option.FORMAT, "connect")
                            .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                            .set(Option.REGION, "us-east-1")
                            .build());
    private final RawItems items = new RawItems(cache.unwrap(DynamoDbClient.class), table);
    private final Browser browser =
            new Browser().withCookie("connect.sid", SignedCookie.write(ID, SignedCookie.key("keyboard cat")));
    private final SessionServer one = server();
    private final SessionServer two = server();

    private SessionServer server() {
        return SessionServer.start(
                JCacheSessionManager.builder(cache)
                        .attributeType("cart", itemsType())
                        .attributeType("begun", Instant.class)
                        .build("shop"),
                COOKIE);
    }

    private static Type itemsType() {
        try {
            return Types.class.getMethod("items").getGenericReturnType();
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
        provider.close();
    }

    /** A session as Node writes it. */
    private void written(String attributes) {
        items.put(
                "sess:" + ID,
                new TreeMap<>(Map.of(
                        "type", AttributeValue.fromS("connect-session"),
                        "expires",
                                AttributeValue.fromN(String.valueOf(
                                        Instant.now().plusSeconds(3600).getEpochSecond())),
                        "sess",
                                AttributeValue.fromS(
                                        "{\"cookie\":{\"originalMaxAge\":null,\"expires\":null,\"httpOnly\":"
                                                + "true,\"path\":\"/\"}" + attributes + "}"))));
    }

    /** The attributes as Node reads them. */
    private String read() {
        String sess = requireNonNull(items.get("sess:" + ID).get("sess")).s();
        return sess.substring(sess.indexOf('}') + 1, sess.length() - 1);
    }

    /** What a request does with the session. */
    private interface Visit {
        void to(Session session) throws Exception;
    }

    private void visit(SessionServer server, Visit visit) {
        HttpHandler handler = exchange -> visit.to(requireNonNull(server.session(exchange)));
        assertThat(server.visit(browser, handler).status()).isEqualTo(200);
    }

    private @Nullable Object attribute(SessionServer server, String name) {
        AtomicReference<@Nullable Object> found = new AtomicReference<>();
        visit(server, session -> found.set(session.getAttribute(name)));
        return found.get();
    }

    @Test
    void attributes_ofNode_areReadAndThoseUntouchedKeptByteForByte() {
        written(",\"big\":12345678901234567890,\"price\":1.0,\"views\":{\"b\": 1,\"a\":[null]},\"gone\":null");

        assertThat(attribute(one, "price")).isEqualTo(1.0);
        assertThat(attribute(one, "views")).isInstanceOf(Map.class).hasToString("{b=1, a=[null]}");
        assertThat(attribute(one, "gone")).isNull();
        visit(one, session -> session.setAttribute("price", 2));

        assertThat(read())
                .isEqualTo(",\"big\":12345678901234567890,\"gone\":null,\"price\":2,\"views\":{\"b\": 1,\"a\":[null]}");
    }

    @Test
    void attributes_ofOneNode_areReadByTheOtherAndByNode() {
        written("");
        Item tea = new Item("tea", new BigDecimal("2.50"));

        visit(one, session -> {
            session.setAttribute("begun", Instant.EPOCH);
            session.setAttribute("cart", new ArrayList<>(List.of(tea)));
            session.setAttribute("count", 5L);
            assertThat(session.getAttribute("count")).isEqualTo(5);
            session.setAttribute("seen", Instant.EPOCH);
            assertThat(session.getAttribute("seen")).isEqualTo("1970-01-01T00:00:00Z");
        });

        assertThat(attribute(two, "begun")).isEqualTo(Instant.EPOCH);
        assertThat(attribute(two, "cart")).isEqualTo(List.of(tea));
        assertThat(attribute(two, "count")).isEqualTo(5);
        assertThat(attribute(two, "seen")).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(read())
                .isEqualTo(
                        ",\"begun\":\"1970-01-01T00:00:00Z\",\"cart\":[{\"name\":\"tea\",\"price\":2.50}],\"count\":5,"
                                + "\"seen\":\"1970-01-01T00:00:00Z\"");
    }

    @Test
    @SuppressWarnings("unchecked") // the types that this test has set
    void objects_changedInPlace_areSaved() {
        written(",\"cart\":[],\"views\":{}");

        visit(one, session -> {
            ((List<Item>) session.getAttribute("cart")).add(new Item("tea", BigDecimal.ONE));
            ((Map<String, Object>) session.getAttribute("views")).put("home", 1);
        });

        assertThat(attribute(two, "cart")).isEqualTo(List.of(new Item("tea", BigDecimal.ONE)));
        assertThat(attribute(two, "views")).isEqualTo(Map.of("home", 1));
    }

    @Test
    void value_thatJsonHasNot_isRefusedWhenItIsSet() {
        written(",\"user\":\"ann\"");

        visit(one, session -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("user", new Item("tea", BigDecimal.ONE)))
                    .withMessageContaining("'user'");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("save", "text"))
                    .withMessageContaining("'save'");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("cart", "text"))
                    .withMessageContaining("'cart'");
        });

        assertThat(read()).isEqualTo(",\"user\":\"ann\"");
    }

    @Test
    void attribute_unreadable_countsAsAbsentAndIsKept() {
        written(",\"begun\":\"yesterday\",\"user\":\"ann\"");

        assertThat(attribute(one, "begun")).isNull();
        visit(one, session -> session.setAttribute("user", "bob"));

        assertThat(read()).isEqualTo(",\"begun\":\"yesterday\",\"user\":\"bob\"");
    }

    @Test
    void attributeType_withoutConnectFormatOrOfNameOfExpress_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JCacheSessionManager.builder(Caches.reference())
                        .attributeType("cart", itemsType())
                        .build("shop"))
                .withMessageContaining("format=connect")
                .withMessageContaining("cart");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JCacheSessionManager.builder(cache).attributeType("cookie", String.class))
                .withMessageContaining("'cookie'");
    }
}
