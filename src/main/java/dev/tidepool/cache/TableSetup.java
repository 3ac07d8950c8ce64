package dev.tidepool.cache;

import java.time.Duration;
import java.time.Instant;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** Makes a table ready for entries: it exists, is active, and deletes what has expired. */
final class TableSetup {
    private static final Logger LOG = LoggerFactory.getLogger(TableSetup.class);

    private static final String KEY_ATTRIBUTE = "id";
    private static final String TTL_ATTRIBUTE = "expires";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final DynamoDbClient client;
    private final String tableName;

    TableSetup(DynamoDbClient client, String tableName) {
        this.client = client;
        this.tableName = tableName;
    }

    /** Creates the table unless it exists, waits until it is active, and switches its TTL on unless it is. */
    void run() {
        TableDescription table = describe();
        if (table == null) {
            create();
        }
        if (table == null || !isUsable(table)) {
            awaitUsable();
        }
        if (ttlStatus() == TimeToLiveStatus.DISABLED) {
            enableTtl();
        }
    }

    private @Nullable TableDescription describe() {
        try {
            return client.describeTable(request -> request.tableName(tableName)).table();
        } catch (ResourceNotFoundException e) {
            return null;
        } catch (SdkException e) {
            throw StoreFailure.translate(null, tableName, "DescribeTable", e);
        }
    }

    private void create() {
        try {
            client.createTable(request -> request.tableName(tableName)
                    .billingMode(BillingMode.PAY_PER_REQUEST)
                    .keySchema(KeySchemaElement.builder()
                            .attributeName(KEY_ATTRIBUTE)
                            .keyType(KeyType.HASH)
                            .build())
                    .attributeDefinitions(AttributeDefinition.builder()
                            .attributeName(KEY_ATTRIBUTE)
                            .attributeType(ScalarAttributeType.S)
                            .build()));
            LOG.info("Created table '{}', billed on demand", tableName);
        } catch (ResourceInUseException e) {
            LOG.debug("Table '{}' is being created by another node", tableName);
        } catch (SdkException e) {
            throw StoreFailure.translate(null, tableName, "CreateTable", e);
        }
    }

    /** A table that was just created may not be described for a moment, as DescribeTable is eventually consistent. */
    private void awaitUsable() {
        Instant deadline = Instant.now().plus(PATIENCE);
        Backoff backoff = Backoff.whileTableChanges();
        TableDescription table = describe();
        while (table == null || !isUsable(table)) {
            if (Instant.now().isAfter(deadline)) {
                throw new CacheException("Table '" + tableName + "' is "
                        + (table == null ? "missing" : table.tableStatusAsString()) + " and not ACTIVE after "
                        + PATIENCE.toSeconds() + " s");
            }
            backoff.pause();
            table = describe();
        }
    }

    /** A table whose capacity or indexes are being changed answers all the while. */
    private static boolean isUsable(TableDescription table) {
        return table.tableStatus() == TableStatus.ACTIVE || table.tableStatus() == TableStatus.UPDATING;
    }

    private TimeToLiveStatus ttlStatus() {
        try {
            return client.describeTimeToLive(request -> request.tableName(tableName))
                    .timeToLiveDescription()
                    .timeToLiveStatus();
        } catch (SdkException e) {
            throw StoreFailure.translate(null, tableName, "DescribeTimeToLive", e);
        }
    }

    private void enableTtl() {
        try {
            client.updateTimeToLive(request -> request.tableName(tableName)
                    .timeToLiveSpecification(
                            ttl -> ttl.attributeName(TTL_ATTRIBUTE).enabled(true)));
        } catch (DynamoDbException e) {
            // Two nodes that create a table at once both find TTL off, and one of them comes second.
            if (ttlStatus() == TimeToLiveStatus.DISABLED) {
                throw StoreFailure.translate(null, tableName, "UpdateTimeToLive", e);
            }
        } catch (SdkException e) {
            throw StoreFailure.translate(null, tableName, "UpdateTimeToLive", e);
        }
    }
}
