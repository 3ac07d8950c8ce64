package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.codec.CodecException.Reason;
import java.io.Serializable;
import java.lang.reflect.Modifier;
import java.math.MathContext;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.chrono.HijrahDate;
import java.time.chrono.JapaneseDate;
import java.time.chrono.JapaneseEra;
import java.time.chrono.MinguoChronology;
import java.time.chrono.MinguoDate;
import java.time.chrono.ThaiBuddhistDate;
import java.time.temporal.ValueRange;
import java.time.temporal.WeekFields;
import java.util.AbstractMap.SimpleEntry;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Collections;
import java.util.Currency;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What may be a value and has equality by content is a key. */
// People have keys of the old classes, and hand over keys that are none.
@SuppressWarnings({"IdentityHashMapUsage", "JavaUtilDate", "JdkObsolete", "UnnecessaryStringBuilder"})
final class JdkKeysTest {
    private static final ClassLoader LOADER = JdkKeysTest.class.getClassLoader();
    private static final int HOUR = 3_600_000;

    /** Listed, and compared by identity, as all throwables are besides. */
    private static final Set<String> BY_IDENTITY = Set.of(
            "java.lang.Object",
            "java.lang.StringBuffer",
            "java.lang.StringBuilder",
            "java.util.ArrayDeque",
            "java.util.Collections$AsLIFOQueue",
            "java.util.Collections$CheckedCollection",
            "java.util.Collections$CheckedQueue",
            "java.util.Collections$SynchronizedCollection",
            "java.util.Collections$UnmodifiableCollection",
            "java.util.Collections$UnmodifiableSequencedCollection",
            "java.util.IdentityHashMap",
            "java.util.PriorityQueue",
            "java.util.concurrent.ArrayBlockingQueue",
            "java.util.concurrent.ConcurrentHashMap$Segment",
            "java.util.concurrent.ConcurrentLinkedDeque",
            "java.util.concurrent.ConcurrentLinkedQueue",
            "java.util.concurrent.LinkedBlockingDeque",
            "java.util.concurrent.LinkedBlockingQueue",
            "java.util.concurrent.LinkedTransferQueue",
            "java.util.concurrent.PriorityBlockingQueue",
            "java.util.concurrent.atomic.AtomicBoolean",
            "java.util.concurrent.atomic.AtomicInteger",
            "java.util.concurrent.atomic.AtomicIntegerArray",
            "java.util.concurrent.atomic.AtomicLong",
            "java.util.concurrent.atomic.AtomicLongArray",
            "java.util.concurrent.atomic.AtomicReference",
            "java.util.concurrent.atomic.AtomicReferenceArray",
            "java.util.concurrent.atomic.DoubleAdder",
            "java.util.concurrent.atomic.LongAdder",
            "java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject",
            "java.util.concurrent.locks.ReentrantLock",
            "java.util.concurrent.locks.ReentrantLock$FairSync",
            "java.util.concurrent.locks.ReentrantLock$NonfairSync");

    /** Listed, because serialization puts them into a stream in place of others, or without an object at all. */
    private static final Set<String> NEVER_MET = Set.of(
            "java.lang.Void",
            "java.time.Ser",
            "java.time.chrono.Ser",
            "java.util.CollSer",
            "java.util.EnumSet$SerializationProxy",
            "java.util.concurrent.atomic.DoubleAdder$SerializationProxy",
            "java.util.concurrent.atomic.LongAdder$SerializationProxy");

    private final ContentKeyCodec codec = new ContentKeyCodec(LOADER, KeyFixtures.allowed());

    static Stream<Class<?>> listed() throws ClassNotFoundException {
        Stream.Builder<Class<?>> types = Stream.builder();
        for (String name : new TreeSet<>(JdkTypes.NAMES)) {
            types.add(Class.forName(name));
        }
        for (String family : JdkTypes.FAMILIES) {
            Arrays.stream(Class.forName(family).getDeclaredClasses())
                    .filter(Serializable.class::isAssignableFrom)
                    .forEach(types::add);
        }
        return types.build();
    }

    /** A type without samples here, and not known to have none, is one that nobody has thought of. */
    @ParameterizedTest
    @MethodSource("listed")
    void listedType_each_isKeyOrKnownToBeNone(Class<?> type) {
        Set<Class<?>> sampled = JdkKeySamples.ofEveryClass()
                .map(key -> key instanceof Enum<?> constant ? constant.getDeclaringClass() : key.getClass())
                .collect(Collectors.toSet());

        assertThat(Stream.of(
                                sampled.contains(type) || isOfFamilyAndByInterface(type),
                                isByIdentity(type),
                                hasNoObjects(type))
                        .filter(Boolean::booleanValue))
                .as("%s: has samples, compares by identity, has no objects of its own", type)
                .hasSize(1);
    }

