package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.AwsConfig;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.TableSetup.TableSettings;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.DynamoDbServiceClientConfiguration;

/**
 * The connections of one cache manager and the tables that it has made ready: caches with the same settings share a
 * client, and a table is looked at once. Thread-safe.
 */
final class Connections implements AutoCloseable {
    /** All that a client of our own is made of. */
    private record Target(
            @Nullable URI endpoint,
            @Nullable String region,
            @Nullable AwsConfig credentials,
            Duration connectionTimeout,
            Duration attemptTimeout,
            Duration callTimeout,
            int maxConnections) {

        static Target of(Settings settings) {
            AwsConfig config = settings.awsConfig();
            URI endpoint = settings.find(Option.ENDPOINT);
            String region = settings.find(Option.REGION);
            return new Target(
                    endpoint == null && config != null ? config.endpoint() : endpoint,
                    region == null && config != null ? config.region() : region,
                    config == null || config.accessKeyId() == null ? null : config,
                    settings.get(Option.CONNECTION_TIMEOUT),
                    settings.get(Option.ATTEMPT_TIMEOUT),
                    settings.get(Option.CALL_TIMEOUT),
                    settings.get(Option.MAX_CONNECTIONS));
        }
    }

    private record WantedTable(Connection connection, TableSettings settings) {}

    private final Map<Target, Connection> own = new HashMap<>();
    private final Map<DynamoDbClient, Connection> given = new HashMap<>();
    private final Map<WantedTable, TableSetup> setups = new HashMap<>();
    private boolean closed;

    /**
     * Returns the connection that settings ask for.
     *
     * @throws IllegalStateException when the manager has been closed: nobody would close the client
     */
    synchronized Connection to(Settings settings) {
        if (closed) {
            throw new IllegalStateException("The cache manager is closed");
        }
        DynamoDbClient client = settings.find(Option.CLIENT);
        return client == null
                ? own.computeIfAbsent(Target.of(settings), Connections::connect)
                : given.computeIfAbsent(client, Connection::given);
    }

    /**
     * Makes a table ready unless this manager has done so before. That may take minutes, and holds up nobody but those
     * who want the same table.
     *
     * @param skew of the clock of the cache that is made
     */
    void prepare(Connection connection, TableSettings table, ClockSkew skew) {
        try {
            setup(connection, table, skew).run();
        } catch (CacheException e) {
            throw e;
        } catch (RuntimeException e) {
            throw StoreFailure.inClient(table.name(), e);
        }
    }

    private synchronized TableSetup setup(Connection connection, TableSettings table, ClockSkew skew) {
        return setups.computeIfAbsent(
                new WantedTable(connection, table),
                wanted -> new TableSetup(connection.client(), connection::newAttempts, table, skew));
    }

    private static Connection connect(Target target) {
        DynamoDbClientBuilder builder = DynamoDbClient.builder()
                .addPlugin(Attempts.watch())
                .httpClientBuilder(Apache5HttpClient.builder()
                        .maxConnections(target.maxConnections())
                        .connectionTimeout(target.connectionTimeout())
                        .socketTimeout(target.attemptTimeout()))
                .overrideConfiguration(override ->
                        override.apiCallAttemptTimeout(target.attemptTimeout()).apiCallTimeout(target.callTimeout()));
        if (target.endpoint() != null) {
            builder.endpointOverride(target.endpoint());
        }
        if (target.region() != null) {
            builder.region(Region.of(target.region()));
        }
        if (target.credentials() != null) {
            builder.credentialsProvider(StaticCredentialsProvider.create(credentials(target.credentials())));
        }
        try {
            return Connection.own(builder.build());
        } catch (SdkException e) {
            throw StoreFailure.ofClient(e);
        }
    }

    private static AwsCredentials credentials(AwsConfig config) {
        String id = requireNonNull(config.accessKeyId());
        String secret = requireNonNull(config.secretAccessKey());
        return config.sessionToken() == null
                ? AwsBasicCredentials.create(id, secret)
                : AwsSessionCredentials.create(id, secret, config.sessionToken());
    }

    /** Closes the clients made here; a given one belongs to the application. */
    @Override
    public synchronized void close() {
        closed = true;
        Failures failures = new Failures();
        own.values().forEach(connection -> failures.trying(connection.client()::close));
        own.clear();
        given.clear();
        setups.clear();
        failures.throwIfAny();
    }

    /** A client, and what has been learned of the server behind it. Thread-safe. */
    static final class Connection {
        private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

        /** Whether the server sends the item along when it refuses a condition, as DynamoDB does since 2023. */
        private enum RefusalsCarryItem {
            YES,
            UNKNOWN,
            NO
        }

        private final DynamoDbClient client;
        private final boolean own;
        private final AtomicReference<RefusalsCarryItem> refusals;

        /** Most caches have the same clock, of which one warning is enough. */
        private final Map<InstantSource, ClockSkew> skews = new ConcurrentHashMap<>();

        private Connection(DynamoDbClient client, boolean own) {
            this.client = client;
            this.own = own;
            boolean aws = configuration()
                    .map(known -> known.endpointOverride().isEmpty())
                    .orElse(false);
            this.refusals = new AtomicReference<>(aws ? RefusalsCarryItem.YES : RefusalsCarryItem.UNKNOWN);
        }

        /** Of a client that was built with {@link Attempts#watch}. */
        static Connection own(DynamoDbClient client) {
            return new Connection(client, true);
        }

        /** Of a client that an application has built. */
        static Connection given(DynamoDbClient client) {
            return new Connection(client, false);
        }

        /** What a client says of itself; one that an application has wrapped may have nothing to say. */
        private Optional<DynamoDbServiceClientConfiguration> configuration() {
            try {
                return Optional.of(client.serviceClientConfiguration());
            } catch (UnsupportedOperationException e) {
                return Optional.empty();
            }
        }

        /** How long the client lets a request take with all its attempts; null for ever, or for all that is known. */
        @Nullable Duration callTimeout() {
            return configuration()
                    .flatMap(known -> known.overrideConfiguration().apiCallTimeout())
                    .orElse(null);
        }

        /** Begins a request. */
        Attempts newAttempts() {
            return new Attempts(own);
        }

        DynamoDbClient client() {
            return client;
        }

        /** How far a clock is off the server's. */
        ClockSkew skewOf(InstantSource clock) {
            return skews.computeIfAbsent(clock, ClockSkew::new);
        }

        /** Whether a refusal without an item proves that there is no item. */
        boolean refusalsCarryItem() {
            return refusals.get() == RefusalsCarryItem.YES;
        }

        void sawRefusalWithItem() {
            if (refusals.get() != RefusalsCarryItem.YES) {
                refusals.set(RefusalsCarryItem.YES);
            }
        }

        /** Notes a refusal that came without the item although there was one. */
        void sawRefusalWithoutItem() {
            if (refusals.compareAndSet(RefusalsCarryItem.UNKNOWN, RefusalsCarryItem.NO)) {
                LOG.warn(
                        "The server does not return the item with a failed condition (it is no DynamoDB, or an old one);"
                                + " each refused change will cost one more read");
            }
        }
    }
}
