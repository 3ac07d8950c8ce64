package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.CacheItems;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.EntryExpiryPolicy;
import dev.tidepool.connect.ConnectItem;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Caches on DynamoDB that hold sessions: one table {@code sessions} with keys that begin with {@code sess:}, whose TTL
 * attribute {@code expires} lies a grace of 5 minutes behind the session's deadline, so that the node which ends a
 * session can tell its listeners. Ids are kept out of messages and logs. With {@code format=connect} the attribute is
 * the deadline itself, so that a TTL which is fast leaves nobody to tell.
 *
 * <p>A session manager works with any other JCache cache of strings and {@link StoredSession} as well; the session's
 * own deadline then rules, and entries of nodes that are gone stay until {@link SessionEngine#sweep}.
 */
public final class SessionCaches {
    private static final String PROVIDER = "dev.tidepool.cache.DynamoDbCachingProvider";
    private static final String NAME = "sessions";
    private static final String PREFIX = "sess:";
    private static final long GRACE_MILLIS = TimeUnit.SECONDS.toMillis(ConnectItem.GRACE_SECONDS);

    private SessionCaches() {}

    /**
     * Returns the cache {@code sessions} of Tidepool's default cache manager, with the options of
     * {@code tidepool.properties} and the system properties. Made at the first call, with its table if need be.
     *
     * @return the cache
     * @throws IllegalArgumentException when an option is unknown or a value does not suit
     * @throws javax.cache.CacheException when the table cannot be used
     */
    public static Cache<String, StoredSession> dynamoDb() {
        return dynamoDb(Caching.getCachingProvider(PROVIDER).getCacheManager());
    }

    /**
     * Returns the cache {@code sessions} of a cache manager of Tidepool; made at the first call.
     *
     * @param manager a manager whose options hold, for the cache alone as {@code tidepool.cache.sessions.<option>}
     * @return the cache
     * @throws javax.cache.CacheException when the table cannot be used
     */
    public static Cache<String, StoredSession> dynamoDb(CacheManager manager) {
        Cache<String, StoredSession> cache = manager.getCache(NAME, String.class, StoredSession.class);
        if (cache != null) {
            return cache;
        }
        try {
            return manager.createCache(NAME, configuration().build());
        } catch (CacheException e) {
            Cache<String, StoredSession> other = manager.getCache(NAME, String.class, StoredSession.class);
            if (other == null) {
                throw e;
            }
            return other; // another thread has been faster
        }
    }

    /**
     * Begins the configuration of a cache that holds sessions, for {@code cacheManager.createCache(name,
     * configuration)}.
     *
     * @return a builder; table and prefix that are set in it win over those of the cache manager, which win over
     *     {@code sessions} and {@code sess:}
     */
    public static DynamoDbConfiguration.Builder<String, StoredSession> configuration() {
        return DynamoDbConfiguration.builder(String.class, StoredSession.class)
                .unlessSet(Option.TABLE, NAME)
                .unlessSet(Option.PREFIX, PREFIX)
                .set(Option.SECRET_KEYS, true)
                .set(Option.KEY_CODEC, "content") // the application's may know its own keys only
                .codec(new StoredSessionCodec())
                .expiryPolicy((Factory<EntryExpiryPolicy<String, StoredSession>>) UntilDeadline::new);
    }

    /** Returns the options of a cache, which another provider's does not have. */
    @SuppressWarnings("unchecked") // a class literal has no type arguments
    static Settings options(Cache<String, StoredSession> cache) {
        Configuration<?, ?> configuration = cache.getConfiguration(Configuration.class);
        return configuration instanceof DynamoDbConfiguration<?, ?> ours ? ours.settings() : Settings.none();
    }

    /** Returns what a cache on DynamoDB can do beyond JSR-107; empty for the cache of another provider. */
    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static Optional<CacheItems<String>> items(Cache<String, StoredSession> cache) {
        try {
            return Optional.of(cache.unwrap(CacheItems.class));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Asks a cache's index for the keys of sessions by a special key.
     *
     * @throws IllegalStateException when the cache is another provider's, or no index is configured
     */
    static Set<String> find(Cache<String, StoredSession> cache, String specialKey, Object value) {
        return items(cache)
                .orElseThrow(() -> new IllegalStateException(
                        "Sessions can be found by an attribute only in a cache on DynamoDB (SessionCaches), and cache '"
                                + cache.getName() + "' is another provider's"))
                .find(specialKey, value);
    }

    /**
     * Returns how far the clock of a cache (option {@code clock}) is ahead of its store's; negative when it is behind.
     * Empty when that is not known, as for the cache of another provider.
     */
    static Optional<java.time.Duration> clockOffset(Cache<String, StoredSession> cache) {
        return items(cache).flatMap(CacheItems::clockOffset);
    }

    /**
     * Asks the store behind a cache whether it answers anything at all; a cache of another provider cannot tell, and it
     * is taken for one that does not.
     */
    static boolean isAnswering(Cache<String, StoredSession> cache, java.time.Duration atMost) {
        return items(cache).map(items -> items.isAnswering(atMost)).orElse(false);
    }

    /** Makes the first requests to a cache as quick as later ones; of another provider's it is a read. */
    static void warmUp(Cache<String, StoredSession> cache, String key, StoredSession example) {
        items(cache).ifPresentOrElse(items -> items.warmUp(Map.of(key, example)), () -> cache.get(key));
    }

    /** Keeps an entry until the session's deadline, and for the grace. */
    private static final class UntilDeadline implements EntryExpiryPolicy<String, StoredSession> {
        @Override
        public @Nullable Duration getExpiry(String key, StoredSession session) {
            return getExpiry(key, session, Instant.now());
        }

        @Override
        public Duration getExpiry(String key, StoredSession session, Instant now) {
            long deadline = requireNonNull(session).entry().deadline();
            return deadline == SessionEntry.NEVER
                    ? Duration.ETERNAL
                    : new Duration(TimeUnit.MILLISECONDS, Math.max(0, deadline + GRACE_MILLIS - now.toEpochMilli()));
        }
    }
}
