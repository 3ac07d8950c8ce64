package dev.tidepool.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.Guide;
import dev.tidepool.cache.RawItems;
import dev.tidepool.express.SignedCookie;
import dev.tidepool.session.SessionEngine;
import dev.tidepool.session.StoredSessions;
import dev.tidepool.tools.Shop.Customer;
import dev.tidepool.tools.Shop.Link;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Items as a person sees them. */
@ExtendWith(DynamoDbLocal.class)
final class ShowIT {
    private static final String EXPRESS_ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0";
    private static final String SECRET = Shop.SECRET;

    private final Shop shop = new Shop();

    @AfterEach
    void close() {
        shop.close();
    }

    private String session() {
        return shop.session(builder -> builder);
    }

    private static SessionEngine.Builder options(SessionEngine.Builder builder, String codec, boolean hashIds) {
        return builder.codec(codec).hashIds(hashIds);
    }

    @ParameterizedTest
    @CsvSource({"fst, false", "fst, true", "jdk, false", "jdk, true"})
    void id_sessionOfAnyCodec_hasSizesAndClassesAndNoValues(String codec, boolean hashIds) {
        String id = shop.session(builder -> options(builder, codec, hashIds));

        ShowRun run = shop.show("--id", id);

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("codec           session\n", "format          native\n")
                .contains("deadline        2030-01-01T00:36:00.500Z (in 36 min)\n")
                .contains("session ends    2030-01-01T00:31:00.500Z (in 31 min)\n")
                .contains("created         2030-01-01T00:00:00.500Z (now)\n")
                .contains("%  " + codec, "cart  java.util.ArrayList\n", "customer  " + Customer.class.getName() + "\n")
                .contains("none   visits  java.lang.Integer\n")
                .doesNotContain(id, SECRET, "SKU-", "anna");
        assertThat(run.out().indexOf("cart")).isLessThan(run.out().indexOf("customer"));
        assertThat(run.out())
                .contains(hashIds ? "sess:shop:" + StoredSessions.hash(id) : "sess:shop:" + id.substring(0, 6) + "...");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void values_session_areShown(String codec) {
        String id = shop.session(builder -> options(builder, codec, false));

        ShowRun run = shop.show("--id", id, "--values");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("sess:shop:" + id + "\n")
                .contains("  card: String = \"" + SECRET + "\"\n")
                .contains("  [99]: dev.tidepool.tools.Shop$Item, 2 parts, ", "= \"SKU-1099\"\n")
                .contains("  ... 20 more (--json has all)\n")
                .contains("locale: java.util.Locale = \"de_DE\"\n", "visits: Integer = 7\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s", "%s.node1", "JSESSIONID=%s.node1; Path=/", "\"%s\""})
    void id_cookieAsABrowserHasIt_isFound(String cookie) {
        String id = session();

        assertThat(shop.show("--id", String.format(cookie, id)).code()).isZero();
        assertThat(shop.show("--id", String.format(cookie, id), "--application", "shop")
                        .code())
                .isZero();
    }

    @Test
    void id_expiredSession_isShownAsAbsent() {
        String id = session();
        shop.clock().advance(Duration.ofHours(3));

        assertThat(shop.show("--id", id).out())
                .contains("deadline        2030-01-01T00:36:00.500Z (2 h ago): the entry counts as absent\n");
    }

    private void expressSession() {
        shop.items()
                .put(
                        "sess:" + EXPRESS_ID,
                        Map.of(
                                "type", AttributeValue.fromS("connect-session"),
                                "userName", AttributeValue.fromS("anna of Express"),
                                "expires",
                                        RawItems.number(shop.clock().instant().getEpochSecond() + 600),
                                "sess",
                                        AttributeValue.fromS("{\"cookie\":{\"originalMaxAge\":3600000,\"path\":\"/\"},"
                                                + "\"user\":{\"name\":\"anna\",\"card\":\"" + SECRET
                                                + "\"},\"visits\":7}")));
    }

    @Test
    void id_sessionOfExpress_isShownWithItsSpecialKeys() {
        expressSession();
        String cookie = SignedCookie.write(EXPRESS_ID, SignedCookie.key("keyboard cat"));

        ShowRun run = shop.show("--id", "connect.sid=" + cookie);
        ShowRun withValues = shop.show("--id", cookie, "--values");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("sess:sGSdlr...\n", "format          connect\n", "cookie.path     \"/\"\n")
                .contains("cookie signature not verified\n", "max inactive    60 min\n")
                .contains("session ends    2030-01-01T00:10:00Z (in 9 min)\n")
                .contains("S     userName  special key, or another program's\n")
                .contains("json   user  object\n", "json   visits  number\n")
                .doesNotContain(SECRET, "anna", EXPRESS_ID);
        assertThat(withValues.out())
                .contains(EXPRESS_ID, "  card: string = \"" + SECRET + "\"\n")
                .contains("userName  special key, or another program's = \"anna of Express\"\n");
    }

    @Test
    void key_entriesOfACache_areFoundByKeyOrByWhatStandsInTheTable() {
        Cache<Object, Object> users = shop.cache(
                "users",
                DynamoDbConfiguration.builder(Object.class, Object.class).allow("dev.tidepool.tools.*"));
        String longKey = "k".repeat(3_000);
        users.put("anna", new Customer("anna", SECRET));
        users.put(1, "text " + SECRET);
        users.put("~i:1", 2L);
        users.put(longKey, true);

        assertThat(shop.show("--key", "anna", "--cache", "users").out())
                .contains("users:anna\n", "codec           fst\n", "class           " + Customer.class.getName())
                .contains("deadline        never\n")
                .doesNotContain(SECRET);
        assertThat(shop.show("--key", "~i:1", "--cache", "users", "--values").out())
                .contains("value: String = \"text " + SECRET + "\"\n");
        assertThat(shop.show("--key", "users:~s:~i:1", "--values").out()).contains("value: Long = 2\n");
        assertThat(shop.show("--key", longKey, "--cache", "users", "--values").out())
                .contains("users:~sha256:", "value: Boolean = true\n");
    }

    @Test
    void json_session_isOneObjectWithAllOfIt() throws Exception {
        String id = session();

        JsonNode plain =
                new ObjectMapper().readTree(shop.show("--id", id, "--json").out());
        JsonNode full = new ObjectMapper()
                .readTree(shop.show("--id", id, "--json", "--values").out());

        assertThat(plain.get("codec").asText()).isEqualTo("session");
        assertThat(plain.get("expired").asBoolean()).isFalse();
        assertThat(plain.get("maxInactiveSeconds").asInt()).isEqualTo(1_800);
        assertThat(plain.get("valueBytes").asInt())
                .isLessThan(plain.get("payloadBytes").asInt());
        assertThat(plain.get("attributes").get(0).get("name").asText()).isEqualTo("cart");
        assertThat(plain.toString()).doesNotContain(SECRET, id);
        JsonNode cart = full.get("attributes").get(0).get("value");
        assertThat(cart.get("class").asText()).isEqualTo("java.util.ArrayList");
        assertThat(cart.get("parts")).hasSize(120);
        assertThat(full.toString()).contains(SECRET, id);
    }

    @Test
    void attribute_damaged_isNamedAndTheOthersAreShown() {
        String id = session();
        String key = "shop:" + id;
        shop.sessions().put(key, StoredSessions.with(shop.sessions().get(key), "torn", new byte[] {1, 2}));

        ShowRun run = shop.show("--id", id, "--values");

        assertThat(run.code()).isOne();
        assertThat(run.err()).isEqualTo("show: 1 of the session's 5 attributes cannot be read\n");
        assertThat(run.out()).contains("torn  cannot be read: the stored value is corrupt: ", SECRET);
    }

    @Test
    void id_sessionThatHasMoved_isASignpost() {
        String id = session();
        String newId = "n".repeat(40);
        String key = "shop:" + id;
        shop.sessions().put(key, StoredSessions.signpost(shop.sessions().get(key), newId));

        assertThat(shop.show("--id", id).out())
                .contains("moved to        nnnnnn...\n", "no session attributes\n")
                .doesNotContain(newId);
    }

    @Test
    void id_singleSignOn_isFoundByItsCookie() {
        String id = "c".repeat(40);
        shop.singleSignOn(id, "anna", "s".repeat(40));

        assertThat(shop.show("--id", "JSESSIONIDSSO=" + id).out())
                .contains("codec           single-sign-on\n", "sessions        shop ssssss...\n")
                .doesNotContain("anna", "customer", "s".repeat(40));
        assertThat(shop.show("--id", id, "--values").out())
                .contains("user            anna\n", "roles           customer\n", "shop " + "s".repeat(40));
    }

    /** Shown on a thread with the stack that the JVM gives to the command. */
    @ParameterizedTest
    @CsvSource({"fst, 490, 0", "jdk, 390, 0", "fst, 100, 380", "fst, 480, 380"})
    void values_nestedAsDeepAsCanBeStored_areShown(String codec, int lists, int links) throws Exception {
        Cache<String, Object> cache = shop.cache(
                "deep",
                DynamoDbConfiguration.builder(String.class, Object.class)
                        .allow("dev.tidepool.tools.*")
                        .set(Option.CODEC, codec));
        List<ShowRun> runs = new CopyOnWriteArrayList<>();

        onThread(64 << 20, () -> cache.put("key", nested(lists, links)));
        onThread(0, () -> runs.add(shop.show("--key", "deep:key", "--values")));
        onThread(0, () -> runs.add(shop.show("--key", "deep:key", "--values", "--json")));

        assertThat(runs).hasSize(2).allSatisfy(run -> assertThat(run.out()).contains("innermost"));
    }

    private static Object nested(int lists, int links) {
        Object nested = "innermost";
        for (int i = 0; i < links; i++) {
            nested = new Link(nested);
        }
        for (int i = 0; i < lists; i++) {
            nested = new ArrayList<>(List.of(nested));
        }
        return nested;
    }

    /** Runs on a thread with a stack of so many bytes; of the JVM's choice for 0. */
    private static void onThread(long stack, Runnable run) throws InterruptedException {
        Thread thread = new Thread(null, run, "command", stack);
        thread.start();
        thread.join();
    }

    @Test
    void all_tableOfEverybody_isALineForEachItem() {
        String id = session();
        expressSession();
        shop.cache("users", DynamoDbConfiguration.builder(String.class, String.class))
                .put("anna", SECRET);
        RawItems items = shop.items();
        items.put("of others", Map.of("a", RawItems.number(1)));
        items.put("torn", Map.of("value", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {(byte) 0xD1, 2}))));

