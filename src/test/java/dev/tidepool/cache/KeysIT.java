package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.KeyCodec;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Keys of every kind, in and out of a table. */
@ExtendWith(DynamoDbLocal.class)
class KeysIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** A partition key has at most 2,048 bytes (DynamoDB's limits). */
    private static final int MAX_ID_BYTES = 2048;

    private static Node node;
    private static RawItems items;

    private final String name = "keys-" + NAMES.incrementAndGet();

    @BeforeAll
    static void start() {
        node = Node.start();
        items = new RawItems(node.client(), TABLE);
    }

    @AfterAll
    static void close() {
        node.close();
    }

    /** A key as applications write them. */
    record Seat(String train, String carriage, int number) {}

    record Trip(
            List<Object> stops, Set<String> days, @Nullable LocalDate date) {}

    static final class Plain implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String first;
        private final String second;

        Plain(String first, String second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Plain that && first.equals(that.first) && second.equals(that.second);
        }

        @Override
        public int hashCode() {
            return Objects.hash(first, second);
        }
    }

    /** Not serializable, and no record. */
    private static final class Unencodable {
        @Override
        public String toString() {
            return "unencodable";
        }
    }

    private Cache<Object, String> cache() {
        return node.cache(
                name,
                DynamoDbConfiguration.builder(Object.class, String.class)
                        .table(TABLE)
                        .allow("dev.tidepool.cache.*"));
    }

    /** A string equal to another and not the same. */
    @SuppressWarnings("StringCopy")
    private static String copy(String text) {
        return new String(text.toCharArray());
    }

    private static Map<Object, String> entries(Cache<Object, String> cache) {
        Map<Object, String> entries = new HashMap<>();
        cache.forEach(entry -> assertThat(entries.put(entry.getKey(), entry.getValue()))
                .as("a second entry of one key")
                .isNull());
        return entries;
    }

    static List<Object> keys() {
        return List.of(
                "",
                " ",
                "1",
                1,
                1L,
                (short) 1,
                (byte) 1,
                '1',
                1.0,
                1.0f,
                BigInteger.ONE,
                BigDecimal.ONE,
                new BigDecimal("1.0"),
                true,
                "true",
                "~",
                "~i:1",
                "~s:",
                "a:b",
                "Aa",
                "BB",
                "\u0000",
                "\uD83D\uDE00",
                "\uD83D",
                "\uDE00",
                "e\u0301",
                "\u00E9",
                new UUID(1, 1),
                DayOfWeek.MONDAY,
                "MONDAY",
                Instant.EPOCH,
                LocalDate.EPOCH,
                new Seat("ICE 1", "7", 61),
                new Seat("ICE 1", "76", 1),
                new Plain("Aa", "BB"),
                new Plain("BB", "Aa"),
                List.of(),
                List.of("a", "b"),
                List.of("a,b"),
                List.of(List.of("a"), "b"),
                Set.of(),
                Set.of("a", "b"),
                Map.of(),
                Map.of("a", "b"));
    }

    @Test
    void puts_keysOfEveryKind_areEntriesOfTheirOwn() {
        Cache<Object, String> cache = cache();
        Map<Object, String> expected = new HashMap<>();
        for (Object key : keys()) {
            String value = key.getClass().getSimpleName() + " " + key;
            expected.put(key, value);
            cache.put(key, value);
        }

        assertThat(expected).hasSize(keys().size());
        assertThat(entries(cache)).isEqualTo(expected);
        assertThat(cache.getAll(expected.keySet())).isEqualTo(expected);
        expected.forEach((key, value) -> assertThat(cache.get(key)).isEqualTo(value));
    }

    @Test
    void putAllAndRemoveAll_keysOfEveryKind_eachIsWrittenAndRemoved() {
        Cache<Object, String> cache = cache();
        Map<Object, String> expected = new HashMap<>();
        keys().forEach(key -> expected.put(key, "value of " + key));

        cache.putAll(expected);
        assertThat(entries(cache)).isEqualTo(expected);

        Set<Object> half = new HashSet<>(keys().subList(0, keys().size() / 2));
        cache.removeAll(half);
        expected.keySet().removeAll(half);
        assertThat(entries(cache)).isEqualTo(expected);
    }

    @SuppressWarnings("JdkObsolete") // applications have such lists
    static Stream<Arguments> equalKeys() {
        String shared = "shared";
        return Stream.of(
                Arguments.of("record, a string shared", new Seat(shared, shared, 1), new Seat(copy(shared), shared, 1)),
                Arguments.of("class, a string shared", new Plain(shared, shared), new Plain(copy(shared), shared)),
                Arguments.of("List.of and ArrayList", List.of("a", 1), new ArrayList<>(List.of("a", 1))),
                Arguments.of("Arrays.asList and LinkedList", Arrays.asList("a", 1), new LinkedList<>(List.of("a", 1))),
                Arguments.of(
                        "subList and stream",
                        List.of("z", "a", 1).subList(1, 3),
                        Stream.of("a", 1).toList()),
                Arguments.of(
                        "sets in another order",
                        new LinkedHashSet<>(List.of("a", "b", "c")),
                        new LinkedHashSet<>(List.of("c", "b", "a"))),
                Arguments.of("Set.of and TreeSet", Set.of("a", "b", "c"), new TreeSet<>(List.of("c", "a", "b"))),
                Arguments.of("maps in another order", map("a", "b"), map("b", "a")),
                Arguments.of(
                        "record of collections",
                        new Trip(List.of("Ulm", 1), Set.of("Mo", "Tu", "We"), null),
                        new Trip(
                                new ArrayList<>(List.of(copy("Ulm"), 1)),
                                new LinkedHashSet<>(List.of("We", "Tu", "Mo")),
                                null)),
                Arguments.of("long strings", "x".repeat(5_000), copy("x".repeat(5_000))));
    }

    private static Map<String, Integer> map(String... keys) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String key : keys) {
            map.put(key, (int) key.charAt(0));
        }
        return map;
    }

    /** Compares without regard to case. */
    record Email(String address) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Email email && address.equalsIgnoreCase(email.address);
        }

        @Override
        public int hashCode() {
            return address.toLowerCase(Locale.ROOT).hashCode();
        }
    }

    @Test
    void get_equalKeyOfAnotherText_isWarnedOfOnce() {
        Cache<Object, String> cache = cache();
        cache.put(new Email("Ann@example.org"), "value");
        try (CapturedLog log = new CapturedLog()) {
            assertThat(cache.get(new Email("ann@example.org"))).isNull();
            assertThat(cache.get(new Email("ANN@example.org"))).isNull();

            assertThat(log.warningsWith(Email.class.getName()))
                    .singleElement()
                    .asString()
                    .contains("Cache '" + name + "'")
                    .contains("keyCodec")
                    .doesNotContainIgnoringCase("ann@");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("equalKeys")
    void anyOperation_equalKeyBuiltDifferently_isTheSameEntry(String what, Object key, Object equal) {
        Cache<Object, String> cache = cache();
        assertThat(equal).as(what).isEqualTo(key);

        cache.put(key, "value");

        assertThat(cache.get(equal)).isEqualTo("value");
        assertThat(cache.containsKey(equal)).isTrue();
        assertThat(cache.getAll(Set.of(equal))).isEqualTo(Map.of(key, "value"));
        assertThat(entries(cache)).isEqualTo(Map.of(equal, "value"));
        assertThat(cache.putIfAbsent(equal, "second")).isFalse();
        assertThat(cache.<String>invoke(equal, (entry, none) -> entry.getValue()))
                .isEqualTo("value");
        assertThat(cache.remove(equal)).isTrue();
        assertThat(cache.containsKey(key)).isFalse();
    }

    @Test
    void anyOperation_byteArrayKeyOfEqualContent_isTheSameEntry() {
        Cache<Object, String> cache = cache();
        cache.put(new byte[] {1, 2, 3}, "value");

        assertThat(cache.get(new byte[] {1, 2, 3})).isEqualTo("value");
        assertThat(cache.get(new byte[] {1, 2})).isNull();
        assertThat(entries(cache).keySet())
                .singleElement()
                .satisfies(key -> assertThat((byte[]) key).containsExactly(1, 2, 3));
        assertThat(cache.remove(new byte[] {1, 2, 3})).isTrue();
    }

    @Test
    void putAll_twoByteArrayKeysOfEqualContent_areOneEntry() {
        Cache<Object, String> cache = cache();
        Map<Object, String> both = new LinkedHashMap<>();
        both.put(new byte[] {1}, "first");
        both.put(new byte[] {1}, "second");

        cache.putAll(both);

        assertThat(cache.get(new byte[] {1})).isEqualTo("second");
    }

    @Test
    void puts_unequalKeysOfOneHashCode_areTwoEntries() {
        assertThat("Aa").hasSameHashCodeAs("BB");
        Cache<Object, String> cache = cache();

        cache.put("Aa", "one");
        cache.put("BB", "two");

        assertThat(cache.get("Aa")).isEqualTo("one");
        assertThat(entries(cache)).isEqualTo(Map.of("Aa", "one", "BB", "two"));
    }

    @Test
    void puts_longKeysThatDifferInTheLastCharacter_areTwoEntriesWithTheirKeysInFull() {
        Cache<Object, String> cache = cache();
        String one = "x".repeat(4_999) + "1";
        String two = "x".repeat(4_999) + "2";

        cache.put(one, "one");
        cache.put(two, "two");

        assertThat(cache.get(one)).isEqualTo("one");
        assertThat(cache.get(two)).isEqualTo("two");
        assertThat(cache.getAll(Set.of(one, two))).isEqualTo(Map.of(one, "one", two, "two"));
        assertThat(entries(cache)).isEqualTo(Map.of(one, "one", two, "two"));
        assertThat(cache.remove(one)).isTrue();
        assertThat(entries(cache)).isEqualTo(Map.of(two, "two"));
    }

    @Test
    void allMutators_longKey_workAsWithAShortOne() {
        Cache<Object, String> cache = cache();
        String key = "k".repeat(5_000);

        assertThat(cache.putIfAbsent(key, "1")).isTrue();
        assertThat(cache.putIfAbsent(key, "2")).isFalse();
        assertThat(cache.replace(key, "1", "2")).isTrue();
        assertThat(cache.replace(key, "1", "3")).isFalse();
        assertThat(cache.getAndReplace(key, "3")).isEqualTo("2");
        assertThat(cache.getAndPut(key, "4")).isEqualTo("3");
        assertThat(cache.<String>invoke(key, (entry, none) -> {
                    entry.setValue(entry.getValue() + "!");
                    return (String) entry.getKey();
                }))
                .isEqualTo(key);
        assertThat(cache.remove(key, "4")).isFalse();
        assertThat(cache.getAndRemove(key)).isEqualTo("4!");
        assertThat(items.all(name + ":")).isEmpty();
    }

    /** One, two, three and four bytes in UTF-8. */
    static Stream<Arguments> aroundTheLimit() {
        return Stream.of("x", "\u00E9", "\u20AC", "\uD83D\uDE00")
                .flatMap(unit -> Stream.of(-1, 0, 1).map(excess -> Arguments.of(unit, excess)));
    }

    @ParameterizedTest(name = "{0}, {1} bytes over")
    @MethodSource("aroundTheLimit")
    void put_keyAroundTheLimitOfPartitionKeys_isDigestedOnlyBeyondIt(String unit, int excess) {
        Cache<Object, String> cache = cache();
        int bytes = MAX_ID_BYTES + excess - (name + ":").length();
        int unitBytes = unit.getBytes(StandardCharsets.UTF_8).length;
        String key = unit.repeat(bytes / unitBytes) + "y".repeat(bytes % unitBytes);

        cache.put(key, "value");

        assertThat(items.all(name + ":")).singleElement().satisfies(item -> {
            String id = Objects.requireNonNull(item.get("id")).s();
            if (excess > 0) {
                assertThat(item).containsEntry("key", AttributeValue.fromS(key));
                assertThat(id).startsWith(name + ":~sha256:").hasSizeLessThan(100);
            } else {
                assertThat(item).doesNotContainKey("key");
                assertThat(id).isEqualTo(name + ":" + key);
            }
        });
        assertThat(cache.get(key)).isEqualTo("value");
        assertThat(entries(cache)).isEqualTo(Map.of(key, "value"));
    }

    @Test
    void get_digestOfAnotherKeysItem_isAnErrorAndNotTheOthersValue() {
        Cache<Object, String> cache = cache();
        String key = "x".repeat(5_000);
        cache.put(key, "value");
        Map<String, AttributeValue> forged = new HashMap<>(items.all(name + ":").get(0));
        forged.put("key", AttributeValue.fromS("y".repeat(5_000)));
        items.put(Objects.requireNonNull(forged.get("id")).s(), forged);

        assertThatThrownBy(() -> cache.get(key))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("another key");
    }

    static Stream<Arguments> keyed() {
        return Stream.<Map.Entry<String, Consumer<Cache<Object, String>>>>of(
                        Map.entry("get", cache -> cache.get(bad())),
                        Map.entry("getAll", cache -> cache.getAll(Set.of("good", bad()))),
                        Map.entry("containsKey", cache -> cache.containsKey(bad())),
                        Map.entry("put", cache -> cache.put(bad(), "value")),
                        Map.entry("getAndPut", cache -> cache.getAndPut(bad(), "value")),
                        Map.entry("putIfAbsent", cache -> cache.putIfAbsent(bad(), "value")),
                        Map.entry("putAll", cache -> cache.putAll(Map.of("good", "value", bad(), "value"))),
                        Map.entry("replace", cache -> cache.replace(bad(), "value")),
                        Map.entry("replace if equal", cache -> cache.replace(bad(), "old", "value")),
                        Map.entry("getAndReplace", cache -> cache.getAndReplace(bad(), "value")),
                        Map.entry("remove", cache -> cache.remove(bad())),
                        Map.entry("remove if equal", cache -> cache.remove(bad(), "old")),
                        Map.entry("getAndRemove", cache -> cache.getAndRemove(bad())),
                        Map.entry("removeAll", cache -> cache.removeAll(Set.of("good", bad()))),
                        Map.entry("loadAll", cache -> cache.loadAll(Set.of("good", bad()), true, null)),
                        Map.entry("invoke", cache -> cache.invoke(bad(), (entry, none) -> null)),
                        Map.entry("invokeAll", cache -> cache.invokeAll(Set.of("good", bad()), (entry, none) -> null)))
                .map(operation -> Arguments.of(operation.getKey(), operation.getValue()));
    }

    private static Object bad() {
        return new Unencodable();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keyed")
    void anyOperation_keyThatCannotBeEncoded_failsWithoutARequest(
            String operation, Consumer<Cache<Object, String>> run) {
        Cache<Object, String> cache = cache();
        node.requests().clear();

        assertThatThrownBy(() -> run.accept(cache))
                .as(operation)
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(Unencodable.class.getName())
                .hasCauseInstanceOf(CodecException.class);

        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void put_keyOfClassThatIsNotAllowed_namesItAndSendsNothing() {
        Cache<Object, String> cache = node.cache(
                name, DynamoDbConfiguration.builder(Object.class, String.class).table(TABLE));
        node.requests().clear();

        assertThatThrownBy(() -> cache.put(new Seat("ICE 1", "7", 61), "value"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining(Seat.class.getName())
                .hasMessageContaining("allow");

        assertThat(node.requests().operations()).isEmpty();
    }

    /** Names that are equal whatever their case. */
    private static final class Insensitive implements KeyCodec<Name> {
        @Override
        public String encode(Name key) {
            return "name/" + key.text().toLowerCase(Locale.ROOT);
        }

        @Override
        public Name decode(String text) {
            return new Name(text.substring("name/".length()));
        }
    }

    private record Name(String text) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name that && text.equalsIgnoreCase(that.text);
        }

        @Override
        public int hashCode() {
            return text.toLowerCase(Locale.ROOT).hashCode();
        }
    }

    @Test
    void anyOperation_keyCodecOfTheApplication_namesItems() {
        Cache<Name, String> cache = node.cache(
                name,
                DynamoDbConfiguration.builder(Name.class, String.class)
                        .table(TABLE)
                        .keyCodec(new Insensitive()));

        cache.put(new Name("Ada"), "value");

        assertThat(items.contains(name + ":name/ada")).isTrue();
        assertThat(cache.get(new Name("ADA"))).isEqualTo("value");
        assertThat(cache.getAll(Set.of(new Name("aDa")))).isEqualTo(Map.of(new Name("ada"), "value"));
        assertThat(cache.iterator().next().getKey()).isEqualTo(new Name("ada"));
        assertThat(cache.putIfAbsent(new Name("adA"), "second")).isFalse();
        assertThat(cache.remove(new Name("ada"))).isTrue();
        assertThat(items.all(name + ":")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "put"})
    void anyOperation_keyCodecThatRefuses_isACacheExceptionWithoutARequest(String operation) {
        Cache<Name, String> cache = node.cache(
                name,
                DynamoDbConfiguration.builder(Name.class, String.class)
                        .table(TABLE)
                        .keyCodec(new KeyCodec<>() {
                            @Override
                            public String encode(Name key) {
                                throw new CodecException(CodecException.Reason.NOT_SERIALIZABLE, "no such name");
                            }

                            @Override
                            public Name decode(String text) {
                                throw new CodecException(CodecException.Reason.CORRUPT, "no such text");
                            }
                        }));
        node.requests().clear();

        assertThatThrownBy(() -> {
                    if (operation.equals("get")) {
                        cache.get(new Name("Ada"));
                    } else {
                        cache.put(new Name("Ada"), "value");
                    }
                })
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("no such name");
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void iterator_itemOfAnotherProgramWhoseKeyIsNone_isACacheExceptionAndTheItemStays() {
        Cache<Object, String> cache = cache();
        items.put(name + ":~i:not a number", Map.of("value", RawItems.encoded("value")));

        assertThatThrownBy(() -> cache.iterator().next())
                .isInstanceOf(CacheException.class)
                .hasCauseInstanceOf(CodecException.class);
        assertThat(items.contains(name + ":~i:not a number")).isTrue();
    }
}
