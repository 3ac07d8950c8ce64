package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.common.collect.ImmutableList;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Holder;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Values that can be written and not read, although objects of all their classes came back before. */
@ParameterizedClass
@EnumSource(TestCodec.class)
@SuppressWarnings({"serial", "unused"}) // as in applications, and never read
final class LaterValuesTest {

    private final TestCodec kind;
    private final Codec codec;

    LaterValuesTest(TestCodec kind) {
        this.kind = kind;
        this.codec = codec(
                "dev.tidepool.codec.*",
                "com.google.common.collect.ImmutableList$SerializedForm",
                "com.google.common.collect.RegularImmutableList");
    }

    /** One of several. */
    static final class Sibling implements Serializable {
        private @Nullable List<Sibling> siblings;
    }

    /** Made of all its members. */
    record Team(List<Member> members) implements Serializable {}

    /** One of a team. */
    static final class Member implements Serializable {
        private @Nullable Team team;
    }

    static class Base implements Serializable {
        private String owner = "anna";
    }

    /** One of an application that does not see where its superclass is from. */
    static final class Order extends Base {
        private int number = 7;

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Order that
                    && number == that.number
                    && ((Base) that).owner.equals(((Base) this).owner);
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    static Stream<UnaryOperator<Object>> places() {
        return Stream.of(
                value -> value,
                Holder::new,
                value -> new ArrayList<>(List.of(value)),
                value -> new OddSamples.Hooked("x", value),
                value -> new OddSamples.Hooked("x", new Holder(value)));
    }

    @ParameterizedTest
    @MethodSource("places")
    void encode_formStandsForAnotherClass_isReadAsWell(UnaryOperator<Object> place) {
        codec.encode(place.apply(ImmutableList.of("a", "b")));
        codec.encode(place.apply(ImmutableList.of("a", "b", "c")));

        CodecException e = refusal(place.apply(ImmutableList.of("a")));

        assertThat(e).hasMessageContaining("com.google.common.collect.SingletonImmutableList");
        assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED);
    }

    @Test
    void encode_listOfMoreCopiesThanItsBytesAllow_isRefused() {
        Object few = Collections.nCopies(5, "x");
        assertThat(codec.decode(codec.encode(few))).isEqualTo(few);

        assertThat(refusal(Collections.nCopies(100_000, "x")).reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    @Test
    void encode_listThatCannotBeMadeBeforeItsElements_isRefused() {
        assumeThat(kind).isEqualTo(TestCodec.FST); // jdk reads no class again that it has read
        Sibling one = new Sibling();
        Sibling two = new Sibling();
        codec.encode(one);
        List<Sibling> both = List.of(one, two);
        one.siblings = both;
        two.siblings = both;

        CodecException e = refusal(both);

        assertThat(e).hasMessageContaining("refers to itself");
        assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    /** Java's own serialization gives null back in its place. */
    @Test
    void encode_recordThatCannotBeMadeBeforeItsComponents_isRefused() {
        assumeThat(kind).isEqualTo(TestCodec.FST);
        Member member = new Member();
        Team team = new Team(new ArrayList<>(List.of(member)));
        member.team = team;

        assertThat(refusal(team)).hasMessageContaining("refers to itself");
    }

    @Test
    void encode_superclassThatTheLoaderDoesNotFind_comesBack() {
        ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.equals(Base.class.getName())) {
                    throw new ClassNotFoundException(name);
                }
                return super.loadClass(name, resolve);
            }
        };
        Codec blind = kind.create(loader, AllowList.of(List.of("dev.tidepool.codec.*")));

        for (int i = 0; i < 2; i++) {
            assertThat(blind.decode(blind.encode(new Order()))).isEqualTo(new Order());
        }
    }

    private Codec codec(String... allow) {
        return kind.create(getClass().getClassLoader(), AllowList.of(List.of(allow)));
    }

    private CodecException refusal(Object value) {
        CodecException e = catchThrowableOfType(CodecException.class, () -> codec.encode(value));
        assertThat(e).isNotNull();
        return e;
    }
}