    private static boolean isOfFamilyAndByInterface(Class<?> type) {
        return !JdkTypes.NAMES.contains(type.getName())
                && !hasNoObjects(type)
                && Stream.of(List.class, Set.class, Map.class).anyMatch(each -> each.isAssignableFrom(type));
    }

    private static boolean isByIdentity(Class<?> type) {
        return BY_IDENTITY.contains(type.getName()) || Throwable.class.isAssignableFrom(type);
    }

    private static boolean hasNoObjects(Class<?> type) {
        return Modifier.isAbstract(type.getModifiers()) || NEVER_MET.contains(type.getName());
    }

    static Stream<Class<?>> byIdentity() throws ClassNotFoundException {
        return listed().filter(JdkKeysTest::isByIdentity);
    }

    @ParameterizedTest
    @MethodSource("byIdentity")
    void shape_typeThatComparesByIdentity_isRefusedForIt(Class<?> type) {
        CodecException refusal = catchThrowableOfType(CodecException.class, () -> KeyInspection.shapeOf(type));

        assertThat(refusal.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
        assertThat(refusal).hasMessageContaining(type.getName()).hasMessageContaining("it compares by identity");
    }

    static Stream<Object> identities() {
        return Stream.of(
                new StringBuilder("a"),
                new AtomicLong(1),
                new ArrayDeque<>(List.of("a")),
                new PriorityQueue<>(List.of("a")),
                new IdentityHashMap<>(Map.of("a", 1)),
                Collections.unmodifiableCollection(new ArrayList<>()),
                new IllegalStateException("a"),
                List.of(new Object()),
                new KeyFixtures.Pair("a", Collections.synchronizedCollection(new ArrayList<>())));
    }

    @ParameterizedTest
    @MethodSource("identities")
    void encode_keyThatComparesByIdentity_isRefusedForIt(Object key) {
        assertThat(refusalOf(codec, key)).hasMessageContaining("it compares by identity");
    }

    @ParameterizedTest
    @MethodSource("dev.tidepool.codec.JdkKeySamples#ofEveryClass")
    void decode_encodedKey_givesEqualKeyOfItsClass(Object key) {
        Object decoded = codec.decode(codec.encode(key));

        boolean byInterface = key instanceof Collection<?> || key instanceof Map<?, ?>;
        assertThat(byInterface || decoded.getClass() == key.getClass()).isTrue();
        assertThat(decoded instanceof byte[] || decoded.equals(key)).isTrue();
        assertThat(codec.encode(decoded)).isEqualTo(codec.encode(key));
    }

    @Test
    void encode_keysOfEveryClass_giveDifferentTexts() {
        assertThat(Stream.concat(JdkKeySamples.keys(), JdkKeySamples.collections().stream())
                        .map(codec::encode))
                .doesNotHaveDuplicates();
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                arguments(Currency.getInstance("EUR"), "~currency:EUR"),
                arguments(URI.create("http://a.org/b?c=d"), "~uri:http://a.org/b?c\\=d"),
                arguments(BitSet.valueOf(new byte[] {3, 1}), "~bitset:AwE"),
                arguments(MathContext.DECIMAL32, "~mathcontext:precision\\=7 roundingMode\\=HALF_EVEN"),
                arguments(new Timestamp(1), "~timestamp:1970-01-01T00:00:00.001Z"),
                arguments(new java.sql.Date(0), "~sqldate:1970-01-01T00:00:00Z"),
                arguments(new Time(0), "~sqltime:1970-01-01T00:00:00Z"),
                arguments(TimeZone.getTimeZone("Europe/Paris"), "~timezone:Europe/Paris"),
                arguments(new SimpleTimeZone(HOUR, "A"), "~simpletimezone(A,~i:3600000)"),
                arguments(
                        new SimpleTimeZone(1, "A", 2, -1, 1, 3, 9, 25, -1, 4),
                        "~simpletimezone(A,~i:1,~i:2,~i:-1,~i:1,~i:3,~i:0,~i:9,~i:25,~i:-1,~i:4,~i:0,~i:3600000,~i:0)"),
                arguments(
                        JdkKeySamples.calendar(calendar -> {}),
                        "~calendar(~date:2023-11-14T22:13:20Z,~timezone:Europe/Paris,~bool:true,~i:1,~i:1,"
                                + "~date:1582-10-15T00:00:00Z)"),
                arguments(new Locale("no", "NO", "NY"), "~locale(no,NO,NY)"),
                arguments(String[].class, "~class([Ljava.lang.String;)"),
                arguments(int.class, "~class(int)"),
                arguments(MinguoChronology.INSTANCE, "~chronology:Minguo"),
                arguments(JapaneseEra.REIWA, "~japaneseera:Reiwa"),
                arguments(JapaneseDate.from(LocalDate.EPOCH), "~japanesedate:1970-01-01"),
                arguments(MinguoDate.from(LocalDate.EPOCH), "~minguodate:1970-01-01"),
                arguments(ThaiBuddhistDate.from(LocalDate.EPOCH), "~thaidate:1970-01-01"),
                arguments(HijrahDate.of(1445, 6, 19), "~hijrahdate(~chronology:Hijrah-umalqura,~i:1445,~i:6,~i:19)"),
                arguments(
                        MinguoDate.of(113, 1, 2).atTime(LocalTime.NOON),
                        "~chronodatetime(~minguodate:2024-01-02,~localtime:12:00)"),
                arguments(
                        MinguoDate.of(113, 1, 2).atTime(LocalTime.NOON).atZone(ZoneOffset.UTC),
                        "~chronozoneddatetime(~chronodatetime(~minguodate:2024-01-02,~localtime:12:00),~offset:Z,~offset:Z)"),
                arguments(
                        MinguoChronology.INSTANCE.period(1, 2, 3), "~chronoperiod(~chronology:Minguo,~i:1,~i:2,~i:3)"),
                arguments(ValueRange.of(1, 7), "~valuerange(~l:1,~l:1,~l:7,~l:7)"),
                arguments(WeekFields.ISO, "~weekfields(~enum:java.time.DayOfWeek(MONDAY),~i:4)"),
                arguments(Optional.of("a"), "~optional(a)"),
                arguments(new SimpleEntry<>("a", null), "~entry(a,~null)"),
                arguments(new SimpleImmutableEntry<>("a", 1), "~immutableentry(a,~i:1)"),
                arguments(new StackTraceElement("C", "m", "f", 1), "~frame(~null,~null,~null,C,m,f,~i:1)"),
                arguments(String.CASE_INSENSITIVE_ORDER, "~comparator:ignoring-case"),
                arguments(
                        Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER),
                        "~reversed(~comparator:ignoring-case)"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void encode_key_givesThisTextOnEveryJdk(Object key, String text) {
        assertThat(codec.encode(key)).isEqualTo(text);
        assertThat(codec.decode(text)).isEqualTo(key);
    }

    static Stream<Arguments> equalKeys() {
        return Stream.of(
                arguments(URI.create("HTTP://Example.ORG/a%2fb"), URI.create("http://example.org/a%2Fb")),
                arguments(URI.create("http://a:080/"), URI.create("http://a:80/")),
                arguments(URI.create("http://a:/"), URI.create("http://a/")),
                arguments(URI.create("file:///a"), URI.create("file:/a")),
                arguments(URI.create("//?q"), URI.create("?q")),
                arguments(URI.create("http://[FE80::1]/"), URI.create("http://[fe80::1]/")),
                arguments(URI.create("http://a_%2fb/%2f?%2f#%2f"), URI.create("http://a_%2Fb/%2F?%2F#%2F")),
                arguments(URI.create("URN:a%2f"), URI.create("urn:a%2F")),
                arguments(new SimpleTimeZone(0, "A"), new SimpleTimeZone(0, "A", 1, 0, 0, 0, 2, 0, 0, 0)),
                arguments(JdkKeySamples.calendar(calendar -> {}), JdkKeySamples.calendar(Calendar::getTime)),
                arguments(
                        JdkKeySamples.calendar(calendar -> calendar.set(Calendar.MONTH, Calendar.DECEMBER)),
                        JdkKeySamples.calendar(calendar -> calendar.add(Calendar.MONTH, 1))),
                arguments(JdkKeySamples.calendar(JdkKeysTest::strictWithThe32nd), JdkKeySamples.calendar(calendar -> {
                    calendar.set(2023, Calendar.DECEMBER, 2);
                    calendar.getTime();
                    calendar.setLenient(false);
                })),
                arguments(Locale.forLanguageTag("FR-fr"), Locale.FRANCE),
                arguments(new Locale("NO", "no", "NY"), new Locale("no", "NO", "NY")),
                arguments(bitsOf(1000), bitsOf(0)),
                arguments(TimeZone.getTimeZone("GMT+5:30"), TimeZone.getTimeZone("GMT+05:30")));
    }

    /** Such a calendar throws when it is asked for its time, and still has an equality. */
    private static void strictWithThe32nd(GregorianCalendar calendar) {
        calendar.setLenient(false);
        calendar.set(2023, Calendar.NOVEMBER, 32);
    }

    private static BitSet bitsOf(int capacity) {
        BitSet bits = new BitSet(capacity);
        bits.set(3);
        return bits;
    }

    @ParameterizedTest
    @MethodSource("equalKeys")
    void encode_equalKeysBuiltDifferently_giveSameText(Object key, Object same) {
        assertThat(key).isEqualTo(same);

        assertThat(codec.encode(same)).isEqualTo(codec.encode(key));
        assertThat(codec.decode(codec.encode(same))).isEqualTo(key);
    }

    @Test
    void encode_calendar_leavesItAsItIs() {
        GregorianCalendar calendar = JdkKeySamples.calendar(JdkKeysTest::strictWithThe32nd);

        codec.encode(calendar);

        assertThat(calendar.isLenient()).isFalse();
        assertThat(calendar.toString()).contains("time=?");
    }

    static Stream<Arguments> refused() {
        TimeZone renamed = TimeZone.getTimeZone("Europe/Paris");
        renamed.setID("Europe/Berlin");
        TimeZone moved = TimeZone.getTimeZone("Europe/Paris");
        moved.setRawOffset(0);
        BitSet sparse = new BitSet();
        sparse.set(Integer.MAX_VALUE);
        return Stream.of(
                arguments(renamed, "not the zone that its id names"),
                arguments(moved, "not the zone that its id names"),
                arguments(sparse, "its text has more than"),
                arguments(new Timestamp(Long.MIN_VALUE), "out of its own range"),
                arguments(
                        URI.create("http://a/b/").relativize(URI.create("http://a/b/c:d")),
                        "its text is that of another"),
                arguments(
                        URI.create("http://a/").relativize(URI.create("http://a/12:30")),
                        "its text is that of another"),
                arguments(new KeyFixtures.Birthday(), "its own way of being serialized"),
                arguments(Map.entry("a", 1), "a class of the JDK whose content is not known"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void encode_keyThatItsTextWouldNotTell_isRefused(Object key, String why) {
        assertThat(refusalOf(codec, key)).hasMessageContaining(why);
    }

    /** Whatever the application allows. */
    @Test
    void encode_url_isRefusedWhereverItIs() throws MalformedURLException {
        ContentKeyCodec allowing = new ContentKeyCodec(
                LOADER, AllowList.of(List.of("java.net.URL", KeyFixtures.class.getPackageName() + ".*")));
        URL url = new URL("http://localhost/");

        assertThat(Stream.of(url, List.of(url), Set.of(url), new KeyFixtures.Pair(url, 1), new URL[] {url}))
                .allSatisfy(key -> assertThat(refusalOf(allowing, key))
                        .hasMessageContaining("java.net.URL")
                        .hasMessageContaining("asks the name server"));
    }

    @Test
    void encode_dateOfAnotherClass_isAnotherKeyAlthoughDatesAreEqual() {
        List<Date> dates = List.of(new Date(1), new java.sql.Date(1), new Time(1), new Timestamp(1));

        assertThat(dates).allSatisfy(date -> assertThat(dates.get(0)).isEqualTo(date));
        assertThat(dates.stream().map(codec::encode)).doesNotHaveDuplicates();
    }

    @Test
    void encode_classThatIsNotAllowed_isRefused() {
        CodecException refusal =
                catchThrowableOfType(CodecException.class, () -> codec.encode(KeyFixtures.Unlisted[].class));

        assertThat(refusal.reason()).isEqualTo(Reason.NOT_ALLOWED);
        assertThat(refusal).hasMessageContaining(KeyFixtures.Unlisted.class.getName());
    }

    @Test
    void encode_classOfAnotherLoader_isRefused() throws ClassNotFoundException {
        String name = KeyFixtures.Empty.class.getName();
        Class<?> stranger = Class.forName(name, false, new KeyFixtures.CopyingLoader(name));

        assertThat(refusalOf(codec, stranger)).hasMessageContaining(name).hasMessageContaining("class loader");
    }

    private static CodecException refusalOf(ContentKeyCodec codec, Object key) {
        CodecException refusal = catchThrowableOfType(CodecException.class, () -> codec.encode(key));
        assertThat(refusal.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
        return refusal;
    }
}
