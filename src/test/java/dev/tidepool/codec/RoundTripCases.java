package dev.tidepool.codec;

import dev.tidepool.codec.Samples.Color;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.User;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.chrono.JapaneseDate;
import java.time.chrono.ThaiBuddhistDate;
import java.time.temporal.ChronoUnit;
import java.time.temporal.WeekFields;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Set;
import java.util.Stack;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The values that both codecs are tried on. */
@SuppressWarnings({"IdentityHashMapUsage", "JavaUtilDate", "JdkObsolete", "UnnecessaryStringBuilder"
}) // stored all the same
final class RoundTripCases {

    private RoundTripCases() {}

    static List<RoundTripCase> all() {
        return Stream.of(values(), times(), collections(), queues(), arrays(), atomics(), OddCases.all())
                .flatMap(cases -> cases)
                .toList();
    }

    private static Stream<RoundTripCase> values() {
        return Stream.<Object>of(
                        (byte) 1,
                        (short) 2,
                        'c',
                        1.5f,
                        2.5,
                        "text",
                        new BigInteger("123456789012345678901234567890"),
                        new BigDecimal("12345678901234567890.1234567890"),
                        UUID.fromString("11111111-2222-3333-4444-555555555555"),
                        Locale.GERMANY,
                        Currency.getInstance("EUR"),
                        URI.create("https://example.com/a?b=c#d"),
                        Color.RED,
                        Color.GREEN,
                        TimeUnit.DAYS,
                        new User("anna", 7, null),
                        new User("bert", 8, new User("carl", 9, List.of(Color.GREEN))),
                        new Holder("x"),
                        new Holder(null),
                        new Holder(new Holder(new Date(5))),
                        int.class,
                        void.class,
                        String[].class,
                        User.class,
                        String.CASE_INSENSITIVE_ORDER,
                        Comparator.naturalOrder())
                .map(RoundTripCase::equal);
    }

