package dev.tidepool.cache;

import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A client, and what has been learned of the server behind it. Thread-safe. */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Whether the server sends the item along when it refuses a condition, as DynamoDB does since 2023. */
    private enum RefusalsCarryItem {
        YES,
        UNKNOWN,
        NO
    }

    private final DynamoDbClient client;
    private final AtomicReference<RefusalsCarryItem> refusals;

    /** Most caches have the same clock, of which one warning is enough. */
    private final Map<InstantSource, ClockSkew> skews = new ConcurrentHashMap<>();

    Connection(DynamoDbClient client) {
        this.client = client;
        boolean aws = client.serviceClientConfiguration().endpointOverride().isEmpty();
        this.refusals = new AtomicReference<>(aws ? RefusalsCarryItem.YES : RefusalsCarryItem.UNKNOWN);
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

    /** Notes a refusal that came without the item although there is one. */
    void sawRefusalWithoutItem() {
        if (refusals.compareAndSet(RefusalsCarryItem.UNKNOWN, RefusalsCarryItem.NO)) {
            LOG.warn("The server does not return the item with a failed condition (it is no DynamoDB, or an old one);"
                    + " each refused change will cost one more read");
        }
    }
}
