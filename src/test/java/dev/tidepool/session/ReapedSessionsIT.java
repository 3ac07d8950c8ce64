package dev.tidepool.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.CacheItems;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.RawItems;
import dev.tidepool.cache.SteeredClock;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Which items of sessions a search for expired ones deletes, in both formats. */
@ExtendWith(DynamoDbLocal.class)
final class ReapedSessionsIT {
    private static final long GRACE_SECONDS = 300;

    private final SteeredClock clock = new SteeredClock();
    private final long seconds = clock.instant().getEpochSecond();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final String table = Caches.freshTable();

    @AfterEach
    void close() {
        provider.close();
    }

    private Cache<String, StoredSession> cache(String format) {
        return provider.getCacheManager(
                        URI.create("tidepool"), ReapedSessionsIT.class.getClassLoader(), new Properties())
                .createCache(
                        "sessions",
                        SessionCaches.configuration()
                                .table(table)
                                .set(Option.FORMAT, format)
                                .set(Option.CLOCK, clock)
                                .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                                .set(Option.REGION, "us-east-1")
                                .build());
    }

    private RawItems items(Cache<?, ?> cache) {
        return new RawItems(cache.unwrap(DynamoDbClient.class), table);
    }

    private static Map<String, AttributeValue> item(long expires) {
        return Map.of(
                "type", AttributeValue.fromS("connect-session"),
                "sess", AttributeValue.fromS("{\"cookie\":{}}"),
                "expires", RawItems.number(expires));
    }

    private static Map<String, AttributeValue> without(Map<String, AttributeValue> item, String attribute) {
        Map<String, AttributeValue> less = new TreeMap<>(item);
        less.remove(attribute);
        return less;
    }

    private static Set<String> ids(RawItems items) {
        return items.all("").stream()
                .map(item -> requireNonNull(item.get("id")).s())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void reap_connectFormat_deletesWhatHasEndedAndIsPastTheGrace() {
        Cache<String, StoredSession> cache = cache("connect");
        RawItems items = items(cache);
        items.put("sess:ended", item(seconds - GRACE_SECONDS));
        items.put("sess:in grace", item(seconds - GRACE_SECONDS + 1));
        items.put("sess:live", item(seconds + 1));
        items.put("sess:never", without(item(1), "expires"));
        items.put("sess:ended stub", without(item(1), "sess"));
        items.put("sess:stub", without(item(seconds + 1), "sess"));
        items.put("sess:no JSON", Map.of("sess", AttributeValue.fromS("{"), "expires", RawItems.number(1)));
        items.put("sess:no text", Map.of("sess", RawItems.number(1), "expires", RawItems.number(1)));
        items.put("sess:of Tidepool", Map.of("value", AttributeValue.fromS("a"), "etag", RawItems.number(1)));
        items.put("other:ended", item(1));

        assertThat(cache.unwrap(CacheItems.class).reap()).isEqualTo(3);

        assertThat(ids(items))
                .containsExactlyInAnyOrder(
                        "sess:in grace",
                        "sess:live",
                        "sess:never",
                        "sess:stub",
                        "sess:no text",
                        "sess:of Tidepool",
                        "other:ended");
    }

    @Test
    void reap_nativeFormat_deletesASessionWhenItsGraceIsOver() {
        Cache<String, StoredSession> cache = cache("native");
        RawItems items = items(cache);
        cache.put("ended", session(Duration.ofMinutes(30)));
        cache.put("live", session(Duration.ofMinutes(31)));
        clock.advance(Duration.ofMinutes(35).minusMillis(1));
        assertThat(cache.unwrap(CacheItems.class).reap()).isZero();
        clock.advance(Duration.ofMillis(1));

        assertThat(cache.unwrap(CacheItems.class).reap()).isEqualTo(1);

        assertThat(ids(items)).containsExactly("sess:live");
    }

    private StoredSession session(Duration life) {
        long now = clock.millis();
        return StoredSession.of(new TidepoolFormat(), SessionContent.begin((int) life.toSeconds(), now, 0));
    }
}