    private static Stream<RoundTripCase> times() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        LocalDateTime noon = LocalDateTime.of(2026, 1, 2, 12, 0);
        Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("Europe/Berlin"), Locale.GERMANY);
        calendar.setTimeInMillis(1_700_000_000_000L);
        return Stream.<Object>of(
                        Instant.ofEpochSecond(1, 2),
                        noon,
                        noon.toLocalDate(),
                        noon.toLocalTime(),
                        noon.atZone(berlin),
                        noon.atOffset(ZoneOffset.ofHours(2)),
                        OffsetDateTime.of(noon, ZoneOffset.UTC).toOffsetTime(),
                        ZonedDateTime.of(noon, ZoneOffset.UTC),
                        berlin,
                        ZoneOffset.ofHours(3),
                        Duration.ofNanos(5),
                        Period.of(1, 2, 3),
                        Year.of(2026),
                        YearMonth.of(2026, 2),
                        DayOfWeek.MONDAY,
                        ChronoUnit.DAYS,
                        JapaneseDate.of(2026, 1, 2),
                        ThaiBuddhistDate.now(ZoneOffset.UTC),
                        WeekFields.ISO,
                        new Date(5),
                        new java.sql.Timestamp(6),
                        new java.sql.Date(7),
                        new java.sql.Time(8),
                        calendar,
                        TimeZone.getTimeZone("America/New_York"),
                        new java.util.SimpleTimeZone(3_600_000, "X"),
                        new LocalDate[] {noon.toLocalDate()})
                .map(RoundTripCase::equal);
    }

    private static Stream<RoundTripCase> collections() {
        List<Integer> some = List.of(3, 1, 2);
        Map<String, Integer> map = Map.of("a", 1, "b", 2);
        return Stream.<Object>of(
                        new ArrayList<>(some),
                        new LinkedList<>(some),
                        new Vector<>(some),
                        new HashSet<>(some),
                        new LinkedHashSet<>(some),
                        new TreeSet<>(some),
                        new TreeSet<>(Collections.<Integer>reverseOrder()),
                        new HashMap<>(map),
                        new LinkedHashMap<>(map),
                        new TreeMap<>(map),
                        new TreeMap<>(map).headMap("b"),
                        new TreeMap<>(map).descendingMap(),
                        new Hashtable<>(map),
                        new EnumMap<>(Map.of(Color.RED, 1)),
                        EnumSet.of(Color.RED, Color.GREEN),
                        EnumSet.noneOf(Color.class),
                        new BitSet(9),
                        new SimpleEntry<>("a", 1),
                        Arrays.asList(1, null, 2),
                        List.of(),
                        List.of(1),
                        some,
                        some.subList(0, 2).stream().toList(),
                        Set.of(),
                        Set.of(1),
                        Set.of(1, 2, 3),
                        Map.of(),
                        Map.of(1, 2),
                        map,
                        Collections.emptyList(),
                        Collections.emptyMap(),
                        Collections.singletonList(1),
                        Collections.singletonMap(1, 2),
                        Collections.nCopies(5, "x"),
                        Collections.unmodifiableList(new ArrayList<>(some)),
                        Collections.unmodifiableMap(new TreeMap<>(map)),
                        Collections.unmodifiableSortedMap(new TreeMap<>(map)),
                        Collections.synchronizedList(new ArrayList<>(some)),
                        Collections.synchronizedMap(new HashMap<>(map)),
                        Collections.checkedList(new ArrayList<>(some), Integer.class),
                        Collections.newSetFromMap(new ConcurrentHashMap<Integer, Boolean>()),
                        new ConcurrentHashMap<>(map),
                        new ConcurrentSkipListMap<>(map),
                        new ConcurrentSkipListMap<>(map).headMap("b"),
                        new ConcurrentSkipListSet<>(some),
                        new CopyOnWriteArrayList<>(some),
                        new CopyOnWriteArraySet<>(some),
                        new ArrayList<>(Collections.nCopies(5_000, null)),
                        new HashSet<>(IntStream.range(0, 5_000).boxed().toList()),
                        new HashMap<>(1_000, 0.25f),
                        properties())
                .map(RoundTripCase::equal);
    }

    /** Collections that compare by identity; their elements are compared instead. */
    private static Stream<RoundTripCase> queues() {
        List<Integer> some = List.of(1, 2, 3);
        return Stream.<Object>of(
                        new ArrayDeque<>(some),
                        new PriorityQueue<>(some),
                        new Stack<>(),
                        new ArrayBlockingQueue<>(5, true, some),
                        new LinkedBlockingQueue<>(some),
                        new LinkedBlockingDeque<>(some),
                        new LinkedTransferQueue<>(some),
                        new ConcurrentLinkedQueue<>(some),
                        new ConcurrentLinkedDeque<>(some),
                        new PriorityBlockingQueue<>(some),
                        Collections.unmodifiableCollection(new ArrayList<>(some)),
                        Collections.asLifoQueue(new ArrayDeque<>(some)))
                .map(queue -> RoundTripCase.same(queue, RoundTripCases::sameElements));
    }

    private static Stream<RoundTripCase> arrays() {
        return Stream.<Object>of(
                        new byte[] {1},
                        new boolean[] {true},
                        new char[] {'x'},
                        new short[] {1},
                        new int[] {1, 2},
                        new long[1_000],
                        new float[] {1},
                        new double[] {1},
                        new int[][] {{1}, {}, {2, 3}},
                        new Object[0],
                        new Object[] {null, 1, "x", new int[] {1}},
                        new String[] {"a", null},
                        new User[] {new User("anna", 1, null), null},
                        new User[0][],
                        new Color[] {Color.GREEN},
                        new Class<?>[] {int.class, User.class},
                        new Comparable<?>[] {1, "x"})
                .map(RoundTripCase::equal);
    }

    private static Stream<RoundTripCase> atomics() {
        LongAdder adder = new LongAdder();
        adder.add(3);
        return Stream.<Object>of(
                        new AtomicBoolean(true),
                        new AtomicInteger(5),
                        new AtomicLong(6),
                        new AtomicReference<>("x"),
                        new AtomicIntegerArray(new int[] {1, 2}),
                        adder,
                        new StringBuilder("abc"),
                        new StringBuffer("abc"))
                .map(value ->
                        RoundTripCase.same(value, (one, two) -> one.toString().equals(two.toString())));
    }

    private static boolean sameElements(Object one, Object two) {
        return Arrays.equals(((Collection<?>) one).toArray(), ((Collection<?>) two).toArray());
    }

    private static Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("a", "b");
        return properties;
    }
}
