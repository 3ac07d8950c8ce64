package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.AwsConfig;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.KeyCodec;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * The configuration of one cache: what JSR-107 knows ({@link CompleteConfiguration}) and the options of its table and
 * connection. What is set here wins over the same option in a file, a system property or the manager's properties; what
 * is not set here is taken from there.
 *
 * <pre>{@code
 * cacheManager.createCache("users", DynamoDbConfiguration.builder(String.class, User.class)
 *         .table("my-users")
 *         .expiryPolicy(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR))
 *         .build());
 * }</pre>
 *
 * <p>Immutable and thread-safe. Although {@link Configuration} is serializable, this is not: it may hold a client.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 */
@SuppressWarnings("NullAway") // CompleteConfiguration answers null for a factory that there is not
public final class DynamoDbConfiguration<K, V> extends StandardConfiguration<K, V> {
    private static final long serialVersionUID = 1L;

    private final transient Settings defaults;
    private final transient Settings settings;
    private final transient @Nullable KeyCodec<K> keyCodec;
    private final transient @Nullable Codec codec;

    private DynamoDbConfiguration(
            MutableConfiguration<K, V> standard,
            Settings defaults,
            Settings settings,
            @Nullable KeyCodec<K> keyCodec,
            @Nullable Codec codec) {
        super(standard);
        this.defaults = defaults;
        this.settings = settings;
        this.keyCodec = keyCodec;
        this.codec = codec;
    }

    /**
     * Begins the configuration of a cache whose keys and values are checked against their types. The types themselves
     * need not be put on the allow-list.
     *
     * @param keyType the type of keys; {@code Object} for no check
     * @param valueType the type of values; {@code Object} for no check
     * @param <K> the type of keys
     * @param <V> the type of values
     * @return a builder
     */
    public static <K, V> Builder<K, V> builder(Class<K> keyType, Class<V> valueType) {
        return new Builder<>(
                new MutableConfiguration<K, V>().setTypes(keyType, valueType),
                Settings.none(),
                Settings.none(),
                null,
                null);
    }

    /**
     * Begins a configuration with all that another says.
     *
     * @param configuration any configuration; of a {@code DynamoDbConfiguration} the options are taken over too
     * @param <K> the type of keys
     * @param <V> the type of values
     * @return a builder
     */
    public static <K, V> Builder<K, V> builder(Configuration<K, V> configuration) {
        MutableConfiguration<K, V> standard = configuration instanceof CompleteConfiguration<K, V> complete
                ? new MutableConfiguration<>(complete)
                : new MutableConfiguration<K, V>()
                        .setTypes(configuration.getKeyType(), configuration.getValueType())
                        .setStoreByValue(configuration.isStoreByValue());
        return configuration instanceof DynamoDbConfiguration<K, V> ours
                ? new Builder<>(standard, ours.defaults, ours.settings, ours.keyCodec, ours.codec)
                : new Builder<>(standard, Settings.none(), Settings.none(), null, null);
    }

    /**
     * Returns the options. Of the configuration that a cache answers they are all those that hold for it, wherever they
     * were set; of any other those that it sets itself.
     *
     * @return the options
     */
    public Settings settings() {
        return settings;
    }

    /** Returns this configuration with all options that hold, given those that were set elsewhere. */
    DynamoDbConfiguration<K, V> resolvedBy(Settings elsewhere) {
        Settings all = defaults.overriddenBy(elsewhere).overriddenBy(settings);
        MutableConfiguration<K, V> resolved = new MutableConfiguration<>(standard)
                .setStatisticsEnabled(isStatisticsEnabled() || all.get(Option.STATISTICS_ENABLED))
                .setManagementEnabled(isManagementEnabled() || all.get(Option.MANAGEMENT_ENABLED));
        Factory<ExpiryPolicy> expiry = all.find(Option.EXPIRY);
        if (expiry != null && getExpiryPolicyFactory().equals(EternalExpiryPolicy.factoryOf())) {
            resolved.setExpiryPolicyFactory(expiry);
        }
        return new DynamoDbConfiguration<>(resolved, Settings.none(), all, keyCodec, codec);
    }

