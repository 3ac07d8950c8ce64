package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/** What is said of a clock that is off the store's. */
@ExtendWith(DynamoDbLocal.class)
final class ClockSkewIT {
    private static final String WARNING = "The clock of this node";
    private static final Duration ALL = Duration.ofMinutes(1);
    private static final DateTimeFormatter HEADER = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private final Node node = Node.over(Dated::new);
    private final String table = Node.freshTable();
    private final CapturedLog log = new CapturedLog();

    /** How far the node's clock is ahead of what the answers say. */
    private volatile Duration ahead = Duration.ZERO;

    /** How long each answer is under way. */
    private volatile Duration underWay = Duration.ZERO;

    private volatile Function<Instant, @Nullable String> header = HEADER::format;

    /** A store whose answers say another time. */
    private final class Dated extends Transport {
        Dated(SdkHttpClient server) {
            super(server);
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            HttpExecuteResponse response = pass(request);
            String date = header.apply(node.clock().instant().minus(ahead));
            node.clock().advance(underWay);
            SdkHttpResponse.Builder changed =
                    response.httpResponse().toBuilder().removeHeader("Date");
            if (date != null) {
                changed.putHeader("date", date);
            }
            return HttpExecuteResponse.builder()
                    .response(changed.build())
                    .responseBody(response.responseBody().orElse(null))
                    .build();
        }
    }

    @AfterEach
    void closeNode() {
        log.close();
        node.close();
    }

    private Cache<String, String> cache() {
        return cache("skewed", configuration());
    }

