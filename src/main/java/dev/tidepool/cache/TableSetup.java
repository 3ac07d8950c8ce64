package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.SpecialKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/**
 * Makes a table ready for entries: it exists, is active, has the right key, and deletes what has expired. Thread-safe.
 */
final class TableSetup {
    private static final Logger LOG = LoggerFactory.getLogger(TableSetup.class);

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final DynamoDbClient client;
    private final Supplier<Attempts> newAttempts;
    private final TableSettings settings;
    private final String tableName;
    private final ClockSkew skew;
    private final ReentrantLock running = new ReentrantLock();

    /** Guarded by {@link #running}. */
    private boolean done;

    /** Those of the last request. */
    private Attempts attempts;

    /**
     * Prepares to make a table ready.
     *
     * @param newAttempts begins a request of the client
     */
    TableSetup(DynamoDbClient client, Supplier<Attempts> newAttempts, TableSettings settings, ClockSkew skew) {
        this.client = client;
        this.newAttempts = newAttempts;
        this.settings = settings;
        this.tableName = settings.name();
        this.skew = skew;
        this.attempts = newAttempts.get();
    }

    /** Does what the settings ask for, once; who comes meanwhile waits for it, and does it if it has failed. */
    void run() {
        running.lock();
        try {
            if (!done && !settings.initialized()) {
                makeReady();
            }
            done = true;
        } finally {
            running.unlock();
        }
    }

    private void makeReady() {
        TableDescription table = describe();
        if (table == null) {
            create();
        }
        TableDescription usable = table == null || !isUsable(table) ? awaitUsable(table) : table;
        requireKey(usable);
        warnOfMissingIndexes(usable);
        if (settings.timeToLive()) {
            requireTimeToLive();
        }
    }

    private @Nullable TableDescription describe() {
        Instant sent = skew.now();
        try {
            DescribeTableResponse answer = ask(overrides ->
                    client.describeTable(request -> request.tableName(tableName).overrideConfiguration(overrides)));
            skew.answered(sent, answer);
            return answer.table();
        } catch (ResourceNotFoundException e) {
            return null;
        } catch (SdkException e) {
            throw failure("DescribeTable", e);
        }
    }

    private void create() {
        if (!settings.create()) {
            throw new CacheException(StoreFailure.missing(tableName) + "; create it, or set createTable=true");
        }
        TableSettings.Capacity capacity = settings.capacity();
        ProvisionedThroughput units = capacity == null
                ? null
                : ProvisionedThroughput.builder()
                        .readCapacityUnits(capacity.readUnits())
                        .writeCapacityUnits(capacity.writeUnits())
                        .build();
        List<GlobalSecondaryIndex> indexes =
                settings.indexed().stream().map(key -> index(key, units)).toList();
        try {
            ask(overrides -> client.createTable(request -> request.tableName(tableName)
                    .billingMode(capacity == null ? BillingMode.PAY_PER_REQUEST : BillingMode.PROVISIONED)
                    .keySchema(hash(settings.hashKey()))
                    .attributeDefinitions(attributes())
                    .provisionedThroughput(units)
                    .globalSecondaryIndexes(indexes.isEmpty() ? null : indexes)
                    .overrideConfiguration(overrides)));
            LOG.info("Created table '{}', billed {}", tableName, capacity == null ? "on demand" : "for " + capacity);
        } catch (ResourceInUseException e) {
            LOG.debug("Table '{}' is being created by another node", tableName);
        } catch (SdkException e) {
            throw failure("CreateTable", e);
        }
    }

    private static KeySchemaElement hash(String attribute) {
        return KeySchemaElement.builder()
                .attributeName(attribute)
                .keyType(KeyType.HASH)
                .build();
    }

    /** All that are a key of the table or of an index; DynamoDB wants no others. */
    private List<AttributeDefinition> attributes() {
        List<AttributeDefinition> attributes = new ArrayList<>();
        attributes.add(attribute(settings.hashKey(), ScalarAttributeType.S));
        settings.indexed()
                .forEach(key -> attributes.add(attribute(
                        key.name(), ScalarAttributeType.valueOf(key.type().name()))));
        return attributes;
    }

    private static AttributeDefinition attribute(String name, ScalarAttributeType type) {
        return AttributeDefinition.builder()
                .attributeName(name)
                .attributeType(type)
                .build();
    }

    private static GlobalSecondaryIndex index(SpecialKey key, @Nullable ProvisionedThroughput units) {
        return GlobalSecondaryIndex.builder()
                .indexName(key.index())
                .keySchema(hash(key.name()))
                .projection(projection -> projection.projectionType(ProjectionType.KEYS_ONLY))
                .provisionedThroughput(units)
                .build();
    }

