package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.ValueNode.Part;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What both codecs write, seen without the classes. */
@SuppressWarnings({"JavaUtilDate", "JdkObsolete"}) // stored all the same
final class ValueOutlineTest {
    private static final AllowList ALLOWED = AllowList.of(List.of(
            "dev.tidepool.codec.*", "java.lang.invoke.SerializedLambda", "java.net.URL", "java.util.regex.Pattern"));
    private static final String HOLDER = Holder.class.getName();
    private static final int CHECKSUM = 4;

    private static ValueFormat format(TestCodec kind) {
        return new ValueFormat(kind.create(ValueOutlineTest.class.getClassLoader(), ALLOWED), List.of());
    }

    private static ValueNode tree(TestCodec kind, Object value) {
        return requireNonNull(ValueOutline.read(format(kind).write(value)).tree());
    }

    static Stream<Arguments> cases() {
        return Stream.of(TestCodec.values())
                .flatMap(codec -> RoundTripCases.all().stream()
                        .filter(value -> value.refusal(codec) == null)
                        .map(value -> arguments(codec, value)));
    }

    /** Returns all scalars, those of keys among them. */
    private static Stream<Object> scalars(ValueNode node) {
        Stream<Object> own = node.scalar() == null ? Stream.empty() : Stream.of(node.scalar());
        return Stream.concat(
                own,
                node.parts().stream()
                        .flatMap(part -> Stream.concat(
                                part.key() == null ? Stream.empty() : scalars(part.key()), scalars(part.node()))));
    }

