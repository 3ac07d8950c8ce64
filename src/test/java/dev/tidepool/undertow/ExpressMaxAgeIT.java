package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.RawItems;
import dev.tidepool.express.SignedCookie;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import io.undertow.server.handlers.BlockingHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A session that Express has begun keeps the age of its own cookie, whatever this side gives to new ones. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ExpressMaxAgeIT {
    private static final String ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0";
    private static final String SECRET = "keyboard cat";

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

    @AfterEach
    void close() {
        provider.close();
    }

    @ParameterizedTest
    @CsvSource({
        "3600000, , Max-Age=3600; Expires=.*",
        "3600000, 60, Max-Age=3600; Expires=.*",
        "1500, , Max-Age=2; Expires=.*",
        "null, 60, HttpOnly"
    })
    void cookie_ofSessionWithAgeOfItsOwn_isSentAgainWithThat(String originalMaxAge, Integer seconds, String end)
            throws Exception {
        items.put(
                "sess:" + ID,
                new TreeMap<>(Map.of(
                        "type", AttributeValue.fromS("connect-session"),
                        "expires",
                                AttributeValue.fromN(String.valueOf(
                                        Instant.now().plusSeconds(3600).getEpochSecond())),
                        "sess", AttributeValue.fromS("{\"cookie\":{\"originalMaxAge\":" + originalMaxAge + "}}"))));
        ExpressSessionConfig.Builder config =
                ExpressSessionConfig.builder(SECRET).rolling(true);
        if (seconds != null) {
            config.maxAge(Duration.ofSeconds(seconds));
        }
        JCacheSessionManager manager = JCacheSessionManager.builder(cache).build("shop");

        try (SessionServer server = SessionServer.start(manager, config.build())) {
            server.page(
                    "/",
                    new BlockingHandler(exchange -> exchange.getResponseSender()
                            .send(server.session(exchange) == null ? CoreNode.NO_SESSION : "found")));
            Browser browser = new Browser().withCookie("connect.sid", SignedCookie.write(ID, SignedCookie.key(SECRET)));

            Answer answer = server.get(browser, "/");

            assertThat(answer.body()).isEqualTo("found");
            assertThat(answer.cookieLines("connect.sid"))
                    .singleElement()
                    .asString()
                    .matches(".*; " + end);
        }
    }
}
