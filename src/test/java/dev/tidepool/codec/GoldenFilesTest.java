package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stored values of every version of the format. The files are in tables: they are never written again, only joined by
 * others. Each is one value in hexadecimal digits.
 */
@SuppressWarnings("JdkObsolete") // stored all the same
final class GoldenFilesTest {

    static final int FORMAT = 1;

    private final ValueFormat format = new ValueFormat(TestCodec.FST.permissive(), List.of(TestCodec.JDK.permissive()));

    /** A value, and what it reads as. */
    record Golden(String name, Object value) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Golden> values() {
        return Stream.of(TestCodec.values())
                .flatMap(kind -> objects().entrySet().stream()
                        .map(entry -> new Golden(fileName(kind, entry.getKey()), entry.getValue())));
    }

    static Stream<Golden> scalars() {
        return Stream.of(
                new Golden("scalar-text", "Grüße, \uD83D\uDE00"),
                new Golden("scalar-long-text", "text ".repeat(500)),
                new Golden("scalar-surrogate", "unpaired \uD83D"),
                new Golden("scalar-int", -42),
                new Golden("scalar-long", Long.MIN_VALUE),
                new Golden("scalar-boolean", true),
                new Golden("scalar-bytes", new byte[] {1, 2, 3}),
                new Golden("scalar-long-bytes", new byte[2_000]));
    }

    @ParameterizedTest
    @MethodSource({"values", "scalars"})
    void read_goldenFile_givesTheValue(Golden golden) throws IOException {
        Object read = format.read(load(golden.name()));
        if (golden.value() instanceof byte[] bytes) {
            assertThat(read).isEqualTo(bytes);
        } else {
            assertThat(read)
                    .hasSameClassAs(golden.value())
                    .hasToString(golden.value().toString());
        }
    }

    /** The bytes of scalars are compared by the store, so they never change either. */
    @ParameterizedTest
    @MethodSource("scalars")
    void write_scalar_givesTheGoldenFile(Golden golden) throws IOException {
        if (!golden.name().contains("-long-")) {
            assertThat(format.write(golden.value())).isEqualTo(load(golden.name()));
        }
    }

    @Test
    void read_goldenFiles_areOfBothKinds() throws IOException {
        assertThat(load(fileName(TestCodec.FST, "session"))).startsWith(0xD1, 2, 1);
        assertThat(load(fileName(TestCodec.JDK, "session"))).startsWith(0xD1, 1, 1);
        assertThat(load(fileName(TestCodec.FST, "record"))).startsWith(0xD1, 2, 0);
        assertThat(load(fileName(TestCodec.JDK, "record"))).startsWith(0xD1, 1, 0);
    }

    /** Objects of every form, of classes that promise to stay compatible. */
    static Map<String, Object> objects() {
        Map<String, Object> objects = new TreeMap<>();
        objects.put("session", SampleSession.versioned());
        objects.put("record", new Samples.User("anna", 7, Samples.Color.GREEN));
        objects.put(
                "objects",
                new ArrayList<>(
                        List.of(new SampleSession.VersionedUser(), Samples.Color.RED, Samples.User.class, int.class)));
        objects.put(
                "numbers",
                new ArrayList<>(Arrays.asList(
                        (byte) -1,
                        (short) -300,
                        '\u20AC',
                        1,
                        300,
                        70_000,
                        1L,
                        -70_000L,
                        Long.MIN_VALUE,
                        1.5f,
                        -0.0,
                        true,
                        false,
                        null,
                        new BigInteger("123456789012345678901234567890"),
                        new BigDecimal("-12.50"))));
        objects.put(
                "values",
                new ArrayList<>(List.of(
                        UUID.fromString("11111111-2222-3333-4444-555555555555"),
                        Locale.GERMANY,
                        Locale.ROOT,
                        Locale.forLanguageTag("de-DE-u-co-phonebk"),
                        Currency.getInstance("EUR"),
                        URI.create("https://example.com/"),
                        "\u20AC \uD83D\uDE00",
                        "x".repeat(200))));
        LocalDateTime noon = LocalDateTime.of(2026, 1, 2, 12, 30, 15, 123);
        objects.put(
                "times",
                new ArrayList<>(List.of(
                        noon,
                        noon.toLocalDate(),
                        noon.toLocalTime(),
                        noon.atZone(ZoneId.of("Europe/Berlin")),
                        noon.atOffset(ZoneOffset.ofHours(2)),
                        noon.toInstant(ZoneOffset.UTC),
                        Duration.ofNanos(-5),
                        Period.of(1, 2, 3),
                        ZoneOffset.ofHours(3),
                        Year.of(2026),
                        DayOfWeek.MONDAY)));
        objects.put("collections", collections());
        return objects;
    }

    private static List<Object> collections() {
        Map<String, Integer> map = new LinkedHashMap<>(Map.of("a", 1));
        return new ArrayList<>(List.of(
                new LinkedList<>(List.of(1)),
                new Vector<>(List.of(2)),
                new ArrayDeque<>(List.of(3)),
                new CopyOnWriteArrayList<>(List.of(4)),
                new HashSet<>(List.of(5)),
                new LinkedHashSet<>(List.of(6, 7)),
                new TreeSet<>(List.of(8, 9)),
                new HashMap<>(map),
                map,
                new LinkedHashMap<>(16, 0.75f, true),
                new TreeMap<>(Comparator.reverseOrder()),
                new Hashtable<>(map),
                new ConcurrentHashMap<>(map),
                List.of(),
                List.of(1),
                List.of(1, 2, 3),
                Stream.of("x").toList(),
                Set.of(1),
                Map.of(1, 2),
                Collections.unmodifiableList(new ArrayList<>(List.of(1))),
                Collections.unmodifiableMap(map),
                Collections.unmodifiableSet(new TreeSet<>(List.of(1))),
                Collections.unmodifiableCollection(new ArrayList<>(List.of(1))),
                Collections.synchronizedList(new ArrayList<>(List.of(1))),
                Collections.synchronizedMap(map),
                Collections.synchronizedSet(new TreeSet<>(List.of(1))),
                Arrays.asList(1, null),
                Collections.synchronizedCollection(new ArrayList<>(List.of(1))),
                EnumSet.of(Samples.Color.RED),
                new EnumMap<>(Map.of(Samples.Color.RED, 1)),
                Collections.emptyList(),
                new PriorityQueue<>(List.of(3, 1))));
    }

    static String fileName(TestCodec kind, String name) {
        return kind.name().toLowerCase(Locale.ROOT) + "-" + name;
    }

    private static byte[] load(String name) throws IOException {
        String file = "golden/" + name + "-" + FORMAT + ".hex";
        try (InputStream in = GoldenFilesTest.class.getResourceAsStream(file)) {
            assertThat(in).describedAs(file).isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        }
    }
}
