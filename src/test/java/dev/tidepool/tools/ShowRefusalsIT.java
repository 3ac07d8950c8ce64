package dev.tidepool.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.RawItems;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.JdkCodec;
import dev.tidepool.codec.ValueFormat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** What cannot be shown is one line that says why; and nothing is asked for but to read. */
@ExtendWith(DynamoDbLocal.class)
final class ShowRefusalsIT {
    private static final String ID = "sGSdlrWOdKjIOd6HQzmOHZpXuVMw4BJ0sGSdlrWO";

    private final Shop shop = new Shop();

    @AfterEach
    void close() {
        shop.close();
    }

    private static void assertRefused(ShowRun run, int code, String... why) {
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("show: ").endsWith("\n").contains(why).doesNotContain("\tat ", ID);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.code()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --tabel sessions --id x | unknown option --tabel
                    sessions | an argument without an option before it
                    --table sessions | one of --id, --key and --all is needed
                    --all --key x | one of --id, --key and --all is needed
                    --all --all | --all is there twice
                    --key | what follows --key is missing
                    --key x --endpoint nowhere | Option 'endpoint' cannot be 'nowhere'
                    --key x --table ! | Option 'table' cannot be '!'
                    """)
    void commandLine_wrong_isToldWithTheWayToHelp(String arguments, String why) {
        ShowRun run = ShowRun.bare(Clock.systemUTC(), List.of(arguments.split(" ")));

        assertRefused(run, 2, why, "--help has the options");
    }

    @Test
    void help_asked_hasAllOptions() {
        ShowRun run = ShowRun.bare(Clock.systemUTC(), List.of("--help"));

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("--id", "--key", "--all", "--table", "--cache", "--prefix", "--application")
                .contains("--key-attribute", "--region", "--endpoint", "--values", "--json");
    }

    @Test
    void item_missing_isTold() {
        shop.sessions();

        assertRefused(
                shop.show("--key", "users:anna"), 1, "there is no item of this key in table '" + shop.table() + "'");
        assertRefused(shop.show("--key", "anna", "--cache", "users"), 1, "there is no item of this key");
        assertRefused(shop.show("--id", ID), 1, "has no session of this id; name the application (--application)");
        assertRefused(
                shop.show("--id", ID, "--application", "shop"), 1, "has no session of this id in this application");
        assertRefused(shop.show("--id", ""), 1, "neither an id nor a cookie");
    }

    @Test
    void table_missing_isTold() {
        assertRefused(shop.show("--id", ID), 1, "the table does not exist in this account and region");
        assertRefused(shop.show("--all"), 1, "the table does not exist in this account and region");
    }

    private static Stream<Arguments> damagedItems() {
        byte[] sound = new ValueFormat(new JdkCodec(ShowIT.class.getClassLoader(), AllowList.of(List.of())), List.of())
                .write(List.of("a", "b"));
        byte[] torn = sound.clone();
        torn[torn.length / 2] ^= 1;
        return Stream.of(
                arguments("the checksum does not match", Map.of("value", binary(torn))),
                arguments("it was not written by Tidepool", Map.of("value", binary(new byte[] {1, 2, 3}))),
                arguments(
                        "it is truncated", Map.of("value", binary(HexFormat.of().parseHex("d103000002")))),
                arguments(
                        "'expiresAt' of type S is no 64-bit whole number",
                        Map.of("value", binary(sound), "expiresAt", AttributeValue.fromS("soon"))),
                arguments("it has no binary attribute 'value'", Map.of("etag", RawItems.number(1))),
                arguments("its 'sess' is no session", Map.of("sess", AttributeValue.fromS("{"))));
    }

    private static AttributeValue binary(byte[] bytes) {
        return AttributeValue.fromB(SdkBytes.fromByteArray(bytes));
    }

    @ParameterizedTest
    @MethodSource("damagedItems")
    void item_damaged_isToldWithTheReason(String why, Map<String, AttributeValue> attributes) {
        shop.items().put("sess:" + ID, attributes);

        assertRefused(shop.show("--id", ID), 1, why);
    }

    @Test
    void foreignItem_isToldWithItsAttributes() {
        shop.items().put("x", Map.of("a", RawItems.number(1), "b", RawItems.number(2)));

        assertRefused(shop.show("--key", "x"), 1, "the item is none of Tidepool's: it has neither", "but a, b, id");
    }

    @Test
    void keyAttribute_another_isAskedFor(DynamoDbClient client) {
        String table = shop.table() + "-pk";
        KeySchemaElement key = KeySchemaElement.builder()
                .attributeName("pk")
                .keyType(KeyType.HASH)
                .build();
        AttributeDefinition attribute = AttributeDefinition.builder()
                .attributeName("pk")
                .attributeType(ScalarAttributeType.S)
                .build();
        client.createTable(request -> request.tableName(table)
                .keySchema(key)
                .attributeDefinitions(attribute)
                .billingMode(BillingMode.PAY_PER_REQUEST));
        client.putItem(request -> request.tableName(table).item(Map.of("pk", AttributeValue.fromS("x"))));

        assertRefused(ShowRun.of(Clock.systemUTC(), "--key", "x", "--table", table), 1, "(--key-attribute)");
        assertRefused(
                ShowRun.of(Clock.systemUTC(), "--all", "--json", "--table", table),
                1,
                "has no hash key 'id' of type S");
        assertRefused(
                ShowRun.of(Clock.systemUTC(), "--key", "x", "--table", table, "--key-attribute", "pk"), 1, "but pk");
    }

    @Test
    void endpoint_unreachable_isTold() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }

        assertRefused(
                ShowRun.at(URI.create("http://127.0.0.1:" + port), Clock.systemUTC(), "--id", ID),
                1,
                "DynamoDB cannot be reached (options 'endpoint', 'region')");
    }

    /** Hands requests on to DynamoDB Local, but for those that nobody may make, and notes all of them. */
    private static final class Gateway implements AutoCloseable {
        private final HttpServer server;
        private final HttpClient client = HttpClient.newHttpClient();
        private final List<String> operations = new CopyOnWriteArrayList<>();
        private final Set<String> denied;

        Gateway(Set<String> denied) throws IOException {
            this.denied = denied;
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", this::answer);
            server.start();
        }

        private void answer(HttpExchange exchange) throws IOException {
            String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            String operation = target.substring(target.indexOf('.') + 1);
            operations.add(operation);
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (denied.contains(operation)) {
                send(
                        exchange,
                        400,
                        "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"not you\"}"
                                .getBytes(StandardCharsets.UTF_8));
                return;
            }
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(DynamoDbLocal.endpoint()).POST(HttpRequest.BodyPublishers.ofByteArray(body));
            for (String header : List.of("X-Amz-Target", "Authorization", "X-Amz-Date", "Content-Type")) {
                request.header(header, exchange.getRequestHeaders().getFirst(header));
            }
            try {
                HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
                send(exchange, response.statusCode(), response.body());
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
            exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        }

        ShowRun show(Shop shop, String... arguments) {
            String[] all = Stream.concat(Stream.of("--table", shop.table()), Stream.of(arguments))
                    .toArray(String[]::new);
            return ShowRun.at(
                    URI.create("http://127.0.0.1:" + server.getAddress().getPort()), shop.clock(), all);
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @Test
    void requests_ofAllQuestions_onlyReadItems() throws IOException {
        String id = shop.session(builder -> builder);
        try (Gateway gateway = new Gateway(Set.of())) {
            assertThat(gateway.show(shop, "--id", id).code()).isZero();
            assertThat(gateway.operations).contains("GetItem", "Scan");
            gateway.show(shop, "--key", "sess:shop:" + id, "--values");
            gateway.show(shop, "--all");

            assertThat(gateway.operations).containsOnly("GetItem", "Scan");
        }
    }

    @Test
    void permission_withoutScan_sessionIsFoundByItsApplication() throws IOException {
        String id = shop.session(builder -> builder);
        try (Gateway gateway = new Gateway(Set.of("Scan"))) {
            assertThat(gateway.show(shop, "--id", id, "--application", "shop").code())
                    .isZero();
            assertRefused(
                    gateway.show(shop, "--id", id),
                    1,
                    "give it (--application)",
                    "no permission; the IAM policy must allow dynamodb:Scan");
            assertRefused(gateway.show(shop, "--all"), 1, "must allow dynamodb:Scan. AWS says: not you");
        }
    }

    @Test
    void permission_none_isTold() throws IOException {
        shop.sessions();
        try (Gateway gateway = new Gateway(Set.of("GetItem", "Scan"))) {
            assertRefused(
                    gateway.show(shop, "--key", "x"),
                    1,
                    "GetItem on table '" + shop.table() + "' failed: no permission; the IAM policy must allow");
        }
    }
}
