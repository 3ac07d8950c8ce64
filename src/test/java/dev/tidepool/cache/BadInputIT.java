package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.codec.CodecException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.processor.EntryProcessorException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a cache answers to arguments that are none: nulls, wrong types, values that cannot be stored. Items that cannot
 * be read are dealt with in {@link ForeignItemIT} and {@link ForeignDeadlineIT}, tables in {@link TableAsFoundIT}.
 */
@ExtendWith(DynamoDbLocal.class)
final class BadInputIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static Node node;
    private static RawItems items;

    private final String name = "bad-" + NAMES.incrementAndGet();

    @BeforeAll
    static void start() {
        node = Node.start();
        items = new RawItems(node.client(), TABLE);
    }

    @AfterAll
    static void close() {
        node.close();
    }

    /** A call of a cache. Its types are those of no cache, as an application without generics would have it. */
    private record Call(String method, Consumer<Cache<Object, Object>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    private static Set<Object> set(@Nullable Object... elements) {
        return new HashSet<>(Arrays.asList(elements));
    }

    private static Map<Object, Object> map(@Nullable Object key, @Nullable Object value) {
        Map<Object, Object> map = new LinkedHashMap<>();
        map.put("good", "value");
        map.put(key, value);
        return map;
    }

    @SuppressWarnings("NullAway") // null is what is tested
    static Stream<Call> nulls() {
        return Stream.concat(
                keys(null, ""),
                Stream.of(
                        new Call("getAll, no set", cache -> cache.getAll(null)),
                        new Call("loadAll, no set", cache -> cache.loadAll(null, true, null)),
                        new Call("put, value", cache -> cache.put("key", null)),
                        new Call("getAndPut, value", cache -> cache.getAndPut("key", null)),
                        new Call("putAll, no map", cache -> cache.putAll(null)),
                        new Call("putAll, value", cache -> cache.putAll(map("key", null))),
                        new Call("putIfAbsent, value", cache -> cache.putIfAbsent("key", null)),
                        new Call("remove, old value", cache -> cache.remove("key", null)),
                        new Call("replace, old value", cache -> cache.replace("key", null, "new")),
                        new Call("replace, new value", cache -> cache.replace("key", "old", null)),
                        new Call("replace, value", cache -> cache.replace("key", null)),
                        new Call("getAndReplace, value", cache -> cache.getAndReplace("key", null)),
                        new Call("removeAll, no set", cache -> cache.removeAll(null)),
                        new Call("invoke, processor", cache -> cache.invoke("key", null)),
                        new Call("invokeAll, no set", cache -> cache.invokeAll(null, (entry, none) -> null)),
                        new Call("invokeAll, processor", cache -> cache.invokeAll(set("key"), null)),
                        new Call("registerCacheEntryListener", cache -> cache.registerCacheEntryListener(null)),
                        new Call("deregisterCacheEntryListener", cache -> cache.deregisterCacheEntryListener(null))));
    }

    /** Every method that takes a key, with a key. */
    @SuppressWarnings("NullAway") // null is what is tested
    private static Stream<Call> keys(@Nullable Object key, Object value) {
        return Stream.of(
                new Call("get, key", cache -> cache.get(key)),
                new Call("getAll, key", cache -> cache.getAll(set("good", key))),
                new Call("containsKey, key", cache -> cache.containsKey(key)),
                new Call("loadAll, key", cache -> cache.loadAll(set("good", key), true, null)),
                new Call("put, key", cache -> cache.put(key, value)),
                new Call("getAndPut, key", cache -> cache.getAndPut(key, value)),
                new Call("putAll, key", cache -> cache.putAll(map(key, value))),
                new Call("putIfAbsent, key", cache -> cache.putIfAbsent(key, value)),
                new Call("remove, key", cache -> cache.remove(key)),
                new Call("remove if equal, key", cache -> cache.remove(key, value)),
                new Call("getAndRemove, key", cache -> cache.getAndRemove(key)),
                new Call("replace if equal, key", cache -> cache.replace(key, value, value)),
                new Call("replace, key", cache -> cache.replace(key, value)),
                new Call("getAndReplace, key", cache -> cache.getAndReplace(key, value)),
                new Call("removeAll, key", cache -> cache.removeAll(set("good", key))),
                new Call("invoke, key", cache -> cache.invoke(key, (entry, none) -> null)),
                new Call("invokeAll, key", cache -> cache.invokeAll(set("good", key), (entry, none) -> null)));
    }

    /** Every method that takes a value, with a value. */
    private static Stream<Call> values(Object value) {
        return Stream.of(
                new Call("put, value", cache -> cache.put("key", value)),
                new Call("getAndPut, value", cache -> cache.getAndPut("key", value)),
                new Call("putAll, value", cache -> cache.putAll(map("key", value))),
                new Call("putIfAbsent, value", cache -> cache.putIfAbsent("absent", value)),
                new Call("remove if equal, value", cache -> cache.remove("key", value)),
                new Call("replace if equal, old value", cache -> cache.replace("key", value, "new")),
                new Call("replace if equal, new value", cache -> cache.replace("key", "old", value)),
                new Call("replace, value", cache -> cache.replace("key", value)),
                new Call("getAndReplace, value", cache -> cache.getAndReplace("key", value)));
    }

    static Stream<Call> wrongTypes() {
        return Stream.concat(keys(1, "value"), values(1));
    }

    static Stream<Call> others() {
        return Stream.of(
                new Call("removeAll", Cache::removeAll),
                new Call("clear", Cache::clear),
                new Call("iterator", cache -> cache.forEach(entry -> {})));
    }

    static Stream<Call> all() {
        return Stream.of(nulls(), wrongTypes(), keys("key", "value"), values("value"), others())
                .flatMap(calls -> calls);
    }

    @SuppressWarnings("unchecked") // what an application does that has no generics
    private Cache<Object, Object> typed() {
        Cache<?, ?> cache = node.cache(
                name, DynamoDbConfiguration.builder(String.class, String.class).table(TABLE));
        items.put(name + ":key", Map.of("value", RawItems.encoded("old")));
        node.requests().clear();
        return (Cache<Object, Object>) cache;
    }

    private void assertNothingChanged() {
        assertThat(items.all(name + ":"))
                .singleElement()
                .satisfies(item -> assertThat(item)
                        .containsOnlyKeys("id", "value")
                        .containsEntry("value", RawItems.encoded("old")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nulls")
    void anyMethod_null_isRefusedAndNothingIsSent(Call call) {
        Cache<Object, Object> cache = typed();

        assertThatThrownBy(() -> call.run().accept(cache)).isInstanceOf(NullPointerException.class);

        assertThat(node.requests().operations()).isEmpty();
        assertNothingChanged();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongTypes")
    void anyMethod_wrongType_isRefusedWithBothTypesAndNothingIsSent(Call call) {
        Cache<Object, Object> cache = typed();

        assertThatThrownBy(() -> call.run().accept(cache))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining("java.lang.String")
                .hasMessageContaining("java.lang.Integer");

        assertThat(node.requests().operations()).isEmpty();
        assertNothingChanged();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void anyMethod_closedCache_isRefusedBeforeItsArgumentsAre(Call call) {
        Cache<Object, Object> cache = typed();
        cache.close();

        assertThatThrownBy(() -> call.run().accept(cache))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'" + name + "'");

        assertThat(node.requests().operations()).isEmpty();
        assertNothingChanged();
    }

    @Test
    void invoke_processorSetsNull_isRefusedAndNothingChanges() {
        Cache<Object, Object> cache = typed();

        assertThatThrownBy(() -> cache.invoke("key", (entry, none) -> {
                    entry.setValue(requireNull());
                    return null;
                }))
                .isInstanceOf(EntryProcessorException.class)
                .hasCauseInstanceOf(NullPointerException.class);

        assertThat(node.requests().operations()).containsExactly("GetItem");
        assertNothingChanged();
    }

    @SuppressWarnings("NullAway") // null is what is tested
    private static Object requireNull() {
        return null;
    }

    @Test
    void invoke_processorSetsWrongType_isRefusedAndNothingChanges() {
        Cache<Object, Object> cache = typed();

        assertThatThrownBy(() -> cache.invoke("key", (entry, none) -> {
                    entry.setValue(1);
                    return null;
                }))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining("java.lang.String")
                .hasMessageContaining("java.lang.Integer");

        assertThat(node.requests().operations()).containsExactly("GetItem");
        assertNothingChanged();
    }

    @Test
    @SuppressWarnings("unchecked") // what a loader does that has no generics
    void get_loaderLoadsWrongType_isRefusedAndNothingChanges() {
        MapLoader<String, Object> loader = new MapLoader<>(Map.of("absent", 1));
        Cache<?, ?> cache = node.cache(
                name,
                DynamoDbConfiguration.builder(String.class, (Class<Object>) (Class<?>) String.class)
                        .table(TABLE)
                        .readThrough(() -> loader));

        assertThatThrownBy(() -> ((Cache<String, Object>) cache).get("absent"))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("java.lang.Integer");

        assertThat(items.all(name + ":")).isEmpty();
    }

    /** Serializable, but on no allow-list. */
    private record Stranger(String name) implements Serializable {}

    /** On the allow-list, but not serializable. */
    private static final class Opaque {}

    /** On the allow-list, and written, but a record of no name cannot be read. */
    private record Nameless(List<String> names) implements Serializable {
        Nameless {
            names.get(0);
        }

        static Nameless make() {
            Nameless made = new Nameless(new ArrayList<>(List.of("x")));
            made.names.clear();
            return made;
        }
    }

    /** Values that cannot be stored, and what the exception must say of them. */
    enum Bad {
        NOT_SERIALIZABLE(Opaque.class.getName()),
        NOT_ALLOWED(Stranger.class.getName()),
        NOT_ALLOWED_WITHIN(Stranger.class.getName()),
        NOT_READABLE(Nameless.class.getName() + " cannot be stored, as its objects can be written but not read"),
        TOO_LARGE("409600 bytes");

        private final String message;

        Bad(String message) {
            this.message = message;
        }

        Object value() {
            return switch (this) {
                case NOT_SERIALIZABLE -> new Opaque();
                case NOT_ALLOWED -> new Stranger("x");
                case NOT_ALLOWED_WITHIN -> new ArrayList<>(List.of(new Stranger("x")));
                case NOT_READABLE -> Nameless.make();
                case TOO_LARGE -> random(400 * 1024);
            };
        }

        /** No compression would help. */
        private static byte[] random(int length) {
            byte[] bytes = new byte[length];
            new Random(42).nextBytes(bytes);
            return bytes;
        }
    }

    private record Store(String operation, Consumer<Cache<String, Object>> run, List<String> reads) {
        Store(String operation, Consumer<Cache<String, Object>> run, String... reads) {
            this(operation, run, List.of(reads));
        }

        @Override
        public String toString() {
            return operation;
        }
    }

    /** What stores a value, and what it may have sent before it knows that it cannot. */
    private static List<Store> stores(Object bad) {
        return List.of(
                new Store("put", cache -> cache.put("key", bad)),
                new Store("getAndPut", cache -> cache.getAndPut("key", bad)),
                new Store("putIfAbsent", cache -> cache.putIfAbsent("absent", bad)),
                new Store("replace", cache -> cache.replace("key", bad)),
                new Store("replace if equal", cache -> cache.replace("key", "old", bad)),
                new Store("getAndReplace", cache -> cache.getAndReplace("key", bad)),
                new Store("putAll, one among many", cache -> cache.putAll(amongGood(bad))),
                new Store("invoke", cache -> set(cache, "key", bad), "GetItem"),
                new Store("invoke, absent", cache -> set(cache, "absent", bad), "GetItem"),
                new Store("loadAll", cache -> load(cache, true)),
                new Store("loadAll of what is absent", cache -> load(cache, false), "BatchGetItem"),
                new Store("get, loader", cache -> cache.get("absent"), "GetItem"),
                new Store("getAll, loader", cache -> cache.getAll(Set.of("absent")), "BatchGetItem"),
                new Store(
                        "invoke, loader",
                        cache -> cache.invoke("absent", (entry, none) -> entry.getValue()),
                        "GetItem"));
    }

    private static void set(Cache<String, Object> cache, String key, Object value) {
        cache.invoke(key, (entry, none) -> {
            entry.setValue(value);
            return null;
        });
    }

    private static Map<String, Object> amongGood(Object bad) {
        Map<String, Object> entries = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            entries.put("good " + i, "value");
        }
        entries.put("absent", bad);
        return entries;
    }

    private static void load(Cache<String, Object> cache, boolean replace) {
        CompletionListenerFuture told = new CompletionListenerFuture();
        cache.loadAll(Set.of("absent"), replace, told);
        try {
            told.get();
        } catch (ExecutionException e) {
            throw (RuntimeException) requireNonNull(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<Arguments> bad() {
        return Stream.of(Bad.values())
                .flatMap(bad -> stores(bad.value()).stream().map(store -> Arguments.of(store, bad)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("bad")
    void anyWrite_valueThatCannotBeStored_isNamedAndNothingIsWritten(Store store, Bad bad) {
        Object value = bad.value();
        MapLoader<String, Object> loader = new MapLoader<>(Map.of("absent", value));
        Cache<String, Object> cache = node.cache(
                name,
                DynamoDbConfiguration.builder(String.class, Object.class)
                        .table(TABLE)
                        .allow(Opaque.class.getName(), Nameless.class.getName())
                        .readThrough(() -> loader));
        items.put(name + ":key", Map.of("value", RawItems.encoded("old")));
        node.requests().clear();

        Throwable failure = catchThrowable(() -> store.run().accept(cache));

        assertThat(failure)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("Cache '" + name + "'")
                .hasMessageContaining("a key of class java.lang.String")
                .hasMessageContaining("a value of " + value.getClass())
                .hasMessageContaining(bad.message);
        if (bad == Bad.TOO_LARGE) {
            assertThat(failure).message().containsPattern("has 4096\\d\\d bytes, and its item 4096\\d\\d;");
        } else {
            assertThat(failure).hasCauseInstanceOf(CodecException.class);
        }
        assertThat(node.requests().operations()).isEqualTo(store.reads());
        assertNothingChanged();
    }
}
