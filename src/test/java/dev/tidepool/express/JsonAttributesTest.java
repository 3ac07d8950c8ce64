package dev.tidepool.express;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tidepool.cache.CapturedLog;
import dev.tidepool.codec.CodecException;
import dev.tidepool.session.AttributeCodec;
import dev.tidepool.session.FormatAttributes;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attributes as JSON: what it has a value for, what comes back, and what is refused when it is set. */
final class JsonAttributesTest {
    private static final AttributeCodec UNDECLARED = codec(Map.of(), true);

    record Item(String name, BigDecimal price, Color color) {}

    enum Color {
        RED,
        GREEN
    }

    /** What older applications have. */
    static final class Cart {
        private List<Item> items = new ArrayList<>();
        private @Nullable Instant begun;

        public List<Item> getItems() {
            return items;
        }

        public void setItems(List<Item> items) {
            this.items = items;
        }

        public @Nullable Instant getBegun() {
            return begun;
        }

        public void setBegun(@Nullable Instant begun) {
            this.begun = begun;
        }
    }

    /** Can be written, but Jackson finds no way to make one. */
    static final class OneWay {
        private final String secret;

        OneWay(String first, String second) {
            this.secret = first + second;
        }

        public String getSecret() {
            return secret;
        }
    }

    /** Names the types that no class literal can. */
    interface Types {
        List<Item> items();

        Map<String, List<Integer>> counts();

        Set<UUID> ids();
    }

    private static Type type(String method) {
        return Arrays.stream(Types.class.getMethods())
                .filter(candidate -> candidate.getName().equals(method))
                .map(Method::getGenericReturnType)
                .findFirst()
                .orElseThrow();
    }

    private static AttributeCodec declared(Type type) {
        return codec(Map.of("it", type), true);
    }

    private static AttributeCodec codec(Map<String, Type> types, boolean failOnUnreadable) {
        return FormatAttributes.of(new ConnectFormat(), types, failOnUnreadable);
    }

