package dev.tidepool.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.RawItems;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What is shown to nobody who has not asked for it, and what a terminal never gets. */
@ExtendWith(DynamoDbLocal.class)
final class ShowSecretsIT {
    private static final String SECRET = Shop.SECRET;
    private static final String SECRET_KEYS = "tidepool.cache.tokens.secretKeys";
    private static final String UUID = "0b54ac29-9a4c-4b4b-8e2f-5f2f1cf0a8a1";
    private static final String LIKE_A_HASH = "0b54ac299a4c4b4b8e2f5f2f1cf0a8a1-_ABCDEFGHI";
    private static final char ESCAPE = '\u001B';

    private final Shop shop = new Shop();

    @AfterEach
    void close() {
        System.clearProperty(SECRET_KEYS);
        shop.close();
    }

    private void put(String id, String attribute, String text) {
        shop.items()
                .put(
                        id,
                        Map.of(
                                attribute,
                                AttributeValue.fromS(text),
                                "expires",
                                RawItems.number(shop.clock().instant().getEpochSecond() + 600)));
    }

    private ShowRun show(String[] arguments, String... more) {
        return shop.show(Stream.of(arguments, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private void assertShortened(String id, String... arguments) {
        assertThat(List.of(show(arguments), show(arguments, "--json")))
                .allSatisfy(run -> assertThat(run.out() + run.err())
                        .contains(id.substring(0, 6) + "...")
                        .doesNotContain(id));
        assertThat(show(arguments, "--values").out()).contains(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {LIKE_A_HASH, UUID, "0123456789abcdef", "0123456789.abcdef-" + UUID + UUID + UUID})
    void sessionOfExpress_idOfAnyLength_isNeverShownWhole(String id) {
        put("sess:" + id, "sess", "{\"cookie\":{}}");

        assertShortened(id, "--id", id);
        assertShortened(id, "--key", "sess:" + id);
        assertShortened(id, "--all");
    }

    @Test
    void sessionOfExpress_damaged_isNotNamedByItsWholeId() {
        shop.items()
                .put(
                        "sess:" + UUID,
                        Map.of("sess", AttributeValue.fromS("{}"), "expires", AttributeValue.fromS("soon")));

        assertThat(shop.show("--all").out()).contains("damaged");
        assertShortened(UUID, "--all");
    }

    @Test
    void sessionOfExpress_thatMoves_namesNoWholeId() {
        put("sess:" + UUID, "movedTo", LIKE_A_HASH);

        assertShortened(LIKE_A_HASH, "--id", UUID);
    }

    @Test
    void singleSignOn_ofASessionOfExpress_namesNoWholeId() {
        String id = "c".repeat(40);
        shop.singleSignOn(id, "anna", LIKE_A_HASH);

        assertShortened(LIKE_A_HASH, "--id", id);
    }

    @Test
    void secretKeys_ofACache_areShownWithValuesOnly() {
        System.setProperty(SECRET_KEYS, "true");
        Cache<String, String> tokens = shop.cache("tokens", DynamoDbConfiguration.builder(String.class, String.class));
        tokens.put("hunter2:of:anna", "x");
        tokens.put("1234", "y");

        assertShortened("hunter2:of:anna", "--key", "hunter2:of:anna", "--cache", "tokens");
        assertShortened("hunter2:of:anna", "--all", "--cache", "tokens");
        assertThat(shop.show("--all", "--cache", "tokens").out()).contains("tokens:hunter...\n", "tokens:12...\n");
        assertThat(shop.show("--key", "1234", "--cache", "tokens").out()).contains("tokens:12...\n");
    }

    @Test
    void cookieOfExpress_fieldThatExpressDoesNotHave_isShownWithValuesOnly() throws Exception {
        put("sess:" + UUID, "sess", "{\"cookie\":{\"sameSite\":\"lax\",\"token\":\"" + SECRET + "\"}}");

        ShowRun run = shop.show("--id", UUID);
        JsonNode json =
                new ObjectMapper().readTree(shop.show("--id", UUID, "--json").out());

        assertThat(run.out())
                .contains("cookie.sameSite \"lax\"\n", "cookie.token    shown with --values\n")
                .doesNotContain(SECRET);
        assertThat(json.get("cookie.sameSite").asText()).isEqualTo("\"lax\"");
        assertThat(json.get("cookie.token").isNull()).isTrue();
        assertThat(shop.show("--id", UUID, "--values").out()).contains("cookie.token    \"" + SECRET + "\"\n");
        assertThat(shop.show("--id", UUID, "--values", "--json").out()).contains(SECRET);
    }

    /** A terminal would do what they tell it to. */
    @Test
    void controlCharacters_inAllNamesOfASession_areEscaped() {
        String name = "\\u001b[31m";
        String json =
                "{\"cookie\":{\"C\":1},\"A\":{\"P\":\"V\",\"L\":[\"V\"]}}".replaceAll("[CAPV]", "\\" + name + "$0");
        shop.items()
                .put(
                        "sess:" + UUID,
                        Map.of(
                                "sess",
                                AttributeValue.fromS(json),
                                ESCAPE + "[31mI",
                                AttributeValue.fromS("of others")));

        ShowRun run = shop.show("--id", UUID, "--values");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("cookie." + name + "C", name + "A", name + "P: string", "\"" + name + "V\"", name + "I")
                .doesNotContain(String.valueOf(ESCAPE));
        assertThat(shop.show("--id", UUID, "--values", "--json").out()).doesNotContain(String.valueOf(ESCAPE));
    }
}
