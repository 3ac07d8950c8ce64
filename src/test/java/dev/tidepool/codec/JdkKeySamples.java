package dev.tidepool.codec;

import java.math.MathContext;
import java.math.RoundingMode;
import java.net.URI;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.chrono.HijrahChronology;
import java.time.chrono.HijrahDate;
import java.time.chrono.HijrahEra;
import java.time.chrono.IsoChronology;
import java.time.chrono.IsoEra;
import java.time.chrono.JapaneseChronology;
import java.time.chrono.JapaneseDate;
import java.time.chrono.JapaneseEra;
import java.time.chrono.MinguoChronology;
import java.time.chrono.MinguoDate;
import java.time.chrono.MinguoEra;
import java.time.chrono.ThaiBuddhistChronology;
import java.time.chrono.ThaiBuddhistDate;
import java.time.chrono.ThaiBuddhistEra;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.ValueRange;
import java.time.temporal.WeekFields;
import java.util.AbstractMap.SimpleEntry;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SimpleTimeZone;
import java.util.Stack;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Keys of the types of the JDK that may be values. */
// People have keys of the old classes.
@SuppressWarnings({"JavaUtilDate", "JdkObsolete"})
final class JdkKeySamples {
    private static final TimeZone PARIS = TimeZone.getTimeZone("Europe/Paris");
    private static final int HOUR = 3_600_000;

    private JdkKeySamples() {}

    /** Keys no two of which have one text. */
    static List<Object> scalars() {
        return List.of(
                Currency.getInstance("EUR"),
                Currency.getInstance("USD"),
                URI.create("http://example.org/"),
                URI.create("http://example.org"),
                URI.create("http://@example.org/"),
                URI.create("http://Ann@example.org/?q=(a,b)#c"),
                URI.create("http://ann@example.org/?q=(a,b)#c"),
                URI.create("http://example.org:80/"),
                URI.create("http://[fe80::1%25eth0]:80/"),
                URI.create("http://a_b:8/x"),
                URI.create("http://a_b:9/x"),
                URI.create("urn:a"),
                URI.create("urn:A"),
                URI.create("mailto:a@b?c%2F"),
                URI.create("a%2f"),
                URI.create("a/"),
                URI.create(""),
                URI.create("?q"),
                URI.create("#f"),
                URI.create("/a"),
                URI.create("////a"),
                URI.create("//a"),
                URI.create("file:/a"),
                URI.create("file:////a"),
                URI.create("file://?q"),
                URI.create("file://#f"),
                URI.create("file:?q"),
                URI.create("http://\u00e9/\u00e9"),
                new BitSet(),
                bits(0),
                bits(8),
                bits(0, 7, 64),
                MathContext.DECIMAL64,
                new MathContext(16, RoundingMode.UP),
                MathContext.UNLIMITED,
                String.CASE_INSENSITIVE_ORDER,
                Collections.reverseOrder(),
                Comparator.naturalOrder(),
                RoundingMode.UP,
                TimeUnit.DAYS,
                String.class,
                int.class,
                void.class,
                int[].class,
                String[][].class,
                Map.Entry.class,
                KeyFixtures.Colour.class,
                KeyFixtures.Pair[].class);
    }

    /** Keys no two of which have one text, although some are equal to others by {@code Date.equals}. */
    static List<Object> dates() {
        return List.of(
                new Date(1_700_000_000_000L),
                new Timestamp(1_700_000_000_000L),
                new java.sql.Date(1_700_000_000_000L),
                new java.sql.Date(1_700_000_000_001L),
                new Time(1_700_000_000_000L),
                Timestamp.from(Instant.ofEpochSecond(1_700_000_000, 1)),
                new Timestamp(-1),
                new Timestamp(Long.MAX_VALUE),
                Timestamp.from(Instant.ofEpochSecond(-1, 999_999_999)),
                new java.sql.Date(Long.MIN_VALUE),
                new Time(0),
                JapaneseDate.from(LocalDate.EPOCH),
                JapaneseDate.from(LocalDate.of(1873, 1, 1)),
                MinguoDate.from(LocalDate.EPOCH),
                MinguoDate.from(LocalDate.of(1, 1, 1)),
                ThaiBuddhistDate.from(LocalDate.EPOCH),
                HijrahDate.of(1445, 6, 19),
                HijrahDate.of(1445, 7, 19),
                JapaneseEra.REIWA,
                JapaneseEra.MEIJI,
                HijrahEra.AH,
                IsoEra.CE,
                MinguoEra.ROC,
                ThaiBuddhistEra.BE,
                IsoChronology.INSTANCE,
                HijrahChronology.INSTANCE,
                JapaneseChronology.INSTANCE,
                MinguoChronology.INSTANCE,
                ThaiBuddhistChronology.INSTANCE,
                Month.MAY,
                ChronoField.YEAR,
                ChronoUnit.YEARS);
    }