    private static byte[] utf8(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static String json(AttributeCodec codec, Object value) {
        return new String(codec.encode("it", value), StandardCharsets.UTF_8);
    }

    private static @Nullable Object read(String json) {
        return UNDECLARED.decode("it", utf8(json));
    }

    private static Object set(AttributeCodec codec, Object value) {
        return codec.asRead("it", value, codec.encode("it", value));
    }

    static Stream<Arguments> scalars() {
        return Stream.of(
                Arguments.of("text \"\\ \n é ☃ 😀", "\"text \\\"\\\\ \\n é ☃ \\uD83D\\uDE00\"", "text \"\\ \n é ☃ 😀"),
                Arguments.of("half \ud83d of a pair", "\"half \\uD83D of a pair\"", "half \ud83d of a pair"),
                Arguments.of(true, "true", true),
                Arguments.of(7, "7", 7),
                Arguments.of((byte) -7, "-7", -7),
                Arguments.of((short) 7, "7", 7),
                Arguments.of(7L, "7", 7),
                Arguments.of(Long.MAX_VALUE, "9223372036854775807", Long.MAX_VALUE),
                Arguments.of(9007199254740993L, "9007199254740993", 9007199254740993L),
                Arguments.of(BigInteger.TWO, "2", 2),
                Arguments.of(BigInteger.TWO.pow(64), "18446744073709551616", BigInteger.TWO.pow(64)),
                Arguments.of(1.0, "1.0", 1.0),
                Arguments.of(-0.0, "-0.0", -0.0),
                Arguments.of(0.1, "0.1", 0.1),
                Arguments.of(0.1f, "0.1", 0.1),
                Arguments.of(1e300, "1.0E300", 1e300),
                Arguments.of(Double.MIN_VALUE, "4.9E-324", Double.MIN_VALUE),
                Arguments.of(new BigDecimal("1.50"), "1.50", 1.5),
                Arguments.of(new BigDecimal("1E+3"), "1000", 1000),
                Arguments.of(
                        new BigDecimal("0.1234567890123456789"),
                        "0.1234567890123456789",
                        new BigDecimal("0.1234567890123456789")),
                Arguments.of(Instant.EPOCH, "\"1970-01-01T00:00:00Z\"", "1970-01-01T00:00:00Z"),
                Arguments.of(LocalDate.EPOCH, "\"1970-01-01\"", "1970-01-01"),
                Arguments.of(LocalTime.NOON, "\"12:00\"", "12:00"),
                Arguments.of(
                        OffsetDateTime.parse("2030-01-01T00:00+01:00"),
                        "\"2030-01-01T00:00:00+01:00\"",
                        "2030-01-01T00:00:00+01:00"),
                Arguments.of(
                        ZonedDateTime.parse("2030-01-01T00:00+01:00[Europe/Berlin]"),
                        "\"2030-01-01T00:00:00+01:00\"",
                        "2030-01-01T00:00:00+01:00"),
                Arguments.of(Duration.ofMinutes(90), "\"PT1H30M\"", "PT1H30M"),
                Arguments.of(MonthDay.of(12, 24), "\"--12-24\"", "--12-24"));
    }

    @ParameterizedTest
    @MethodSource("scalars")
    void scalar_undeclared_isInSessionWhatAnyNodeReads(Object value, String json, Object read) {
        assertThat(json(UNDECLARED, value)).isEqualTo(json);
        assertThat(set(UNDECLARED, value)).isEqualTo(read).hasSameClassAs(read);
        assertThat(read(json)).isEqualTo(read).hasSameClassAs(read);
    }

    @ParameterizedTest
    @CsvSource({
        "1e2, 100.0",
        "1E-7, 1.0E-7",
        "1.10, 1.1",
        "0.5000000000000000000000, 0.5",
        "0.1000000000000000055511151231257827021181583404541015625, 0.1",
        "123456789.123456789012, 123456789.123456789012",
        "1e400, 1E+400",
        "-1.5e-400, -1.5E-400",
        "-0, 0"
    })
    void number_ofOtherWriter_isReadExactly(String json, String read) {
        assertThat(String.valueOf(read(json))).isEqualTo(read);
    }

    @Test
    void nullOfOtherWriter_anywhere_isRead() {
        assertThat(read("null")).isNull();
        assertThat(read(" [ null , {\"a\":null} ] "))
                .isEqualTo(Arrays.asList(null, Collections.singletonMap("a", null)));
    }

    @Test
    void collection_undeclared_staysApplicationsOwnAndComesBackAsJdks() {
        Map<String, Object> inner = new LinkedHashMap<>();
        inner.put("z", 1L);
        inner.put("a", null);
        List<Object> value = Arrays.asList("x", 2L, inner, null, Instant.EPOCH);

        String json = json(UNDECLARED, value);

        assertThat(set(UNDECLARED, value)).isSameAs(value);
        assertThat(json).isEqualTo("[\"x\",2,{\"z\":1,\"a\":null},null,\"1970-01-01T00:00:00Z\"]");
        Map<String, Object> readInner = new LinkedHashMap<>();
        readInner.put("z", 1);
        readInner.put("a", null);
        assertThat(read(json))
                .isInstanceOf(ArrayList.class)
                .isEqualTo(Arrays.asList("x", 2, readInner, null, "1970-01-01T00:00:00Z"));
        assertThat(json(UNDECLARED, requireNonNull(read(json)))).isEqualTo(json);
    }

    @Test
    void maps_equalWithoutOrder_haveEqualBytes() {
        Map<String, Integer> one = new HashMap<>(4);
        Map<String, Integer> other = new HashMap<>(1024);
        for (int i = 0; i < 100; i++) {
            one.put("key" + i, i);
            other.put("key" + (99 - i), 99 - i);
        }

        assertThat(json(UNDECLARED, one)).isEqualTo(json(UNDECLARED, other));
        assertThat(json(UNDECLARED, Map.of("b", 1, "c", 2, "a", 3))).isEqualTo("{\"a\":3,\"b\":1,\"c\":2}");
        assertThat(json(UNDECLARED, new TreeMap<>(Map.of("b", 1, "a", 2)).descendingMap()))
                .isEqualTo("{\"b\":1,\"a\":2}");
    }

    /** More to it than its elements. */
    static final class Basket extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        String owner = "ann";
    }

