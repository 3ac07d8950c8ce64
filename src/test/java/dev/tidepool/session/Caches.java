package dev.tidepool.session;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.DynamoDbConfiguration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jsr107.ri.spi.RICachingProvider;

/** Caches for sessions, on DynamoDB Local and on the reference implementation. They stay open until the JVM ends. */
public final class Caches {
    /** The table of all caches on DynamoDB. */
    public static final String TABLE = "session-contract";

    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final CachingProvider DYNAMO_DB = new DynamoDbCachingProvider();
    private static final CachingProvider REFERENCE = new RICachingProvider();

    private Caches() {}

    /** Makes a cache on DynamoDB by the system's clock. */
    public static Cache<String, StoredSession> dynamoDb() {
        return dynamoDb(onLocal());
    }

    /** Makes a cache on DynamoDB by a clock of the test's. */
    public static Cache<String, StoredSession> dynamoDb(InstantSource clock) {
        return dynamoDb(onLocal().set(Option.CLOCK, clock));
    }

    /** Begins the configuration of a cache on DynamoDB Local, with a prefix of its own. */
    public static DynamoDbConfiguration.Builder<String, StoredSession> onLocal() {
        return SessionCaches.configuration()
                .table(TABLE)
                .prefix(freshName() + ":")
                .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                .set(Option.REGION, "us-east-1");
    }

    public static Cache<String, StoredSession> dynamoDb(
            DynamoDbConfiguration.Builder<String, StoredSession> configuration) {
        return DYNAMO_DB.getCacheManager().createCache(freshName(), configuration.build());
    }

    /** Makes a cache whose entries have no expiry of their own. */
    public static Cache<String, StoredSession> reference() {
        return REFERENCE
                .getCacheManager()
                .createCache(
                        freshName(),
                        new MutableConfiguration<String, StoredSession>().setTypes(String.class, StoredSession.class));
    }

    /** Returns a name that no test has used for a table. */
    public static String freshTable() {
        return "table-of-" + freshName();
    }

    private static String freshName() {
        return "sessions-" + NAMES.incrementAndGet();
    }
}
