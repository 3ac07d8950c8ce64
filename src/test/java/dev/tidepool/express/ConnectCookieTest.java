package dev.tidepool.express;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConnectCookieTest {
    private static final int DAY = 86_400;
    private static final long NOW = Instant.parse("2026-01-02T03:04:05.060Z").toEpochMilli();

    @ParameterizedTest
    @CsvSource({
        "null, 86400",
        "60000, 60",
        "60001, 61",
        "0.5, 1",
        "0, 1",
        "-5000, 1",
        "1e5, 100",
        "99999999999999999999, 2147483647",
        "1e999999999, 2147483647",
        "true, 86400"
    })
    void interval_ofMaxAge_isWholeSecondsRoundedUp(String maxAge, int seconds) {
        assertThat(new ConnectCookie(Map.of("originalMaxAge", maxAge)).interval())
                .isEqualTo(seconds);
    }

    @Test
    void interval_ofCookieWithoutMaxAge_isDay() {
        assertThat(new ConnectCookie(Map.of()).interval()).isEqualTo(DAY);
    }

    @Test
    void begin_ofSession_hasFieldsInOrderOfExpress() {
        ConnectCookie cookie = ConnectCookie.begin(Map.of("path", "\"/\""), true, 60, NOW);

        assertThat(List.copyOf(cookie.fields().keySet())).isEqualTo(List.of("originalMaxAge", "expires", "path"));
        assertThat(cookie.fields())
                .containsEntry("originalMaxAge", "60000")
                .containsEntry("expires", "\"2026-01-02T03:05:05.060Z\"");
    }

    @ParameterizedTest
    @CsvSource({"true, 86400, null", "false, 86400, 86400000", "true, 0, null", "false, -1, null", "true, 60, 60000"})
    void begin_ofSession_hasMaxAgeUnlessExpressWouldHaveNone(boolean endsWithBrowser, int interval, String maxAge) {
        ConnectCookie cookie = ConnectCookie.begin(Map.of(), endsWithBrowser, interval, NOW);

        assertThat(cookie.fields()).containsEntry("originalMaxAge", maxAge);
        assertThat(cookie.hasMaxAge()).isEqualTo(!maxAge.equals("null"));
    }

    @Test
    void accessed_ofCookieWithMaxAge_movesExpires() {
        ConnectCookie cookie = ConnectCookie.begin(Map.of("path", "\"/a\""), true, 60, NOW);

        ConnectCookie later = cookie.accessed(NOW + 940);

        assertThat(later.fields())
                .containsEntry("expires", "\"2026-01-02T03:05:06.000Z\"")
                .containsEntry("path", "\"/a\"");
        assertThat(later.lastSaved()).isEqualTo(NOW + 940);
    }

    @Test
    void accessed_ofCookieThatEndsWithBrowser_hasNoTime() {
        ConnectCookie cookie = ConnectCookie.begin(Map.of(), true, DAY, NOW).accessed(NOW + 1);

        assertThat(cookie.fields()).containsEntry("expires", "null");
        assertThat(cookie.lastSaved()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"5, 5000", "0, null", "-1, null"})
    void withInterval_ofSeconds_isMaxAge(int seconds, String maxAge) {
        assertThat(ConnectCookie.begin(Map.of(), true, 60, NOW)
                        .withInterval(seconds)
                        .fields())
                .containsEntry("originalMaxAge", maxAge);
    }

    @ParameterizedTest
    @CsvSource({"'\"no date\"'", "7", "true", "'\"\"'"})
    void lastSaved_ofOddDate_isUnknown(String expires) {
        assertThat(new ConnectCookie(Map.of("originalMaxAge", "1000", "expires", expires)).lastSaved())
                .isNull();
    }

    @Test
    void lastSaved_ofImmenseMaxAge_isNoOverflow() {
        ConnectCookie cookie = new ConnectCookie(
                Map.of("originalMaxAge", "99999999999999999999", "expires", "\"2026-01-02T03:05:06.000Z\""));

        assertThat(cookie.lastSaved()).isLessThan(NOW);
    }
}
