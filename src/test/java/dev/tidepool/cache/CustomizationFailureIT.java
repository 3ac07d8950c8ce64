package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import java.io.Closeable;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An application's code that fails takes nothing with it: what was made is closed, and every failure is told. */
@ExtendWith(DynamoDbLocal.class)
final class CustomizationFailureIT {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final AtomicReference<SteeredTransport> TRANSPORT = new AtomicReference<>();

    private static Node node;

    private final String name = "failing-" + NAMES.incrementAndGet();
    private final String table = Node.freshTable();
    private final Set<Part> made = new HashSet<>();
    private final List<Part> closed = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        node = Node.over(server -> {
            TRANSPORT.set(new SteeredTransport(server));
            return transport();
        });
    }

    @AfterAll
    static void close() {
        node.close();
    }

    private static SteeredTransport transport() {
        return requireNonNull(TRANSPORT.get());
    }

    @AfterEach
    void permitAll() {
        transport().before(operation -> true);
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    /** What an application hands a cache by a factory. */
    enum Part {
        LOADER,
        WRITER,
        POLICY,
        LISTENER,
        FILTER,
        SECOND_LISTENER
    }

    /** Is everything at once, and notes when it is closed. */
    private final class Customization
            implements CacheLoader<String, String>,
                    CacheWriter<String, String>,
                    ExpiryPolicy,
                    CacheEntryCreatedListener<String, String>,
                    CacheEntryEventFilter<String, String>,
                    Closeable {
        private final Part part;

        private Customization(Part part) {
            this.part = part;
        }

        @Override
        public void close() {
            closed.add(part);
        }

        @Override
        public @Nullable String load(String key) {
            return null;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            return Map.of();
        }

        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {}

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.clear();
        }

        @Override
        public void delete(Object key) {}

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.clear();
        }

        @Override
        public Duration getExpiryForCreation() {
            return Duration.ETERNAL;
        }

        @Override
        public @Nullable Duration getExpiryForAccess() {
            return null;
        }

        @Override
        public @Nullable Duration getExpiryForUpdate() {
            return null;
        }

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

        @Override
        public boolean evaluate(CacheEntryEvent<? extends String, ? extends String> event) {
            return true;
        }
    }

    private Customization make(Part part, Part failing, Runnable failure) {
        if (part == failing) {
            failure.run();
        }
        made.add(part);
        return new Customization(part);
    }

    private static Runnable throwing(RuntimeException failure) {
        return () -> {
            throw failure;
        };
    }

    private CacheEntryListenerConfiguration<String, String> listener(Part listener, Part failing, Runnable failure) {
        return new MutableCacheEntryListenerConfiguration<>(
                () -> make(listener, failing, failure),
                listener == Part.LISTENER ? () -> make(Part.FILTER, failing, failure) : null,
                false,
                true);
    }

    private DynamoDbConfiguration.Builder<String, String> customized(Part failing, Runnable failure) {
        return configuration()
                .readThrough(() -> make(Part.LOADER, failing, failure))
                .writeThrough(() -> make(Part.WRITER, failing, failure))
                .expiryPolicy(() -> make(Part.POLICY, failing, failure))
                .listener(listener(Part.LISTENER, failing, failure))
                .listener(listener(Part.SECOND_LISTENER, failing, failure));
    }

    @ParameterizedTest
    @EnumSource
    void createCache_factoryThatFails_closesWhatWasMadeAndFreesTheName(Part failing) {
        Quiet failure = new Quiet();

        assertThatThrownBy(() -> node.cache(name, customized(failing, throwing(failure))))
                .isSameAs(failure);

        assertThat(closed).containsExactlyInAnyOrderElementsOf(made);
        node.cache(name, configuration()).put("key", "value");
    }

    @Test
    void createCache_factoryThatThrowsAnError_closesWhatWasMade() {
        NoClassDefFoundError failure = new NoClassDefFoundError("com/acme/Gone");
        Runnable throwing = () -> {
            throw failure;
        };

        assertThat(catchThrowable(() -> node.cache(name, customized(Part.SECOND_LISTENER, throwing))))
                .isSameAs(failure);

        assertThat(closed).containsExactlyInAnyOrderElementsOf(made).contains(Part.LOADER, Part.WRITER);
    }

    @Test
    void register_factoryOfFilterThatFails_closesTheListener() {
        Cache<String, String> cache = node.cache(name, configuration());
        Quiet failure = new Quiet();

        assertThatThrownBy(
                        () -> cache.registerCacheEntryListener(listener(Part.LISTENER, Part.FILTER, throwing(failure))))
                .isSameAs(failure);

        assertThat(closed).containsExactly(Part.LISTENER);
        cache.put("key", "value");
    }

    /** A synchronous listener that says who fails. */
    private static Events<String, String> failing(String who) {
        return new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                super.heard(event, what);
                throw new CacheEntryListenerException(who);
            }
        };
    }

    private static Set<String> messages(Throwable failure) {
        Set<String> messages = new TreeSet<>();
        messages.add(failure.getMessage());
        for (Throwable suppressed : failure.getSuppressed()) {
            messages.addAll(messages(suppressed));
        }
        return messages;
    }

    @Test
    void put_severalListenersThatThrow_allFailuresAreTold() {
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .listener(failing("first").synchronous())
                        .listener(failing("second").synchronous())
                        .listener(failing("third").synchronous()));

        Throwable failure = catchThrowable(() -> cache.put("key", "value"));

        assertThat(failure).isInstanceOf(CacheEntryListenerException.class);
        assertThat(messages(failure)).containsExactly("first", "second", "third");
    }

    /** One change, two events: of the expired entry that it replaced, and of the new one. */
    @Test
    void put_overExpiredEntryAndListenerThatThrows_bothEventsAreTold() {
        Events<String, String> events = failing("listener");
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .expiryPolicy(() -> new TablePolicy(Duration.ONE_MINUTE, Duration.ONE_MINUTE, null))
                        .listener(events.synchronous()));
        assertThat(catchThrowable(() -> cache.put("key", "old"))).isNotNull();
        node.clock().advance(java.time.Duration.ofMinutes(2));
        events.clear();

        Throwable failure = catchThrowable(() -> cache.put("key", "new"));

        assertThat(events.heard()).containsExactly("EXPIRED key: old", "CREATED key: new");
        assertThat(failure).isInstanceOf(CacheEntryListenerException.class);
        assertThat(failure.getSuppressed()).hasSize(1);
    }

    @Test
    void reap_listenersThatThrow_allFailuresAreTold() {
        AtomicInteger calls = new AtomicInteger();
        Events<String, String> events = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                throw new CacheEntryListenerException("call " + calls.incrementAndGet());
            }
        };
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        RawItems items = new RawItems(node.client(), table);
        Stream.of("a", "b", "c")
                .forEach(key -> items.put(
                        name + ":" + key, Map.of("value", RawItems.encoded(key), "expiresAt", RawItems.number(1))));

        Throwable failure = catchThrowable(() -> cache.unwrap(CacheItems.class).reap());

        assertThat(messages(failure)).containsExactly("call 1", "call 2", "call 3");
    }

    @Test
    void removeAll_listenersThatThrow_allFailuresAreTold() {
        AtomicInteger calls = new AtomicInteger();
        Events<String, String> events = new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                throw new CacheEntryListenerException("call " + calls.incrementAndGet());
            }
        };
        Cache<String, String> silent = node.cache(name, configuration());
        silent.putAll(Map.of("a", "1", "b", "2", "c", "3"));
        silent.registerCacheEntryListener(events.synchronous());

        Throwable failure = catchThrowable(silent::removeAll);

        assertThat(messages(failure)).containsExactly("call 1", "call 2", "call 3");
        assertThat(silent.containsKey("b")).isFalse();
    }

    /** Takes all but what begins with "bad". */
    private static final class PickyWriter implements CacheWriter<String, String> {
        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.removeIf(entry -> !entry.getKey().startsWith("bad"));
            throw new CacheWriterException("writer");
        }

        @Override
        public void delete(Object key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.removeIf(key -> !key.toString().startsWith("bad"));
            throw new CacheWriterException("writer");
        }
    }

    private static void assertBothFailures(Throwable failure) {
        assertThat(failure).isInstanceOf(IncompleteBatchException.class).hasMessageContaining("must allow dynamodb:");
        assertThat(((IncompleteBatchException) failure).keys()).isEqualTo(Set.of("a", "b"));
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(second -> assertThat(second)
                        .isInstanceOf(CacheWriterException.class)
                        .hasMessage("writer"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void putAll_writerAndStoreFail_bothAreTold(boolean oneByOne) {
        Cache<String, String> cache = written(oneByOne);
        transport().before(operation -> false);

        assertBothFailures(catchThrowable(() -> cache.putAll(Map.of("a", "1", "b", "2", "bad", "3"))));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void removeAll_writerAndStoreFail_bothAreTold(boolean oneByOne) {
        Cache<String, String> cache = written(oneByOne);
        transport().before(operation -> false);

        assertBothFailures(catchThrowable(() -> cache.removeAll(Set.of("a", "b", "bad"))));
    }

    private Cache<String, String> written(boolean oneByOne) {
        DynamoDbConfiguration.Builder<String, String> configuration =
                configuration().writeThrough(PickyWriter::new);
        return node.cache(
                name, oneByOne ? configuration.listener(new Events<String, String>().synchronous()) : configuration);
    }

    @Test
    void removeAllEntries_writerAndStoreFail_bothAreTold() {
        Cache<String, String> filler = node.cache(name, configuration());
        filler.putAll(Map.of("a", "1", "b", "2", "bad", "3"));
        filler.close();
        Cache<String, String> cache = written(false);
        transport().before(operation -> !operation.equals("BatchWriteItem"));

        assertBothFailures(catchThrowable(cache::removeAll));
    }

    @Test
    void putAll_writerAndListenerFail_bothAreTold() {
        Cache<String, String> cache = node.cache(
                name,
                configuration()
                        .writeThrough(PickyWriter::new)
                        .listener(failing("listener").synchronous()));

        Throwable failure = catchThrowable(() -> cache.putAll(Map.of("a", "1", "bad", "3")));

        assertThat(failure).isInstanceOf(CacheException.class);
        assertThat(messages(failure)).containsExactly("listener", "writer");
    }
}