    /** A table that was just created may not be described for a moment, as DescribeTable is eventually consistent. */
    private TableDescription awaitUsable(@Nullable TableDescription first) {
        Instant deadline = Instant.now().plus(PATIENCE);
        Backoff backoff = Backoff.whileTableChanges();
        TableDescription table = first == null ? describe() : first;
        while (table == null || !isUsable(table)) {
            if (table != null) {
                refuseUnusable(table);
            }
            if (Instant.now().isAfter(deadline)) {
                throw new CacheException("Table '" + tableName + "' is "
                        + (table == null ? "missing" : table.tableStatusAsString()) + " and not ACTIVE after "
                        + PATIENCE.toSeconds() + " s");
            }
            backoff.pause();
            table = describe();
        }
        return table;
    }

    /** A table whose capacity or indexes are being changed answers all the while. */
    private static boolean isUsable(TableDescription table) {
        return switch (table.tableStatus()) {
            case ACTIVE, UPDATING -> true;
            default -> false;
        };
    }

    /** Only a table that is being created gets usable by waiting. */
    private void refuseUnusable(TableDescription table) {
        String answer = switch (table.tableStatus()) {
            case DELETING ->
                "is being deleted; wait until it is gone, so that it can be created again, or name another (option"
                        + " 'table')";
            case ARCHIVING, ARCHIVED -> "is archived; restore it from its backup, or name another (option 'table')";
            case INACCESSIBLE_ENCRYPTION_CREDENTIALS ->
                "cannot be used, as DynamoDB has no access to the KMS key that it is encrypted with; give the key back";
            default -> null;
        };
        if (answer != null) {
            throw new CacheException("Table '" + tableName + "' " + answer);
        }
    }

    private void requireKey(TableDescription table) {
        List<KeySchemaElement> keys = table.keySchema();
        KeySchemaElement hash = keys.stream()
                .filter(key -> key.keyType() == KeyType.HASH)
                .findFirst()
                .orElseThrow();
        if (keys.size() > 1) {
            String sortKeys = keys.stream()
                    .filter(key -> key.keyType() != KeyType.HASH)
                    .map(KeySchemaElement::attributeName)
                    .findFirst()
                    .orElseThrow();
            throw otherKey("has the sort key '" + sortKeys + "', and must have none; name another table (option"
                    + " 'table')");
        }
        if (!hash.attributeName().equals(settings.hashKey())) {
            throw otherKey("has the hash key '" + hash.attributeName() + "', not '" + settings.hashKey()
                    + "'; set hashKey=" + hash.attributeName() + ", or name another table (option 'table')");
        }
        ScalarAttributeType type = table.attributeDefinitions().stream()
                .filter(attribute -> attribute.attributeName().equals(hash.attributeName()))
                .map(AttributeDefinition::attributeType)
                .findFirst()
                .orElseThrow();
        if (type != ScalarAttributeType.S) {
            throw otherKey("has a hash key of type " + type + ", and must have one of type S; name another table"
                    + " (option 'table')");
        }
    }

    /** Entries can be written and read without them. */
    private void warnOfMissingIndexes(TableDescription table) {
        Set<String> present = table.globalSecondaryIndexes().stream()
                .map(GlobalSecondaryIndexDescription::indexName)
                .collect(Collectors.toSet());
        settings.indexed().stream()
                .filter(key -> !present.contains(key.index()))
                .forEach(key -> LOG.warn(
                        "Table '{}' has no index '{}', so that nothing can be found by '{}' (option 'specialKeys');"
                                + " create the index, with the hash key '{}' of type {}",
                        tableName,
                        key.index(),
                        key.name(),
                        key.name(),
                        key.type()));
    }

    private CacheException otherKey(String what) {
        return new CacheException("Table '" + tableName + "' " + what);
    }

    private void requireTimeToLive() {
        TimeToLiveDescription ttl = timeToLive("DescribeTimeToLive", this::describeTimeToLive);
        if (ttl == null) {
            return;
        }
        switch (requireNonNull(ttl.timeToLiveStatus())) {
            case DISABLED -> timeToLive("UpdateTimeToLive", this::enableTimeToLive);
            case ENABLED, ENABLING -> requireAttribute(ttl);
            default ->
                LOG.warn("The TTL of table '{}' is being switched off: expired items will stay in it", tableName);
        }
    }

    private void requireAttribute(TimeToLiveDescription ttl) {
        if (!ItemMapper.EXPIRES.equals(ttl.attributeName())) {
            throw new CacheException("Table '" + tableName + "' has its TTL on the attribute '" + ttl.attributeName()
                    + "', not on '" + ItemMapper.EXPIRES
                    + "', so that expired entries would stay in it; change the table, or"
                    + " set timeToLive=false to use it as it is");
        }
    }

