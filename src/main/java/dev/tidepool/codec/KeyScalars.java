package dev.tidepool.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
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
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The types whose values have a text without structure. A tag once given out stays: stored items have it. */
final class KeyScalars {
    private static final String FIRST_DAY = "-01";

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
            new KeyScalar<>("bytes", byte[].class, KeyScalars::base64, Base64.getUrlDecoder()::decode),
            of("uuid", UUID.class, UUID::fromString),
            new KeyScalar<>("locale", Locale.class, KeyScalars::languageTag, Locale::forLanguageTag),
            new KeyScalar<>("date", Date.class, KeyScalars::instantOf, text -> Date.from(Instant.parse(text))),
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
            of("zone", ZoneId.class, ZoneId::of));

    private static final Map<Class<?>, KeyScalar<?>> BY_TYPE =
            ALL.stream().collect(Collectors.toUnmodifiableMap(KeyScalar::type, scalar -> scalar));
    private static final Map<String, KeyScalar<?>> BY_TAG =
            ALL.stream().collect(Collectors.toUnmodifiableMap(KeyScalar::tag, scalar -> scalar));

    private KeyScalars() {}

    /** Returns the scalar of a value, or null when it is none. */
    static @Nullable KeyScalar<?> of(Object value) {
        KeyScalar<?> scalar = BY_TYPE.get(value.getClass());
        // The class of a zone with a name is not public, so it cannot be looked up.
        return scalar == null && value instanceof ZoneId ? BY_TYPE.get(ZoneId.class) : scalar;
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

    /** A locale made with the constructor may be one that no tag tells in full, such as no_NO_NY. */
    private static String languageTag(Locale locale) {
        String tag = locale.toLanguageTag();
        if (!Locale.forLanguageTag(tag).equals(locale)) {
            throw KeyErrors.refused(Locale.class, "this one is more than its language tag tells");
        }
        return tag;
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
