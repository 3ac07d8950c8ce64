package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;

/**
 * The connections of one cache manager and the tables that it has made ready: caches with the same settings share a
 * client, and a table is looked at once. Thread-safe.
 */
final class Connections implements AutoCloseable {
    /** The SDK's 50 are fewer than the worker threads of a server. */
    private static final int MAX_CONNECTIONS = 256;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);

    private record Target(@Nullable URI endpoint, @Nullable String region) {}

    private record ReadyTable(Connection connection, String name) {}

    private final Map<Target, Connection> own = new HashMap<>();
    private final Map<DynamoDbClient, Connection> given = new HashMap<>();
    private final Set<ReadyTable> ready = new HashSet<>();

    /** Returns the connection that settings ask for. */
    synchronized Connection to(Settings settings) {
        DynamoDbClient client = settings.find(Option.CLIENT);
        if (client != null) {
            return given.computeIfAbsent(client, Connection::new);
        }
        Target target = new Target(settings.find(Option.ENDPOINT), settings.find(Option.REGION));
        return own.computeIfAbsent(target, Connections::connect);
    }

    /** Makes a table ready unless this manager has done so before. */
    synchronized void prepare(Connection connection, String tableName) {
        ReadyTable table = new ReadyTable(connection, tableName);
        if (!ready.contains(table)) {
            new TableSetup(connection.client(), tableName).run();
            ready.add(table);
        }
    }

    private static Connection connect(Target target) {
        DynamoDbClientBuilder builder = DynamoDbClient.builder()
                .httpClientBuilder(Apache5HttpClient.builder()
                        .maxConnections(MAX_CONNECTIONS)
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(ATTEMPT_TIMEOUT))
                .overrideConfiguration(override ->
                        override.apiCallAttemptTimeout(ATTEMPT_TIMEOUT).apiCallTimeout(CALL_TIMEOUT));
        if (target.endpoint() != null) {
            builder.endpointOverride(target.endpoint());
        }
        if (target.region() != null) {
            builder.region(Region.of(target.region()));
        }
        try {
            return new Connection(builder.build());
        } catch (SdkException e) {
            throw new CacheException(
                    "No DynamoDB client can be made (options 'region' and 'endpoint'): " + e.getMessage(), e);
        }
    }

    /** Closes the clients made here; a given one belongs to the application. */
    @Override
    public synchronized void close() {
        own.values().forEach(connection -> connection.client().close());
        own.clear();
        given.clear();
        ready.clear();
    }
}
