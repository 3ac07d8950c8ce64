package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One table of values for both codecs, which says for each what it cannot do. */
final class CodecRoundTripTest {

    /** The samples, and what an application may allow though it is not on the list of the JDK's types. */
    private static final AllowList ALLOWED =
            AllowList.of(List.of("dev.tidepool.codec.*", "java.net.URL", "java.util.regex.Pattern"));

    static Stream<Arguments> cases() {
        return Stream.of(TestCodec.values())
                .flatMap(codec -> RoundTripCases.all().stream().map(value -> arguments(codec, value)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void decode_encoded_isTheSameOrRefused(TestCodec kind, RoundTripCase value) {
        Codec codec = codec(kind);
        RoundTripCase.Refusal refusal = value.refusal(kind);
        if (refusal == null) {
            Object read = codec.decode(codec.encode(value.value()));
            assertThat(value.same().test(value.value(), read)).isTrue();
        } else {
            CodecException e = catchThrowableOfType(CodecException.class, () -> codec.encode(value.value()));
            assertThat(e).isNotNull().hasMessageContaining(refusal.part());
            assertThat(e.reason()).isEqualTo(refusal.reason());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void decode_encodedInAnObject_isOfTheSameClass(TestCodec kind, RoundTripCase value) {
        if (value.refusal(kind) == null) {
            Codec codec = codec(kind);
            Samples.Holder read = (Samples.Holder) codec.decode(codec.encode(new Samples.Holder(value.value())));
            Class<?> type = requireNonNull(read.content).getClass();
            assertThat(type == value.value().getClass() || isSubList(value.value()))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(TestCodec.class)
    void cases_ofCodec_areEnough(TestCodec kind) {
        List<RoundTripCase> all = RoundTripCases.all();
        assertThat(all.stream().filter(value -> value.refusal(kind) == null)).hasSizeGreaterThanOrEqualTo(118);
        assertThat(all).hasSizeGreaterThanOrEqualTo(123);
    }

    @Test
    void encode_sameGraphTwice_givesTheSameBytes() {
        Codec codec = codec(TestCodec.FST);
        Object value = new Samples.User("anna", 7, List.of(1, "x"));
        assertThat(codec.encode(value)).isEqualTo(codec.encode(value));
    }

    private static Codec codec(TestCodec kind) {
        return kind.create(CodecRoundTripTest.class.getClassLoader(), ALLOWED);
    }

    private static boolean isSubList(Object value) {
        return value.getClass().getName().endsWith("SubList");
    }
}
