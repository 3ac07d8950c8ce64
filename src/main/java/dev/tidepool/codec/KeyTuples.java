package dev.tidepool.codec;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.chrono.ChronoLocalDate;
import java.time.chrono.ChronoLocalDateTime;
import java.time.chrono.ChronoPeriod;
import java.time.chrono.ChronoZonedDateTime;
import java.time.chrono.Chronology;
import java.time.chrono.HijrahDate;
import java.time.chrono.ThaiBuddhistChronology;
import java.time.chrono.ThaiBuddhistDate;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.ValueRange;
import java.time.temporal.WeekFields;
import java.util.AbstractMap.SimpleEntry;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The types of the JDK whose values are told by a few other values: what their {@code equals} compares. A tag once
 * given out stays: stored items have it.
 */
// People have keys of the old classes.
@SuppressWarnings("JavaUtilDate")
final class KeyTuples {
    /** For the classes that are not public. */
    private static final ChronoLocalDateTime<ThaiBuddhistDate> EXAMPLE =
            ThaiBuddhistDate.of(2500, 1, 1).atTime(LocalTime.NOON);

    private static final List<KeyTuple> ALL = List.of(
            of("optional", Optional.class, Optional.class, KeyTuples::content, KeyTuples::optional),
            of(
                    "entry",
                    SimpleEntry.class,
                    Map.Entry.class,
                    KeyTuples::pair,
                    p -> new SimpleEntry<>(p.get(0), p.get(1))),
            of(
                    "immutableentry",
                    SimpleImmutableEntry.class,
                    Map.Entry.class,
                    KeyTuples::pair,
                    p -> new SimpleImmutableEntry<>(p.get(0), p.get(1))),
            of("locale", Locale.class, Locale.class, KeyTuples::names, KeyTuples::locale),
            of(
                    "simpletimezone",
                    SimpleTimeZone.class,
                    SimpleTimeZone.class,
                    KeyTimeZones::partsOf,
                    KeyTimeZones::simple),
            of("calendar", GregorianCalendar.class, GregorianCalendar.class, KeyTuples::settings, KeyTuples::calendar),
            of("hijrahdate", HijrahDate.class, HijrahDate.class, KeyTuples::date, KeyTuples::hijrahDate),
            of(
                    "chronodatetime",
                    EXAMPLE.getClass(),
                    ChronoLocalDateTime.class,
                    time -> List.of(time.toLocalDate(), time.toLocalTime()),
                    p -> ((ChronoLocalDate) p.get(0)).atTime((LocalTime) p.get(1))),
            of(
                    "chronozoneddatetime",
                    EXAMPLE.atZone(ZoneOffset.UTC).getClass(),
                    ChronoZonedDateTime.class,
                    time -> List.of(time.toLocalDateTime(), time.getOffset(), time.getZone()),
                    KeyTuples::zonedDateTime),
            of(
                    "chronoperiod",
                    ThaiBuddhistChronology.INSTANCE.period(0, 0, 0).getClass(),
                    ChronoPeriod.class,
                    KeyTuples::units,
                    p -> ((Chronology) p.get(0)).period((int) p.get(1), (int) p.get(2), (int) p.get(3))),
            of("valuerange", ValueRange.class, ValueRange.class, KeyTuples::bounds, KeyTuples::range),
            of(
                    "weekfields",
                    WeekFields.class,
                    WeekFields.class,
                    week -> List.of(week.getFirstDayOfWeek(), week.getMinimalDaysInFirstWeek()),
                    p -> WeekFields.of((DayOfWeek) p.get(0), (int) p.get(1))),
            of("frame", StackTraceElement.class, StackTraceElement.class, KeyTuples::place, KeyTuples::frame),
            of(
                    "reversed",
                    Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER).getClass(),
                    Comparator.class,
                    order -> List.of(order.reversed()),
                    p -> Collections.reverseOrder((Comparator<?>) p.get(0))));

    private static final Map<Class<?>, KeyTuple> BY_TYPE =
            ALL.stream().collect(Collectors.toUnmodifiableMap(KeyTuple::type, tuple -> tuple));
    private static final Map<String, KeyTuple> BY_TAG =
            ALL.stream().collect(Collectors.toUnmodifiableMap(KeyTuple::tag, tuple -> tuple));

    private KeyTuples() {}

    /** Returns the tuple of a class, or null when it has none. */
    static @Nullable KeyTuple of(Class<?> type) {
        return BY_TYPE.get(type);
    }

    /** Returns the tuple with a tag, or null when none has it. */
    static @Nullable KeyTuple tagged(String tag) {
        return BY_TAG.get(tag);
    }

    private static <T> KeyTuple of(
            String tag,
            Class<?> type,
            Class<T> view,
            Function<T, @Nullable List<? extends @Nullable Object>> split,
            Function<List<? extends @Nullable Object>, Object> join) {
        return new KeyTuple(tag, type, value -> split.apply(view.cast(value)), join);
    }

    private static List<?> content(Optional<?> optional) {
        return optional.stream().toList();
    }

    private static Object optional(List<?> parts) {
        return parts.isEmpty() ? Optional.empty() : Optional.of(parts.get(0));
    }

    private static List<? extends @Nullable Object> pair(Map.Entry<?, ?> entry) {
        return Arrays.asList(entry.getKey(), entry.getValue());
    }

    /** Such as no_NO_NY, which only the constructor makes: a language tag does not tell it in full. */
    private static @Nullable List<String> names(Locale locale) {
        if (Locale.forLanguageTag(locale.toLanguageTag()).equals(locale)) {
            return null;
        }
        List<String> names = List.of(locale.getLanguage(), locale.getCountry(), locale.getVariant());
        if (!locale(names).equals(locale)) {
            throw KeyErrors.refused(Locale.class, "this one is neither made by a constructor nor of a language tag");
        }
        return names;
    }

    private static Object locale(List<?> parts) {
        return new Locale((String) parts.get(0), (String) parts.get(1), (String) parts.get(2));
    }

    /** Of a copy, for to ask a calendar for its time may change it. It is compared as if it were lenient. */
    private static List<?> settings(GregorianCalendar calendar) {
        GregorianCalendar copy = (GregorianCalendar) calendar.clone();
        copy.setLenient(true);
        return List.of(
                copy.getTime(),
                copy.getTimeZone(),
                calendar.isLenient(),
                copy.getFirstDayOfWeek(),
                copy.getMinimalDaysInFirstWeek(),
                copy.getGregorianChange());
    }

    private static Object calendar(List<?> parts) {
        GregorianCalendar calendar = new GregorianCalendar((TimeZone) parts.get(1), Locale.ROOT);
        calendar.setLenient((boolean) parts.get(2));
        calendar.setFirstDayOfWeek((int) parts.get(3));
        calendar.setMinimalDaysInFirstWeek((int) parts.get(4));
        calendar.setGregorianChange((Date) parts.get(5));
        calendar.setTime((Date) parts.get(0));
        return calendar;
    }

    private static List<?> date(ChronoLocalDate date) {
        return List.of(
                date.getChronology(),
                date.get(ChronoField.YEAR),
                date.get(ChronoField.MONTH_OF_YEAR),
                date.get(ChronoField.DAY_OF_MONTH));
    }

    private static Object hijrahDate(List<?> parts) {
        return HijrahDate.class.cast(
                ((Chronology) parts.get(0)).date((int) parts.get(1), (int) parts.get(2), (int) parts.get(3)));
    }

    private static Object zonedDateTime(List<?> parts) {
        return ((ChronoLocalDateTime<?>) parts.get(0))
                .atZone((ZoneOffset) parts.get(1))
                .withZoneSameLocal((ZoneId) parts.get(2));
    }

    private static List<?> units(ChronoPeriod period) {
        Stream<Object> units = Stream.of(ChronoUnit.YEARS, ChronoUnit.MONTHS, ChronoUnit.DAYS)
                .map(unit -> Math.toIntExact(period.get(unit)));
        return Stream.concat(Stream.of(period.getChronology()), units).toList();
    }

    private static List<?> bounds(ValueRange range) {
        return List.of(range.getMinimum(), range.getLargestMinimum(), range.getSmallestMaximum(), range.getMaximum());
    }

    private static Object range(List<?> parts) {
        return ValueRange.of((long) parts.get(0), (long) parts.get(1), (long) parts.get(2), (long) parts.get(3));
    }

    private static List<? extends @Nullable Object> place(StackTraceElement frame) {
        return Arrays.asList(
                frame.getClassLoaderName(),
                frame.getModuleName(),
                frame.getModuleVersion(),
                frame.getClassName(),
                frame.getMethodName(),
                frame.getFileName(),
                frame.getLineNumber());
    }

    private static Object frame(List<? extends @Nullable Object> parts) {
        return new StackTraceElement(
                (String) parts.get(0),
                (String) parts.get(1),
                (String) parts.get(2),
                (String) parts.get(3),
                (String) parts.get(4),
                (String) parts.get(5),
                (int) parts.get(6));
    }
}
