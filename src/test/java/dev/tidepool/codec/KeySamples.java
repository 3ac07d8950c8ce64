package dev.tidepool.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DayOfWeek;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Keys no two of which are equal. */
// The literals with too many digits and the old Date are the point.
@SuppressWarnings({"FloatingPointLiteralPrecision", "JavaUtilDate"})
final class KeySamples {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");

    private KeySamples() {}

    static List<Object> strings() {
        return List.of(
                "1",
                "~i:1",
                "~",
                "~~",
                "~s:",
                "~null",
                "",
                " ",
                "a,b",
                "a\\,b",
                "é",
                "e\u0301",
                "\u0000",
                "😀",
                "?",
                "\ufffd",
                "\ud83d",
                "\ude00",
                "\ude00\ud83d",
                "a\ud83d",
                "a\ud83e",
                "a?",
                "\\ud83d",
                "~s:\\ud83d",
                "true",
                "RED",
                "fr-FR");
    }

    static List<Object> scalars() {
        UUID uuid = UUID.fromString("7d444840-9dc0-11d1-b245-5ffdce74fad2");
        return List.of(
                true,
                false,
                '1',
                'a',
                '\ud83d',
                '\ude00',
                '(',
                '~',
                '\u0000',
                (byte) 1,
                (short) 1,
                1,
                1L,
                1f,
                1.0,
                BigInteger.ONE,
                BigDecimal.ONE,
                new BigDecimal("1.0"),
                new BigDecimal("1.00"),
                -1,
                Integer.MIN_VALUE,
                Long.MAX_VALUE,
                0.0,
                -0.0,
                0f,
                -0f,
                Double.NaN,
                Float.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                Float.POSITIVE_INFINITY,
                0.1,
                0.1f,
                (double) 0.1f,
                uuid,
                uuid.toString(),
                KeyFixtures.Colour.RED,
                KeyFixtures.Colour.GREEN,
                KeyFixtures.Shade.RED,
                DayOfWeek.MONDAY,
                Locale.ROOT,
                Locale.FRANCE,
                Locale.FRENCH,
                ZoneId.of("UTC"),
                ZoneOffset.UTC,
                ZoneId.of("GMT"),
                ZoneId.of("UTC+01:00"),
                ZoneOffset.ofHours(1),
                ZoneOffset.ofHoursMinutesSeconds(1, 2, 3),
                PARIS,
                new byte[0],
                new byte[] {1},
                new byte[] {0, 1},
                new byte[] {-1, -2, -3});
    }

