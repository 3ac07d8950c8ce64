package dev.tidepool.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.session.SessionIds;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the entries of a cache are looked for that somebody names. */
@ExtendWith(DynamoDbLocal.class)
final class ShowCachesIT {
    private final Shop shop = new Shop();

    @AfterEach
    void close() {
        shop.close();
    }

    @ParameterizedTest
    @CsvSource({"sessions, sessions, sess:", "single-sign-on, sessions, sso:", "users, tidepool, users:"})
    void cache_named_hasTheTableAndPrefixThatTheLibraryGivesIt(String cache, String table, String prefix) {
        ShowOptions options = ShowOptions.parse(List.of("--all", "--cache", cache));
        Settings settings = options.settings(Clock.systemUTC());

        assertThat(settings.get(Option.TABLE)).isEqualTo(table);
        assertThat(options.prefix(settings)).isEqualTo(prefix);
    }

    @Test
    void cache_ofSessions_isShownByItsPrefix() {
        String id = shop.session(builder -> builder);
        String login = "c".repeat(40);
        shop.singleSignOn(login, "anna", id);

        assertThat(shop.show("--all", "--cache", "sessions").out()).contains("sess:shop:", "1 item, ");
        assertThat(shop.show("--all", "--cache", "single-sign-on").out()).contains("sso:", "1 item, ");
        assertThat(shop.show("--key", "shop:" + id, "--cache", "sessions").out())
                .contains("codec           session\n");
        assertThat(shop.show("--key", SessionIds.hash(login), "--cache", "single-sign-on")
                        .out())
                .contains("codec           single-sign-on\n");
        assertThat(shop.show("--id", login, "--cache", "single-sign-on").code()).isZero();
    }

    @Test
    void key_wholeThoughThePrefixIsKnown_isFound() {
        shop.cache("users", DynamoDbConfiguration.builder(String.class, String.class))
                .put("anna", "x");

        assertThat(shop.show("--key", "users:anna", "--cache", "users").out()).contains("users:anna\n");
        assertThat(shop.show("--key", "users:anna", "--prefix", "users:").out()).contains("users:anna\n");
    }

    @ParameterizedTest
    @CsvSource({"''", "kkk"})
    void key_thatNoItemCanHave_isToldAsMissing(String part) {
        shop.sessions();

        assertThat(shop.show("--key", part.repeat(1_000), "--cache", "users").err())
                .startsWith("show: there is no item of this key in table ");
    }
}