    static Stream<Object> unmappable() {
        return Stream.of(
                new Item("tea", BigDecimal.ONE, Color.RED),
                Color.RED,
                'c',
                CharBuffer.wrap("text"),
                new int[] {1},
                Set.of(1),
                Optional.of("text"),
                UUID.randomUUID(),
                URI.create("a:b"),
                Locale.ROOT,
                new AtomicInteger(1),
                new Basket(),
                List.of(List.of(Color.RED)),
                Map.of("a", new Object()),
                Map.of(1, "one"));
    }

    @ParameterizedTest
    @MethodSource("unmappable")
    void value_thatJsonHasNot_isRefusedWithWayOut(Object value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNDECLARED.encode("it", value))
                .withMessageContaining("'it'")
                .withMessageContaining(value.getClass().toString())
                .withMessageContaining("attributeType");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void number_notFinite_isRefused(double number) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNDECLARED.encode("it", List.of(number)))
                .withMessageContaining("NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNDECLARED.encode("it", (float) number))
                .withMessageContaining("NaN");
    }

    @Test
    void number_longerThanAnyNodeReads_isRefused() {
        BigInteger longest = BigInteger.TEN.pow(999);

        assertThat(set(UNDECLARED, longest)).isEqualTo(longest);
        for (Number number :
                List.of(BigInteger.TEN.pow(1000), new BigDecimal("1E+1000000"), new BigDecimal("1E-1000000"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> UNDECLARED.encode("it", number))
                    .withMessageContaining("digits");
        }
    }

    @Test
    void collection_withinItself_isRefused() {
        List<Object> endless = new ArrayList<>();
        endless.add(endless);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNDECLARED.encode("it", endless))
                .withMessageContaining("'it'")
                .withMessageContaining("depth");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "secret",
                "\"secret",
                "[\"secret\"",
                "{\"secret\":",
                "{secret:1}",
                "1 \"secret\"",
                "NaN",
                "'secret'",
                "1e99999999999",
                "1e5000"
            })
    void bytes_notJson_areUnreadableAndNotQuoted(String bytes) {
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> read(bytes))
                .withMessageContaining("'it' cannot be read")
                .withMessageNotContaining("secret")
                .matches(failure -> failure.reason() == CodecException.Reason.CORRUPT);
    }

    @Test
    void json_nestedToKill_isUnreadable() {
        String bomb = "[".repeat(100_000);

        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> read(bomb))
                .withMessageContaining("depth");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> read("9".repeat(1_001)))
                .withMessageContaining("Number");
    }

    @Test
    void attribute_unreadable_isAbsentUnlessItIsToFail() {
        AttributeCodec lenient = codec(Map.of("it", Color.class), false);
        try (CapturedLog log = new CapturedLog()) {
            assertThat(lenient.decode("it", utf8("\"BLUE\""))).isNull();
            assertThat(lenient.decode("it", utf8("\"BLUE\""))).isNull();
            assertThat(lenient.decode("other", utf8("{"))).isNull();

            assertThat(log.warningsWith("'it'")).singleElement().asString().doesNotContain("BLUE");
        }
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> declared(Color.class).decode("it", utf8("\"BLUE\"")))
                .withMessageContaining(Color.class.getName())
                .withMessageNotContaining("BLUE")
                .matches(failure -> failure.reason() == CodecException.Reason.CLASS_CHANGED);
    }

    static Stream<Arguments> declaredValues() {
        UUID id = UUID.fromString("00000000-0000-0001-0000-000000000002");
        Item item = new Item("tea", new BigDecimal("2.50"), Color.GREEN);
        String json = "{\"name\":\"tea\",\"price\":2.50,\"color\":\"GREEN\"}";
        return Stream.of(
                Arguments.of(Item.class, item, json),
                Arguments.of(type("items"), List.of(item, item), "[" + json + "," + json + "]"),
                Arguments.of(type("counts"), Map.of("b", List.of(1), "a", List.of(2)), "{\"a\":[2],\"b\":[1]}"),
                Arguments.of(type("ids"), Set.of(id), "[\"" + id + "\"]"),
                Arguments.of(Color.class, Color.RED, "\"RED\""),
                Arguments.of(UUID.class, id, "\"" + id + "\""),
                Arguments.of(Long.class, 7L, "7"),
                Arguments.of(long.class, 7L, "7"),
                Arguments.of(Double.class, 1.0, "1.0"),
                Arguments.of(BigDecimal.class, new BigDecimal("1.50"), "1.50"),
                Arguments.of(Instant.class, Instant.EPOCH, "\"1970-01-01T00:00:00Z\""),
                Arguments.of(Duration.class, Duration.ofMinutes(90), "\"PT1H30M\""),
                Arguments.of(LocalDate.class, LocalDate.EPOCH, "\"1970-01-01\""),
                Arguments.of(
                        OffsetDateTime.class,
                        OffsetDateTime.parse("2030-01-01T00:00+01:00"),
                        "\"2030-01-01T00:00:00+01:00\""));
    }

    @ParameterizedTest
    @MethodSource("declaredValues")
    void value_declared_comesBackAsItsType(Type type, Object value, String json) {
        AttributeCodec codec = declared(type);

        assertThat(json(codec, value)).isEqualTo(json);
        assertThat(set(codec, value)).isEqualTo(value);
        assertThat(codec.decode("it", utf8(json))).isEqualTo(value);
        assertThat(codec.decode("it", utf8("null"))).isNull();
    }

    @Test
    void bean_declared_comesBackWithoutUnknownFields() {
        AttributeCodec codec = declared(Cart.class);
        Cart cart = new Cart();
        cart.getItems().add(new Item("tea", BigDecimal.ONE, Color.RED));
        cart.setBegun(Instant.EPOCH);

        String json = json(codec, cart);
        Object read = codec.decode("it", utf8(json.replace("\"begun\"", "\"unknown\":[1],\"begun\"")));

        assertThat(set(codec, cart)).isSameAs(cart);
        assertThat(json)
                .isEqualTo(
                        "{\"begun\":\"1970-01-01T00:00:00Z\",\"items\":[{\"name\":\"tea\",\"price\":1,\"color\":\"RED\"}]}");
        assertThat(read).usingRecursiveComparison().isEqualTo(cart);
        assertThat(json(codec, requireNonNull(read))).isEqualTo(json);
    }

    /** The zone has no place in ISO-8601: better seen at once than on the next node. */
    @Test
    void zonedTime_declared_isInSessionWhatAnyNodeReads() {
        AttributeCodec codec = declared(ZonedDateTime.class);
        ZonedDateTime time = ZonedDateTime.parse("2030-01-01T00:00+01:00[Europe/Berlin]");

        assertThat(set(codec, time)).isEqualTo(ZonedDateTime.parse("2030-01-01T00:00+01:00"));
    }

    @Test
    void value_ofOtherTypeThanDeclared_isRefused() {
        for (Object value : List.of("text", 7, List.of())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> declared(Item.class).encode("it", value))
                    .withMessageContaining("'it'")
                    .withMessageContaining(value.getClass().toString())
                    .withMessageContaining("declared to be " + Item.class.getName());
        }
    }

    @Test
    void value_thatNoNodeCouldReadBack_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set(declared(OneWay.class), new OneWay("key", "board")))
                .withMessageContaining("'it'")
                .withMessageContaining(OneWay.class.getName())
                .withMessageNotContaining("keyboard");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set(declared(type("items")), List.of("keyboard")))
                .withMessageContaining("'it'")
                .withMessageNotContaining("keyboard");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "items|[{\"price\":1},{\"price\":\"keyboard\"}]|there is no java.math.BigDecimal at [1].price",
                "items|{\"keyboard\":1}|there is no java.util.ArrayList at its top",
                "counts|{\"keyboard\":[{}]}|at [*][0]",
                "ids|[\"keyboard\"]|there is no java.util.UUID at [0]"
            })
    void json_ofOtherShapeThanDeclared_isUnreadableAndNotQuoted(String type, String json, String reason) {
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> declared(type(type)).decode("it", utf8(json)))
                .withMessageContaining("'it' cannot be read")
                .withMessageContaining(reason)
                .withMessageNotContaining("keyboard")
                .matches(failure -> failure.reason() == CodecException.Reason.CLASS_CHANGED);
    }

    @Test
    void value_thatJacksonCannotWrite_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(Object.class).encode("it", new Object()))
                .withMessageContaining("'it'")
                .withMessageContaining("java.lang.Object");
    }

    /** Jackson's own exceptions quote the keys of maps. */
    @Test
    void value_thatJacksonCannotWrite_isInNoCauseEither() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(Object.class).encode("it", Map.of("ann@example.com", new Object())))
                .satisfies(failure -> {
                    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                        assertThat(cause.toString()).doesNotContain("ann@example.com");
                    }
                });
    }

    @Test
    void classNameInJson_ofDeclaredType_isNeverLoaded() {
        Object read = declared(Object.class).decode("it", utf8("[\"java.io.File\",\"/tmp\"]"));

        assertThat(read).isEqualTo(List.of("java.io.File", "/tmp"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cookie",
                "id",
                "req",
                "save",
                "touch",
                "reload",
                "destroy",
                "regenerate",
                "resetMaxAge",
                "constructor",
                "toString",
                "toLocaleString",
                "valueOf",
                "hasOwnProperty",
                "isPrototypeOf",
                "propertyIsEnumerable",
                "__proto__",
                "__defineGetter__",
                "__defineSetter__",
                "__lookupGetter__",
                "__lookupSetter__"
            })
    void name_thatExpressHasItself_isRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNDECLARED.asRead(name, "text", UNDECLARED.encode(name, "text")))
                .withMessageContaining("'" + name + "'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConnectFormat().requireFree(name))
                .withMessageContaining("'" + name + "'");
        assertThat(UNDECLARED.decode(name, utf8("[1]"))).isEqualTo(List.of(1));
    }

    /** A list that another request changes, a few times or for ever. */
    private static List<String> changing(int times) {
        AtomicInteger left = new AtomicInteger(times);
        List<String> list = new ArrayList<>(List.of("a"));
        return Collections.unmodifiableList(new ArrayList<>(list) {
            private static final long serialVersionUID = 1L;

            @Override
            public Iterator<String> iterator() {
                Iterator<String> iterator = super.iterator();
                if (left.getAndDecrement() > 0) {
                    add("b");
                }
                return iterator;
            }
        });
    }

    @Test
    void list_changedMeanwhile_isEncodedAgain() {
        assertThat(json(UNDECLARED, changing(2))).isEqualTo("[\"a\",\"b\",\"b\"]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNDECLARED.encode("it", changing(Integer.MAX_VALUE)))
                .withMessageContaining("'it'")
                .withMessageContaining("change");
        assertThat(json(declared(Collection.class), changing(2))).isEqualTo("[\"a\",\"b\",\"b\"]");
    }

    @Test
    void databind_missing_isNamedOnlyWhereItIsNeeded() throws Exception {
        try (URLClassLoader without = classPathWithoutDatabind()) {
            Method of = without.loadClass(JsonAttributes.class.getName()).getDeclaredMethod("of", Map.class);
            of.setAccessible(true);

            Object undeclared = requireNonNull(of.invoke(null, Map.of()));
            Method encode = undeclared.getClass().getDeclaredMethod("encode", String.class, Object.class);
            encode.setAccessible(true);
            assertThat(encode.invoke(undeclared, "it", List.of(1))).isEqualTo(utf8("[1]"));
            assertThatExceptionOfType(InvocationTargetException.class)
                    .isThrownBy(() -> of.invoke(null, Map.of("it", Item.class)))
                    .withCauseInstanceOf(IllegalStateException.class)
                    .havingCause()
                    .withMessageContaining("com.fasterxml.jackson.core:jackson-databind");
        }
    }

    private static URLClassLoader classPathWithoutDatabind() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.contains("jackson-databind") && !entry.contains("jackson-datatype")) {
                urls.add(new File(entry).toURI().toURL());
            }
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
