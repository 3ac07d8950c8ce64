package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.HashBasedTable;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Range;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Color;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.User;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One refusal names all classes that a value needs, to be written and to be read. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class CompleteRefusalTest {

    private static final Pattern LINE = Pattern.compile("tidepool\\.allow=([\\w.$,]+)");

    private final TestCodec kind;

    CompleteRefusalTest(TestCodec kind) {
        this.kind = kind;
    }

    static Stream<Object> values() {
        return Stream.concat(ofGuava(), ofApplication());
    }

    private static Stream<Object> ofGuava() {
        ArrayListMultimap<String, Integer> multimap = ArrayListMultimap.create();
        multimap.put("a", 1);
        HashBasedTable<String, String, Integer> table = HashBasedTable.create();
        table.put("a", "b", 1);
        return Stream.of(
                ImmutableList.of("a"),
                ImmutableList.of("a", "b", "c"),
                ImmutableSet.of("a"),
                ImmutableSet.of("a", "b"),
                ImmutableMap.of("a", 1, "b", 2),
                ImmutableSortedMap.of("a", 1, "b", 2),
                ImmutableListMultimap.of("a", 1, "b", 2),
                com.google.common.base.Optional.of("a"),
                com.google.common.base.Optional.absent(),
                Range.closed(1, 2),
                multimap,
                table,
                new ArrayList<>(List.of(ImmutableList.of(1), ImmutableMap.of(2, ImmutableSet.of(3, 4)))));
    }

    private static Stream<Object> ofApplication() {
        User user = new User("anna", 7, new Holder(Color.GREEN));
        return Stream.of(
                user,
                new User[][] {{user}},
                new Holder(ImmutableList.of(user, user)),
                new OddSamples.Hooked("x", new Holder(user)),
                new OddSamples.Hooked("x", ImmutableList.of(new OddSamples.Hooked("y", Color.RED))),
                Collections.unmodifiableList(new ArrayList<>(List.of(user))),
                new HashMap<>(Map.of(Color.RED, new OddSamples.Replaced("x"))),
                new EnumMap<>(Map.of(Color.RED, user)),
                new ArrayList<>(List.of(User.class, Holder[].class)),
                new Samples.ChildOfSecret(),
                new OddSamples.Derived(),
                new OddSamples.Failure(3, new IllegalStateException("cause")),
                Samples.proxy(new Samples.SecretHandler(), Samples.Face.class, Samples.SecretFace.class));
    }

    @ParameterizedTest
    @MethodSource("values")
    void encode_afterAllNamedClassesAreAllowed_isReadable(Object value) {
        CodecException refusal = refusal(List.of(), value);
        assertThat(refusal.reason()).isEqualTo(Reason.NOT_ALLOWED);
        Codec codec = codec(named(refusal));
        Object read = codec.decode(codec.encode(value));
        assertThat(read).hasSameClassAs(value);
    }

    @ParameterizedTest
    @MethodSource("values")
    void encode_oneNamedClassMissing_isRefusedForIt(Object value) {
        List<String> all = named(refusal(List.of(), value));
        for (String name : all) {
            List<String> others = new ArrayList<>(all);
            others.remove(name);
            assertThat(named(refusal(others, value))).containsExactly(name);
        }
    }

    @Test
    void encode_resultOfReadResolveNotAllowed_isRefused() {
        String written = "com.google.common.collect.ImmutableList$SerializedForm";
        CodecException refusal = refusal(List.of(written), ImmutableList.of("a", "b"));
        assertThat(named(refusal)).containsExactly("com.google.common.collect.RegularImmutableList");
    }

    /** No line helps as long as the class is not changed. */
    @Test
    void encode_classesMissingInWhatCannotBeStored_saysTheLatter() {
        Holder holder = new Holder(new ArrayList<>(List.of(Color.RED, new Samples.NotSerializable())));
        assertThat(refusal(List.of(), holder).reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
        CodecException unreadable = refusal(List.of(), new Holder(new OneWaySamples.Greedy()));
        assertThat(unreadable).hasMessageStartingWith("class " + OneWaySamples.Greedy.class.getName() + " ");
        assertThat(unreadable.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    @Test
    void decode_afterRefusedWrite_isRefusedStill() {
        byte[] bytes = codec(List.of("dev.tidepool.codec.*")).encode(new Holder(Color.RED));
        Codec strict = codec(List.of(Holder.class.getName()));
        assertThat(catchThrowableOfType(CodecException.class, () -> strict.encode(new Holder(Color.RED))))
                .isNotNull();
        CodecException e = catchThrowableOfType(CodecException.class, () -> strict.decode(bytes));
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED);
    }

    private Codec codec(List<String> allow) {
        return kind.create(getClass().getClassLoader(), AllowList.of(allow));
    }

    private CodecException refusal(List<String> allow, Object value) {
        Codec codec = codec(allow);
        return Optional.ofNullable(catchThrowableOfType(CodecException.class, () -> codec.encode(value)))
                .orElseThrow(() -> new AssertionError(value.getClass() + " was accepted with " + allow));
    }

    /** Returns the classes of the line that the message wants to be added. */
    private static List<String> named(CodecException refusal) {
        Matcher line = LINE.matcher(String.valueOf(refusal.getMessage()));
        assertThat(line.find()).describedAs(refusal.getMessage()).isTrue();
        return List.of(line.group(1).split(","));
    }
}
