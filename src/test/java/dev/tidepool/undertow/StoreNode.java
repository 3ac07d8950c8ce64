package dev.tidepool.undertow;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.Haste;
import dev.tidepool.cache.Requests;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.cache.CacheManager;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What one node of a cluster has below its session manager: a provider, a client and a session cache of its own. Nodes
 * on one table share its sessions and nothing else.
 */
final class StoreNode implements AutoCloseable {
    /** What all nodes call the application, unless a test names another. */
    static final String APPLICATION = "shop";

    private static final String CONNECT = "connect";

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
    private static final AtomicInteger TABLES = new AtomicInteger();

    private final String table;
    private final Requests requests = new Requests();
    private final DynamoDbClient client;
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final WatchedCache watched;

    private StoreNode(URI endpoint, SdkHttpClient transport, String table, InstantSource clock) {
        this(endpoint, transport, table, clock, UnaryOperator.identity());
    }

    private StoreNode(
            URI endpoint,
            SdkHttpClient transport,
            String table,
            InstantSource clock,
            UnaryOperator<DynamoDbConfiguration.Builder<String, StoredSession>> options) {
        this(endpoint, transport, table, clock, options, Haste::shortenPauses);
    }

    private StoreNode(
            URI endpoint,
            SdkHttpClient transport,
            String table,
            InstantSource clock,
            UnaryOperator<DynamoDbConfiguration.Builder<String, StoredSession>> options,
            Consumer<RetryStrategy.Builder<?, ?>> retries) {
        this.table = table;
        this.client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(defaults -> transport)
                .overrideConfiguration(override -> override.addExecutionInterceptor(requests)
                        .apiCallTimeout(CALL_TIMEOUT)
                        .retryStrategy(retries))
                .build();
        Properties properties = new Properties();
        properties.put("tidepool.client", client);
        properties.put("tidepool.clock", clock);
        CacheManager manager =
                provider.getCacheManager(URI.create("tidepool"), StoreNode.class.getClassLoader(), properties);
        this.watched = new WatchedCache(manager.createCache(
                "sessions",
                options.apply(SessionCaches.configuration().table(table)).build()));
        requests.clear();
    }

    static StoreNode on(String table) {
        return on(table, Clock.systemUTC());
    }

    static StoreNode on(String table, InstantSource clock) {
        return new StoreNode(DynamoDbLocal.endpoint(), transport(), table, clock);
    }

    /** A node whose cache has more options. */
    static StoreNode with(
            String table,
            InstantSource clock,
            UnaryOperator<DynamoDbConfiguration.Builder<String, StoredSession>> options) {
        return new StoreNode(DynamoDbLocal.endpoint(), transport(), table, clock, options);
    }

    /** A node of another JVM, whose store listens elsewhere. */
    static StoreNode at(URI endpoint, String table) {
        return new StoreNode(endpoint, transport(), table, Clock.systemUTC());
    }

    /** A node of another JVM, whose store listens elsewhere, and whose HTTP client is wrapped. */
    static StoreNode at(URI endpoint, String table, UnaryOperator<SdkHttpClient> transport) {
        return new StoreNode(endpoint, transport.apply(transport()), table, Clock.systemUTC());
    }

    /** A node whose HTTP client is another. */
    static StoreNode over(SdkHttpClient transport, String table) {
        return new StoreNode(DynamoDbLocal.endpoint(), transport, table, Clock.systemUTC());
    }

    /** A node whose HTTP client is another, and which pauses before it tries again as long as the SDK does. */
    static StoreNode unhurried(SdkHttpClient transport, String table) {
        return new StoreNode(
                DynamoDbLocal.endpoint(), transport, table, Clock.systemUTC(), UnaryOperator.identity(), retries -> {});
    }

    /** A node whose sessions stand in their items in one format or another. */
    static StoreNode in(String format, String table, InstantSource clock) {
        return with(table, clock, options -> options.set(Option.FORMAT, format));
    }

    static StoreNode in(String format, String table) {
        return in(format, table, Clock.systemUTC());
    }

    /** A node that shares the table with Express. */
    static StoreNode connect(String table, InstantSource clock) {
        return with(table, clock, options -> options.set(Option.FORMAT, CONNECT));
    }

    /** A node that shares the table with Express. */
    static StoreNode connect(String table) {
        return connect(table, Clock.systemUTC());
    }

    /** A node that shares the table with Express, and whose HTTP client is wrapped. */
    static StoreNode connect(String table, UnaryOperator<SdkHttpClient> transport) {
        return new StoreNode(
                DynamoDbLocal.endpoint(),
                transport.apply(transport()),
                table,
                Clock.systemUTC(),
                options -> options.set(Option.FORMAT, CONNECT));
    }

    private static SdkHttpClient transport() {
        return Apache5HttpClient.builder().maxConnections(64).build();
    }

    /** Returns a name that no test has used for a table. */
    static String freshTable() {
        return "sessions-" + TABLES.incrementAndGet();
    }

    /** The cache, as it is seen by this node's session managers. */
    WatchedCache watched() {
        return watched;
    }

    /** What this node's client has sent. */
    Requests requests() {
        return requests;
    }

    /** A session manager of this node that may store what the tests store. */
    JCacheSessionManager.Builder manager() {
        JCacheSessionManager.Builder builder = JCacheSessionManager.builder(watched.cache());
        return dev.tidepool.session.StoredSessions.options(watched.cache())
                        .get(Option.FORMAT)
                        .equals("connect")
                ? builder
                : builder.application(APPLICATION).allow("dev.tidepool.undertow.*");
    }

    DynamoDbClient client() {
        return client;
    }

    String table() {
        return table;
    }

    /** The items of the table. */
    List<Map<String, AttributeValue>> items() {
        return client.scanPaginator(request -> request.tableName(table).consistentRead(true)).items().stream()
                .toList();
    }

    @Override
    public void close() {
        provider.close();
        client.close();
    }
}
