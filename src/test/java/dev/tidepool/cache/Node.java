package dev.tidepool.cache;

import dev.tidepool.DynamoDbLocal;
import java.net.URI;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * One node of a cluster: a provider, a manager and a client of its own on DynamoDB Local. Two nodes that make a cache
 * of the same name and table share its entries and nothing else.
 */
final class Node implements AutoCloseable {
    private static final AtomicInteger TABLES = new AtomicInteger();

    private final Requests requests = new Requests();
    private final SteeredClock clock;
    private final DynamoDbClient client;
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final CacheManager manager;

    private Node(
            SteeredClock clock,
            URI endpoint,
            UnaryOperator<SdkHttpClient> transport,
            Consumer<ClientOverrideConfiguration.Builder> settings) {
        this.clock = clock;
        this.client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(defaults -> transport.apply(
                        Apache5HttpClient.builder().maxConnections(128).build()))
                .overrideConfiguration(override -> {
                    override.addExecutionInterceptor(requests);
                    settings.accept(override);
                })
                .build();
        Properties properties = new Properties();
        properties.put("tidepool.client", client);
        properties.put("tidepool.clock", clock);
        this.manager = provider.getCacheManager(URI.create("tidepool"), Node.class.getClassLoader(), properties);
    }

    static Node start() {
        return at(DynamoDbLocal.endpoint());
    }

    /** Starts a node on another server. */
    static Node at(URI endpoint) {
        return new Node(new SteeredClock(), endpoint, UnaryOperator.identity(), Node::hasten);
    }

    /** Starts a node whose clock is that of another. */
    static Node besides(Node other) {
        return new Node(other.clock, DynamoDbLocal.endpoint(), UnaryOperator.identity(), Node::hasten);
    }

    /** Starts a node whose HTTP client is wrapped. */
    static Node over(UnaryOperator<SdkHttpClient> transport) {
        return new Node(new SteeredClock(), DynamoDbLocal.endpoint(), transport, Node::hasten);
    }

    /** Starts a node whose HTTP client is wrapped, and whose SDK sends no request again. */
    static Node withoutRetries(UnaryOperator<SdkHttpClient> transport) {
        return over(transport, override -> override.retryStrategy(retries -> retries.maxAttempts(1)));
    }

    /** Starts a node whose HTTP client is wrapped, and whose SDK has settings of its own. */
    static Node over(UnaryOperator<SdkHttpClient> transport, Consumer<ClientOverrideConfiguration.Builder> settings) {
        return new Node(new SteeredClock(), DynamoDbLocal.endpoint(), transport, settings);
    }

    private static void hasten(ClientOverrideConfiguration.Builder override) {
        override.retryStrategy(Haste::shortenPauses);
    }

    /**
     * Starts a node with a given clock, whose HTTP client is wrapped.
     *
     * @param attemptTimeout how long its SDK waits for an answer; null for as long as by default
     */
    static Node hasty(SteeredClock clock, @Nullable Duration attemptTimeout, UnaryOperator<SdkHttpClient> transport) {
        return new Node(clock, DynamoDbLocal.endpoint(), transport, override -> {
            hasten(override);
            override.apiCallAttemptTimeout(attemptTimeout);
        });
    }

    /** Returns a name that no test has used for a table. */
    static String freshTable() {
        return "test-" + TABLES.incrementAndGet();
    }

    <K, V> Cache<K, V> cache(String name, DynamoDbConfiguration.Builder<K, V> configuration) {
        return manager.createCache(name, configuration.build());
    }

    CacheManager manager() {
        return manager;
    }

    DynamoDbCachingProvider provider() {
        return provider;
    }

    DynamoDbClient client() {
        return client;
    }

    SteeredClock clock() {
        return clock;
    }

    Requests requests() {
        return requests;
    }

    @Override
    public void close() {
        provider.close();
        client.close();
    }
}
