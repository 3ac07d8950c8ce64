package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.net.URI;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.chrono.ChronoLocalDate;
import java.time.chrono.Chronology;
import java.time.chrono.HijrahChronology;
import java.time.chrono.IsoChronology;
import java.time.chrono.JapaneseChronology;
import java.time.chrono.JapaneseDate;
import java.time.chrono.JapaneseEra;
import java.time.chrono.MinguoChronology;
import java.time.chrono.MinguoDate;
import java.time.chrono.ThaiBuddhistChronology;
import java.time.chrono.ThaiBuddhistDate;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The types whose values have a text without structure. A tag once given out stays: stored items have it. */
final class KeyScalars {
    private static final String FIRST_DAY = "-01";
    /** The comparators of which there is one object. */
    private static final String IGNORING_CASE = "ignoring-case";

    private static final String REVERSE = "reverse";

    private static final List<KeyScalar<?>> ALL = List.of(
            of("s", String.class, text -> text),
            of("bool", Boolean.class, Boolean::valueOf),
            of("c", Character.class, KeyScalars::character),
            of("b", Byte.class, Byte::valueOf),
            of("sh", Short.class, Short::valueOf),
            of("i", Integer.class, Integer::valueOf),
            of("l", Long.class, Long::valueOf),
            new KeyScalar<>("f", Float.class, KeyNumbers::text, Float::valueOf),
            new KeyScalar<>("d", Double.class, KeyNumbers::text, Double::valueOf),
            of("bigint", BigInteger.class, BigInteger::new),
            new KeyScalar<>("bigdec", BigDecimal.class, KeyNumbers::text, KeyNumbers::decimal),
            new KeyScalar<>("bytes", byte[].class, KeyScalars::base64, KeyScalars::bytes),
            of("uuid", UUID.class, UUID::fromString),
            new KeyScalar<>("locale", Locale.class, Locale::toLanguageTag, Locale::forLanguageTag),
            new KeyScalar<>("currency", Currency.class, Currency::getCurrencyCode, Currency::getInstance),
            new KeyScalar<>("uri", URI.class, KeyUris::text, URI::create),
            new KeyScalar<>("bitset", BitSet.class, KeyScalars::base64, text -> BitSet.valueOf(bytes(text))),
            of("mathcontext", MathContext.class, MathContext::new),
            new KeyScalar<>("date", Date.class, KeyScalars::instantOf, text -> Date.from(Instant.parse(text))),
            new KeyScalar<>("timezone", TimeZone.class, KeyTimeZones::nameOf, TimeZone::getTimeZone),
            of("instant", Instant.class, Instant::parse),
            of("localdate", LocalDate.class, LocalDate::parse),
            of("localtime", LocalTime.class, LocalTime::parse),
            of("localdatetime", LocalDateTime.class, LocalDateTime::parse),
            of("offsettime", OffsetTime.class, OffsetTime::parse),
            of("offsetdatetime", OffsetDateTime.class, OffsetDateTime::parse),
            of("zoneddatetime", ZonedDateTime.class, KeyScalars::zonedDateTime),
            of("year", Year.class, text -> Year.of(Integer.parseInt(text))),
            new KeyScalar<>("yearmonth", YearMonth.class, KeyScalars::yearMonth, KeyScalars::yearMonth),
            of("monthday", MonthDay.class, MonthDay::parse),
            of("duration", Duration.class, Duration::parse),
            of("period", Period.class, Period::parse),
            of("offset", ZoneOffset.class, ZoneOffset::of),
            of("zone", ZoneId.class, ZoneId::of),
            of("chronology", Chronology.class, Chronology::of),
            new KeyScalar<>("japanesedate", JapaneseDate.class, KeyScalars::isoDate, date(JapaneseDate::from)),
            of("japaneseera", JapaneseEra.class, JapaneseEra::valueOf),
            new KeyScalar<>("minguodate", MinguoDate.class, KeyScalars::isoDate, date(MinguoDate::from)),
            new KeyScalar<>("thaidate", ThaiBuddhistDate.class, KeyScalars::isoDate, date(ThaiBuddhistDate::from)),
            new KeyScalar<>("comparator", Comparator.class, KeyScalars::nameOf, KeyScalars::comparator));

    /** The classes of the types that have other classes, which are not public or several. */
    private static final Map<Class<?>, List<Class<?>>> CLASSES = Map.of(
            ZoneId.class, List.of(ZoneId.of("UTC").getClass()),
            TimeZone.class, List.of(TimeZone.getTimeZone("UTC").getClass()),
            Comparator.class,
                    List.of(
                            String.CASE_INSENSITIVE_ORDER.getClass(),
                            Collections.reverseOrder().getClass()),
            Chronology.class,
                    List.of(
                            HijrahChronology.class,
                            IsoChronology.class,
                            JapaneseChronology.class,
                            MinguoChronology.class,
                            ThaiBuddhistChronology.class));

