package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.codec.CodecException.Reason;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

// The old classes are among the keys that people have.
@SuppressWarnings({"ArrayAsKeyOfSetOrMap", "FloatingPointLiteralPrecision", "JavaUtilDate", "JdkObsolete"})
final class ContentKeyCodecTest {
    private static final ClassLoader LOADER = ContentKeyCodecTest.class.getClassLoader();
    private static final String SECRET = "s3cret";
    private static final String PAIR = "~record:" + KeyFixtures.Pair.class.getName();
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");

    private final ContentKeyCodec codec = new ContentKeyCodec(LOADER, KeyFixtures.allowed());

    @Test
    void encode_unequalKeys_giveDifferentBytes() {
        Map<String, Object> seen = new HashMap<>();

        KeySamples.keys().forEach(key -> {
            String text = codec.encode(key);
            byte[] stored = text.getBytes(StandardCharsets.UTF_8);
            Object other = seen.put(Arrays.toString(stored), key);

            assertThat(other).as(text).isNull();
            assertThat(new String(stored, StandardCharsets.UTF_8)).isEqualTo(text);
            assertThat(stored).isNotEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.tidepool.codec.KeySamples#keys")
    void decode_encodedKey_givesEqualKey(Object key) {
        Object decoded = codec.decode(codec.encode(key));

        assertThat(decoded).isEqualTo(key);
        assertThat(decoded instanceof byte[] || decoded.hashCode() == key.hashCode())
                .isTrue();
    }

    @Test
    void decode_mapOfStrangeObjects_keepsTheirClasses() {
        Object key = new KeyFixtures.Pair(new Date(1), new KeyFixtures.Pair(Locale.CANADA_FRENCH, Float.NaN));

        KeyFixtures.Pair decoded = (KeyFixtures.Pair) codec.decode(codec.encode(key));

        assertThat(decoded.first()).isExactlyInstanceOf(Date.class);
        assertThat(decoded).isEqualTo(key);
    }

    @Test
    void decode_bytesInStructure_givesSameBytes() {
        KeyFixtures.Pair key = new KeyFixtures.Pair(new byte[] {1, 2}, List.of(new byte[] {3}));

        String text = codec.encode(key);

        assertThat(text).isEqualTo(PAIR + "(first=~bytes:AQI,second=~list(~bytes:Aw))");
        assertThat((KeyFixtures.Pair) codec.decode(text))
                .usingRecursiveComparison()
                .isEqualTo(key);
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                arguments("order-4711", "order-4711"),
                arguments("a(b),c=d\\e~f", "a(b),c=d\\e~f"),
                arguments("", "~s:"),
                arguments("~i:1", "~s:~i:1"),
                arguments("~a(b)\\", "~s:~a\\(b\\)\\\\"),
                arguments("a\ud83d", "~s:a\\ud83d"),
                arguments(1, "~i:1"),
                arguments(1L, "~l:1"),
                arguments((short) 1, "~sh:1"),
                arguments((byte) 1, "~b:1"),
                arguments('(', "~c:\\("),
                arguments(true, "~bool:true"),
                arguments(new BigDecimal("1.00"), "~bigdec:1.00"),
                arguments(new BigDecimal(BigInteger.TEN, Integer.MIN_VALUE), "~bigdec:10s-2147483648"),
                arguments(new byte[] {-1, -2}, "~bytes:__4"),
                arguments(KeyFixtures.Colour.GREEN, "~enum:" + KeyFixtures.NAME + "$Colour(GREEN)"),
                arguments(Locale.CANADA_FRENCH, "~locale:fr-CA"),
                arguments(new Date(0), "~date:1970-01-01T00:00:00Z"),
                arguments(
                        ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 0, PARIS),
                        "~zoneddatetime:2024-01-01T00:00+01:00[Europe/Paris]"),
                arguments(Arrays.asList("a", 1, null, ""), "~list(a,~i:1,~null,~s:)"),
                arguments(Set.of("b", "a", 1), "~set(a,b,~i:1)"),
                arguments(Map.of("b", 1, "a", List.of()), "~map(a=~list(),b=~i:1)"),
                arguments(new KeyFixtures.Pair("x=1", 'y'), PAIR + "(first=x\\=1,second=~c:y)"),
                arguments(
                        new KeyFixtures.Person("Ann", 7, "p", List.of("A")),
                        "~object:" + KeyFixtures.NAME + "$Person(id=~i:7,name=Ann,aliases=~list(A),id=p)"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void encode_key_givesReadableText(Object key, String text) {
        assertThat(codec.encode(key)).isEqualTo(text);
        assertThat(codec.decode(text)).isEqualTo(key);
    }

    /** Double.toString gives other digits for some of them on JDK 17 than on JDK 19. */
    static Stream<Arguments> floatingPoint() {
        return Stream.of(
                arguments(1.0, "~d:1.0"),
                arguments(-0.0, "~d:-0.0"),
                arguments(Double.longBitsToDouble(0x7ff8_dead_beef_0000L), "~d:NaN"),
                arguments(Double.NEGATIVE_INFINITY, "~d:-Infinity"),
                arguments(0.1, "~d:0.1"),
                arguments(0.1 + 0.2, "~d:0.30000000000000004"),
                arguments(2e23, "~d:2E+23"),
                arguments(1e23, "~d:1E+23"),
                arguments(2e-322, "~d:2E-322"),
                arguments(Double.MIN_VALUE, "~d:5E-324"),
                arguments(1e10, "~d:10000000000.0"),
                arguments(-1234.5, "~d:-1234.5"),
                arguments(0.1f, "~f:0.1"),
                arguments(1.0e10f, "~f:10000000000.0"),
                arguments(Float.MIN_VALUE, "~f:1E-45"),
                arguments(-0f, "~f:-0.0"));
    }

    @ParameterizedTest
    @MethodSource("floatingPoint")
    void encode_floatingPoint_givesShortestDigitsOnEveryJdk(Object key, String text) {
        assertThat(codec.encode(key)).isEqualTo(text);
        assertThat(codec.decode(text)).isEqualTo(key);
    }

    @Test
    void decode_anyDouble_givesSameBits() {
        Random random = new Random(1);
        for (int i = 0; i < 5_000; i++) {
            Double wide = Double.longBitsToDouble(random.nextLong());
            Float narrow = Float.intBitsToFloat(random.nextInt());

            assertThat(codec.decode(codec.encode(wide))).isEqualTo(wide);
            assertThat(codec.decode(codec.encode(narrow))).isEqualTo(narrow);
        }
    }

    @Test
    void decode_everyLocaleOfTheRuntime_isEqual() {
        assertThat(Locale.getAvailableLocales())
                .allSatisfy(
                        locale -> assertThat(codec.decode(codec.encode(locale))).isEqualTo(locale));
    }

    @Test
    void decode_zonedDateTimesAroundEveryTransition_areEqual() {
        for (String id : List.of("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")) {
            ZoneId zone = ZoneId.of(id);
            zone.getRules().getTransitions().stream()
                    .flatMap(transition -> Stream.of(-1, 0, 1, 3599)
                            .map(seconds ->
                                    transition.getInstant().plusSeconds(seconds).atZone(zone)))
                    .forEach(
                            time -> assertThat(codec.decode(codec.encode(time))).isEqualTo(time));
        }
    }

    static Stream<Arguments> equalKeys() {
        String shared = "shared";
        List<Integer> numbers = List.of(1, 2, 3);
        return Stream.of(
                arguments(new KeyFixtures.Pair(shared, shared), new KeyFixtures.Pair("shared", copy(shared))),
                arguments(List.of(1000, 1000), List.of(1000, Integer.valueOf("1000"))),
                arguments(numbers, new ArrayList<>(numbers)),
                arguments(numbers, new LinkedList<>(numbers)),
                arguments(numbers, Arrays.asList(1, 2, 3)),
                arguments(numbers, List.of(0, 1, 2, 3, 4).subList(1, 4)),
                arguments(numbers, Collections.unmodifiableList(new ArrayList<>(numbers))),
                arguments(List.of(3, 2, 1), new KeyFixtures.Countdown(3)),
                arguments(List.of(), Collections.emptyList()),
                arguments(Set.of(1, 2, 3), new HashSet<>(numbers)),
                arguments(Set.of(1, 2, 3), new LinkedHashSet<>(List.of(3, 1, 2))),
                arguments(Set.of(1, 2, 3), new TreeSet<>(numbers).descendingSet()),
                arguments(Set.of(1, 2, 3), new ConcurrentSkipListSet<>(numbers)),
                arguments(Set.of(1, 2, 3), Map.of(1, 1, 2, 2, 3, 3).keySet()),
                arguments(new LinkedHashSet<>(List.of("Aa", "BB")), new LinkedHashSet<>(List.of("BB", "Aa"))),
                arguments(
                        new HashSet<>(List.of("AaAa", "BBBB", "AaBB")), new HashSet<>(List.of("AaBB", "BBBB", "AaAa"))),
                arguments(EnumSet.allOf(KeyFixtures.Colour.class), Set.of(KeyFixtures.Colour.values())),
                arguments(map("Aa", 1, "BB", 2), map("BB", 2, "Aa", 1)),
                arguments(map("b", 2, "a", 1), new TreeMap<>(Map.of("a", 1, "b", 2))),
                arguments(Map.of("a", numbers, "b", numbers), Map.of("b", new LinkedList<>(numbers), "a", numbers)),
                arguments(
                        new EnumMap<>(Map.of(KeyFixtures.Colour.RED, 1, KeyFixtures.Colour.GREEN, 2)),
                        Map.of(KeyFixtures.Colour.GREEN, 2, KeyFixtures.Colour.RED, 1)),
                arguments(
                        new KeyFixtures.Person("a", 1, "b", new LinkedList<>(List.of("c"))),
                        new KeyFixtures.Person(copy("a"), 1, "b", List.of("c"))),
                arguments(ZoneId.of("+00:00"), ZoneOffset.UTC),
                arguments(Locale.forLanguageTag("FR-fr"), Locale.FRANCE),
                arguments(Double.NaN, Double.longBitsToDouble(0x7ff8_0000_0000_0001L)));
    }

    @ParameterizedTest
    @MethodSource("equalKeys")
    void encode_equalKeysBuiltDifferently_giveSameText(Object key, Object same) {
        assertThat(key).isEqualTo(same);

        assertThat(codec.encode(same)).isEqualTo(codec.encode(key));
        assertThat(codec.decode(codec.encode(same))).isEqualTo(key);
    }

    @Test
    void encode_equalByteArrays_giveSameText() {
        assertThat(codec.encode(new byte[] {1, 2})).isEqualTo(codec.encode(new byte[] {1, 2}));
    }

    static Stream<Arguments> arrays() {
        return Stream.of(
                arguments(new Object[] {"a", 1, null}, "~array(a,~i:1,~null)"),
                arguments(new Object[0], "~array()"),
                arguments(new Object[][] {{"a"}, {}}, "~array(~array(a),~array())"),
                arguments(new Object[] {new byte[] {-1, -2}}, "~array(~bytes:__4)"),
                arguments(new boolean[] {true}, "~bools(~bool:true)"),
                arguments(new char[] {'a', ','}, "~chars(~c:a,~c:\\,)"),
                arguments(new short[] {1}, "~shorts(~sh:1)"),
                arguments(new int[] {1, 2}, "~ints(~i:1,~i:2)"),
                arguments(new int[0], "~ints()"),
                arguments(new long[] {1}, "~longs(~l:1)"),
                arguments(new float[] {1}, "~floats(~f:1.0)"),
                arguments(new double[] {1}, "~doubles(~d:1.0)"));
    }

    @ParameterizedTest
    @MethodSource("arrays")
    void encode_array_givesTextOfItsElementsAndBack(Object array, String text) {
        assertThat(codec.encode(array)).isEqualTo(text);
        assertThat(codec.decode(text)).hasSameClassAs(array instanceof Object[] ? new Object[0] : array);
        assertThat(Arrays.deepEquals(new Object[] {codec.decode(text)}, new Object[] {array}))
                .isTrue();
    }

    @Test
    void encode_arraysOfObjects_areComparedWithoutTheirComponentType() {
        assertThat(codec.encode(new String[] {"a"})).isEqualTo(codec.encode(new Object[] {"a"}));
        assertThat(codec.encode(new Integer[] {1})).isNotEqualTo(codec.encode(new int[] {1}));
        assertThat(codec.encode(new Object[] {"a"})).isNotEqualTo(codec.encode(List.of("a")));
    }

    @Test
    void decode_fieldsWithArrayTypes_haveArraysOfTheirTypes() {
        KeyFixtures.Arrayed key = new KeyFixtures.Arrayed(
                new String[] {"a", null}, new int[] {1}, new Comparable<?>[][] {{"b", 2}, {}}, new String[] {"c"});

        KeyFixtures.Arrayed decoded = (KeyFixtures.Arrayed) codec.decode(codec.encode(key));

        assertThat(decoded).isEqualTo(key);
        assertThat(decoded.any()).isExactlyInstanceOf(Object[].class);
    }

    @Test
    void decode_classWithReadObject_hasWhatThatComputes() {
        KeyFixtures.NamedCall key = new KeyFixtures.NamedCall("find", new String[] {"x"}, "a", 1, new int[] {2});

        Object decoded = codec.decode(codec.encode(key));

        assertThat(decoded).isEqualTo(key).hasSameHashCodeAs(key);
    }

    @ParameterizedTest
    @EnumSource
    void decode_readObjectThatReadsMoreThanFields_isRefusedAndNotQuoted(KeyFixtures.Wish wish) {
        String text = codec.encode(new KeyFixtures.Greedy(SECRET, wish));

        CodecException failure = catchThrowableOfType(CodecException.class, () -> codec.decode(text));

        assertThat(failure.reason()).isEqualTo(Reason.CLASS_CHANGED);
        assertThat(failure)
                .hasMessageContaining("KeyFixtures$Greedy")
                .hasMessageContaining("its readObject reads more than its fields");
        assertThat(KeyFixtures.everythingSaid(failure)).doesNotContain(SECRET);
    }

    /** Its code runs when a text is read, which somebody may have written who must not run it. */
    @Test
    void encode_superclassWithReadObjectThatIsNotAllowed_isRefused() {
        ContentKeyCodec strict =
                new ContentKeyCodec(LOADER, AllowList.of(List.of(KeyFixtures.NamedCall.class.getName())));

        CodecException failure = catchThrowableOfType(
                CodecException.class, () -> strict.encode(new KeyFixtures.NamedCall("a", new String[0])));

        assertThat(failure.reason()).isEqualTo(Reason.NOT_ALLOWED);
        assertThat(failure).hasMessageContaining(KeyFixtures.Call.class.getName());
    }

    @Test
    void decode_readObjectThatJavaDoesNotCall_isNotCalled() {
        Object key = new KeyFixtures.Uncalled("a");

        assertThat(codec.decode(codec.encode(key))).isEqualTo(key);
    }

    @Test
    void encode_longArrayOfPrimitives_isRefusedByLength() {
        assertThat(refusalOf(new long[KeyWriter.MAX_LENGTH])).hasMessageContaining("its text has more than");
    }

    private static Object arrayOfItself() {
        Object[] array = new Object[1];
        array[0] = array;
        return array;
    }

    @Test
    void decode_localesThatTagsTellInFull_areEqual() {
        Locale withExtensions = new Locale.Builder()
                .setLocale(Locale.JAPAN)
                .setScript("Jpan")
                .setVariant("variant1")
                .setExtension('x', "private")
                .setUnicodeLocaleKeyword("ca", "japanese")
                .build();

        assertThat(codec.decode(codec.encode(withExtensions))).isEqualTo(withExtensions);
        assertThat(codec.decode(codec.encode(locale("ja", "JP", "JP")))).isEqualTo(locale("ja", "JP", "JP"));
        assertThat(codec.decode(codec.encode(locale("th", "TH", "TH")))).isEqualTo(locale("th", "TH", "TH"));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refusal(new KeyFixtures.PlainObject(), "PlainObject"),
                refusal(new Object(), "java.lang.Object"),
                refusal(new AtomicInteger(1), "java.util.concurrent.atomic.AtomicInteger"),
                refusal(new StringJoiner(SECRET), "java.util.StringJoiner"),
                refusal(Map.entry(SECRET, 1), "java.util.KeyValueHolder"),
                refusal(new IllegalStateException(SECRET), "java.lang.IllegalStateException"),
                refusal(java.time.Clock.systemUTC(), "java.time.Clock$SystemClock"),
                refusal(new ArrayList<>(List.of(SECRET)).iterator(), "java.util.ArrayList$Itr"),
                refusal(new KeyFixtures.Birthday(), "KeyFixtures$Birthday"),
                refusal(new KeyFixtures.Big(), "KeyFixtures$Big"),
                refusal(new KeyFixtures.Inheriting(), "KeyFixtures$Inheriting"),
                refusal(new KeyFixtures.Writing(), "KeyFixtures$Writing"),
                refusal(new KeyFixtures.WritingChild(), "KeyFixtures$WritingChild"),
                refusal(new KeyFixtures.Resolving(), "KeyFixtures$Resolving"),
                refusal(new KeyFixtures.Replacing(), "KeyFixtures$Replacing"),
                refusal(new KeyFixtures.Replaced(SECRET), "KeyFixtures$Replaced"),
                refusal(new KeyFixtures.NoData(), "KeyFixtures$NoData"),
                refusal(new KeyFixtures.OwnFields(), "KeyFixtures$OwnFields"),
                refusal(new KeyFixtures.External(), "KeyFixtures$External"),
                refusal(KeyFixtures.inner(), "KeyFixtures$Inner"),
                refusal(KeyFixtures.anonymous(), "KeyFixtures$"),
                refusal(KeyFixtures.local(SECRET), "Local"),
                refusal(KeyFixtures.lambda(SECRET), "$$Lambda"),
                refusal(proxy(), "Proxy"),
                refusal(arrayOfItself(), "java.lang.Object[]"),
                refusal(new KeyFixtures.Lists(new LinkedList<?>[] {new LinkedList<>()}), "KeyFixtures$Lists"),
                refusal(KeyFixtures.containingItself(), "java.util.ArrayList"),
                refusal(KeyFixtures.chained(), "KeyFixtures$Chain"),
                refusal(KeyFixtures.nested(65), "java.util.ImmutableCollections$List12"),
                refusal(KeyFixtures.nested(100_000), "java.util.ImmutableCollections$List12"),
                refusal(KeyFixtures.doubled(60), "java.util.ImmutableCollections$"),
                refusal(List.of(SECRET.repeat(100_000)), "java.util.ImmutableCollections$List12"),
                refusal(new KeyFixtures.Linked(new LinkedList<>(List.of(SECRET))), "KeyFixtures$Linked"),
                refusal(new KeyFixtures.Sorted(new TreeMap<>()), "KeyFixtures$Sorted"),
                refusal(Arrays.asList(SECRET, new KeyFixtures.PlainObject()), "PlainObject"),
                refusal(Map.of(SECRET, new KeyFixtures.PlainObject()), "PlainObject"),
                refusal(new KeyFixtures.Pair(SECRET, new KeyFixtures.PlainObject()), "PlainObject"),
                refusal(new HashSet<>(List.of(new byte[] {1}, new byte[] {1})), "java.util.HashSet"),
                refusal(identityMap(), "java.util.IdentityHashMap"));
    }

    /** The key has another name in the report: the text of some of them is endless. */
    private static Arguments refusal(Object key, String named) {
        return arguments(named(named, key), named);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void encode_keyWithoutText_isRefusedByClass(Object key, String named) {
        CodecException refusal = refusalOf(key);

        assertThat(refusal.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
        assertThat(refusal)
                .hasMessageContaining(named)
                .hasMessageContaining("needs a KeyCodec")
                .hasMessageContaining("DynamoDbConfiguration.Builder.keyCodec");
        assertThat(KeyFixtures.everythingSaid(refusal)).doesNotContain(SECRET);
    }

    @Test
    void encode_localRecord_isAccepted() {
        Object key = KeyFixtures.localRecord("a");
        ContentKeyCodec allowing =
                new ContentKeyCodec(LOADER, AllowList.of(List.of(key.getClass().getName())));

        assertThat(allowing.decode(allowing.encode(key))).isEqualTo(key);
    }

    @Test
    void encode_classOfAnotherLoader_isRefused() throws Exception {
        String name = KeyFixtures.Empty.class.getName();
        Constructor<?> constructor =
                Class.forName(name, true, new KeyFixtures.CopyingLoader(name)).getDeclaredConstructor();
        constructor.setAccessible(true);
        Object stranger = constructor.newInstance();

        assertThat(refusalOf(stranger)).hasMessageContaining(name).hasMessageContaining("class loader");
    }

    static Stream<Arguments> notAllowed() {
        return Stream.of(
                arguments(new KeyFixtures.Unlisted(), "~object:" + KeyFixtures.NAME + "$Unlisted()"),
                arguments(new KeyFixtures.UnlistedRecord(), "~record:" + KeyFixtures.NAME + "$UnlistedRecord()"),
                arguments(KeyFixtures.UnlistedEnum.ONE, "~enum:" + KeyFixtures.NAME + "$UnlistedEnum(ONE)"));
    }

    @ParameterizedTest
    @MethodSource("notAllowed")
    void encode_classNotAllowed_namesIt(Object key, String text) {
        CodecException refusal = refusalOf(List.of(SECRET, key));

        assertThat(refusal.reason()).isEqualTo(Reason.NOT_ALLOWED);
        assertThat(refusal).hasMessageContaining(key.getClass().getName());
        assertThat(KeyFixtures.everythingSaid(refusal)).doesNotContain(SECRET);
    }

    @Test
    void encode_manyThreadsMeetingClassesFirst_giveSameText() throws Exception {
        List<Object> keys = KeySamples.objects();
        List<String> expected = keys.stream().map(codec::encode).toList();
        ContentKeyCodec fresh = new ContentKeyCodec(LOADER, KeyFixtures.allowed());
        var threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<String>>> results = threads.invokeAll(Collections.nCopies(
                    32,
                    () -> keys.stream()
                            .map(fresh::encode)
                            .map(fresh::decode)
                            .map(fresh::encode)
                            .toList()));

            for (Future<List<String>> result : results) {
                assertThat(result.get()).isEqualTo(expected);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void encode_null_isRefused() {
        assertThat(catchThrowableOfType(NullPointerException.class, () -> codec.encode(nothing())))
                .hasMessage("key");
    }

    @Test
    void encode_deepestAllowed_isDecodedWithSmallStack() throws Exception {
        Object key = KeyFixtures.nested(64);
        Thread small = new Thread(null, () -> codec.decode(codec.encode(key)), "small", 256 * 1024);
        List<Throwable> thrown = new ArrayList<>();
        small.setUncaughtExceptionHandler((thread, e) -> thrown.add(e));

        small.start();
        small.join();

        assertThat(thrown).isEmpty();
        assertThatNoException()
                .isThrownBy(() -> codec.encode(
                        new ArrayList<>(IntStream.range(0, 30_000).boxed().toList())));
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    private CodecException refusalOf(Object key) {
        return catchThrowableOfType(CodecException.class, () -> codec.encode(key));
    }

    @SuppressWarnings("StringCopy") // the point is another instance
    private static String copy(String text) {
        return new String(text.toCharArray());
    }

    private static Map<String, Integer> map(String key, int value, String otherKey, int otherValue) {
        Map<String, Integer> map = new LinkedHashMap<>();
        map.put(key, value);
        map.put(otherKey, otherValue);
        return map;
    }

    private static IdentityHashMap<String, Integer> identityMap() {
        IdentityHashMap<String, Integer> map = new IdentityHashMap<>();
        map.put(SECRET, 1);
        map.put(copy(SECRET), 2);
        return map;
    }

    private static Locale locale(String language, String country, String variant) {
        return new Locale(language, country, variant);
    }

    private static Object proxy() {
        return Proxy.newProxyInstance(LOADER, new Class<?>[] {Serializable.class}, (self, method, arguments) -> 1);
    }
}
