package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.CacheOperations.StoreHealth;
import dev.tidepool.cache.ItemNames.DamagedItem;
import dev.tidepool.cache.Operation.Result;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache whose entries are items of a DynamoDB table.
 *
 * <p>It checks arguments in the order that JSR-107 wants (closed, null, type), hands the work on and returns its
 * answer.
 */
@SuppressWarnings("NullAway") // JSR-107 answers null for an entry that there is not
final class DynamoDbCache<K, V> implements Cache<K, V>, CacheItems<K> {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbCache.class);

    /** How many requests of one bulk operation are under way at the same time. */
    private static final int PARALLEL_REQUESTS = 16;

    private final String name;
    private final DynamoDbCacheManager manager;
    private final DynamoDbConfiguration<K, V> configuration;
    private final Customizations customizations;
    private final CacheThreads threads;
    private final CacheStatistics statistics = new CacheStatistics();
    private final EventDispatcher<K, V> dispatcher;
    private final CacheBeans beans;
    private final CacheParts<K, V> parts;
    private final Mutations<K, V> mutations;
    private final Reads<K, V> reads;

    /**
     * What the application reads by: with {@code onStoreFailure=miss} it waits a while only, and then finds nothing.
     */
    private final Reads<K, V> lookups;

    private final BulkChanges<K, V> bulk;
    private final LoadAll<K, V> loads;
    private final Invocations<K, V> invocations;
    private final Reaper<K, V> reaper;
    private volatile boolean statisticsEnabled;
    private volatile boolean managementEnabled;
    private volatile boolean closed;

    DynamoDbCache(
            String name,
            DynamoDbCacheManager manager,
            DynamoDbConfiguration<K, V> configuration,
            CacheTable table,
            EntryCodec<K, V> codec,
            Customizations customizations,
            CacheThreads threads) {
        this.name = name;
        this.manager = manager;
        this.configuration = configuration;
        this.customizations = customizations;
        this.threads = threads;
        this.dispatcher = new EventDispatcher<>(customizations, threads.listeners());
        this.beans = new CacheBeans(manager.getURI().toString(), name, statistics, this::currentConfiguration);
        this.parts = parts(table, codec);
        this.mutations = new Mutations<>(parts);
        this.reads = new Reads<>(parts, mutations, Outages.thrown(name, parts.clock()));
        this.lookups = configuration.settings().missesOnStoreFailure() ? missing() : reads;
        this.invocations = new Invocations<>(parts, mutations);
        this.bulk = new BulkChanges<>(parts, mutations, invocations, threads.requests());
        this.loads = new LoadAll<>(parts, reads, bulk, threads.loads());
        this.reaper = new Reaper<>(parts, mutations, this::requireOpen);
        configuration.getCacheEntryListenerConfigurations().forEach(dispatcher::register);
        Duration reapInterval = configuration.settings().find(Option.REAP_INTERVAL);
        if (reapInterval != null && reapInterval.toMillis() > 0) {
            threads.reaping().join(reaper, reapInterval);
        }
    }

    private CacheParts<K, V> parts(CacheTable table, EntryCodec<K, V> codec) {
        Settings settings = configuration.settings();
        return new CacheParts<>(
                table,
                codec,
                new EntryExpiry<>(
                        requireNonNull(customizations.make(configuration.getExpiryPolicyFactory())),
                        requireNonNullElse(settings.find(Option.TOUCH_INTERVAL), Duration.ZERO)),
                new ReadThrough<K, V>(
                        customizations.make(configuration.getCacheLoaderFactory()), configuration.isReadThrough()),
                new WriteThrough<K, V>(
                        configuration.isWriteThrough()
                                ? customizations.make(configuration.getCacheWriterFactory())
                                : null),
                new StatisticsAndEvents<>(this, codec, dispatcher, statistics),
                new KeyLocks(),
                settings.get(Option.CLOCK),
                new Parallel(threads.requests(), PARALLEL_REQUESTS));
    }

    private Reads<K, V> missing() {
        CacheParts<K, V> hasty = parts.within(configuration.settings().get(Option.MISS_AFTER));
        Runnable missed = hasty.table().sender().observers()::unavailable;
        return new Reads<>(hasty, new Mutations<>(hasty), Outages.missed(name, hasty.clock(), missed));
    }

    @Override
    public V get(K key) {
        return lookups.get(key, checkedText(key));
    }

    @Override
    public Map<K, V> getAll(Set<? extends K> keys) {
        return lookups.getAll(checkedTexts(keys));
    }

    @Override
    public boolean containsKey(K key) {
        return lookups.contains(checkedText(key));
    }

    @Override
    public void put(K key, V value) {
        apply(Operation.PUT, key, null, checkedValue(key, value));
    }

    @Override
    public V getAndPut(K key, V value) {
        return before(apply(Operation.GET_AND_PUT, key, null, checkedValue(key, value)));
    }

    @Override
    public boolean putIfAbsent(K key, V value) {
        return apply(Operation.PUT_IF_ABSENT, key, null, checkedValue(key, value))
                .applied();
    }

    @Override
    public boolean replace(K key, V value) {
        return apply(Operation.REPLACE, key, null, checkedValue(key, value)).applied();
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        checkedValue(key, oldValue);
        return apply(Operation.REPLACE_EQUAL, key, oldValue, checkedValue(key, newValue))
                .applied();
    }

    @Override
    public V getAndReplace(K key, V value) {
        return before(apply(Operation.GET_AND_REPLACE, key, null, checkedValue(key, value)));
    }

    @Override
    public boolean remove(K key) {
        return apply(Operation.REMOVE, key, null, null).applied();
    }

    @Override
    public boolean remove(K key, V oldValue) {
        return apply(Operation.REMOVE_EQUAL, key, checkedValue(key, oldValue), null)
                .applied();
    }

    @Override
    public V getAndRemove(K key) {
        return before(apply(Operation.GET_AND_REMOVE, key, null, null));
    }

    private Result apply(Operation operation, K key, @Nullable V expected, @Nullable V value) {
        String keyText = checkedText(key);
        invocations.refuseFromProcessor(keyText);
        long start = parts.observers().startNanos();
        return mutations.apply(
                operation,
                key,
                keyText,
                expected,
                value,
                result -> parts.observers().count(operation, result, start));
    }

    private @Nullable V before(Result result) {
        if (!result.applied() || !result.present() || result.before() == null) {
            return null;
        }
        try {
            return parts.codec().decode(result.before());
        } catch (CacheException e) {
            throw StoreFailure.beforeLost(e);
        }
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> map) {
        requireOpen();
        map.forEach((key, value) -> checkedValue(checkedKey(key), value));
        bulk.putAll(new LinkedHashMap<>(map));
    }

    @Override
    public void removeAll(Set<? extends K> keys) {
        requireOpen();
        keys.forEach(this::checkedKey);
        bulk.removeAll(keys);
    }

    @Override
    public void removeAll() {
        requireOpen();
        bulk.removeAll();
    }

    @Override
    public void clear() {
        requireOpen();
        bulk.clear();
    }

    @Override
    public void loadAll(
            Set<? extends K> keys, boolean replaceExistingValues, @Nullable CompletionListener completionListener) {
        loads.loadAll(checkedTexts(keys), replaceExistingValues, completionListener);
    }

    @Override
    public <T> T invoke(K key, EntryProcessor<K, V, T> entryProcessor, Object... arguments)
            throws EntryProcessorException {
        requireOpen();
        requireNonNull(key, "key");
        requireNonNull(entryProcessor, "entryProcessor");
        return invocations.invoke(key, checkedText(key), entryProcessor, arguments);
    }

    @Override
    public <T> Map<K, EntryProcessorResult<T>> invokeAll(
            Set<? extends K> keys, EntryProcessor<K, V, T> entryProcessor, Object... arguments) {
        Map<String, K> texts = checkedTexts(keys);
        requireNonNull(entryProcessor, "entryProcessor");
        return invocations.invokeAll(texts, entryProcessor, arguments);
    }

    @Override
    public Iterator<Cache.Entry<K, V>> iterator() {
        requireOpen();
        return new EntryIterator<>(parts, reads, mutations, this, this::requireOpen, threads.requests());
    }

    @Override
    public void registerCacheEntryListener(CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
        requireOpen();
        dispatcher.register(requireNonNull(listenerConfiguration, "listenerConfiguration"));
    }

    @Override
    public void deregisterCacheEntryListener(CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
        requireOpen();
        dispatcher.deregister(requireNonNull(listenerConfiguration, "listenerConfiguration"));
    }

    @Override
    public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
        return Unwrap.to(type, currentConfiguration());
    }

    /** The configuration as it stands: listeners and the two switches may have changed since the cache was made. */
    DynamoDbConfiguration<K, V> currentConfiguration() {
        MutableConfiguration<K, V> standard = new MutableConfiguration<>(configuration)
                .setStatisticsEnabled(statisticsEnabled)
                .setManagementEnabled(managementEnabled);
        configuration.getCacheEntryListenerConfigurations().forEach(standard::removeCacheEntryListenerConfiguration);
        dispatcher.configurations().forEach(standard::addCacheEntryListenerConfiguration);
        return configuration.withStandard(standard);
    }

    /** Synchronized with closing, which takes the beans away for good. */
    synchronized void enableStatistics(boolean enabled) {
        requireOpen();
        beans.enableStatistics(enabled);
        statisticsEnabled = enabled;
        parts.observers().setCounting(enabled);
    }

    synchronized void enableManagement(boolean enabled) {
        requireOpen();
        beans.enableManagement(enabled);
        managementEnabled = enabled;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public CacheManager getCacheManager() {
        return manager;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return Unwrap.to(type, this, parts.table().sender().client());
    }

    @Override
    public long reap() {
        requireOpen();
        return reaper.reap();
    }

    @Override
    public Set<K> find(String specialKey, Object value) {
        requireNonNull(value, "value");
        requireOpen();
        Set<K> found = new LinkedHashSet<>();
        parts.table()
                .scans()
                .find(requireNonNull(specialKey, "specialKey"), value)
                .forEach(item -> {
                    try {
                        found.add(parts.codec().key(item));
                    } catch (DamagedItem e) {
                        LOG.warn("An item is left out of what '{}' finds: {}", specialKey, e.getMessage());
                    }
                });
        return found;
    }

    @Override
    @SuppressWarnings("unchecked") // the codec looks at the type of values
    public void warmUp(Map<? extends K, ?> examples) {
        requireOpen();
        Map<String, byte[]> encoded = new LinkedHashMap<>();
        examples.forEach((key, value) -> {
            String keyText = checkedText(key);
            encoded.put(keyText, parts.codec().rehearsed(keyText, key, (V) requireNonNull(value, "value")));
        });
        parts.table().warmUp(encoded, parts.clock().millis());
    }

    @Override
    public boolean isAnswering(Duration atMost) {
        requireOpen();
        return health(atMost).isAnswering();
    }

    /** Asks the store for a health check, also of a cache that is being closed. */
    StoreHealth health(Duration atMost) {
        if (atMost.isZero() || atMost.isNegative()) {
            throw new IllegalArgumentException("A store is waited for more than zero, not " + atMost);
        }
        return parts.table().within(atMost).health();
    }

    @Override
    public Optional<Duration> clockOffset() {
        return parts.table().sender().skew().offset();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /** Closes the cache and leaves its items where they are. */
    @Override
    public void close() {
        if (markClosed()) {
            Failures failures = new Failures();
            shutDown(failures);
            failures.trying(() -> manager.release(this));
            failures.throwIfAny();
        }
    }

    /** Closes the cache and removes its items; when that fails the cache keeps its name, and it can be tried again. */
    void destroy() {
        Failures failures = new Failures();
        if (markClosed()) {
            shutDown(failures);
        }
        failures.trying(() -> {
            bulk.clear();
            manager.release(this);
        });
        failures.throwIfAny();
    }

    private synchronized boolean markClosed() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    /** Lets an observer hear what this cache has to do with its store, until it is closed. */
    void observe(Function<String, RequestObserver> observerOf) {
        parts.table().sender().observers().add(observerOf);
    }

    /** A cache that is half closed can be closed by nobody, so each step is done whatever becomes of the others. */
    private void shutDown(Failures failures) {
        failures.trying(() -> beans.enableStatistics(false));
        failures.trying(() -> beans.enableManagement(false));
        failures.trying(reaper::stop);
        failures.trying(() -> threads.reaping().leave(reaper));
        failures.trying(loads::await);
        failures.trying(parts.table().sender().observers()::close);
        failures.trying(customizations::closeAll);
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("Cache '" + name + "' is closed");
        }
    }

    private K checkedKey(K key) {
        requireNonNull(key, "key");
        return checkType(key, configuration.getKeyType(), "key");
    }

    private String checkedText(K key) {
        requireOpen();
        return parts.codec().keyText(checkedKey(key));
    }

    /** The encoded keys in the given order, each with a key that it was made from. */
    private Map<String, K> checkedTexts(Set<? extends K> keys) {
        requireOpen();
        Map<String, K> texts = new LinkedHashMap<>();
        keys.forEach(key -> texts.put(parts.codec().keyText(checkedKey(key)), key));
        return texts;
    }

    private V checkedValue(K key, V value) {
        requireOpen();
        requireNonNull(key, "key");
        requireNonNull(value, "value");
        return checkType(value, configuration.getValueType(), "value");
    }

    private <T> T checkType(T object, Class<?> type, String role) {
        if (!type.isInstance(object)) {
            throw new ClassCastException(
                    "Cache '" + name + "' takes a " + role + " of " + type + ", not of " + object.getClass());
        }
        return object;
    }

    /** Names the cache, never what is in it. */
    @Override
    public String toString() {
        return "DynamoDbCache[" + name + "]";
    }
}
