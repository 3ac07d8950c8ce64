package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.AwsConfig;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Which client comes of which settings, as a server sees it, and what is said when there is none or it gets no answer.
 * Isolated, as the SDK takes credentials from the system properties, which belong to every test of the JVM.
 */
@Isolated
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ConnectionIT {
    /** Ten times the time-outs that tests of them set. */
    private static final Duration IN_TIME = Duration.ofSeconds(10);

    /** The SDK pauses for about six seconds in all between nine attempts. */
    private static final Duration WITH_RETRIES = Duration.ofSeconds(40);

    private static final String CREDENTIALS =
            "\"accessKeyId\": \"AKIAOFCONFIG\", \"secretAccessKey\": \"hush\", \"region\": \"eu-west-3\"";

    @TempDir
    private Path directory;

    private final Properties system = System.getProperties();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final Properties given = new Properties();

    @BeforeEach
    void useCopyOfSystemProperties() {
        System.setProperties((Properties) system.clone());
    }

    @AfterEach
    void restoreSystemProperties() {
        provider.close();
        System.setProperties(system);
    }

    @Test
    void awsConfigJson_credentialsRegionAndEndpoint_areThoseOfTheRequest() throws IOException {
        try (RecordingServer server = RecordingServer.start()) {
            given.setProperty("tidepool.awsConfigJson", json(CREDENTIALS, server.endpoint()));

            assertThat(cache(UnaryOperator.identity()).get("ann")).isNull();

            assertThat(server.authorizations())
                    .singleElement()
                    .asString()
                    .matches(signedBy("AKIAOFCONFIG", "eu-west-3"));
            assertThat(server.securityTokens()).containsExactly("null");
        }
    }

    @Test
    void awsConfigPath_credentialsRegionAndEndpoint_areThoseOfTheRequest() throws IOException {
        try (RecordingServer server = RecordingServer.start()) {
            Path file = Files.writeString(directory.resolve("aws.json"), json(CREDENTIALS, server.endpoint()));

            assertThat(cache(builder ->
                                    builder.set(Option.AWS_CONFIG_PATH, Option.AWS_CONFIG_PATH.parse(file.toString())))
                            .get("ann"))
                    .isNull();

            assertThat(server.authorizations())
                    .singleElement()
                    .asString()
                    .matches(signedBy("AKIAOFCONFIG", "eu-west-3"));
        }
    }

    @Test
    void awsConfigJson_sessionToken_isSent() throws IOException {
        try (RecordingServer server = RecordingServer.start()) {
            given.setProperty(
                    "tidepool.awsConfigJson",
                    json(CREDENTIALS + ", \"sessionToken\": \"token-of-config\"", server.endpoint()));

            assertThat(cache(UnaryOperator.identity()).get("ann")).isNull();

            assertThat(server.securityTokens()).containsExactly("token-of-config");
            assertThat(server.authorizations()).singleElement().asString().contains("AKIAOFCONFIG");
        }
    }

    @Test
    void awsConfigJson_withoutCredentials_leavesThemToTheDefaultChain() throws IOException {
        try (RecordingServer server = RecordingServer.start()) {
            System.setProperty("aws.accessKeyId", "AKIAOFCHAIN");

            cache(builder -> builder.set(
                            Option.AWS_CONFIG_JSON, new AwsConfig(null, null, null, "eu-west-3", server.endpoint())))
                    .put("ann", "Ann");

            assertThat(server.authorizations())
                    .singleElement()
                    .asString()
                    .matches(signedBy("AKIAOFCHAIN", "eu-west-3"));
        }
    }

    @Test
    void region_nothingSet_isThatOfTheDefaultChain() throws IOException {
        try (RecordingServer server = RecordingServer.start()) {
            System.setProperty("aws.region", "sa-east-1");

            assertThat(cache(builder -> builder.set(Option.ENDPOINT, server.endpoint()))
                            .get("ann"))
                    .isNull();

            assertThat(server.authorizations()).singleElement().asString().matches(signedBy("local", "sa-east-1"));
        }
    }

    @Test
    void endpointAndRegion_besideConfig_winOverItsOwn() throws IOException {
        try (RecordingServer server = RecordingServer.start();
                RecordingServer ofConfig = RecordingServer.start()) {
            given.setProperty("tidepool.awsConfigJson", json(CREDENTIALS, ofConfig.endpoint()));
            given.setProperty("tidepool.endpoint", server.endpoint().toString());
            given.setProperty("tidepool.region", "ap-south-1");

            assertThat(cache(UnaryOperator.identity()).get("ann")).isNull();

            assertThat(server.authorizations())
                    .singleElement()
                    .asString()
                    .matches(signedBy("AKIAOFCONFIG", "ap-south-1"));
            assertThat(ofConfig.authorizations()).isEmpty();
        }
    }

    @Test
    void awsConfigJson_ofOneCache_takesThePlaceOfRegionAndEndpointOfAll() throws IOException {
        try (RecordingServer server = RecordingServer.start();
                RecordingServer ofAll = RecordingServer.start()) {
            given.setProperty("tidepool.endpoint", ofAll.endpoint().toString());
            given.setProperty("tidepool.region", "ap-south-1");
            given.setProperty("tidepool.cache.users.awsConfigJson", json(CREDENTIALS, server.endpoint()));

            assertThat(cache(UnaryOperator.identity()).get("ann")).isNull();

            assertThat(server.authorizations())
                    .singleElement()
                    .asString()
                    .matches(signedBy("AKIAOFCONFIG", "eu-west-3"));
            assertThat(ofAll.authorizations()).isEmpty();
        }
    }

    @Test
    void regionAndEndpoint_ofOneCache_takeThePlaceOfTheClientOfAll() throws IOException {
        try (RecordingServer server = RecordingServer.start();
                Node node = Node.start()) {
            given.put("tidepool.client", node.client());

            cache(builder -> builder.set(Option.REGION, "eu-west-3").set(Option.ENDPOINT, server.endpoint()))
                    .put("ann", "Ann");

            assertThat(server.authorizations()).singleElement().asString().matches(signedBy("local", "eu-west-3"));
            assertThat(node.requests().sent()).isEmpty();
        }
    }

    @Test
    void client_ofOneCache_takesThePlaceOfConfigOfAll() throws IOException {
        try (RecordingServer server = RecordingServer.start();
                Node node = Node.start()) {
            given.setProperty("tidepool.awsConfigJson", json(CREDENTIALS, server.endpoint()));

            CacheManager manager = manager();
            Cache<String, String> cache = manager.createCache(
                    "users",
                    users().table(Node.freshTable())
                            .set(Option.CLIENT, node.client())
                            .build());
            cache.put("ann", "Ann");

            assertThat(node.requests().operations()).endsWith("UpdateItem");
            assertThat(server.authorizations()).isEmpty();
        }
    }

    @Test
    void client_managerAndProviderClosed_canStillBeUsed() {
        try (Node node = Node.start()) {
            String table = Node.freshTable();
            given.put("tidepool.client", node.client());
            CacheManager manager = manager();
            manager.createCache("users", users().table(table).build()).put("ann", "Ann");

            manager.close();
            assertThat(node.client().listTablesPaginator().tableNames()).contains(table);

            provider.close();
            assertThat(node.client().scan(request -> request.tableName(table)).items())
                    .hasSize(1);
        }
    }

    @Test
    void client_closedByApplication_isNamedInEveryAnswer() {
        DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(DynamoDbLocal.endpoint())
                .region(Region.US_EAST_1)
                .build();
        given.put("tidepool.client", client);
        Cache<String, String> cache =
                manager().createCache("users", users().table(Node.freshTable()).build());
        cache.put("ann", "Ann");
        client.close();

        assertClosedClient(() -> cache.get("ann"))
                .hasMessageContaining("'users'")
                .hasMessageContaining("GetItem");
        assertClosedClient(() -> cache.put("ann", "Ann")).hasMessageContaining("UpdateItem");
        assertClosedClient(() -> cache.iterator().hasNext()).hasMessageContaining("Scan");
        assertClosedClient(() ->
                        manager().createCache("orders", users().table("orders").build()))
                .hasMessageContaining("'orders'");
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertClosedClient(ThrowingCallable use) {
        return assertThatThrownBy(use)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("client has been closed")
                .hasMessageContaining("'client'");
    }

    /** Settings that make another client. */
    static final List<Arguments> OTHERS = List.of(
            other("region", builder -> builder.set(Option.REGION, "eu-west-3")),
            other("endpoint", builder -> builder.set(Option.ENDPOINT, URI.create("http://localhost:1"))),
            other(
                    "credentials",
                    builder ->
                            builder.set(Option.AWS_CONFIG_JSON, new AwsConfig("AKIAOTHER", "hush", null, null, null))),
            other(
                    "secret",
                    builder -> builder.set(
                            Option.AWS_CONFIG_JSON, new AwsConfig("AKIAOFCONFIG", "other", null, null, null))),
            other("connectionTimeout", builder -> builder.set(Option.CONNECTION_TIMEOUT, Duration.ofSeconds(1))),
            other("attemptTimeout", builder -> builder.set(Option.ATTEMPT_TIMEOUT, Duration.ofSeconds(1))),
            other("callTimeout", builder -> builder.set(Option.CALL_TIMEOUT, Duration.ofSeconds(1))),
            other("maxConnections", builder -> builder.set(Option.MAX_CONNECTIONS, 1)));

    private static Arguments other(
            String name, UnaryOperator<DynamoDbConfiguration.Builder<String, String>> difference) {
        return Arguments.argumentSet(name, difference);
    }

    @ParameterizedTest
    @FieldSource("OTHERS")
    void client_otherSettings_isNotShared(UnaryOperator<DynamoDbConfiguration.Builder<String, String>> difference) {
        UnaryOperator<DynamoDbConfiguration.Builder<String, String>> same =
                builder -> builder.set(Option.REGION, "us-east-1")
                        .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                        .set(Option.AWS_CONFIG_JSON, new AwsConfig("AKIAOFCONFIG", "hush", null, null, null));

        DynamoDbClient first = client("first", same);
        DynamoDbClient second = client("second", same);
        DynamoDbClient other = client("other", builder -> difference.apply(same.apply(builder)));

        assertThat(second).isSameAs(first);
        assertThat(other).isNotSameAs(first);
    }

    private DynamoDbClient client(String name, UnaryOperator<DynamoDbConfiguration.Builder<String, String>> changes) {
        return cache(name, changes).unwrap(DynamoDbClient.class);
    }

    @Test
    void createCache_noCredentials_namesWhereTheyCanBeGiven() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");

        assertThatThrownBy(() -> manager()
                        .createCache(
                                "users",
                                users().set(Option.REGION, "us-east-1")
                                        .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                                        .build()))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("DescribeTable")
                .hasMessageContaining("no AWS credentials")
                .hasMessageContaining("'awsConfigPath'")
                .hasMessageContaining("'awsConfigJson'");
    }

    @Test
    void put_noCredentials_wasNotApplied() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        Cache<String, String> cache = cache(
                builder -> builder.set(Option.REGION, "us-east-1").set(Option.ENDPOINT, DynamoDbLocal.endpoint()));

        assertThatThrownBy(() -> cache.put("ann", "Ann"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("no AWS credentials")
                .hasMessageNotContaining("may have been applied");
    }

    @Test
    void createCache_noRegion_namesOption() {
        System.clearProperty("aws.region");

        assertThatThrownBy(() -> cache(builder -> builder.set(Option.ENDPOINT, DynamoDbLocal.endpoint())))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("no AWS region")
                .hasMessageContaining("'region'");
        assertThat(manager().getCacheNames()).isEmpty();
    }

    @Test
    void createCache_regionThatIsNone_namesOption() {
        assertThatThrownBy(() -> manager()
                        .createCache(
                                "users",
                                users().set(Option.REGION, "eu central 1").build()))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("eu")
                .hasMessageContaining("'region'");
    }

    @Test
    void createCache_nobodyListens_namesEndpoint() throws IOException {
        URI closed = closedPort();

        assertFailsWithin(
                        WITH_RETRIES,
                        () -> manager()
                                .createCache(
                                        "users",
                                        users().set(Option.REGION, "us-east-1")
                                                .set(Option.ENDPOINT, closed)
                                                .build()))
                .hasMessageContaining("DescribeTable")
                .hasMessageContaining("'endpoint'");
    }

    @Test
    void put_nobodyListens_wasNotApplied() throws IOException {
        URI closed = closedPort();
        Cache<String, String> cache =
                cache(builder -> builder.set(Option.REGION, "us-east-1").set(Option.ENDPOINT, closed));

        assertFailsWithin(WITH_RETRIES, () -> cache.put("ann", "Ann"))
                .hasMessageContaining("UpdateItem")
                .hasMessageContaining("'endpoint'")
                .hasMessageNotContaining("may have been applied");
    }

    @Test
    void put_connectionNeverMade_namesEndpointAndWasNotApplied() throws IOException {
        try (FullServer server = new FullServer()) {
            Cache<String, String> cache = cache(builder -> builder.set(Option.REGION, "us-east-1")
                    .set(Option.ENDPOINT, server.endpoint())
                    .set(Option.CONNECTION_TIMEOUT, Duration.ofMillis(200)));

            assertFailsWithin(WITH_RETRIES, () -> cache.put("ann", "Ann"))
                    .hasMessageContaining("UpdateItem")
                    .hasMessageContaining("'endpoint'")
                    .hasMessageNotContaining("may have been applied");
        }
    }

    @Test
    void put_connectionNotMadeWithinCallTimeout_namesEndpoint() throws IOException {
        try (FullServer server = new FullServer()) {
            Cache<String, String> cache = cache(builder -> builder.set(Option.REGION, "us-east-1")
                    .set(Option.ENDPOINT, server.endpoint())
                    .set(Option.CALL_TIMEOUT, Duration.ofMillis(500)));

            assertFailsWithin(IN_TIME, () -> cache.put("ann", "Ann"))
                    .hasMessageContaining("'callTimeout'")
                    .hasMessageContaining("'endpoint'");
        }
    }

    @Test
    void createCache_storeThatNeverAnswers_failsWithinCallTimeout() throws IOException {
        try (ServerSocket silent = silentServer()) {
            assertFailsWithin(
                            IN_TIME,
                            () -> manager()
                                    .createCache(
                                            "users",
                                            to(silent, Duration.ofMillis(200), Duration.ofSeconds(1))
                                                    .apply(users())
                                                    .build()))
                    .hasMessageContaining("DescribeTable")
                    .hasMessageContaining("'callTimeout'");
        }
    }

    @Test
    void get_storeThatNeverAnswers_failsWithinCallTimeout() throws IOException {
        try (ServerSocket silent = silentServer()) {
            Cache<String, String> cache = cache(to(silent, Duration.ofMillis(200), Duration.ofSeconds(1)));

            assertFailsWithin(IN_TIME, () -> cache.get("ann"))
                    .hasMessageContaining("GetItem")
                    .hasMessageContaining("'callTimeout'")
                    .hasMessageNotContaining("may have been applied");
        }
    }

    @Test
    void put_storeThatNeverAnswers_failsWithinCallTimeoutAndMayHaveBeenApplied() throws IOException {
        try (ServerSocket silent = silentServer()) {
            Cache<String, String> cache = cache(to(silent, Duration.ofMillis(200), Duration.ofSeconds(1)));

            assertFailsWithin(IN_TIME, () -> cache.put("ann", "Ann"))
                    .hasMessageContaining("UpdateItem")
                    .hasMessageContaining("'callTimeout'")
                    .hasMessageContaining("may have been applied");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 50})
    void put_everyAttemptWithoutAnswer_namesAttemptTimeout(int millis) throws IOException {
        try (ServerSocket silent = silentServer()) {
            Cache<String, String> cache = cache(to(silent, Duration.ofMillis(millis), Duration.ofSeconds(50)));

            assertFailsWithin(WITH_RETRIES, () -> cache.put("ann", "Ann"))
                    .hasMessageContaining("UpdateItem")
                    .hasMessageContaining("'attemptTimeout'")
                    .hasMessageContaining("may have been applied");
        }
    }

    /** The time-out of the socket is as long as that of an attempt, and now and then comes first. */
    @Test
    void put_everySocketTimedOut_namesAttemptTimeout() {
        try (Node node = Node.over(TimingOut::new)) {
            Cache<String, String> cache = node.cache("users", users().set(Option.INITIALIZED, true));

            assertFailsWithin(WITH_RETRIES, () -> cache.put("ann", "Ann"))
                    .hasMessageContaining("UpdateItem")
                    .hasMessageContaining("'attemptTimeout'")
                    .hasMessageContaining("may have been applied");
        }
    }

    private record TimingOut(SdkHttpClient server) implements SdkHttpClient {
        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws IOException {
                    throw new SocketTimeoutException("Read timed out");
                }

                @Override
                public void abort() {
                    // nothing has begun
                }
            };
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Test
    void maxConnections_one_makesASecondRequestWait() throws Exception {
        try (RecordingServer server = RecordingServer.waitingFor(2, Duration.ofMillis(500))) {
            Cache<String, String> cache = cache(builder -> builder.set(Option.REGION, "us-east-1")
                    .set(Option.ENDPOINT, server.endpoint())
                    .set(Option.MAX_CONNECTIONS, 1));

            atOnce(3, () -> cache.get("ann"));

            assertThat(server.authorizations()).hasSize(3);
            assertThat(server.mostUnderWay()).isEqualTo(1);
        }
    }

    @Test
    void maxConnections_nothingSet_sufficesForTheThreadsOfAServer() throws Exception {
        int threads = 100;
        try (RecordingServer server = RecordingServer.waitingFor(threads, Duration.ofSeconds(4))) {
            Cache<String, String> cache =
                    cache(builder -> builder.set(Option.REGION, "us-east-1").set(Option.ENDPOINT, server.endpoint()));

            atOnce(threads, () -> cache.get("ann"));

            assertThat(server.mostUnderWay()).isEqualTo(threads);
        }
    }

    private static void atOnce(int threads, Runnable task) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                futures.add(executor.submit(task));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertFailsWithin(
            Duration limit, ThrowingCallable use) {
        Instant start = Instant.now();
        AbstractThrowableAssert<?, ? extends Throwable> failure =
                assertThatThrownBy(use).isInstanceOf(CacheException.class);
        assertThat(Duration.between(start, Instant.now())).isLessThan(limit);
        return failure;
    }

    private static String signedBy(String accessKeyId, String region) {
        return "AWS4-HMAC-SHA256 Credential=" + accessKeyId + "/\\d{8}/" + region + "/dynamodb/aws4_request, .*";
    }

    private static String json(String fields, URI endpoint) {
        return "{" + fields + ", \"endpoint\": \"" + endpoint + "\"}";
    }

    private CacheManager manager() {
        return provider.getCacheManager(URI.create("connections"), ConnectionIT.class.getClassLoader(), given);
    }

    /** Makes a cache whose table nobody looks at, so that all requests are its own. */
    private Cache<String, String> cache(UnaryOperator<DynamoDbConfiguration.Builder<String, String>> connection) {
        return cache("users", connection);
    }

    private Cache<String, String> cache(
            String name, UnaryOperator<DynamoDbConfiguration.Builder<String, String>> connection) {
        return manager()
                .createCache(
                        name,
                        connection.apply(users().set(Option.INITIALIZED, true)).build());
    }

    private static UnaryOperator<DynamoDbConfiguration.Builder<String, String>> to(
            ServerSocket silent, Duration attempt, Duration call) {
        return builder -> builder.set(Option.REGION, "us-east-1")
                .set(Option.ENDPOINT, endpoint(silent))
                .set(Option.ATTEMPT_TIMEOUT, attempt)
                .set(Option.CALL_TIMEOUT, call);
    }

    private static DynamoDbConfiguration.Builder<String, String> users() {
        return DynamoDbConfiguration.builder(String.class, String.class);
    }

    /** Makes a server whose operating system accepts connections, and which never reads what they bring. */
    private static ServerSocket silentServer() throws IOException {
        return new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    }

    private static URI endpoint(ServerSocket socket) {
        return URI.create("http://" + socket.getInetAddress().getHostAddress() + ":" + socket.getLocalPort());
    }

    private static URI closedPort() throws IOException {
        try (ServerSocket socket = silentServer()) {
            return endpoint(socket);
        }
    }

    /** A server that has so many connections which it does not look at that no further one can be made. */
    private static final class FullServer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<Socket> waiting = new ArrayList<>();

        FullServer() throws IOException {
            boolean full = false;
            while (!full) {
                full = !connects();
            }
        }

        @SuppressWarnings("AddressSelection") // the address of the server's own socket
        private boolean connects() throws IOException {
            Socket client = new Socket();
            waiting.add(client);
            try {
                client.connect(socket.getLocalSocketAddress(), 300);
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            }
        }

        URI endpoint() {
            return ConnectionIT.endpoint(socket);
        }

        @Override
        public void close() throws IOException {
            for (Socket client : waiting) {
                client.close();
            }
            socket.close();
        }
    }
}
