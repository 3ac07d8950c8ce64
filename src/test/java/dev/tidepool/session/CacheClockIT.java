package dev.tidepool.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.time.Duration;
import java.time.Instant;
import javax.cache.Cache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What sessions learn of the clock of their cache. */
@ExtendWith(DynamoDbLocal.class)
final class CacheClockIT {
    private static final Duration PRECISION = Duration.ofSeconds(2);

    @ParameterizedTest
    @ValueSource(longs = {240, -240, 0})
    void clockOffset_cacheOnDynamoDb_isThatOfItsClock(long seconds) {
        Cache<String, StoredSession> cache = Caches.dynamoDb(() -> Instant.now().plusSeconds(seconds));

        cache.get("nobody");

        assertThat(SessionCaches.clockOffset(cache))
                .hasValueSatisfying(
                        offset -> assertThat(offset.minusSeconds(seconds).abs()).isLessThan(PRECISION));
    }

    @Test
    void clockOffset_cacheOfAnotherProvider_isEmpty() {
        Cache<String, StoredSession> cache = Caches.reference();

        cache.get("nobody");

        assertThat(SessionCaches.clockOffset(cache)).isEmpty();
    }
}
