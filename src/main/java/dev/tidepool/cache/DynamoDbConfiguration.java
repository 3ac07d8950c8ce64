package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.KeyCodec;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.Collection;
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

/**
 * The configuration of one cache: what JSR-107 knows ({@link CompleteConfiguration}) and the options of its table and
 * connection. What is set here wins over the same option in a file, a system property or the manager's properties; what
 * is not set here is taken from there. The classes that are allowed here are added to those that are allowed there.
 *
 * <pre>{@code
 * manager.createCache("users", DynamoDbConfiguration.builder(String.class, User.class)
 *         .table("my-users")
 *         .allow("com.acme.users.*")
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
public final class DynamoDbConfiguration<K, V> implements CompleteConfiguration<K, V> {
    private static final long serialVersionUID = 1L;

    private final transient MutableConfiguration<K, V> standard;
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
        this.standard = standard;
        this.defaults = defaults;
        this.settings = settings;
        this.keyCodec = keyCodec;
        this.codec = codec;
    }

    /**
     * Begins the configuration of a cache whose keys and values are checked against their types. The types themselves
     * need not be put on the allow-list.
     *
     * <p>The types also tell which class loader finds the classes that keys and values consist of, those of codecs
     * among them. It is the cache manager's where that finds the very same types, or where they are the JDK's. Else it
     * is the type's own, for values that of the type of values and for keys that of the type of keys; where one of them
     * tells nothing, the other does. So an application whose classes live in a child of the loader that has this
     * library need not name its loader, if its caches declare their types.
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
    public Class<K> getKeyType() {
        return standard.getKeyType();
    }

    @Override
    public Class<V> getValueType() {
        return standard.getValueType();
    }

    @Override
    public boolean isStoreByValue() {
        return standard.isStoreByValue();
    }

    @Override
    public boolean isReadThrough() {
        return standard.isReadThrough();
    }

    @Override
    public boolean isWriteThrough() {
        return standard.isWriteThrough();
    }

    @Override
    public boolean isStatisticsEnabled() {
        return standard.isStatisticsEnabled();
    }

    @Override
    public boolean isManagementEnabled() {
        return standard.isManagementEnabled();
    }

    @Override
    public Iterable<CacheEntryListenerConfiguration<K, V>> getCacheEntryListenerConfigurations() {
        return List.copyOf(
                (Collection<CacheEntryListenerConfiguration<K, V>>) standard.getCacheEntryListenerConfigurations());
    }

    @Override
    public Factory<CacheLoader<K, V>> getCacheLoaderFactory() {
        return standard.getCacheLoaderFactory();
    }

    @Override
    public Factory<CacheWriter<? super K, ? super V>> getCacheWriterFactory() {
        return standard.getCacheWriterFactory();
    }

    @Override
    public Factory<ExpiryPolicy> getExpiryPolicyFactory() {
        return standard.getExpiryPolicyFactory();
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

        /**
         * Sets an option, such as {@code set(Option.TOUCH_INTERVAL, Duration.ofSeconds(30))}.
         *
         * @param option the option
         * @param value its value
         * @param <T> the type of the option's value
         * @return this builder
         * @throws IllegalArgumentException that names the option when the value does not suit it, or when another
         *     option that is set here excludes it
         */
        public <T> Builder<K, V> set(Option<T> option, T value) {
            return with(option, value);
        }

        /** What JSR-107 knows, too, is there for those who look at the configuration before there is a cache. */
        private Builder<K, V> with(Option<?> option, Object value) {
            settings = settings.with(option, value);
            if (option == Option.EXPIRY) {
                standard.setExpiryPolicyFactory(settings.get(Option.EXPIRY));
            } else if (option == Option.STATISTICS_ENABLED) {
                standard.setStatisticsEnabled(settings.get(Option.STATISTICS_ENABLED));
            } else if (option == Option.MANAGEMENT_ENABLED) {
                standard.setManagementEnabled(settings.get(Option.MANAGEMENT_ENABLED));
            } else if (option == Option.CODEC) {
                codec = null;
            } else if (option == Option.KEY_CODEC) {
                keyCodec = null;
            }
            return this;
        }

        /**
         * Sets an option for when it is set neither here nor in a file, a system property or the manager's properties;
         * {@link Option#ALLOW} is added to those.
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
         * Sets {@link Option#PREFIX}.
         *
         * @param prefix what the keys of the cache's items begin with; may be empty
         * @return this builder
         */
        public Builder<K, V> prefix(String prefix) {
            return with(Option.PREFIX, prefix);
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
         * Adds to {@link Option#ALLOW}, wherever else that is set.
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
         * own. Wins over {@link Option#KEY_CODEC}, wherever that is set.
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
            return with(Option.EXPIRY, requireNonNull(factory, "factory"));
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
            return with(Option.STATISTICS_ENABLED, enabled);
        }

        /**
         * Switches the management bean on or off; off by default.
         *
         * @param enabled whether JMX shows the configuration
         * @return this builder
         */
        public Builder<K, V> managementEnabled(boolean enabled) {
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
