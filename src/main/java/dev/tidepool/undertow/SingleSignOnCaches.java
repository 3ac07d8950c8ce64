package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.EntryExpiryPolicy;
import dev.tidepool.codec.Codec;
import java.time.Instant;
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
 * Caches on DynamoDB that hold single sign-ons: in the table {@code sessions}, where the sessions are, with keys that
 * begin with {@code sso:}. A key is the SHA-256 of what the browser's cookie says, so that who reads the table cannot
 * log in by it.
 *
 * <p>Any other JCache cache of strings and {@link StoredSingleSignOn} does as well. There, entries that have ended
 * without a logout stay until its own expiry removes them.
 */
public final class SingleSignOnCaches {
    private static final String PROVIDER = "dev.tidepool.cache.DynamoDbCachingProvider";
    private static final String NAME = "single-sign-on";
    private static final String TABLE = "sessions";
    private static final String PREFIX = "sso:";

    private SingleSignOnCaches() {}

    /**
     * Returns the cache {@code single-sign-on} of Tidepool's default cache manager, with the options of
     * {@code tidepool.properties} and the system properties. Made at the first call, with its table if need be.
     *
     * @return the cache
     * @throws IllegalArgumentException when an option is unknown or a value does not suit
     * @throws javax.cache.CacheException when the table cannot be used
     */
    public static Cache<String, StoredSingleSignOn> dynamoDb() {
        return dynamoDb(Caching.getCachingProvider(PROVIDER).getCacheManager());
    }

    /**
     * Returns the cache {@code single-sign-on} of a cache manager of Tidepool; made at the first call.
     *
     * @param manager a manager whose options hold, for the cache alone as
     *     {@code tidepool.cache.single-sign-on.<option>}
     * @return the cache
     * @throws javax.cache.CacheException when the table cannot be used
     */
    public static Cache<String, StoredSingleSignOn> dynamoDb(CacheManager manager) {
        Cache<String, StoredSingleSignOn> cache = manager.getCache(NAME, String.class, StoredSingleSignOn.class);
        if (cache != null) {
            return cache;
        }
        try {
            return manager.createCache(NAME, configuration().build());
        } catch (CacheException e) {
            Cache<String, StoredSingleSignOn> other = manager.getCache(NAME, String.class, StoredSingleSignOn.class);
            if (other == null) {
                throw e;
            }
            return other; // another thread has been faster
        }
    }

    /**
     * Begins the configuration of a cache that holds single sign-ons, for {@code cacheManager.createCache(name,
     * configuration)}.
     *
     * @return a builder; table and prefix that are set in it win over those of the cache manager, which win over
     *     {@code sessions} and {@code sso:}
     */
    public static DynamoDbConfiguration.Builder<String, StoredSingleSignOn> configuration() {
        return DynamoDbConfiguration.builder(String.class, StoredSingleSignOn.class)
                .unlessSet(Option.TABLE, TABLE)
                .unlessSet(Option.PREFIX, PREFIX)
                .set(Option.SECRET_KEYS, true)
                .set(Option.KEY_CODEC, "content") // the application's may know its own keys only
                .codec(new StoredSingleSignOnCodec())
                .expiryPolicy((Factory<EntryExpiryPolicy<String, StoredSingleSignOn>>) UntilDeadline::new);
    }

    /** Returns the options of a cache, which another provider's does not have. */
    @SuppressWarnings("unchecked") // a class literal has no type arguments
    static Settings options(Cache<String, StoredSingleSignOn> cache) {
        Configuration<?, ?> configuration = cache.getConfiguration(Configuration.class);
        return configuration instanceof DynamoDbConfiguration<?, ?> ours ? ours.settings() : Settings.none();
    }

    /** Keeps an entry until its deadline. */
    private static final class UntilDeadline implements EntryExpiryPolicy<String, StoredSingleSignOn> {
        @Override
        public @Nullable Duration getExpiry(String key, StoredSingleSignOn stored) {
            return getExpiry(key, stored, Instant.now());
        }

        @Override
        public Duration getExpiry(String key, StoredSingleSignOn stored, Instant now) {
            long deadline = requireNonNull(stored).content().deadline();
            return deadline == SingleSignOnContent.NEVER
                    ? Duration.ETERNAL
                    : new Duration(TimeUnit.MILLISECONDS, Math.max(0, deadline - now.toEpochMilli()));
        }
    }

    /** Keeps the bytes as they are. */
    private static final class StoredSingleSignOnCodec implements Codec {
        private static final int ID = 5;

        @Override
        public int id() {
            return ID;
        }

        @Override
        public String name() {
            return "single-sign-on";
        }

        @Override
        public byte[] encode(Object value) {
            return ((StoredSingleSignOn) value).encode();
        }

        @Override
        public Object decode(byte[] payload) {
            return StoredSingleSignOn.decode(payload);
        }
    }
}