    static List<Object> tuples() {
        MinguoDate minguo = MinguoDate.of(113, 10, 27);
        ThaiBuddhistDate thai = ThaiBuddhistDate.of(2567, 10, 27);
        LocalTime overlap = LocalTime.of(2, 30);
        ZoneId paris = ZoneId.of("Europe/Paris");
        return List.of(
                minguo.atTime(overlap),
                thai.atTime(overlap),
                HijrahDate.of(1445, 6, 19).atTime(overlap),
                minguo.atTime(overlap).atZone(paris),
                minguo.atTime(overlap).atZone(paris).withLaterOffsetAtOverlap(),
                minguo.atTime(overlap).atZone(ZoneOffset.ofHours(2)),
                MinguoChronology.INSTANCE.period(1, 2, 3),
                MinguoChronology.INSTANCE.period(1, 2, -3),
                ThaiBuddhistChronology.INSTANCE.period(1, 2, 3),
                ValueRange.of(1, 7),
                ValueRange.of(1, 1, 5, 7),
                ValueRange.of(1, 2, 7, 7),
                WeekFields.ISO,
                WeekFields.SUNDAY_START,
                WeekFields.of(DayOfWeek.FRIDAY, 7),
                Optional.empty(),
                Optional.of("a"),
                Optional.of(Optional.empty()),
                Optional.of(List.of("a")),
                new SimpleEntry<>("a", 1),
                new SimpleImmutableEntry<>("a", 1),
                new SimpleEntry<>("a", null),
                new SimpleEntry<>(null, "a"),
                Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER),
                new StackTraceElement("C", "m", "f", 1),
                new StackTraceElement("C", "m", null, -2),
                new StackTraceElement("app", "m", "1", "C", "m", "f", 1),
                new StackTraceElement("m", "app", "1", "C", "m", "f", 1));
    }

    static List<Object> locales() {
        return List.of(
                new Locale("no", "NO", "NY"),
                new Locale("", "", "ill formed"),
                new Locale("", "", "Ill formed"),
                new Locale("ill formed"),
                new Locale("ill", "formed"),
                new Locale("a_b"),
                new Locale("de", "DE", "a,b(c)=\\"),
                new Locale("ja", "JP", "JP"),
                new Locale("de", "DE", "POSIX"),
                Locale.forLanguageTag("de-Latn-DE-u-co-phonebk-x-own"));
    }

    static List<Object> zones() {
        SimpleTimeZone rules =
                new SimpleTimeZone(HOUR, "A", Calendar.MARCH, -1, 1, HOUR, Calendar.OCTOBER, -1, 1, HOUR);
        return List.of(
                PARIS,
                TimeZone.getTimeZone("GMT"),
                TimeZone.getTimeZone("UTC"),
                TimeZone.getTimeZone("GMT+05:30"),
                new SimpleTimeZone(0, "GMT"),
                new SimpleTimeZone(HOUR, "GMT"),
                new SimpleTimeZone(HOUR, "x],offset=5,startDay=3[(,"),
                new SimpleTimeZone(HOUR, ""),
                rules,
                changed(rules, zone -> zone.setStartYear(1996)),
                changed(rules, zone -> zone.setDSTSavings(HOUR / 2)),
                changed(rules, zone -> zone.setStartRule(Calendar.MARCH, 25, HOUR)),
                changed(rules, zone -> zone.setStartRule(Calendar.MARCH, 2, 1, HOUR)),
                changed(rules, zone -> zone.setStartRule(Calendar.MARCH, 25, 1, HOUR, true)),
                changed(rules, zone -> zone.setStartRule(Calendar.MARCH, 25, 1, HOUR, false)),
                changed(rules, zone -> zone.setEndRule(Calendar.OCTOBER, 25, 1, HOUR, false)),
                new SimpleTimeZone(
                        HOUR,
                        "A",
                        2,
                        -1,
                        1,
                        HOUR,
                        SimpleTimeZone.UTC_TIME,
                        9,
                        -1,
                        1,
                        HOUR,
                        SimpleTimeZone.UTC_TIME,
                        HOUR),
                new SimpleTimeZone(
                        HOUR,
                        "A",
                        2,
                        -1,
                        1,
                        HOUR,
                        SimpleTimeZone.UTC_TIME,
                        9,
                        -1,
                        1,
                        HOUR,
                        SimpleTimeZone.WALL_TIME,
                        HOUR));
    }

    private static SimpleTimeZone changed(SimpleTimeZone zone, Consumer<SimpleTimeZone> change) {
        SimpleTimeZone changed = (SimpleTimeZone) zone.clone();
        change.accept(changed);
        return changed;
    }

    static List<Object> calendars() {
        return List.of(
                calendar(calendar -> {}),
                calendar(calendar -> calendar.add(Calendar.MILLISECOND, 1)),
                calendar(calendar -> calendar.setTimeZone(TimeZone.getTimeZone("Europe/Berlin"))),
                calendar(calendar -> calendar.setTimeZone(new SimpleTimeZone(HOUR, "Europe/Paris"))),
                calendar(calendar -> calendar.setLenient(false)),
                calendar(calendar -> calendar.setFirstDayOfWeek(Calendar.MONDAY)),
                calendar(calendar -> calendar.setMinimalDaysInFirstWeek(4)),
                calendar(calendar -> calendar.setGregorianChange(new Date(Long.MIN_VALUE))),
                calendar(calendar -> calendar.setGregorianChange(new Date(Long.MAX_VALUE))));
    }

    static GregorianCalendar calendar(Consumer<GregorianCalendar> change) {
        GregorianCalendar calendar = new GregorianCalendar(PARIS, Locale.US);
        calendar.setTimeInMillis(1_700_000_000_000L);
        change.accept(calendar);
        return calendar;
    }

    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int bit : set) {
            bits.set(bit);
        }
        return bits;
    }

    /** One of each class of a collection, with elements of its own. */
    static List<Object> collections() {
        TreeMap<String, Integer> tree = new TreeMap<>(Map.of("t", 1));
        ConcurrentSkipListMap<String, Integer> skipList = new ConcurrentSkipListMap<>(Map.of("k", 1));
        Properties properties = new Properties();
        properties.setProperty("p", "q");
        Stack<String> stack = new Stack<>();
        stack.push("s");
        return List.of(
                new ArrayList<>(List.of("1")),
                Arrays.asList("2"),
                new LinkedList<>(List.of("3")),
                new Vector<>(List.of("4")),
                stack,
                new CopyOnWriteArrayList<>(List.of("5")),
                new HashSet<>(List.of("1")),
                new LinkedHashSet<>(List.of("2")),
                new TreeSet<>(List.of("3")),
                new ConcurrentSkipListSet<>(List.of("4")),
                new CopyOnWriteArraySet<>(List.of("5")),
                new ConcurrentHashMap<>(Map.of("6", 1)).keySet(),
                EnumSet.of(TimeUnit.DAYS),
                EnumSet.noneOf(Character.UnicodeScript.class),
                new HashMap<>(Map.of("1", 1)),
                new LinkedHashMap<>(Map.of("2", 1)),
                new Hashtable<>(Map.of("3", 1)),
                new ConcurrentHashMap<>(Map.of("4", 1)),
                new EnumMap<>(Map.of(TimeUnit.DAYS, 1)),
                properties,
                new TreeMap<>(Map.of("5", 1)),
                tree.tailMap("t"),
                new TreeMap<>(Map.of("d", 1)).descendingMap(),
                skipList,
                new ConcurrentSkipListMap<>(Map.of("m", 1)).tailMap("m"));
    }

    static Stream<Object> keys() {
        return Stream.of(scalars(), dates(), tuples(), locales(), zones(), calendars())
                .flatMap(List::stream);
    }

    /** Also one of each class whose keys have been tried elsewhere. */
    static Stream<Object> ofEveryClass() {
        return Stream.of(
                        keys(),
                        collections().stream(),
                        KeySamples.scalars().stream(),
                        KeySamples.times().stream(),
                        KeySamples.calendars().stream(),
                        Stream.of("a", Locale.ROOT, new UUID(1, 1)))
                .flatMap(samples -> samples);
    }
}
