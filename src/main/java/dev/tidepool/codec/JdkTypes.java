package dev.tidepool.codec;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The JDK's types that may always be stored: immutable values and plain containers, whose restoring neither opens a
 * resource, runs code of the caller's choice, nor allocates without bound. Listed by name, one by one: a package such
 * as {@code java.util} as a whole is not safe, and what a later JDK adds to it is not known.
 *
 * <p>Left out on purpose: everything of reflection, method handles (so serializable lambdas), proxies, RMI and naming,
 * {@code java.net.URL} (its equality asks the name server), {@code java.util.regex.Pattern} (compiles its input),
 * {@code java.time.zone} (a zone is stored by its name; its rules allocate what the bytes tell them to),
 * {@code java.security}, {@code javax.management}.
 */
final class JdkTypes {

    private static final Set<String> LANGUAGE = Set.of(
            // Interfaces and roots occur as the element types of arrays and as class literals.
            "java.io.Serializable",
            "java.lang.Boolean",
            "java.lang.Byte",
            "java.lang.CharSequence",
            "java.lang.Character",
            "java.lang.Class",
            "java.lang.Comparable",
            "java.lang.Double",
            "java.lang.Enum",
            "java.lang.Float",
            "java.lang.Integer",
            "java.lang.Iterable",
            "java.lang.Long",
            "java.lang.Number",
            "java.lang.Object",
            "java.lang.Record",
            "java.lang.Short",
            "java.lang.String",
            "java.lang.String$CaseInsensitiveComparator",
            "java.lang.StringBuffer",
            "java.lang.StringBuilder",
            "java.lang.Void",
            "java.math.BigDecimal",
            "java.math.BigInteger",
            "java.math.MathContext",
            "java.math.RoundingMode",
            "java.net.URI",
            "java.util.Currency",
            "java.util.Locale",
            "java.util.UUID");

    private static final Set<String> TIME = Set.of(
            "java.sql.Date",
            "java.sql.Time",
            "java.sql.Timestamp",
            "java.time.DayOfWeek",
            "java.time.Duration",
            "java.time.Instant",
            "java.time.LocalDate",
            "java.time.LocalDateTime",
            "java.time.LocalTime",
            "java.time.Month",
            "java.time.MonthDay",
            "java.time.OffsetDateTime",
            "java.time.OffsetTime",
            "java.time.Period",
            "java.time.Ser",
            "java.time.Year",
            "java.time.YearMonth",
            "java.time.ZoneId",
            "java.time.ZoneOffset",
            "java.time.ZoneRegion",
            "java.time.ZonedDateTime",
            "java.time.chrono.AbstractChronology",
            "java.time.chrono.ChronoLocalDateImpl",
            "java.time.chrono.ChronoLocalDateTimeImpl",
            "java.time.chrono.ChronoPeriodImpl",
            "java.time.chrono.ChronoZonedDateTimeImpl",
            "java.time.chrono.HijrahChronology",
            "java.time.chrono.HijrahDate",
            "java.time.chrono.HijrahEra",
            "java.time.chrono.IsoChronology",
            "java.time.chrono.IsoEra",
            "java.time.chrono.JapaneseChronology",
            "java.time.chrono.JapaneseDate",
            "java.time.chrono.JapaneseEra",
            "java.time.chrono.MinguoChronology",
            "java.time.chrono.MinguoDate",
            "java.time.chrono.MinguoEra",
            "java.time.chrono.Ser",
            "java.time.chrono.ThaiBuddhistChronology",
            "java.time.chrono.ThaiBuddhistDate",
            "java.time.chrono.ThaiBuddhistEra",
            "java.time.temporal.ChronoField",
            "java.time.temporal.ChronoUnit",
            "java.time.temporal.ValueRange",
            "java.time.temporal.WeekFields",
            "java.util.Calendar",
            "java.util.Date",
            "java.util.GregorianCalendar",
            "java.util.SimpleTimeZone",
            "java.util.TimeZone",
            "sun.util.calendar.ZoneInfo");

    private static final Set<String> COLLECTIONS = Set.of(
            "java.util.AbstractMap$SimpleEntry",
            "java.util.AbstractMap$SimpleImmutableEntry",
            "java.util.ArrayDeque",
            "java.util.ArrayList",
            "java.util.Arrays$ArrayList",
            "java.util.BitSet",
            "java.util.CollSer",
            "java.util.Collection",
            "java.util.Comparator",
            "java.util.Comparators$NaturalOrderComparator",
            "java.util.EnumMap",
            "java.util.EnumSet",
            "java.util.EnumSet$SerializationProxy",
            "java.util.HashMap",
            "java.util.HashSet",
            "java.util.Hashtable",
            "java.util.IdentityHashMap",
            "java.util.JumboEnumSet",
            "java.util.LinkedHashMap",
            "java.util.LinkedHashSet",
            "java.util.LinkedList",
            "java.util.List",
            "java.util.Map",
            // Hash tables ask the filter for an array of entries before they allocate their buckets.
            "java.util.Map$Entry",
            "java.util.Optional",
            "java.util.PriorityQueue",
            "java.util.Properties",
            "java.util.Queue",
            "java.util.RegularEnumSet",
            "java.util.Set",
            "java.util.SortedMap",
            "java.util.SortedSet",
            "java.util.Stack",
            "java.util.TreeMap",
            "java.util.TreeMap$AscendingSubMap",
            "java.util.TreeMap$DescendingSubMap",
            "java.util.TreeMap$NavigableSubMap",
            "java.util.TreeSet",
            "java.util.Vector");