    /**
     * Asks a server that may not know TTL at all, as some do not that look like DynamoDB, or for a table that can have
     * none, as one that is global with strong consistency.
     */
    private <T> @Nullable T timeToLive(String operation, Supplier<T> request) {
        try {
            return request.get();
        } catch (DynamoDbException e) {
            if (StoreFailure.isUnknownOperation(e)) {
                LOG.warn(
                        "The server of table '{}' knows no {} (it is no DynamoDB): expired items will stay in the table",
                        tableName,
                        operation);
                return null;
            }
            if (StoreFailure.isInvalid(e)) {
                warnOfNoTimeToLive(e);
                return null;
            }
            throw failure(operation, e);
        } catch (SdkException e) {
            throw failure(operation, e);
        }
    }

    private void warnOfNoTimeToLive(DynamoDbException refusal) {
        LOG.warn(
                "Table '{}' can have no TTL, as a global table with multi-Region strong consistency: expired items will"
                        + " stay in it; set timeToLive=false, and let a cache delete them (option 'reapInterval'). The"
                        + " server says: {}",
                tableName,
                refusal.awsErrorDetails().errorMessage());
    }

    private <R> R ask(Function<@Nullable AwsRequestOverrideConfiguration, R> request) {
        attempts = newAttempts.get();
        return attempts.during(() -> request.apply(attempts.overrides(null)));
    }

    private TimeToLiveDescription describeTimeToLive() {
        return ask(overrides -> client.describeTimeToLive(
                        request -> request.tableName(tableName).overrideConfiguration(overrides)))
                .timeToLiveDescription();
    }

    private TimeToLiveStatus enableTimeToLive() {
        try {
            ask(overrides -> client.updateTimeToLive(request -> request.tableName(tableName)
                    .timeToLiveSpecification(
                            ttl -> ttl.attributeName(ItemMapper.EXPIRES).enabled(true))
                    .overrideConfiguration(overrides)));
            return TimeToLiveStatus.ENABLING;
        } catch (DynamoDbException e) {
            // Two nodes that create a table at once both find TTL off, and one of them comes second.
            TimeToLiveStatus now = StoreFailure.isUnknownOperation(e)
                    ? TimeToLiveStatus.DISABLED
                    : describeTimeToLive().timeToLiveStatus();
            if (now == TimeToLiveStatus.DISABLED) {
                throw e;
            }
            return now;
        }
    }

    /** Says how to do without the request, too. */
    private CacheException failure(String operation, SdkException cause) {
        String without = switch (operation) {
            case "CreateTable" -> "create the table yourself (createTable=false)";
            case "DescribeTable" -> "leave the look at the table out (initialized=true)";
            default -> "leave its TTL to yourself (timeToLive=false)";
        };
        return StoreFailure.ofTable(tableName, operation, without, attempts.isThrottled(), cause);
    }

    /**
     * What settings say of a table.
     *
     * @param name the table's name
     * @param hashKey the name of its hash key
     * @param create whether it is created when it does not exist
     * @param timeToLive whether its TTL is looked at, and switched on
     * @param initialized whether it is known to be ready, and not looked at
     * @param capacity the capacity with which it is created; null for billing on demand
     * @param indexed the special keys for which it is created with an index
     */
    record TableSettings(
            String name,
            String hashKey,
            boolean create,
            boolean timeToLive,
            boolean initialized,
            @Nullable Capacity capacity,
            List<SpecialKey> indexed) {

        /**
         * Provisioned capacity.
         *
         * @param readUnits read units per second
         * @param writeUnits write units per second
         */
        record Capacity(long readUnits, long writeUnits) {}

        /**
         * What is provisioned where a table is not billed on demand and nobody says how much; connect-dynamodb's own.
         */
        private static final long DEFAULT_UNITS = 5;

        static TableSettings of(Settings settings, String cacheName) {
            return new TableSettings(
                    settings.tableOf(cacheName),
                    settings.get(Option.HASH_KEY),
                    settings.get(Option.CREATE_TABLE),
                    settings.get(Option.TIME_TO_LIVE),
                    settings.get(Option.INITIALIZED),
                    capacity(settings),
                    settings.get(Option.SPECIAL_KEYS).stream()
                            .filter(key -> key.index() != null)
                            .toList());
        }

        private static @Nullable Capacity capacity(Settings settings) {
            Long read = settings.find(Option.READ_CAPACITY_UNITS);
            Long write = settings.find(Option.WRITE_CAPACITY_UNITS);
            Boolean given = settings.find(Option.PAY_PER_REQUEST);
            boolean onDemand = given == null ? read == null && write == null : given;
            return onDemand
                    ? null
                    : new Capacity(read == null ? DEFAULT_UNITS : read, write == null ? DEFAULT_UNITS : write);
        }
    }
}