    private static @Nullable ValueNode field(ValueNode node, String name) {
        return node.parts().stream()
                .filter(part -> name.equals(part.name()))
                .map(Part::node)
                .findFirst()
                .orElse(null);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tree_anyValueThatCanBeStored_isShownWithinItsHolder(TestCodec kind, RoundTripCase value) {
        ValueNode holder = tree(kind, new Holder(value.value()));

        assertThat(holder.type()).isEqualTo(HOLDER);
        ValueNode content = requireNonNull(field(holder, "content"));
        assertThat(content.type()).isNotEqualTo("null").isNotEmpty();
        assertThat(content.scalar() != null || !content.parts().isEmpty() || isEmpty(value.value(), content))
                .isTrue();
        assertThat(tree(kind, value.value()).bytes()).isPositive();
    }

    /** Whether there is nothing to see: an empty collection, an object without fields. */
    private static boolean isEmpty(Object value, ValueNode node) {
        return node.bytes() > 0 && !(value instanceof Map<?, ?> map && !map.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tree_stringsWithin_areAllThere(TestCodec kind, RoundTripCase value) {
        List<Object> two = new ArrayList<>(List.of("before", value.value(), "after"));

        assertThat(scalars(tree(kind, two))).contains("before", "after");
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void tree_sessionOfClassesWithVersion_hasNamesAndValues(TestCodec kind) {
        ValueNode session = tree(kind, SampleSession.versioned());

        ValueNode cart = entry(session, "cart");
        assertThat(cart.type()).isEqualTo("java.util.ArrayList");
        assertThat(cart.parts()).hasSize(20);
        ValueNode item = cart.parts().get(0).node();
        assertThat(item.type()).isEqualTo(SampleSession.VersionedItem.class.getName());
        assertThat(requireNonNull(field(item, "sku")).scalar()).isEqualTo("SKU-10000");
        assertThat(requireNonNull(field(item, "cents")).type()).isEqualTo("long");
        assertThat(requireNonNull(field(item, "cents")).scalar()).isEqualTo(499L);
        assertThat(cart.bytes()).isGreaterThan(item.bytes() * 5);
        ValueNode user = entry(session, "user");
        assertThat(requireNonNull(field(user, "birthday")).scalar()).isEqualTo("1990-05-17");
        assertThat(requireNonNull(field(user, "balance")).scalar()).isEqualTo("1284.50");
        assertThat(entry(session, "locale").scalar()).isEqualTo("de_DE");
        assertThat(entry(session, "loginTime").scalar()).isEqualTo("2026-01-02T00:00:00.123Z");
    }

    private static ValueNode entry(ValueNode map, String key) {
        return map.parts().stream()
                .filter(part -> part.key() != null && key.equals(part.key().scalar()))
                .map(Part::node)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void tree_fstClassWithoutVersion_hasNumbersAndTypes() {
        ValueNode session = tree(TestCodec.FST, SampleSession.plain());

        ValueNode item = entry(session, "cart").parts().get(0).node();
        assertThat(item.parts())
                .extracting(Part::name)
                .containsExactly("field 1", "field 2", "field 3", "field 4", "field 5");
        assertThat(item.parts())
                .extracting(part -> part.node().type())
                .containsExactlyInAnyOrder("long", "boolean", "int", "java.lang.String", "java.lang.String");
    }

    @Test
    void tree_jdkClassWithoutVersion_hasNames() {
        ValueNode session = tree(TestCodec.JDK, SampleSession.plain());

        assertThat(field(entry(session, "cart").parts().get(0).node(), "sku")).isNotNull();
    }

    static Stream<Arguments> values() {
        return Stream.<Object>of(
                        'x',
                        (short) 7,
                        (byte) -1,
                        1.5f,
                        -2.25,
                        new BigInteger("-123456789012345678901234567890"),
                        new BigDecimal("1E+9"),
                        new UUID(1, 2),
                        new Date(1_700_000_000_123L),
                        Instant.parse("2026-11-28T12:00:00.5Z"),
                        Duration.ofMinutes(90),
                        LocalDate.of(2026, 11, 28),
                        ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneId.of("Europe/Berlin")),
                        Locale.GERMANY,
                        Samples.Color.RED)
                .map(value -> arguments(value.getClass().getSimpleName(), value));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("values")
    void tree_valueOfTheJdk_isTheSameTextInBothCodecs(String name, Object value) {
        ValueNode fst = tree(TestCodec.FST, value);
        ValueNode jdk = tree(TestCodec.JDK, value);

        assertThat(fst.scalar()).as(name).isNotNull().isEqualTo(jdk.scalar());
        assertThat(fst.type()).isEqualTo(jdk.type());
    }

    static Stream<Object> containers() {
        Map<String, Integer> entries = new LinkedHashMap<>(Map.of("a", 1));
        entries.put("b", 2);
        return Stream.of(
                new ArrayList<>(List.of("a", "b")),
                new HashSet<>(List.of("a", "b")),
                new LinkedHashSet<>(List.of("a", "b")),
                new TreeSet<>(List.of("a", "b")),
                new TreeSet<>(Collections.reverseOrder()),
                List.of("a", "b", "c"),
                Map.of("a", 1),
                new HashMap<>(entries),
                entries,
                new TreeMap<>(entries),
                new ConcurrentHashMap<>(entries),
                new Object[] {"a", 1, null},
                new int[] {1, 2, 3},
                new String[][] {{"a"}, {}});
    }

    @ParameterizedTest
    @MethodSource("containers")
    void tree_containerOfTheJdk_isTheSameInBothCodecs(Object value) {
        assertThat(text(tree(TestCodec.JDK, value))).isEqualTo(text(tree(TestCodec.FST, value)));
    }

    /** Returns all but numbers and lengths. */
    private static String text(ValueNode node) {
        String parts = node.parts().stream()
                .map(part -> part.name() + "/" + (part.key() == null ? "" : text(part.key())) + "/" + text(part.node()))
                .collect(Collectors.joining(", "));
        return node.type() + "=" + node.scalar() + "(" + parts + ")";
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void tree_sharedObject_isShownOnce(TestCodec kind) {
        List<Object> shared = new ArrayList<>(List.of(1, 2));

        ValueNode list = tree(kind, new ArrayList<>(Arrays.asList(shared, "x", shared)));

        ValueNode first = list.parts().get(0).node();
        ValueNode again = list.parts().get(2).node();
        assertThat(first.isReference()).isFalse();
        assertThat(again.isReference()).isTrue();
        assertThat(again.number()).isPositive().isEqualTo(first.number());
        assertThat(again.type()).isEqualTo("java.util.ArrayList");
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void tree_objectThatContainsItself_ends(TestCodec kind) {
        Holder self = new Holder(null);
        self.content = new ArrayList<>(List.of(self));

        ValueNode tree = tree(kind, self);

        ValueNode inside = requireNonNull(field(tree, "content")).parts().get(0).node();
        assertThat(inside.isReference()).isTrue();
        assertThat(inside.number()).isEqualTo(tree.number());
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void tree_objectWithHooks_hasWhatItRefersToInside(TestCodec kind) {
        ValueNode hooked = tree(kind, new OddSamples.Hooked("written", new Holder("within")));

        ValueNode other = requireNonNull(field(hooked, "other"));
        assertThat(other.type()).isEqualTo(HOLDER);
        assertThat(requireNonNull(field(other, "content")).scalar()).isEqualTo("within");
        byte[] data =
                (byte[]) requireNonNull(requireNonNull(field(hooked, "data")).scalar());
        assertThat(new String(data, StandardCharsets.UTF_8)).endsWith("written");
    }

    @Test
    void tree_fstObjectSharedByTwoStreams_isShownOnce() {
        Holder shared = new Holder("shared");

        ValueNode list = tree(
                TestCodec.FST,
                new ArrayList<>(List.of(new OddSamples.Hooked("a", shared), new OddSamples.Hooked("b", shared))));

        ValueNode first = requireNonNull(field(list.parts().get(0).node(), "other"));
        ValueNode second = requireNonNull(field(list.parts().get(1).node(), "other"));
        assertThat(first.isReference()).isFalse();
        assertThat(second.isReference()).isTrue();
        assertThat(second.number()).isEqualTo(first.number());
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void tree_classThatIsNowhere_isShownByItsName(TestCodec kind) {
        byte[] stored =
                new ValueFormat(kind.permissive(), List.of(), Integer.MAX_VALUE).write(SampleSession.versioned());
        byte[] renamed = renamed(stored, "SampleSession$", "NowhereToFind$");

        ValueNode user = entry(requireNonNull(ValueOutline.read(renamed).tree()), "user");

        assertThatThrownBy(() -> format(kind).read(renamed)).isInstanceOf(CodecException.class);
        assertThat(user.type()).isEqualTo("dev.tidepool.codec.NowhereToFind$VersionedUser");
        assertThat(requireNonNull(field(user, "login")).scalar()).isEqualTo("anna.schmidt");
    }

    private static byte[] renamed(byte[] stored, String from, String to) {
        String text = new String(stored, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(from);
        byte[] renamed = text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
        CRC32C checksum = new CRC32C();
        checksum.update(renamed, 0, renamed.length - CHECKSUM);
        ByteBuffer.wrap(renamed).putInt(renamed.length - CHECKSUM, (int) checksum.getValue());
        return renamed;
    }

    @Test
    void read_compressedValue_tellsBothLengths() {
        String text = "a".repeat(5_000);
        byte[] stored = format(TestCodec.FST).write(new Holder(text));

        ValueOutline outline = ValueOutline.read(stored);

        assertThat(outline.isCompressed()).isTrue();
        assertThat(outline.codec()).isEqualTo("fst");
        assertThat(outline.storedBytes()).isEqualTo(stored.length).isLessThan(200);
        assertThat(outline.payloadBytes()).isGreaterThan(5_000);
        assertThat(requireNonNull(field(requireNonNull(outline.tree()), "content"))
                        .scalar())
                .isEqualTo(text);
    }

    static Stream<Object> withoutCodec() {
        return Stream.of("text", "\uD800", 1, 2L, true, new byte[] {1, 2});
    }

    @ParameterizedTest
    @MethodSource("withoutCodec")
    void tree_valueWithoutCodec_isItself(Object value) {
        ValueOutline outline = ValueOutline.read(format(TestCodec.JDK).write(value));

        assertThat(outline.codec()).isEqualTo("none");
        assertThat(requireNonNull(outline.tree()).scalar()).isEqualTo(value);
    }

    @Test
    void tree_codecOfTheApplication_isKnownToItAlone() {
        ValueOutline outline = ValueOutline.read(Frame.write(130, new byte[] {1, 2, 3}, 100));

        assertThat(outline.codec()).isEqualTo("codec 130");
        assertThat(outline.tree()).isNull();
        assertThat(outline.payload()).containsExactly(1, 2, 3);
    }

    @Test
    void ofJson_object_hasItsFields() {
        ValueNode node =
                ValueOutline.ofJson("{\"name\":\"Anna\",\"tags\":[1,2.5,true,null]}".getBytes(StandardCharsets.UTF_8));

        assertThat(text(node))
                .isEqualTo("object=null(name//string=Anna(), tags//array=null(null//number=1(), null//number=2.5(),"
                        + " null//boolean=true(), null//null=null()))");
    }

    @Test
    void tree_hugeNumber_isNotSpeltOut() {
        BigInteger huge = BigInteger.ONE.shiftLeft(1_000_000);

        assertThat(tree(TestCodec.FST, huge).scalar()).isEqualTo("a number of 1000001 bits");
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void toString_ofNode_tellsNoValue(TestCodec kind) {
        assertThat(tree(kind, new Holder("secret")))
                .asString()
                .doesNotContain("secret")
                .contains(HOLDER);
    }

    @Test
    void tree_moreThanAPersonCouldLookAt_isRefused() {
        List<Object> nulls = new ArrayList<>(Collections.nCopies(600_000, null));

        assertThatThrownBy(() -> tree(TestCodec.FST, nulls))
                .isInstanceOfSatisfying(
                        CodecException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT))
                .hasMessageContaining("too many to show");
    }

    @Test
    void types_ofAllContainers_areOfTheJdk() {
        Set<String> names = Arrays.stream(ContainerType.values())
                .map(ContainerType::className)
                .collect(Collectors.toSet());
        Arrays.stream(WrapperType.values()).map(WrapperType::className).forEach(names::add);

        assertThat(names).allMatch(name -> name.startsWith("java.util."));
    }
}