    private static final Set<String> CONCURRENT = Set.of(
            "java.util.concurrent.ArrayBlockingQueue",
            "java.util.concurrent.ConcurrentHashMap",
            "java.util.concurrent.ConcurrentHashMap$CollectionView",
            "java.util.concurrent.ConcurrentHashMap$KeySetView",
            "java.util.concurrent.ConcurrentHashMap$Segment",
            "java.util.concurrent.ConcurrentLinkedDeque",
            "java.util.concurrent.ConcurrentLinkedQueue",
            "java.util.concurrent.ConcurrentSkipListMap",
            "java.util.concurrent.ConcurrentSkipListMap$SubMap",
            "java.util.concurrent.ConcurrentSkipListSet",
            "java.util.concurrent.CopyOnWriteArrayList",
            "java.util.concurrent.CopyOnWriteArraySet",
            "java.util.concurrent.LinkedBlockingDeque",
            "java.util.concurrent.LinkedBlockingQueue",
            "java.util.concurrent.LinkedTransferQueue",
            "java.util.concurrent.PriorityBlockingQueue",
            "java.util.concurrent.TimeUnit",
            "java.util.concurrent.atomic.AtomicBoolean",
            "java.util.concurrent.atomic.AtomicInteger",
            "java.util.concurrent.atomic.AtomicIntegerArray",
            "java.util.concurrent.atomic.AtomicLong",
            "java.util.concurrent.atomic.AtomicLongArray",
            "java.util.concurrent.atomic.AtomicReference",
            "java.util.concurrent.atomic.AtomicReferenceArray",
            "java.util.concurrent.atomic.DoubleAdder",
            "java.util.concurrent.atomic.DoubleAdder$SerializationProxy",
            "java.util.concurrent.atomic.LongAdder",
            "java.util.concurrent.atomic.LongAdder$SerializationProxy",
            "java.util.concurrent.atomic.Striped64",
            // The blocking queues and the segments of ConcurrentHashMap store their (unlocked) locks.
            "java.util.concurrent.locks.AbstractOwnableSynchronizer",
            "java.util.concurrent.locks.AbstractQueuedSynchronizer",
            "java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject",
            "java.util.concurrent.locks.ReentrantLock",
            "java.util.concurrent.locks.ReentrantLock$FairSync",
            "java.util.concurrent.locks.ReentrantLock$NonfairSync",
            "java.util.concurrent.locks.ReentrantLock$Sync");

    private static final Set<String> THROWABLES = Set.of(
            "java.io.EOFException",
            "java.io.FileNotFoundException",
            "java.io.IOException",
            "java.io.UncheckedIOException",
            "java.lang.ArithmeticException",
            "java.lang.ArrayIndexOutOfBoundsException",
            "java.lang.ArrayStoreException",
            "java.lang.AssertionError",
            "java.lang.ClassCastException",
            "java.lang.ClassNotFoundException",
            "java.lang.Error",
            "java.lang.Exception",
            "java.lang.IllegalArgumentException",
            "java.lang.IllegalStateException",
            "java.lang.IndexOutOfBoundsException",
            "java.lang.InterruptedException",
            "java.lang.NegativeArraySizeException",
            "java.lang.NullPointerException",
            "java.lang.NumberFormatException",
            "java.lang.ReflectiveOperationException",
            "java.lang.RuntimeException",
            "java.lang.SecurityException",
            "java.lang.StackTraceElement",
            "java.lang.StringIndexOutOfBoundsException",
            "java.lang.Throwable",
            "java.lang.UnsupportedOperationException",
            "java.sql.SQLException",
            "java.time.DateTimeException",
            "java.time.format.DateTimeParseException",
            "java.util.ConcurrentModificationException",
            "java.util.MissingResourceException",
            "java.util.NoSuchElementException",
            "java.util.concurrent.CancellationException",
            "java.util.concurrent.CompletionException",
            "java.util.concurrent.ExecutionException",
            "java.util.concurrent.RejectedExecutionException",
            "java.util.concurrent.TimeoutException");

    /** The unmodifiable, synchronized, checked, empty and singleton wrappers, and what {@code List.of} returns. */
    static final Set<String> FAMILIES = Set.of("java.util.Collections", "java.util.ImmutableCollections");

    /** All names, without those of the families. */
    static final Set<String> NAMES = Stream.of(LANGUAGE, TIME, COLLECTIONS, CONCURRENT, THROWABLES)
            .flatMap(Set::stream)
            .collect(Collectors.toUnmodifiableSet());

    private JdkTypes() {}

    /** Returns whether the class of this binary name, not an array, is on the list. */
    static boolean contains(String name) {
        return NAMES.contains(name) || isOfFamily(name);
    }

    private static boolean isOfFamily(String name) {
        int nested = name.indexOf('$');
        return nested > 0 && FAMILIES.contains(name.substring(0, nested));
    }
}