    static List<Object> times() {
        LocalDateTime overlap = LocalDateTime.of(2024, 10, 27, 2, 30);
        return List.of(
                Instant.EPOCH,
                Instant.MIN,
                Instant.MAX,
                Instant.ofEpochSecond(-1, 999_999_999),
                new Date(0),
                new Date(Long.MIN_VALUE),
                new Date(Long.MAX_VALUE),
                new Date(-1),
                LocalDate.EPOCH,
                LocalDate.MIN,
                LocalDate.MAX,
                LocalDate.of(-1, 1, 1),
                LocalTime.MIDNIGHT,
                LocalTime.MAX,
                LocalTime.of(1, 2, 3, 4),
                LocalDateTime.MIN,
                LocalDateTime.MAX,
                LocalDate.EPOCH.atStartOfDay(),
                OffsetTime.MIN,
                OffsetTime.MAX,
                OffsetTime.of(1, 2, 3, 0, ZoneOffset.ofHoursMinutesSeconds(1, 2, 3)),
                OffsetDateTime.MIN,
                OffsetDateTime.MAX,
                OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC),
                OffsetDateTime.of(1970, 1, 1, 1, 0, 0, 0, ZoneOffset.ofHours(1)),
                ZonedDateTime.ofLocal(overlap, PARIS, ZoneOffset.ofHours(1)),
                ZonedDateTime.ofLocal(overlap, PARIS, ZoneOffset.ofHours(2)),
                ZonedDateTime.of(overlap, ZoneOffset.ofHours(1)),
                ZonedDateTime.of(overlap, ZoneId.of("UTC+01:00")),
                ZonedDateTime.of(overlap, ZoneOffset.UTC),
                ZonedDateTime.of(overlap, ZoneId.of("UTC")),
                ZonedDateTime.of(overlap, ZoneId.of("GMT")),
                ZonedDateTime.of(LocalDateTime.of(1850, 1, 1, 0, 0), PARIS),
                ZonedDateTime.of(LocalDateTime.MAX, ZoneOffset.MIN));
    }

    static List<Object> calendars() {
        return List.of(
                Year.of(1),
                Year.of(2024),
                Year.of(Year.MIN_VALUE),
                Year.of(Year.MAX_VALUE),
                YearMonth.of(1, 1),
                YearMonth.of(2024, 12),
                YearMonth.of(Year.MAX_VALUE, 1),
                YearMonth.of(Year.MIN_VALUE, 1),
                MonthDay.of(2, 29),
                Duration.ZERO,
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE, 1),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofNanos(-1),
                Duration.ofNanos(1),
                Duration.ofSeconds(-1, 1),
                Duration.ofMinutes(90),
                Period.ZERO,
                Period.ofMonths(12),
                Period.ofYears(1),
                Period.ofDays(Integer.MIN_VALUE),
                Period.of(-1, 2, -3),
                Period.of(Integer.MIN_VALUE, Integer.MAX_VALUE, 0));
    }

    static List<Object> numbers() {
        return List.of(
                Byte.MIN_VALUE,
                Short.MIN_VALUE,
                Long.MIN_VALUE,
                new BigInteger("9".repeat(1000)),
                BigInteger.TWO.pow(64).negate(),
                BigDecimal.ZERO,
                new BigDecimal("0.00"),
                new BigDecimal("0E+3"),
                new BigDecimal("100"),
                new BigDecimal("1E+2"),
                new BigDecimal("-1.5E-30"),
                new BigDecimal(BigInteger.TEN, Integer.MIN_VALUE),
                new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE),
                new BigDecimal(BigInteger.TEN.negate(), Integer.MAX_VALUE),
                new BigDecimal(BigInteger.ONE, 1_000_000),
                new BigDecimal(BigInteger.ONE, 1_000_001),
                new BigDecimal(BigInteger.ONE, -1_000_001),
                new BigDecimal(BigInteger.ZERO, Integer.MIN_VALUE),
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.MIN_NORMAL,
                2e23,
                2.2250738585072011e-308,
                1e17,
                1e18,
                123456789.125,
                9007199254740993.0,
                1 / 3.0,
                Float.MIN_VALUE,
                Float.MAX_VALUE,
                Float.MIN_NORMAL,
                3.4e10f,
                1 / 3f,
                16777216f);
    }

    static List<Object> collections() {
        return List.of(
                List.of(),
                Set.of(),
                Map.of(),
                List.of(1),
                List.of(1L),
                List.of("1"),
                Set.of(1),
                Map.of(1, 1),
                List.of(""),
                Arrays.asList((Object) null),
                Collections.singleton(null),
                Collections.singletonMap(null, null),
                List.of("a", "b"),
                List.of("b", "a"),
                List.of("a,b"),
                List.of("a)", "(b"),
                List.of(List.of("a"), "b"),
                List.of(List.of("a", "b")),
                List.of(List.of(), ""),
                Map.of("a", "b=c"),
                Map.of("a=b", "c"),
                Map.of("a,b", "c"),
                Map.of("a", "b", "c", "d"),
                List.of("~null"),
                List.of("null"),
                List.of("\\"),
                List.of("\\\\"),
                List.of("\ud83d", "\ude00"),
                List.of("\ud83d\ude00"),
                List.of('\ud83d', '\ude00'),
                List.of("\ud83d,\ude00"),
                Set.of(Set.of(1), Set.of(2)),
                Map.of(List.of(1), Set.of(2)),
                List.of(Map.of(1, 2)),
                Set.of(List.of(1, 2)),
                List.of(Set.of(1, 2)));
    }

    static List<Object> objects() {
        return List.of(
                new KeyFixtures.Pair("a", "b"),
                new KeyFixtures.Other("a", "b"),
                new KeyFixtures.Pair("b", "a"),
                new KeyFixtures.Pair("a,second=b", ""),
                new KeyFixtures.Pair("a", null),
                new KeyFixtures.Pair("a", "~null"),
                new KeyFixtures.Pair(null, null),
                new KeyFixtures.Pair(List.of("a"), "b"),
                new KeyFixtures.Pair(1, 1),
                new KeyFixtures.Pair(1, 1L),
                new KeyFixtures.Pair(new KeyFixtures.Pair(1, 2), 3),
                new KeyFixtures.Pair(1, new KeyFixtures.Pair(2, 3)),
                new KeyFixtures.Empty(),
                new KeyFixtures.Seat(7, 'F', true, "12"),
                new KeyFixtures.Primitives((byte) 1, (short) 2, 3, 4, 5, 6, true, '7'),
                new KeyFixtures.Primitives((byte) 1, (short) 2, 3, 4, 5, -0.0, true, '7'),
                new KeyFixtures.Basket(List.of("a"), Set.of(1), Map.of("a", 1L), EnumSet.of(KeyFixtures.Colour.GREEN)),
                new KeyFixtures.Loose(new ArrayList<>(List.of("a")), List.of("b"), new LinkedHashSet<>(Set.of(1)), 1),
                new KeyFixtures.Linked(null),
                new KeyFixtures.Shouting("quiet"),
                new KeyFixtures.Positive(1),
                new KeyFixtures.Clamped(500),
                new KeyFixtures.Named("a", 1),
                new KeyFixtures.Named("a", 2),
                new KeyFixtures.Person("a", 1, "x", List.of("y")),
                new KeyFixtures.Person("a", 1, "x", null),
                new KeyFixtures.Polite("a"),
                new KeyFixtures.Call(),
                new KeyFixtures.Call(new Object[1]),
                new KeyFixtures.Call("a", "b"),
                new KeyFixtures.Call("a,b"),
                new KeyFixtures.Call(List.of("a", "b")),
                new KeyFixtures.Call((Object) new String[] {"a", "b"}),
                new KeyFixtures.Call(1, 2),
                new KeyFixtures.Call(1, 2L),
                new KeyFixtures.Call((Object) new int[] {1, 2}),
                new KeyFixtures.Call((Object) new Integer[] {1, 2}),
                new KeyFixtures.Call((Object) new long[] {1, 2}),
                new KeyFixtures.Call(new byte[] {1}, new char[] {'a'}),
                new KeyFixtures.NamedCall("a", new String[] {"b"}, "c"),
                new KeyFixtures.NamedCall("a", new String[0], "b", "c"),
                new KeyFixtures.Amount(1),
                KeyFixtures.nested(64),
                Map.of("Aa", 1, "BB", 2),
                Set.of(KeyFixtures.Colour.GREEN),
                List.of(ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 0, PARIS)));
    }

    static Stream<Object> keys() {
        return Stream.concat(
                Stream.of(strings(), scalars(), times(), calendars(), numbers(), collections(), objects())
                        .flatMap(List::stream),
                JdkKeySamples.keys());
    }
}
