package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.codec.CodecException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** One damaged item among many costs itself: the rest is done, and the item is named. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedItemIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final int SOUND = 40;

    private static Node node;
    private static Node other;
    private static RawItems items;

    private final String name = "damaged-" + NAMES.incrementAndGet();
    private final Map<String, String> sound =
            IntStream.range(0, SOUND).boxed().collect(Collectors.toMap(i -> "key-" + i, i -> "value-" + i));

    @BeforeAll
    static void start() {
        node = Node.start();
        other = Node.besides(node);
        items = new RawItems(node.client(), TABLE);
    }

    @AfterAll
    static void close() {
        other.close();
        node.close();
    }

    /** What is wrong with the item of the key {@code bad}. */
    enum Damage {
        DEADLINE_IS_TEXT("'expiresAt' of type S", "expiresAt"),
        DEADLINE_IS_A_FRACTION("'expiresAt' of type N", "expiresAt"),
        ETAG_IS_TEXT("'etag' of type S", "etag"),
        VALUE_IS_CUT("corrupt", "value"),
        VALUE_IS_TEXT("no binary attribute 'value'", "value");

        private final String message;
        private final String attribute;

        Damage(String message, String attribute) {
            this.message = message;
            this.attribute = attribute;
        }

        AttributeValue value() {
            return switch (this) {
                case DEADLINE_IS_TEXT -> AttributeValue.fromS("soon");
                case DEADLINE_IS_A_FRACTION -> AttributeValue.fromN("1924992000000.5");
                case ETAG_IS_TEXT -> AttributeValue.fromS("v1");
                case VALUE_IS_CUT -> RawItems.binary(new byte[] {1});
                case VALUE_IS_TEXT -> AttributeValue.fromS("old");
            };
        }

        Map<String, AttributeValue> item() {
            Map<String, AttributeValue> item = new HashMap<>();
            item.put("etag", RawItems.number(7));
            item.put("value", RawItems.encoded("old"));
            item.put(attribute, value());
            return item;
        }

        /** Whether it is seen without a look at the value. */
        boolean isOutsideTheValue() {
            return !attribute.equals("value");
        }
    }

    /** What makes bulk operations choose other requests. */
    enum Way {
        PLAIN,
        COUNTING,
        LISTENING,
        WRITING,
        TOUCHING;

        DynamoDbConfiguration.Builder<String, String> configuration() {
            DynamoDbConfiguration.Builder<String, String> configuration =
                    DynamoDbConfiguration.builder(String.class, String.class).table(TABLE);
            return switch (this) {
                case PLAIN -> configuration;
                case COUNTING -> configuration.statisticsEnabled(true);
                case LISTENING -> configuration.listener(new Events<String, String>().synchronous());
                case WRITING -> configuration.writeThrough(Indifferent::new);
                case TOUCHING ->
                    configuration.expiryPolicy(
                            () -> new TablePolicy(Duration.ONE_HOUR, Duration.ONE_HOUR, Duration.ONE_DAY));
            };
        }
    }

    /** A writer that takes everything. */
    private static final class Indifferent implements CacheWriter<String, String> {
        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {}

        @Override
        public void writeAll(java.util.Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.clear();
        }

        @Override
        public void delete(Object key) {}

        @Override
        public void deleteAll(java.util.Collection<?> keys) {
            keys.clear();
        }
    }

    @BeforeEach
    void fill() {
        other.cache(name, Way.TOUCHING.configuration()).putAll(sound);
    }

    private void damage(Damage damage) {
        items.put(name + ":bad", damage.item());
    }

    private String named(String key) {
        return "the item '" + name + ":" + key + "' in table '" + TABLE + "'";
    }

    private Set<String> keysStored() {
        return items.all(name + ":").stream()
                .map(item -> requireNonNull(item.get("id")).s().substring(name.length() + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @EnumSource
    void iterator_damagedItem_givesAllOthersAndThenNamesIt(Damage damage) {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        damage(damage);
        Map<String, String> seen = new HashMap<>();

        Throwable failure = catchThrowable(() -> cache.forEach(entry -> seen.put(entry.getKey(), entry.getValue())));

        assertThat(seen).isEqualTo(sound);
        assertThat(failure)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(named("bad"))
                .hasMessageContaining(damage.message);
    }

    @Test
    void iterator_severalDamagedItems_namesEachAfterTheOthers() {
        Cache<String, String> cache = node.cache(name, Way.COUNTING.configuration());
        items.put(name + ":bad-1", Damage.DEADLINE_IS_TEXT.item());
        items.put(name + ":bad-2", Damage.VALUE_IS_CUT.item());
        items.put(name + ":~no key", Damage.ETAG_IS_TEXT.item());
        items.put(name + ":~no key either", Map.of("value", RawItems.encoded("old")));
        List<String> messages = new ArrayList<>();
        var entries = cache.iterator();
        int seen = 0;

        while (entries.hasNext()) {
            try {
                entries.next();
                assertThat(messages).as("before all others").isEmpty();
                seen++;
            } catch (CacheException e) {
                messages.add(e.getMessage());
            }
        }

        assertThat(seen).isEqualTo(SOUND);
        assertThat(messages)
                .hasSize(4)
                .anyMatch(message -> message.contains(named("bad-1")))
                .anyMatch(message -> message.contains(named("bad-2")))
                .anyMatch(message -> message.contains(named("~no key")))
                .anyMatch(message -> message.contains(named("~no key either")));
    }

    /** An error for each of a million items would fill the memory. */
    @Test
    void iterator_veryManyDamagedItems_namesSomeAndCountsTheRest() {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        IntStream.range(0, 130).forEach(i -> items.put(name + ":bad-" + i, Damage.VALUE_IS_CUT.item()));
        List<String> messages = new ArrayList<>();
        var entries = cache.iterator();

        while (entries.hasNext()) {
            try {
                entries.next();
            } catch (CacheException e) {
                messages.add(e.getMessage());
            }
        }

        assertThat(messages).hasSize(101);
        assertThat(messages.subList(0, 100)).allMatch(message -> message.contains(name + ":bad-"));
        assertThat(messages.get(100)).contains("30 more items").contains("Cache '" + name + "'");
    }

    @Test
    void iterator_removeAfterADamagedItem_isAnIllegalState() {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        damage(Damage.VALUE_IS_CUT);
        var entries = cache.iterator();
        IntStream.range(0, SOUND).forEach(i -> entries.next());

        assertThat(catchThrowable(entries::next)).hasMessageContaining(named("bad"));

        assertThat(catchThrowable(entries::remove)).isInstanceOf(IllegalStateException.class);
        assertThat(keysStored()).hasSize(SOUND + 1);
    }

    /** Nobody can be told of it, and nobody misses it. */
    @Test
    void iterator_expiredItemWhoseKeyCannotBeDecodedAndListener_isPassedOver() {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration().listener(events.synchronous()));
        items.put(name + ":~no key", Map.of("value", RawItems.encoded("old"), "expiresAt", RawItems.number(1)));

        assertThat(cache).hasSize(SOUND);

        assertThat(events.heard()).isEmpty();
        assertThat(keysStored()).contains("~no key");
    }

    private static Set<String> withBad(Set<String> keys) {
        Set<String> all = new TreeSet<>(keys);
        all.add("bad");
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void getAll_damagedItem_failsForItsKeyAlone(Damage damage) {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        damage(damage);

        IncompleteBatchException failure =
                catchThrowableOfType(IncompleteBatchException.class, () -> cache.getAll(withBad(sound.keySet())));

        assertThat(failure).hasMessageContaining(named("bad")).hasMessageContaining(damage.message);
        assertThat(failure.getMessage()).contains("1 of " + (SOUND + 1));
        assertThat(failure.keys()).isEqualTo(Set.of("bad"));
        assertThat(cache.getAll(sound.keySet())).isEqualTo(sound);
    }

    @Test
    void getAll_severalDamagedItems_namesAllKeys() {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        items.put(name + ":bad-1", Damage.DEADLINE_IS_TEXT.item());
        items.put(name + ":bad-2", Damage.VALUE_IS_CUT.item());

        IncompleteBatchException failure = catchThrowableOfType(
                IncompleteBatchException.class, () -> cache.getAll(Set.of("key-1", "bad-1", "bad-2", "absent")));

        assertThat(failure.keys()).isEqualTo(Set.of("bad-1", "bad-2"));
        assertThat(failure).hasMessageContaining("2 of 4");
        assertThat(requireNonNull(failure.getCause())).hasMessageContaining(name + ":bad-");
        assertThat(requireNonNull(failure.getCause()).getSuppressed())
                .singleElement()
                .satisfies(second -> assertThat(second).hasMessageContaining(name + ":bad-"));
    }

    @Test
    void getAll_damagedItem_othersAreReadToTheirEnd() {
        MapLoader<String, String> loader = new MapLoader<>(Map.of("absent", "loaded", "bad", "never loaded"));
        Cache<String, String> cache = node.cache(
                name, Way.TOUCHING.configuration().statisticsEnabled(true).readThrough(() -> loader));
        damage(Damage.DEADLINE_IS_TEXT);
        Set<String> keys = withBad(sound.keySet());
        keys.add("absent");

        assertThat(catchThrowable(() -> cache.getAll(keys))).isInstanceOf(IncompleteBatchException.class);

        assertThat(loader.asked()).containsExactly("absent");
        assertThat(items.contains(name + ":absent"))
                .as("what was loaded is stored")
                .isTrue();
        long inOneDay = node.clock().millis() + TimeUnit.DAYS.toMillis(1);
        assertThat(items.get(name + ":key-1").get("expiresAt"))
                .as("reading moves the deadline")
                .isEqualTo(RawItems.number(inOneDay));
        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(SOUND, 1, 0, 0));
    }

    private void assertRemovedAllButBad(Cache<String, String> cache, Throwable failure, Damage damage) {
        if (items.contains(name + ":bad")) {
            assertThat(keysStored()).containsExactly("bad");
            assertThat(failure)
                    .isInstanceOf(IncompleteBatchException.class)
                    .hasMessageContaining(named("bad"))
                    .hasMessageContaining(damage.message);
            assertThat(((IncompleteBatchException) failure).keys()).isEqualTo(Set.of("bad"));
        } else {
            assertThat(keysStored()).isEmpty();
        }
        cache.clear();
        assertThat(keysStored()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void removeAll_damagedDeadline_removesTheOthersAndNamesWhatItCannot(Way way) {
        Cache<String, String> cache = node.cache(name, way.configuration());
        damage(Damage.DEADLINE_IS_TEXT);

        Throwable failure = catchThrowable(cache::removeAll);

        assertRemovedAllButBad(cache, failure, Damage.DEADLINE_IS_TEXT);
        if (way == Way.COUNTING) {
            assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(0, 0, 0, SOUND));
        }
    }

    /** A page ends after a megabyte. */
    private void fillSeveralPages() {
        AttributeValue large = RawItems.binary(new byte[300_000]);
        IntStream.range(0, 9)
                .forEach(i -> items.put(name + ":large-" + i, Map.of("value", large, "etag", RawItems.number(i))));
    }

    @ParameterizedTest
    @EnumSource
    void removeAll_damagedEtagsOnSeveralPages_removesAll(Way way) {
        Cache<String, String> cache = node.cache(name, way.configuration());
        fillSeveralPages();
        IntStream.range(0, 20).forEach(i -> items.put(name + ":bad-" + i, Damage.ETAG_IS_TEXT.item()));

        Throwable failure = catchThrowable(cache::removeAll);

        assertThat(keysStored()).isEmpty();
        if (way == Way.LISTENING) {
            assertThat(failure)
                    .as("the listener cannot be told what there was")
                    .hasMessageContaining("The change has been made")
                    .hasMessageContaining(name + ":bad-");
        } else {
            assertThat(failure).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"COUNTING", "LISTENING", "WRITING"})
    void removeAll_keyThatCannotBeDecoded_removesTheOthersAndNamesIt(Way way) {
        Cache<String, String> cache = node.cache(name, way.configuration());
        items.put(name + ":~no key", Map.of("value", RawItems.encoded("old")));

        Throwable failure = catchThrowable(cache::removeAll);

        assertThat(keysStored()).containsExactly("~no key");
        assertThat(failure)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(named("~no key"))
                .hasMessageContaining("its key cannot be decoded")
                .hasRootCauseInstanceOf(CodecException.class);
    }

    /** Its first page is damaged in each way that there is; nothing but failures of the store ends the search. */
    @ParameterizedTest
    @EnumSource(names = {"COUNTING", "LISTENING"})
    void removeAll_severalPagesWithDamage_removesWhatIsOnAllPages(Way way) {
        fillSeveralPages();
        IntStream.range(0, 20).forEach(i -> items.put(name + ":bad-" + i, Damage.DEADLINE_IS_TEXT.item()));
        Cache<String, String> cache = node.cache(name, way.configuration());

        Throwable failure = catchThrowable(cache::removeAll);

        assertThat(failure).isInstanceOf(CacheException.class).hasMessageContaining(name + ":bad-");
        assertThat(keysStored()).hasSize(20).allMatch(key -> key.startsWith("bad-"));
    }

    @ParameterizedTest
    @EnumSource(names = {"COUNTING", "LISTENING", "WRITING"})
    void removeAll_veryManyKeysThatCannotBeDecoded_countsThoseItDoesNotName(Way way) {
        Cache<String, String> cache = node.cache(name, way.configuration());
        IntStream.range(0, 130).forEach(i -> items.put(name + ":~no key " + i, Damage.VALUE_IS_CUT.item()));

        Throwable failure = catchThrowable(cache::removeAll);

        assertThat(keysStored()).hasSize(130);
        assertThat(failure.getSuppressed()).hasSize(100);
        assertThat(failure.getSuppressed()[98]).hasMessageContaining(name + ":~no key");
        assertThat(failure.getSuppressed()[99]).hasMessageContaining("30 more failures");
    }

    @Test
    void removeAll_storeFailsAfterDamage_tellsBoth() {
        items.put(name + ":~no key", Map.of("value", RawItems.encoded("old")));
        AtomicReference<@Nullable UnreliableTransport> transport = new AtomicReference<>();
        try (Node failing = Node.withoutRetries(server -> {
            transport.set(new UnreliableTransport(server));
            return requireNonNull(transport.get());
        })) {
            Cache<String, String> cache = failing.cache(name, Way.WRITING.configuration());
            requireNonNull(transport.get()).failNext("BatchWriteItem", UnreliableTransport.Fault.EXPIRED, () -> {});

            Throwable failure = catchThrowable(cache::removeAll);

            assertThat(failure).isInstanceOf(IncompleteBatchException.class).hasMessageContaining("BatchWriteItem");
            assertThat(failure.getSuppressed())
                    .singleElement()
                    .satisfies(damage -> assertThat(damage).hasMessageContaining(named("~no key")));
        }
    }

    /** What another program writes may have an attribute {@code key} that has nothing to do with its id. */
    private void putWithForeignKeys() {
        items.put(name + ":abc", Map.of("key", AttributeValue.fromS("zzz")));
        items.put(name + ":def", Map.of("key", AttributeValue.fromS("zzz")));
        items.put(name + ":ghi", Map.of("key", AttributeValue.fromS("key-1")));
    }

    @Test
    void clear_itemsWithKeysOfOthers_deletesEachByItsId() {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        putWithForeignKeys();

        cache.clear();

        assertThat(keysStored()).isEmpty();
    }

    @Test
    void destroyCache_itemWithTheKeyOfAnother_deletesIt() {
        node.cache(name, Way.PLAIN.configuration());
        items.put(name + ":abc", Map.of("key", AttributeValue.fromS("zzz")));

        node.manager().destroyCache(name);

        assertThat(keysStored()).isEmpty();
    }

    private void assertLoaded(Cache<String, String> cache, boolean replace, Consumer<? super Throwable> requirement)
            throws Exception {
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        cache.loadAll(Set.of("absent-1", "absent-2", "bad", "key-1"), replace, loaded);
        Throwable failure = catchThrowable(() -> loaded.get(20, TimeUnit.SECONDS));
        requirement.accept(failure instanceof ExecutionException wrapped ? wrapped.getCause() : failure);
        assertThat(items.contains(name + ":absent-1")).isTrue();
        assertThat(items.contains(name + ":absent-2")).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void loadAll_damagedItem_loadsTheOthersAndLeavesIt(Damage damage) throws Exception {
        MapLoader<String, String> loader =
                new MapLoader<>(Map.of("absent-1", "1", "absent-2", "2", "bad", "3", "key-1", "4"));
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration().readThrough(() -> loader));
        damage(damage);

        assertLoaded(cache, false, failure -> {
            if (damage.isOutsideTheValue()) {
                assertThat(failure)
                        .isInstanceOf(IncompleteBatchException.class)
                        .hasMessageContaining(named("bad"))
                        .hasMessageContaining(damage.message);
                assertThat(((IncompleteBatchException) failure).keys()).isEqualTo(Set.of("bad"));
            } else {
                assertThat(failure).isNull();
            }
        });

        assertThat(loader.asked()).containsExactlyInAnyOrder("absent-1", "absent-2");
        assertThat(items.get(name + ":bad")).containsEntry(damage.attribute, damage.value());
    }

    @ParameterizedTest
    @EnumSource
    void loadAll_damagedItemToBeReplaced_repairsIt(Damage damage) throws Exception {
        Map<String, String> source = Map.of("absent-1", "1", "absent-2", "2", "bad", "3", "key-1", "4");
        Cache<String, String> cache =
                node.cache(name, Way.PLAIN.configuration().readThrough(() -> new MapLoader<>(source)));
        damage(damage);

        assertLoaded(cache, true, failure -> assertThat(failure).isNull());

        assertThat(cache.getAll(source.keySet())).isEqualTo(source);
    }

    @Test
    void reap_damagedItem_isNamedInAWarningAfterTheRest() {
        Cache<String, String> cache = node.cache(name, Way.PLAIN.configuration());
        Map<String, AttributeValue> expired = new HashMap<>(Damage.ETAG_IS_TEXT.item());
        expired.put("expiresAt", RawItems.number(1));
        items.put(name + ":bad", expired);
        items.put(name + ":expired", Map.of("value", RawItems.encoded("old"), "expiresAt", RawItems.number(1)));
        try (CapturedLog log = new CapturedLog()) {
            assertThat(cache.unwrap(CacheItems.class).reap()).isEqualTo(1);

            assertThat(log.warningsWith(name + ":bad"))
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains(Damage.ETAG_IS_TEXT.message));
        }
    }

    @Test
    void reap_laterPageFails_namesTheDamageBeforeItAllTheSame() {
        AtomicInteger scans = new AtomicInteger();
        fillSeveralPages();
        Map<String, AttributeValue> expired = new HashMap<>(Damage.ETAG_IS_TEXT.item());
        expired.put("expiresAt", RawItems.number(1));
        IntStream.range(0, 20).forEach(i -> items.put(name + ":bad-" + i, expired));
        try (Node refused = Node.over(server -> {
                    SteeredTransport transport = new SteeredTransport(server);
                    transport.before(operation -> !operation.equals("Scan") || scans.incrementAndGet() == 1);
                    return transport;
                });
                CapturedLog log = new CapturedLog()) {
            CacheItems<?> reaped =
                    refused.cache(name, Way.PLAIN.configuration()).unwrap(CacheItems.class);

            assertThatThrownBy(reaped::reap).hasMessageContaining("must allow dynamodb:Scan");

            assertThat(scans).hasValue(2);
            assertThat(log.warningsWith(name + ":bad-")).hasSize(1);
        }
        // Other tests of the table count its pages.
        node.cache(name, Way.PLAIN.configuration()).clear();
    }

    @Test
    void find_keyThatCannotBeDecoded_findsTheOthersAndIsNamedInAWarning() {
        String table = Node.freshTable();
        Cache<String, Map<String, Object>> cache = node.cache(name, SpecialKeysIT.configuration(table));
        cache.put("sound", Map.of("userId", "ann"));
        new RawItems(node.client(), table).put(name + ":~no key", Map.of("userId", AttributeValue.fromS("ann")));
        try (CapturedLog log = new CapturedLog()) {
            CacheItems<?> found = cache.unwrap(CacheItems.class);
            assertThat(found.find("userId", "ann")).isEqualTo(Set.of("sound"));

            assertThat(log.warningsWith(name + ":~no key")).hasSize(1);
        }
    }
}
