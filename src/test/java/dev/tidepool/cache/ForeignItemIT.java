package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.codec.CodecException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Items that another program wrote, or damaged. A hang is a failure here, so each test has a time limit. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForeignItemIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static Node node;
    private static Node other;
    private static RawItems items;

    private final String name = "foreign-" + NAMES.incrementAndGet();
    private final String id = name + ":key";

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

    /** What is wrong with an item, and what the exception must say of it. */
    enum Damage {
        MISSING("no binary attribute 'value'", false),
        TEXT("no binary attribute 'value'", false),
        EMPTY("no binary attribute 'value', or an empty one", false),
        TRUNCATED("truncated", true),
        CUT_TO_ONE_BYTE("truncated", true),
        FLIPPED("checksum", true),
        UNKNOWN_CODEC("codec", true),
        NOT_OURS("not written by Tidepool", true),
        DEADLINE_IS_TEXT("'expiresAt' of type S", false),
        DEADLINE_IS_A_FRACTION("'expiresAt' of type N", false),
        ETAG_IS_TEXT("'etag' of type S", false),
        SECONDS_ARE_TEXT("'expires' of type S", false);

        private final String message;
        private final boolean inPayload;

        Damage(String message, boolean inPayload) {
            this.message = message;
            this.inPayload = inPayload;
        }

        /** Whether no condition on the deadline holds, neither that the item is alive nor that it is not. */
        boolean leavesDeadlineOpen() {
            return this == DEADLINE_IS_TEXT || this == SECONDS_ARE_TEXT;
        }

        Map<String, AttributeValue> item() {
            Map<String, AttributeValue> item = new HashMap<>();
            item.put("etag", RawItems.number(7));
            item.put("value", RawItems.encoded("old"));
            byte[] bytes = Objects.requireNonNull(item.get("value")).b().asByteArray();
            switch (this) {
                case MISSING -> item.remove("value");
                case TEXT -> item.put("value", AttributeValue.fromS("old"));
                case EMPTY -> item.put("value", RawItems.binary(new byte[0]));
                case TRUNCATED -> item.put("value", RawItems.binary(Arrays.copyOf(bytes, bytes.length - 1)));
                case CUT_TO_ONE_BYTE -> item.put("value", RawItems.binary(Arrays.copyOf(bytes, 1)));
                case FLIPPED -> item.put("value", flipped(bytes, 5));
                case UNKNOWN_CODEC -> item.put("value", otherCodec(bytes));
                case NOT_OURS ->
                    item.put(
                            "value",
                            RawItems.binary("{\"json\": true}".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
                case DEADLINE_IS_TEXT -> item.put("expiresAt", AttributeValue.fromS("2031-01-01"));
                case DEADLINE_IS_A_FRACTION -> item.put("expiresAt", AttributeValue.fromN("1924992000000.5"));
                case ETAG_IS_TEXT -> item.put("etag", AttributeValue.fromS("v1"));
                case SECONDS_ARE_TEXT -> item.put("expires", AttributeValue.fromS("2031-01-01"));
            }
            return item;
        }

        private static AttributeValue flipped(byte[] bytes, int at) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= 1;
            return RawItems.binary(flipped);
        }

        /** With the checksum that such a value would have. */
        private static AttributeValue otherCodec(byte[] bytes) {
            byte[] other = bytes.clone();
            other[1] = (byte) 200;
            java.util.zip.CRC32C checksum = new java.util.zip.CRC32C();
            checksum.update(other, 0, other.length - Integer.BYTES);
            java.nio.ByteBuffer.wrap(other).putInt(other.length - Integer.BYTES, (int) checksum.getValue());
            return AttributeValue.fromB(SdkBytes.fromByteArray(other));
        }
    }

    private record Use(String operation, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return operation;
        }
    }

    private static final List<Use> READERS = List.of(
            new Use("get", cache -> cache.get("key")),
            new Use("getAll", cache -> cache.getAll(Set.of("key"))),
            new Use("iterator", cache -> cache.iterator().next()),
            new Use("invoke, getValue", cache -> cache.invoke("key", (entry, none) -> entry.getValue())),
            new Use("replace if equal", cache -> cache.replace("key", "expected", "new")),
            new Use("remove if equal", cache -> cache.remove("key", "expected")));

    /** These answer with the old value, which nobody can tell when their one request has made the change. */
    private static final List<Use> TAKERS = List.of(
            new Use("getAndPut", cache -> cache.getAndPut("key", "new")),
            new Use("getAndReplace", cache -> cache.getAndReplace("key", "new")),
            new Use("getAndRemove", cache -> cache.getAndRemove("key")));

    static Stream<Arguments> readersOfDamaged() {
        return READERS.stream().flatMap(use -> Stream.of(Damage.values()).map(damage -> Arguments.of(use, damage)));
    }

    static Stream<Arguments> takersOfDamaged() {
        return TAKERS.stream().flatMap(use -> Stream.of(Damage.values()).map(damage -> Arguments.of(use, damage)));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(TABLE);
    }

    private void assertNames(Damage damage, @Nullable Throwable failure) {
        assertThat(failure)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("Cache '" + name + "'")
                .hasMessageContaining("the item '" + id + "' in table '" + TABLE + "'")
                .hasMessageContaining(damage.message);
        if (damage.inPayload) {
            assertThat(failure).hasRootCauseInstanceOf(CodecException.class);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("readersOfDamaged")
    void anyRead_damagedItem_namesTheDamageAndItemStays(Use use, Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, damage.item());
        Map<String, AttributeValue> before = items.get(id);

        Throwable failure = catchThrowable(() -> use.run().accept(cache));

        assertNames(damage, failure);
        assertThat(items.get(id)).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("readersOfDamaged")
    void anyRead_damagedItemAndListener_namesTheDamageAndItemStays(Use use, Damage damage) {
        Cache<String, String> cache =
                node.cache(name, configuration().listener(new Events<String, String>().synchronous()));
        items.put(id, damage.item());
        Map<String, AttributeValue> before = items.get(id);

        Throwable failure = catchThrowable(() -> use.run().accept(cache));

        assertNames(damage, failure);
        assertThat(items.get(id)).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("takersOfDamaged")
    void anyTaking_damagedItem_namesTheDamageAndSaysWhetherTheChangeIsMade(Use use, Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, damage.item());

        Map<String, AttributeValue> before = items.get(id);

        Throwable failure = catchThrowable(() -> use.run().accept(cache));

        assertNames(damage, failure);
        if (damage.leavesDeadlineOpen()) {
            assertThat(failure).hasMessageNotContaining("The change has been made");
            assertThat(items.get(id)).isEqualTo(before);
        } else {
            assertThat(failure).hasMessageContaining("The change has been made");
            assertThat(items.get(id)).isNotEqualTo(before);
        }
    }

    private static final List<Use> REPAIRS =
            List.of(new Use("put", cache -> cache.put("key", "new")), new Use("remove", cache -> cache.remove("key")));

    static Stream<Arguments> repairsOfDamaged() {
        return REPAIRS.stream().flatMap(use -> Stream.of(Damage.values()).map(damage -> Arguments.of(use, damage)));
    }

    /**
     * A listener is to be told what was there before. What cannot be decoded is left out of the event; of an item that
     * is no entry at all the caller hears, and whether it is still there.
     */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("repairsOfDamaged")
    void putAndRemove_damagedItemAndListener_failureSaysWhetherTheChangeIsMade(Use use, Damage damage) {
        Cache<String, String> cache =
                node.cache(name, configuration().listener(new Events<String, String>().synchronous()));
        items.put(id, damage.item());
        Map<String, AttributeValue> before = items.get(id);

        Throwable failure = catchThrowable(() -> use.run().accept(cache));

        if (damage.leavesDeadlineOpen()) {
            assertNames(damage, failure);
            assertThat(failure).hasMessageNotContaining("The change has been made");
            assertThat(items.get(id)).isEqualTo(before);
            return;
        }
        assertThat(items.get(id)).isNotEqualTo(before);
        if (damage == Damage.ETAG_IS_TEXT || damage == Damage.DEADLINE_IS_A_FRACTION) {
            assertNames(damage, failure);
            assertThat(failure).hasMessageContaining("The change has been made");
        } else {
            assertThat(failure).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"DEADLINE_IS_TEXT", "DEADLINE_IS_A_FRACTION", "SECONDS_ARE_TEXT"})
    void put_damagedItem_isTheWayToRepairIt(Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, damage.item());

        cache.put("key", "new");

        assertThat(cache.get("key")).isEqualTo("new");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"DEADLINE_IS_TEXT", "SECONDS_ARE_TEXT"})
    void remove_damagedItem_isTheWayToBeRidOfIt(Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, damage.item());

        assertThat(cache.remove("key")).isTrue();

        assertThat(items.contains(id)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void clear_damagedItem_removesIt(Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, damage.item());

        cache.clear();

        assertThat(items.contains(id)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void getAll_damagedItemAmongOthers_failsRatherThanLeavingItOut(Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, damage.item());
        cache.put("sound", "value");

        assertNames(damage, catchThrowable(() -> cache.getAll(Set.of("key", "sound"))));
        assertThat(cache.get("sound")).isEqualTo("value");
    }

    /** An expired item is absent, so what is wrong with its value is nobody's concern. */
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.INCLUDE,
            names = {"MISSING", "TEXT", "TRUNCATED", "FLIPPED", "UNKNOWN_CODEC"})
    void get_damagedExpiredItemAndListener_isAbsentAndItemStays(Damage damage) {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(name, configuration().listener(events.synchronous()));
        Map<String, AttributeValue> item = damage.item();
        item.put("expiresAt", RawItems.number(node.clock().millis()));
        items.put(id, item);

        assertThat(cache.get("key")).isNull();

        assertThat(items.contains(id)).isTrue();
        assertThat(events.heard()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.INCLUDE,
            names = {"MISSING", "TEXT", "EMPTY", "TRUNCATED", "FLIPPED", "UNKNOWN_CODEC"})
    void anyWrite_damagedItemWithoutEtagUnderOwnPolicy_overwritesIt(Damage damage) {
        Cache<String, String> cache = node.cache(
                name, configuration().expiryPolicy(() -> new TablePolicy(Duration.ONE_HOUR, Duration.ONE_HOUR, null)));
        Map<String, AttributeValue> item = damage.item();
        item.remove("etag");
        items.put(id, item);

        cache.put("key", "new");
        assertThat(cache.get("key")).isEqualTo("new");

        items.put(id, item);
        assertThat(cache.replace("key", "newer")).isTrue();
        assertThat(cache.get("key")).isEqualTo("newer");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.INCLUDE,
            names = {"MISSING", "TEXT", "EMPTY", "TRUNCATED", "FLIPPED", "UNKNOWN_CODEC"})
    void invoke_damagedItemWithoutEtagThatIsNotRead_overwritesIt(Damage damage) {
        Cache<String, String> cache = node.cache(name, configuration());
        Map<String, AttributeValue> item = damage.item();
        item.remove("etag");
        items.put(id, item);

        cache.invoke("key", (entry, none) -> {
            entry.setValue("new");
            return null;
        });

        assertThat(cache.get("key")).isEqualTo("new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "getAll", "containsKey"})
    void anyRead_itemThatHoldsAnotherKey_namesIt(String operation) {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, Map.of("value", RawItems.encoded("old"), "key", AttributeValue.fromS("another")));

        assertThatThrownBy(() -> {
                    switch (operation) {
                        case "get" -> cache.get("key");
                        case "getAll" -> cache.getAll(Set.of("key"));
                        default -> cache.containsKey("key");
                    }
                })
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("the item '" + id + "' in table '" + TABLE + "'")
                .hasMessageContaining("another key");
    }

    @Test
    void get_deadlineBeyondAllTime_isAlive() {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, Map.of("value", RawItems.encoded("old"), "expires", RawItems.number(Long.MAX_VALUE / 10)));

        assertThat(cache.get("key")).isEqualTo("old");
        assertThat(cache.replace("key", "old", "new")).isTrue();
    }

    private void putWithoutEtag(String value) {
        items.put(id, Map.of("value", RawItems.encoded(value)));
    }

    static Stream<Arguments> changes() {
        return Stream.of(
                Arguments.of(
                        "replace if equal",
                        (Consumer<Cache<String, String>>) cache ->
                                assertThat(cache.replace("key", "old", "new")).isTrue(),
                        "new"),
                Arguments.of(
                        "replace",
                        (Consumer<Cache<String, String>>)
                                cache -> assertThat(cache.replace("key", "new")).isTrue(),
                        "new"),
                Arguments.of(
                        "getAndReplace",
                        (Consumer<Cache<String, String>>) cache ->
                                assertThat(cache.getAndReplace("key", "new")).isEqualTo("old"),
                        "new"),
                Arguments.of(
                        "getAndPut",
                        (Consumer<Cache<String, String>>) cache ->
                                assertThat(cache.getAndPut("key", "new")).isEqualTo("old"),
                        "new"),
                Arguments.of(
                        "invoke",
                        (Consumer<Cache<String, String>>) cache -> cache.invoke("key", (entry, none) -> {
                            entry.setValue(entry.getValue() + "er");
                            return null;
                        }),
                        "older"),
                Arguments.of(
                        "remove if equal",
                        (Consumer<Cache<String, String>>)
                                cache -> assertThat(cache.remove("key", "old")).isTrue(),
                        null),
                Arguments.of(
                        "getAndRemove",
                        (Consumer<Cache<String, String>>)
                                cache -> assertThat(cache.getAndRemove("key")).isEqualTo("old"),
                        null),
                Arguments.of(
                        "invoke, remove",
                        (Consumer<Cache<String, String>>) cache -> cache.invoke("key", (entry, none) -> {
                            entry.remove();
                            return null;
                        }),
                        null));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void anyChange_itemWithoutEtag_worksAndGivesItOne(
            String operation, Consumer<Cache<String, String>> run, @Nullable String expected) {
        for (boolean foreseeable : new boolean[] {true, false}) {
            Cache<String, String> cache = node.cache(
                    name + foreseeable,
                    foreseeable
                            ? configuration().prefix(name + ":")
                            : configuration()
                                    .prefix(name + ":")
                                    .expiryPolicy(() -> new TablePolicy(Duration.ONE_HOUR, null, Duration.ONE_DAY)));
            putWithoutEtag("old");

            run.accept(cache);

            assertThat(cache.get("key")).as(operation).isEqualTo(expected);
            if (expected != null) {
                assertThat(items.get(id)).containsKey("etag");
            }
            cache.close();
        }
    }

    @Test
    void invoke_itemWithoutEtagChangedMeanwhile_runsAgainOnTheNewValue() {
        Cache<String, String> cache = node.cache(name, configuration());
        putWithoutEtag("old");
        AtomicInteger runs = new AtomicInteger();

        String seen = cache.invoke("key", (entry, none) -> {
            String value = entry.getValue();
            if (runs.incrementAndGet() == 1) {
                putWithoutEtag("newer");
            }
            entry.setValue(value + "!");
            return value;
        });

        assertThat(seen).isEqualTo("newer");
        assertThat(runs).hasValue(2);
        assertThat(cache.get("key")).isEqualTo("newer!");
    }

    @Test
    void invoke_itemWithoutEtagGivenOneMeanwhile_runsAgain() {
        Cache<String, String> cache = node.cache(name, configuration());
        Cache<String, String> elsewhere = other.cache(name, configuration());
        putWithoutEtag("same");
        AtomicInteger runs = new AtomicInteger();

        cache.invoke("key", (entry, none) -> {
            if (runs.incrementAndGet() == 1) {
                elsewhere.put("key", "same");
            }
            entry.setValue(entry.getValue() + "!");
            return null;
        });

        assertThat(runs).as("a write of the same value is a write").hasValue(2);
        assertThat(cache.get("key")).isEqualTo("same!");
    }

    @Test
    void invoke_twoNodesCountInItemWithoutEtag_losesNoIncrement() throws Exception {
        Cache<String, Integer> one = node.cache(
                name, DynamoDbConfiguration.builder(String.class, Integer.class).table(TABLE));
        Cache<String, Integer> two = other.cache(
                name, DynamoDbConfiguration.builder(String.class, Integer.class).table(TABLE));
        items.put(id, Map.of("value", RawItems.encoded(0)));

        Thread thread = new Thread(() -> count(two));
        thread.start();
        count(one);
        thread.join();

        assertThat(one.get("key")).isEqualTo(100);
    }

    private static void count(Cache<String, Integer> cache) {
        for (int i = 0; i < 50; i++) {
            cache.invoke("key", (entry, none) -> {
                entry.setValue(entry.getValue() + 1);
                return null;
            });
        }
    }

    @Test
    void iterator_afterADamagedItem_goesOn() {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(id, Damage.FLIPPED.item());
        cache.put("a", "1");
        cache.put("b", "2");
        var entries = cache.iterator();
        Set<String> seen = new java.util.TreeSet<>();
        int failures = 0;

        for (int i = 0; i < 3; i++) {
            try {
                seen.add(entries.next().getKey());
            } catch (CacheException e) {
                failures++;
            }
        }

        assertThat(failures).isEqualTo(1);
        assertThat(seen).containsExactly("a", "b");
        assertThat(entries.hasNext()).isFalse();
    }

    @Test
    void get_itemOfAnotherProgramWithFurtherAttributes_isReadAsUsual() {
        Cache<String, String> cache = node.cache(name, configuration());
        items.put(
                id,
                Map.of("value", RawItems.encoded("old"), "sess", AttributeValue.fromS("{}"), "n", RawItems.number(1)));

        assertThat(cache.get("key")).isEqualTo("old");
        assertThatThrownBy(() -> cache.replace("key", "old", null)).isInstanceOf(NullPointerException.class);
        assertThat(cache.replace("key", "old", "new")).isTrue();
        assertThat(cache.get("key")).isEqualTo("new");
    }
}