    private static final Map<Class<?>, KeyScalar<?>> BY_TYPE = new HashMap<>();
    private static final Map<String, KeyScalar<?>> BY_TAG = new HashMap<>();

    static {
        List<KeyScalar<?>> ofSql = ModuleLayer.boot().findModule("java.sql").isPresent() ? SqlTimes.ALL : List.of();
        Stream.of(ALL, ofSql).flatMap(List::stream).forEach(scalar -> {
            BY_TYPE.put(scalar.type(), scalar);
            BY_TAG.put(scalar.tag(), scalar);
        });
        CLASSES.forEach(
                (type, classes) -> classes.forEach(each -> BY_TYPE.put(each, requireNonNull(BY_TYPE.get(type)))));
    }

    /** In a class of their own, as a Java runtime may be without their module. */
    @SuppressWarnings("JavaUtilDate") // people have keys of it
    private static final class SqlTimes {
        static final List<KeyScalar<?>> ALL = List.of(
                new KeyScalar<>("timestamp", Timestamp.class, SqlTimes::instantOf, SqlTimes::timestamp),
                new KeyScalar<>(
                        "sqldate",
                        java.sql.Date.class,
                        KeyScalars::instantOf,
                        text -> new java.sql.Date(Instant.parse(text).toEpochMilli())),
                new KeyScalar<>(
                        "sqltime",
                        Time.class,
                        KeyScalars::instantOf,
                        text -> new Time(Instant.parse(text).toEpochMilli())));

        private static String instantOf(Timestamp time) {
            String text = time.toInstant().toString();
            if (!timestamp(text).equals(time)) {
                throw KeyErrors.refused(Timestamp.class, "this one is out of its own range");
            }
            return text;
        }

        private static Timestamp timestamp(String text) {
            return Timestamp.from(Instant.parse(text));
        }
    }

    private KeyScalars() {}

    /** Returns the scalar of a class, or null when it has none. */
    static @Nullable KeyScalar<?> of(Class<?> type) {
        return BY_TYPE.get(type);
    }

    /** Returns the scalar with a tag, or null when no scalar has it. */
    static @Nullable KeyScalar<?> tagged(String tag) {
        return BY_TAG.get(tag);
    }

    private static <T> KeyScalar<T> of(String tag, Class<T> type, Function<String, T> parse) {
        return new KeyScalar<>(tag, type, Object::toString, parse);
    }

    private static Character character(String text) {
        if (text.length() != 1) {
            throw new IllegalArgumentException("not one character");
        }
        return text.charAt(0);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        return Base64.getUrlDecoder().decode(text);
    }

    private static String base64(BitSet bits) {
        if (bits.length() / Byte.SIZE > KeyWriter.MAX_LENGTH) {
            throw KeyErrors.tooLong(BitSet.class);
        }
        return base64(bits.toByteArray());
    }

    /** Dates of these calendars are equal when their ISO dates are. */
    private static String isoDate(ChronoLocalDate date) {
        return LocalDate.from(date).toString();
    }

    private static <T> Function<String, T> date(Function<LocalDate, T> ofIsoDate) {
        return text -> ofIsoDate.apply(LocalDate.parse(text));
    }

    private static String nameOf(Comparator<?> order) {
        return order == String.CASE_INSENSITIVE_ORDER ? IGNORING_CASE : REVERSE;
    }

    private static Comparator<?> comparator(String name) {
        return name.equals(IGNORING_CASE) ? String.CASE_INSENSITIVE_ORDER : Collections.reverseOrder();
    }

    @SuppressWarnings("JavaUtilDate") // people have keys of it
    private static String instantOf(Date date) {
        return Instant.ofEpochMilli(date.getTime()).toString();
    }

    /** Above 9999, YearMonth.toString leaves out the sign that YearMonth.parse asks for; LocalDate has it. */
    private static String yearMonth(YearMonth month) {
        String firstDay = month.atDay(1).toString();
        return firstDay.substring(0, firstDay.length() - FIRST_DAY.length());
    }

    private static YearMonth yearMonth(String text) {
        return YearMonth.from(LocalDate.parse(text + FIRST_DAY));
    }

    /** ZonedDateTime.parse would move a time whose offset its zone does not have; that is no longer the same key. */
    private static ZonedDateTime zonedDateTime(String text) {
        int bracket = text.indexOf('[');
        OffsetDateTime time = OffsetDateTime.parse(bracket < 0 ? text : text.substring(0, bracket));
        ZoneId zone = bracket < 0 ? time.getOffset() : ZoneId.of(text.substring(bracket + 1, text.length() - 1));
        return ZonedDateTime.ofStrict(time.toLocalDateTime(), time.getOffset(), zone);
    }
}