        ShowRun run = shop.show("--all");
        List<String> lines = run.out().lines().toList();

        assertThat(run.err()).isEmpty();
        assertThat(lines).hasSize(6);
        assertThat(run.out()).doesNotContain(id, EXPRESS_ID, SECRET);
        assertThat(line(lines, "sess:shop:" + id.substring(0, 6) + "...")).contains("session", "(in 36 min)");
        assertThat(line(lines, "sess:sGSdlr...")).contains("json");
        assertThat(line(lines, "users:anna")).contains("none", "never");
        assertThat(line(lines, "of others")).contains("foreign");
        assertThat(line(lines, "torn")).contains("damaged", "it is truncated");
        assertThat(lines.get(5)).startsWith("5 items, ");
        assertThat(shop.show("--all", "--values").out()).contains("sess:shop:" + id, EXPRESS_ID);
        assertThat(shop.show("--all", "--cache", "users").out().lines()).hasSize(2);
        assertThat(shop.show("--all", "--json").out().lines())
                .hasSize(5)
                .allMatch(line -> line.startsWith("{\"key\":"));
    }

    private static String line(List<String> lines, String end) {
        return lines.stream()
                .filter(line -> line.contains("  " + end))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void all_tableOfSeveralPages_isReadToItsEnd() {
        Cache<String, byte[]> files = shop.cache("files", DynamoDbConfiguration.builder(String.class, byte[].class));
        byte[] large = new byte[350_000];
        new Random(1).nextBytes(large);
        Stream.of("a", "b", "c", "d", "e", "f", "g").forEach(name -> files.put(name, large));

        assertThat(shop.show("--all").out().lines()).hasSize(8);
    }

    /** The output in the guide, but for numbers that depend on the compression of the JVM. */
    @Test
    void guide_outputs_areThoseOfTheCommand() {
        String id = session();
        List<String> blocks =
                Guide.of("docs/production.md").section("## Looking at an item").blocks("text");

        assertThat(blocks).hasSize(2);
        assertThat(normal(blocks.get(0))).isEqualTo(normal(shop.show("--id", id).out()));
        assertThat(normal(shop.show("--id", id, "--values").out())).contains(normal(blocks.get(1)));
    }

    private static String normal(String text) {
        return text.replace("dev.tidepool.tools.Shop$", "com.acme.shop.")
                .replaceAll("sess:shop:\\S+", "ID")
                .replaceAll("(?m)^(table|incarnation) .*$", "$1")
                .replaceAll("[0-9][0-9,]*", "N")
                .replaceAll(" +", " ");
    }
}