    private Cache<String, String> cache(String name, DynamoDbConfiguration.Builder<String, String> configuration) {
        return node.cache(name, configuration.prefix(name + ":"));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private static Optional<Duration> offset(Cache<String, String> cache) {
        CacheItems<?> items = cache.unwrap(CacheItems.class);
        return items.clockOffset();
    }

    private List<String> warnings() {
        return log.warningsWith(WARNING);
    }

    /** Lets so much time pass that the next answer is looked at, and asks for one. */
    private void later(Cache<String, String> cache, Duration duration) {
        node.clock().advance(duration);
        cache.get("tea");
    }

    @Test
    void start_clockAhead_warnsOnceBeforeFirstEntryIsRead() {
        ahead = Duration.ofMinutes(4);

        Cache<String, String> cache = cache();

        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("ahead of the store's by 239 s or more")
                .contains("it takes entries and sessions of other nodes for expired too early")
                .contains("NTP")
                .contains("'clock'");
        assertThat(offset(cache))
                .hasValueSatisfying(offset -> assertThat(offset).isBetween(ahead.minusSeconds(1), ahead));
    }

    @Test
    void start_clockBehind_warnsOnce() {
        ahead = Duration.ofMinutes(-4);

        Cache<String, String> cache = cache();

        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("behind the store's by 239 s or more")
                .contains("other nodes take entries and sessions that it writes for expired too early")
                .contains("NTP");
        assertThat(offset(cache))
                .hasValueSatisfying(offset -> assertThat(offset).isBetween(ahead, ahead.plusSeconds(1)));
    }

    /** The time of a header is up to a second before that of the answer. */
    @ParameterizedTest
    @ValueSource(longs = {30_000, -30_000, 1_000, 0})
    void answers_clockWithinThirtySeconds_areSilent(long millis) {
        ahead = Duration.ofMillis(millis);

        Cache<String, String> cache = cache();
        later(cache, ALL);

        assertThat(warnings()).isEmpty();
        assertThat(offset(cache))
                .hasValueSatisfying(
                        offset -> assertThat(offset.minus(ahead).abs()).isLessThanOrEqualTo(Duration.ofSeconds(1)));
    }

    @ParameterizedTest
    @ValueSource(longs = {32_000, -32_000})
    void answers_clockBeyondThirtySeconds_warn(long millis) {
        ahead = Duration.ofMillis(millis);

        cache();

        assertThat(warnings()).hasSize(1);
    }

    @Test
    void start_tableThatIsNotLookedAt_warnsAtFirstAnswer() {
        ahead = Duration.ofMinutes(4);
        try (Node other = Node.besides(node)) {
            other.cache("skewed", configuration().set(Option.CLOCK, Clock.systemUTC()));
        }
        Cache<String, String> cache = cache("skewed", configuration().set(Option.INITIALIZED, true));
        assertThat(offset(cache)).isEmpty();
        assertThat(warnings()).isEmpty();

        cache.get("tea");

        assertThat(offset(cache)).isPresent();
        assertThat(warnings()).hasSize(1);
    }

    @Test
    void warning_differenceThatHolds_comesOnceAnHour() {
        ahead = Duration.ofMinutes(4);
        Cache<String, String> cache = cache();

        IntStream.range(0, 59).forEach(i -> later(cache, ALL));
        assertThat(warnings()).hasSize(1);

        later(cache, ALL);
        assertThat(warnings()).hasSize(2);
        IntStream.range(0, 59).forEach(i -> later(cache, ALL));
        assertThat(warnings()).hasSize(2);
    }

    @Test
    void warning_severalCachesOfOneClock_comesOnce() {
        ahead = Duration.ofMinutes(4);

        Cache<String, String> one = cache("one", configuration());
        Cache<String, String> two = cache("two", configuration());
        later(one, ALL);
        two.get("tea");

        assertThat(warnings()).hasSize(1);
        assertThat(offset(two)).isEqualTo(offset(one)).isPresent();
    }

    @Test
    void offset_cacheWithClockOfItsOwn_isThatClocks() {
        Cache<String, String> right = cache("right", configuration());
        Cache<String, String> wrong = cache(
                "wrong",
                configuration()
                        .set(Option.INITIALIZED, true)
                        .set(Option.CLOCK, () -> node.clock().instant().plusSeconds(240)));

        wrong.get("tea");

        assertThat(warnings()).singleElement().asString().contains("ahead");
        assertThat(offset(right)).contains(Duration.ZERO);
        assertThat(offset(wrong))
                .hasValueSatisfying(
                        offset -> assertThat(offset).isBetween(Duration.ofSeconds(239), Duration.ofSeconds(240)));
    }

    @Test
    void offset_clockSetRight_isClearedAndNextDifferenceIsWarnedOf() {
        ahead = Duration.ofMinutes(4);
        Cache<String, String> cache = cache();

        ahead = Duration.ZERO;
        later(cache, ALL);

        assertThat(offset(cache))
                .hasValueSatisfying(offset -> assertThat(offset.abs()).isLessThanOrEqualTo(Duration.ofSeconds(1)));
        assertThat(warnings()).hasSize(1);
        ahead = Duration.ofMinutes(-4);
        later(cache, ALL);
        assertThat(warnings()).hasSize(2).last().asString().contains("behind");
    }

    /** The clock itself is what the next look waits for. */
    @Test
    void offset_clockSetBackByHours_isLookedAtAgain() {
        ahead = Duration.ofHours(5);
        Cache<String, String> cache = cache();

        ahead = Duration.ZERO;
        later(cache, Duration.ofHours(-5));

        assertThat(offset(cache))
                .hasValueSatisfying(offset -> assertThat(offset.abs()).isLessThanOrEqualTo(Duration.ofSeconds(1)));
    }

    @Test
    void answers_severalWithinAMinute_areNotLookedAt() {
        Cache<String, String> cache = cache();
        ahead = Duration.ofMinutes(4);

        later(cache, ALL.minusMillis(1));
        assertThat(offset(cache)).contains(Duration.ZERO);

        later(cache, Duration.ofMillis(1));
        assertThat(offset(cache)).isNotEqualTo(Optional.of(Duration.ZERO));
    }

    /** The time of such an answer may be that of its arrival, or that of the request. */
    @Test
    void answer_thatTookFortySeconds_provesNothing() {
        underWay = Duration.ofSeconds(40);
        Cache<String, String> cache = cache();
        ahead = Duration.ofSeconds(-40);
        later(cache, ALL);

        assertThat(warnings()).isEmpty();
        assertThat(offset(cache)).contains(Duration.ZERO);
    }

    @Test
    void answer_thatTookFortySeconds_provesALargeDifference() {
        underWay = Duration.ofSeconds(40);
        ahead = Duration.ofMinutes(4);

        Cache<String, String> cache = cache();

        assertThat(warnings()).singleElement().asString().contains("by 239 s or more");
        assertThat(offset(cache)).isPresent();
    }

    @Test
    void answer_slowAfterQuickOne_leavesKnownDifference() {
        ahead = Duration.ofSeconds(35);
        Cache<String, String> cache = cache();
        Optional<Duration> known = offset(cache);

        underWay = Duration.ofSeconds(40);
        ahead = ahead.minus(underWay); // the store wrote the answer at its end
        later(cache, ALL);

        assertThat(known).isPresent();
        assertThat(offset(cache)).isEqualTo(known);
    }

    @Test
    void answers_clockSetBackWhileOneIsUnderWay_proveNothing() {
        Cache<String, String> cache = cache();
        node.clock().advance(ALL);
        underWay = Duration.ofMinutes(-4);
        ahead = Duration.ofMinutes(4);

        cache.get("tea");

        assertThat(warnings()).isEmpty();
        assertThat(offset(cache)).contains(Duration.ZERO);
    }

    @Test
    void answers_withoutTime_areSilent() {
        header = time -> null;

        Cache<String, String> cache = cache();
        cache.put("tea", "1.20");

        assertThat(warnings()).isEmpty();
        assertThat(offset(cache)).isEmpty();
        assertThat(cache.get("tea")).isEqualTo("1.20");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "2020-01-01T00:00:00Z", "Tue, 35 Jan 2030 00:00:00 GMT"})
    void answers_timeThatCannotBeRead_areSilent(String date) {
        header = time -> date;

        Cache<String, String> cache = cache();
        cache.put("tea", "1.20");

        assertThat(warnings()).isEmpty();
        assertThat(offset(cache)).isEmpty();
    }

    @Test
    void answers_ofDynamoDbLocal_tellTheTime() {
        try (Node plain = Node.start()) {
            Cache<String, String> right =
                    plain.cache("right", configuration().prefix("right:").set(Option.CLOCK, Clock.systemUTC()));
            assertThat(warnings()).isEmpty();
            assertThat(offset(right))
                    .hasValueSatisfying(offset -> assertThat(offset.abs()).isLessThan(Duration.ofSeconds(2)));

            Instant far = plain.clock().instant();
            Cache<String, String> wrong = plain.cache("wrong", configuration().prefix("wrong:"));
            wrong.get("tea");
            wrong.get("tea");

            assertThat(warnings()).hasSize(1);
            assertThat(offset(wrong))
                    .hasValueSatisfying(offset -> assertThat(
                                    ChronoUnit.SECONDS.between(Instant.now().plus(offset), far))
                            .isBetween(-60L, 60L));
        }
    }

    @Test
    void offset_closedCache_isStillTold() {
        Cache<String, String> cache = cache();
        CacheItems<?> items = cache.unwrap(CacheItems.class);

        cache.close();

        assertThat(items.clockOffset()).contains(Duration.ZERO);
    }
}
