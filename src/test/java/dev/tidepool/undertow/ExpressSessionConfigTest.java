package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the cookie of Express can be configured with, and what goes into a session's JSON. */
final class ExpressSessionConfigTest {
    private static final String SECRET = "keyboard cat";

    private static ExpressSessionConfig.Builder builder() {
        return ExpressSessionConfig.builder(SECRET);
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    @Test
    void builder_withoutUsableSecret_isRefused() {
        assertRefused(ExpressSessionConfig::builder, "at least one secret");
        assertRefused(() -> ExpressSessionConfig.builder(""), "at least one secret");
        assertRefused(() -> ExpressSessionConfig.builder(System.getenv("NO_SUCH_SECRET")), "at least one secret");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ExpressSessionConfig.builder(SECRET, ""))
                .withMessageContaining("none may be empty")
                .withMessageNotContaining(SECRET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a=b", "a;b", "sid\r\n", "ü"})
    void cookieName_thatIsNone_isRefused(String name) {
        assertRefused(() -> builder().cookieName(name), "cookieName");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "shop", "/a;b", "/\r\n", "/ü"})
    void path_thatIsNone_isRefused(String path) {
        assertRefused(() -> builder().path(path), "path");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "-x.de", "x..de", "x.de;", "x.de\n"})
    void domain_thatIsNone_isRefused(String domain) {
        assertRefused(() -> builder().domain(domain), "domain");
    }

    @Test
    void sameSite_thatBrowsersDoNotKnowOrRefuse_isRefused() {
        assertRefused(() -> builder().sameSite("loose"), "lax, strict or none: loose");
        assertRefused(() -> builder().sameSite("none").build(), "secure(true)");

        assertThat(builder().sameSite("None").secure(true).build().cookieJson()).containsEntry("sameSite", "\"none\"");
    }

    @Test
    void maxAge_thatNoCookieCanHave_isRefused() {
        assertRefused(() -> builder().maxAge(Duration.ofMillis(999)), "maxAge");
        assertRefused(() -> builder().maxAge(Duration.ofSeconds(-1)), "maxAge");
        assertRefused(() -> builder().maxAge(Duration.ofSeconds(Integer.MAX_VALUE)), "maxAge");

        assertThat(builder().maxAge(Duration.ofSeconds(1)).build().maxAge()).isEqualTo(Duration.ofSeconds(1));
        assertThat(builder().build().maxAge()).isNull();
    }

    /** As {@code JSON.stringify(new session.Cookie(options))} of express-session has them. */
    @Test
    void cookieJson_ofConfig_hasFieldsThatExpressWrites() {
        assertThat(builder().build().cookieJson()).isEqualTo(Map.of("httpOnly", "true", "path", "\"/\""));
        assertThat(builder()
                        .secure(true)
                        .httpOnly(false)
                        .domain("x.de")
                        .path("/a\"\\b")
                        .sameSite("lax")
                        .maxAge(Duration.ofDays(1))
                        .build()
                        .cookieJson())
                .containsExactly(
                        Map.entry("secure", "true"),
                        Map.entry("httpOnly", "false"),
                        Map.entry("domain", "\"x.de\""),
                        Map.entry("path", "\"/a\\\"\\\\b\""),
                        Map.entry("sameSite", "\"lax\""));
    }

    @Test
    void toString_ofConfig_namesNoSecret() {
        ExpressSessionConfig config = builder().build();

        assertThat(config).hasToString("ExpressSessionConfig[connect.sid]");
    }

    @Test
    void rewriteUrl_any_leavesIdOut() {
        assertThat(builder().build().rewriteUrl("/page?a=1", "secret-id")).isEqualTo("/page?a=1");
    }
}
