package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.RawItems;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.cache.Transport;
import io.undertow.server.session.Session;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.CacheException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What connect-dynamodb 3 gets wrong does not go wrong here, on the same items. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ConnectDefectsIT {
    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode node = StoreNode.connect(table, clock);
    private final RawItems items = new RawItems(node.client(), table);
    private final Browser browser = new Browser();
    private final SessionServer server = SessionServer.start(
            node.manager().clock(clock).touchInterval(Duration.ZERO).build("shop"),
            ExpressSessionConfig.builder(SharedTable.SECRET).build());

    @AfterEach
    void close() {
        server.close();
        node.close();
    }

    private String key() {
        return "sess:" + SharedTable.idOf(browser);
    }

    private Session session(io.undertow.server.HttpServerExchange exchange) {
        return requireNonNull(server.session(exchange));
    }

    private void begin() {
        server.visit(browser, exchange -> server.newSession(exchange).setAttribute("user", "ann"));
        assertThat(items.contains(key())).isTrue();
    }

    /** There, it leaves an item with nothing but {@code expires}. */
    @Test
    void touch_ofSessionThatNodeHasDestroyed_leavesNoStub() {
        begin();
        clock.advance(Duration.ofMinutes(1));

        server.visit(browser, exchange -> {
            session(exchange).getAttribute("user");
            items.delete(key());
        });

        assertThat(node.items()).isEmpty();
    }

    /** There, whoever saves last brings the session back. */
    @Test
    void save_ofSessionThatNodeHasDestroyed_doesNotBringItBack() {
        begin();

        server.visit(browser, exchange -> {
            session(exchange).setAttribute("cart", "net");
            items.delete(key());
        });

        assertThat(node.items()).isEmpty();
    }

    @Test
    void save_ofSessionThatAnotherRequestHasEnded_doesNotBringItBack() {
        begin();
        Browser tab = new Browser()
                .withCookie(
                        SharedTable.COOKIE, browser.cookie(SharedTable.COOKIE).orElseThrow());

        server.visit(tab, exchange -> {
            session(exchange).setAttribute("cart", "net");
            server.visit(browser, logout -> session(logout).invalidate(logout));
        });

        assertThat(node.items()).isEmpty();
    }

    /** There, it is what the milliseconds of the cookie's age make of it. */
    @Test
    void expires_ofEveryWrite_isWholeSeconds() {
        begin();
        assertThat(expires()).matches("\\d+");
        String before = expires();

        clock.advance(Duration.ofMillis(1_777));
        server.visit(browser, exchange -> session(exchange).getAttribute("user"));
        assertThat(expires()).matches("\\d+").isNotEqualTo(before);

        clock.advance(Duration.ofMillis(1_777));
        server.visit(browser, exchange -> session(exchange).setMaxInactiveInterval(77));
        assertThat(expires()).matches("\\d+");

        Map<String, AttributeValue> item = new HashMap<>(items.get(key()));
        item.put("expires", AttributeValue.fromN(expires() + ".25"));
        items.put(key(), item);
        server.visit(browser, exchange -> session(exchange).setAttribute("cart", "net"));
        assertThat(expires()).matches("\\d+");
    }

    private String expires() {
        return requireNonNull(items.get(key()).get("expires")).n();
    }

    /** There, the request is never answered, or the process ends. */
    @ParameterizedTest
    @ValueSource(strings = {"DescribeTable", "CreateTable"})
    void tableThatMayNotBeDescribedOrCreated_isErrorAtOnce(String denied) {
        assertThatThrownBy(() -> StoreNode.connect(
                        StoreNode.freshTable(), Transport.refusing(denied, "AccessDeniedException", "not you")))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("dynamodb:" + denied);
    }

    /** There, the first requests meet a table that is not ready. */
    @Test
    void tableThatIsBeingCreated_isWaitedFor() {
        AtomicInteger looks = new AtomicInteger();
        String slow = StoreNode.freshTable();
        try (StoreNode waiting = StoreNode.connect(
                slow,
                Transport.rewriting(
                        "DescribeTable",
                        answer -> looks.incrementAndGet() <= 2 ? answer.replace("ACTIVE", "CREATING") : answer))) {
            assertThat(looks).hasValue(3);
            assertThat(waiting.watched().cache().get("sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0"))
                    .isNull();
        }
    }

    /** There, expired sessions stay until somebody finds out. */
    @Test
    void newTable_hasTimeToLiveOnExpires(DynamoDbClient client) {
        var ttl = client.describeTimeToLive(request -> request.tableName(table)).timeToLiveDescription();

        assertThat(ttl.attributeName()).isEqualTo("expires");
        assertThat(ttl.timeToLiveStatusAsString()).isIn("ENABLED", "ENABLING");
    }

    /** There, it is no session, and the next save overwrites it. */
    @Test
    void sess_thatCannotBeParsed_isErrorThatNamesTheItemWhichStays() {
        begin();
        String id = SharedTable.idOf(browser);
        Map<String, AttributeValue> item = new HashMap<>(items.get(key()));
        item.put("sess", AttributeValue.fromS("{\"cookie\":{},\"user\":"));
        items.put(key(), item);

        assertThatThrownBy(() -> server.manager().getSession(id))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("the item sha256:")
                .hasMessageContaining("'sess'")
                .hasMessageNotContaining(id);
        Answer answer = server.get(browser, "/nothing");
        server.page("/page", exchange -> session(exchange).setAttribute("user", "bob"));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(server.get(browser, "/page").status()).isEqualTo(503);
        assertThat(items.get(key())).isEqualTo(item);
    }
}