    DynamoDbConfiguration<K, V> withStandard(MutableConfiguration<K, V> changed) {
        return new DynamoDbConfiguration<>(changed, defaults, settings, keyCodec, codec);
    }

    @Nullable KeyCodec<K> keyCodec() {
        return keyCodec;
    }

    @Nullable Codec codec() {
        return codec;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DynamoDbConfiguration<?, ?> configuration
                && standard.equals(configuration.standard)
                && isManagementEnabled() == configuration.isManagementEnabled() // which the standard leaves out
                && defaults.equals(configuration.defaults)
                && settings.equals(configuration.settings)
                && Objects.equals(keyCodec, configuration.keyCodec)
                && Objects.equals(codec, configuration.codec);
    }

    @Override
    public int hashCode() {
        return Objects.hash(standard, defaults, settings, keyCodec, codec);
    }

    @Override
    public String toString() {
        return "DynamoDbConfiguration[" + getKeyType().getName() + ", "
                + getValueType().getName() + ", " + settings + "]";
    }

    /**
     * Refuses.
     *
     * @param out unused
     * @throws NotSerializableException always
     */
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(DynamoDbConfiguration.class.getName());
    }

    /**
     * Collects a configuration; every method checks its argument at once. Not thread-safe.
     *
     * @param <K> the type of keys
     * @param <V> the type of values
     */
    public static final class Builder<K, V> {
        private final MutableConfiguration<K, V> standard;
        private Settings defaults;
        private Settings settings;
        private @Nullable KeyCodec<K> keyCodec;
        private @Nullable Codec codec;

        private Builder(
                MutableConfiguration<K, V> standard,
                Settings defaults,
                Settings settings,
                @Nullable KeyCodec<K> keyCodec,
                @Nullable Codec codec) {
            this.standard = standard;
            this.defaults = defaults;
            this.settings = settings;
            this.keyCodec = keyCodec;
            this.codec = codec;
        }

        private Builder<K, V> with(Option<?> option, Object value) {
            settings = settings.with(option, value);
            return this;
        }

        /**
         * Sets an option for when it is set neither here nor in a file, a system property or the manager's properties.
         *
         * @param option the option
         * @param value a text, or an object of the option's type
         * @return this builder
         * @throws IllegalArgumentException that names the option when the value does not suit it
         */
        public Builder<K, V> unlessSet(Option<?> option, Object value) {
            defaults = defaults.with(option, value);
            return this;
        }

        /**
         * Sets {@link Option#TABLE}.
         *
         * @param table the table's name
         * @return this builder
         * @throws IllegalArgumentException when DynamoDB takes no such name
         */
        public Builder<K, V> table(String table) {
            return with(Option.TABLE, table);
        }

        /**
         * Sets {@link Option#HASH_KEY}.
         *
         * @param name the name of the table's hash key
         * @return this builder
         * @throws IllegalArgumentException when items have another attribute of that name
         */
        public Builder<K, V> hashKey(String name) {
            return with(Option.HASH_KEY, name);
        }

        /**
         * Sets {@link Option#PREFIX}.
         *
         * @param prefix what the keys of the cache's items begin with; may be empty
         * @return this builder
         */
        public Builder<K, V> prefix(String prefix) {
            return with(Option.PREFIX, prefix);
        }

        /**
         * Sets {@link Option#CONSISTENT_READS}.
         *
         * @param consistent whether reads are strongly consistent
         * @return this builder
         */
        public Builder<K, V> consistentReads(boolean consistent) {
            return with(Option.CONSISTENT_READS, consistent);
        }

        /**
         * Sets {@link Option#ON_STORE_FAILURE}.
         *
         * @param answer {@code throw} or {@code miss}
         * @return this builder
         * @throws IllegalArgumentException when it is neither
         */
        public Builder<K, V> onStoreFailure(String answer) {
            return with(Option.ON_STORE_FAILURE, answer);
        }

        /**
         * Sets {@link Option#MISS_AFTER}.
         *
         * @param time how long a read waits for the store at most
         * @return this builder
         * @throws IllegalArgumentException when it is less than a millisecond
         */
        public Builder<K, V> missAfter(Duration time) {
            return with(Option.MISS_AFTER, time);
        }

        /**
         * Sets {@link Option#CREATE_TABLE}.
         *
         * @param create whether a table that does not exist is created
         * @return this builder
         */
        public Builder<K, V> createTable(boolean create) {
            return with(Option.CREATE_TABLE, create);
        }

        /**
         * Sets {@link Option#TIME_TO_LIVE}.
         *
         * @param enable whether the table's TTL is looked at, and switched on
         * @return this builder
         */
        public Builder<K, V> timeToLive(boolean enable) {
            return with(Option.TIME_TO_LIVE, enable);
        }

        /**
         * Sets {@link Option#INITIALIZED}.
         *
         * @param ready whether the table is known to be ready, and not looked at
         * @return this builder
         */
        public Builder<K, V> initialized(boolean ready) {
            return with(Option.INITIALIZED, ready);
        }

        /**
         * Sets {@link Option#READ_CAPACITY_UNITS}.
         *
         * @param units read units per second of a table that is created
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder<K, V> readCapacityUnits(long units) {
            return with(Option.READ_CAPACITY_UNITS, units);
        }

        /**
         * Sets {@link Option#WRITE_CAPACITY_UNITS}.
         *
         * @param units write units per second of a table that is created
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder<K, V> writeCapacityUnits(long units) {
            return with(Option.WRITE_CAPACITY_UNITS, units);
        }

        /**
         * Sets {@link Option#PAY_PER_REQUEST}.
         *
         * @param onDemand whether a table that is created is billed on demand
         * @return this builder
         */
        public Builder<K, V> payPerRequest(boolean onDemand) {
            return with(Option.PAY_PER_REQUEST, onDemand);
        }

        /**
         * Sets {@link Option#ENDPOINT}.
         *
         * @param endpoint the URL of the DynamoDB service
         * @return this builder
         * @throws IllegalArgumentException when it is no http or https URL
         */
        public Builder<K, V> endpoint(URI endpoint) {
            return with(Option.ENDPOINT, endpoint);
        }

        /**
         * Sets {@link Option#REGION}.
         *
         * @param region the AWS region, such as {@code eu-central-1}
         * @return this builder
         */
        public Builder<K, V> region(String region) {
            return with(Option.REGION, region);
        }

        /**
         * Sets {@link Option#AWS_CONFIG_PATH}.
         *
         * @param file a JSON file with credentials, region and endpoint
         * @return this builder
         * @throws IllegalArgumentException when it cannot be read, or is not as {@link AwsConfig} says
         */
        public Builder<K, V> awsConfigPath(Path file) {
            return with(Option.AWS_CONFIG_PATH, file.toString());
        }

        /**
         * Sets {@link Option#AWS_CONFIG_JSON}.
         *
         * @param config credentials, region and endpoint
         * @return this builder
         */
        public Builder<K, V> awsConfig(AwsConfig config) {
            return with(Option.AWS_CONFIG_JSON, config);
        }

        /**
         * Sets {@link Option#CONNECTION_TIMEOUT}.
         *
         * @param time how long a connection may take to be made
         * @return this builder
         * @throws IllegalArgumentException when it is less than a millisecond
         */
        public Builder<K, V> connectionTimeout(Duration time) {
            return with(Option.CONNECTION_TIMEOUT, time);
        }

        /**
         * Sets {@link Option#ATTEMPT_TIMEOUT}.
         *
         * @param time how long one attempt of a request may take
         * @return this builder
         * @throws IllegalArgumentException when it is less than a millisecond
         */
        public Builder<K, V> attemptTimeout(Duration time) {
            return with(Option.ATTEMPT_TIMEOUT, time);
        }

        /**
         * Sets {@link Option#CALL_TIMEOUT}.
         *
         * @param time how long a request may take with all its attempts
         * @return this builder
         * @throws IllegalArgumentException when it is less than a millisecond
         */
        public Builder<K, V> callTimeout(Duration time) {
            return with(Option.CALL_TIMEOUT, time);
        }

        /**
         * Sets {@link Option#MAX_CONNECTIONS}.
         *
         * @param connections how many requests can be under way at the same time
         * @return this builder
         * @throws IllegalArgumentException when it is not positive
         */
        public Builder<K, V> maxConnections(int connections) {
            return with(Option.MAX_CONNECTIONS, connections);
        }

        /**
         * Sets {@link Option#SECRET_KEYS}.
         *
         * @param secret whether no message and no log may show a key
         * @return this builder
         */
        public Builder<K, V> secretKeys(boolean secret) {
            return with(Option.SECRET_KEYS, secret);
        }

        /**
         * Sets {@link Option#SPECIAL_KEYS}.
         *
         * @param keys special keys, each {@code name:type} or {@code name:type:index}
         * @return this builder
         * @throws IllegalArgumentException when one is written otherwise, or two have the same name or index
         */
        public Builder<K, V> specialKeys(String... keys) {
            return with(Option.SPECIAL_KEYS, List.of(keys));
        }

        /**
         * Sets {@link Option#SKIP_THROW_MISSING_SPECIAL_KEYS}.
         *
         * @param skip whether sessions may lack special keys
         * @return this builder
         */
        public Builder<K, V> skipThrowMissingSpecialKeys(boolean skip) {
            return with(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, skip);
        }

        /**
         * Sets {@link Option#TOUCH_INTERVAL}.
         *
         * @param interval how long accesses are not written after one that was
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder<K, V> touchInterval(Duration interval) {
            return with(Option.TOUCH_INTERVAL, interval);
        }

        /**
         * Sets {@link Option#REAP_INTERVAL}.
         *
         * @param interval how long after one search for expired items the next begins; zero for no search
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder<K, V> reapInterval(Duration interval) {
            return with(Option.REAP_INTERVAL, interval);
        }

        /**
         * Sets {@link Option#ALLOW}.
         *
         * @param patterns classes ({@code com.acme.User}), packages ({@code com.acme.*}) or packages with all below
         *     them ({@code com.acme.**})
         * @return this builder
         * @throws IllegalArgumentException when a pattern is none
         */
        public Builder<K, V> allow(String... patterns) {
            AllowList.of(List.of(patterns));
            return with(Option.ALLOW, List.of(patterns));
        }

        /**
         * Sets {@link Option#CLIENT}.
         *
         * @param client a client that is used as it is and never closed by the cache
         * @return this builder
         */
        public Builder<K, V> client(DynamoDbClient client) {
            return with(Option.CLIENT, client);
        }

        /**
         * Sets {@link Option#CLOCK}.
         *
         * @param clock the source of the time that deadlines are compared with
         * @return this builder
         */
        public Builder<K, V> clock(InstantSource clock) {
            return with(Option.CLOCK, clock);
        }

        /**
         * Sets {@link Option#CODEC}.
         *
         * @param name {@code fst}, {@code jdk}, or the name of a class that implements {@link Codec}
         * @return this builder
         * @throws IllegalArgumentException when it is empty
         */
        public Builder<K, V> codec(String name) {
            codec = null;
            return with(Option.CODEC, name);
        }

        /**
         * Sets {@link Option#COMPRESS_FROM}.
         *
         * @param bytes the length above which an encoded value is compressed
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder<K, V> compressFrom(int bytes) {
            return with(Option.COMPRESS_FROM, bytes);
        }

        /**
         * Sets {@link Option#FORMAT}.
         *
         * @param name {@code native} or {@code connect}
         * @return this builder
         * @throws IllegalArgumentException when there is no format of the name
         */
        public Builder<K, V> format(String name) {
            return with(Option.FORMAT, name);
        }

        /**
         * Sets the codec that writes values; every codec of the library reads. Wins over {@link Option#CODEC}, wherever
         * that is set.
         *
         * @param writer a codec with an id of its own; thread-safe
         * @return this builder
         */
        public Builder<K, V> codec(Codec writer) {
            this.codec = requireNonNull(writer, "writer");
            return this;
        }

        /**
         * Sets how keys become the text that names their items; needed for classes with a notion of equality of their
         * own.
         *
         * @param codec a codec that gives equal keys equal text and different keys different text; thread-safe
         * @return this builder
         */
        public Builder<K, V> keyCodec(KeyCodec<K> codec) {
            this.keyCodec = requireNonNull(codec, "codec");
            return this;
        }

        /**
         * Sets the expiry policy; wins over {@link Option#EXPIRY}, wherever that is set. Without either, entries never
         * expire.
         *
         * @param factory makes the policy; an {@link EntryExpiryPolicy} gives each entry a lifetime of its own
         * @return this builder
         */
        public Builder<K, V> expiryPolicy(Factory<? extends ExpiryPolicy> factory) {
            standard.setExpiryPolicyFactory(requireNonNull(factory, "factory"));
            return with(Option.EXPIRY, factory);
        }

        /**
         * Sets {@link Option#EXPIRY}, and so the expiry policy.
         *
         * @param policy such as {@code created:10m}
         * @return this builder
         * @throws IllegalArgumentException when it is no policy
         */
        public Builder<K, V> expiry(String policy) {
            return expiryPolicy(Option.EXPIRY.parse(policy));
        }

        /**
         * Sets the loader and switches read-through on.
         *
         * @param factory makes the loader
         * @return this builder
         */
        public Builder<K, V> readThrough(Factory<? extends CacheLoader<K, V>> factory) {
            standard.setCacheLoaderFactory(requireNonNull(factory, "factory")).setReadThrough(true);
            return this;
        }

        /**
         * Sets the writer and switches write-through on.
         *
         * @param factory makes the writer
         * @return this builder
         */
        public Builder<K, V> writeThrough(Factory<? extends CacheWriter<? super K, ? super V>> factory) {
            standard.setCacheWriterFactory(requireNonNull(factory, "factory")).setWriteThrough(true);
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param listener the listener's configuration
         * @return this builder
         * @throws IllegalArgumentException when it has been added before
         */
        public Builder<K, V> listener(CacheEntryListenerConfiguration<K, V> listener) {
            standard.addCacheEntryListenerConfiguration(requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Switches statistics on or off; off by default.
         *
         * @param enabled whether statistics are gathered and shown by JMX
         * @return this builder
         */
        public Builder<K, V> statisticsEnabled(boolean enabled) {
            standard.setStatisticsEnabled(enabled);
            return with(Option.STATISTICS_ENABLED, enabled);
        }

        /**
         * Switches the management bean on or off; off by default.
         *
         * @param enabled whether JMX shows the configuration
         * @return this builder
         */
        public Builder<K, V> managementEnabled(boolean enabled) {
            standard.setManagementEnabled(enabled);
            return with(Option.MANAGEMENT_ENABLED, enabled);
        }

        /**
         * Returns the configuration.
         *
         * @return an immutable configuration
         */
        public DynamoDbConfiguration<K, V> build() {
            return new DynamoDbConfiguration<>(
                    new MutableConfiguration<>(standard), defaults, settings, keyCodec, codec);
        }
    }
}
