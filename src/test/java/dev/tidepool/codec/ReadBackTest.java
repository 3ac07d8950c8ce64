package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.OneWaySamples.Counted;
import dev.tidepool.codec.OneWaySamples.Crew;
import dev.tidepool.codec.OneWaySamples.Plain;
import dev.tidepool.codec.Samples.Color;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.User;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted when it is written can be read. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class ReadBackTest {

    private static final String PREFIX = "dev.tidepool.codec.OneWaySamples$";

    private final TestCodec kind;
    private final Codec codec;

    ReadBackTest(TestCodec kind) {
        this.kind = kind;
        this.codec = kind.permissive();
    }

    static Stream<Arguments> unreadable() {
        String superclass = "its superclass that is not serializable needs a constructor";
        return Stream.of(
                one("superclass", new OneWaySamples.ChildOfNamed(), "ChildOfNamed", superclass),
                one("Externalizable", new OneWaySamples.Unmade("x"), "Unmade", "needs a public constructor"),
                one("reads more, Externalizable", new OneWaySamples.Lopsided(), "Lopsided", "EOFException"),
                one("reads more", new OneWaySamples.Greedy(), "Greedy", "EOFException"),
                one("write only", new OneWaySamples.WriteOnly(), "WriteOnly", "NotSerializableException"),
                one("validation", new OneWaySamples.Validated(), "Validated", "InvalidObjectException"),
                one("record", emptyCrew(), "Crew", "IllegalArgumentException"),
                one("record in what has hooks", new OneWaySamples.Outer(emptyCrew()), "Crew", "IllegalArgument"),
                one("readResolve gives another", new OneWaySamples.HolderOfTurning(), "HolderOfTurning", "Exception"),
                one("hash code too early", OneWaySamples.Friend.ofItself(), "Friend", "NullPointerException"),
                one("comparator", OneWaySamples.Forgetful.sorted(), "Forgetful", "NullPointerException"),
                one("unshared", new OneWaySamples.Unshared(), "Unshared", "InvalidObjectException"));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void encode_whatCannotBeRead_isRefusedEachTime(Object value, String type, String why) {
        assertRefused(value, type, why);
        assertRefused(value, type, why);
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void encode_objectOfWhatCannotBeRead_isRefused(Object value, String type, String why) {
        codec.encode(new Holder("x"));
        codec.encode(new OddSamples.Hooked("x", new Holder("x")));
        assertRefused(new Holder(value), type, why);
        assertRefused(new ArrayList<>(List.of(value)), type, why);
        assertRefused(new OddSamples.Hooked("x", value), type, why);
        assertRefused(new OddSamples.Hooked("x", new Holder(value)), type, why);
    }

    @Test
    void encode_readResolveGivesNull_isRefusedUnlessInAnObject() {
        assertRefused(new OneWaySamples.Vanishing(), PREFIX + "Vanishing", "it holds no object");
        Object hooked = new OddSamples.Hooked("x", new OneWaySamples.Vanishing());
        assertThat(((OddSamples.Hooked) codec.decode(codec.encode(hooked))).other())
                .isNull();
    }

    static Stream<Arguments> readable() {
        Serializable anonymous = new Serializable() {};
        enum Local {
            ONE
        }
        return Stream.of(
                argumentSet("number of another type", new OneWaySamples.OddVersion()),
                argumentSet("number of an instance", new OneWaySamples.InstanceVersion()),
                argumentSet("constant with a body", Color.GREEN),
                argumentSet("anonymous", anonymous),
                argumentSet("local", Local.ONE),
                argumentSet("reads less", new OddSamples.Named("x")));
    }

    @ParameterizedTest
    @MethodSource("readable")
    void encode_oddButReadable_isAccepted(Object value) {
        assertThat(codec.decode(codec.encode(value))).hasSameClassAs(value);
    }

    @ParameterizedTest
    @MethodSource("lists")
    void encode_lambda_isRefusedWithoutALineToAdd(List<String> allow) {
        Supplier<String> lambda = (Supplier<String> & Serializable) () -> "x";
        Codec listed = kind.create(getClass().getClassLoader(), AllowList.of(allow));
        for (Object value : List.of(lambda, new ArrayList<>(List.of(lambda)))) {
            CodecException e = refusal(listed, value);
            assertThat(e)
                    .hasMessageStartingWith("a lambda of class " + getClass().getName() + " cannot be stored")
                    .hasMessageNotContaining("=");
            assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
        }
    }

    static Stream<List<String>> lists() {
        String here = ReadBackTest.class.getName();
        return Stream.of(List.of(), List.of(here), List.of(here, "java.lang.invoke.SerializedLambda"));
    }

    @Test
    void encode_classOfOtherLoader_isRefused() throws Exception {
        Class<?> other = new KeyFixtures.CopyingLoader(Plain.class.getName()).loadClass(Plain.class.getName());
        var constructor = other.getDeclaredConstructor(String.class);
        constructor.setAccessible(true);
        Object plain = constructor.newInstance("x");
        String why = "of the value is not the one that this cache's class loader finds";
        codec.encode(new Plain("x"));
        for (Object value : List.of(plain, new Holder(plain), other, Array.newInstance(other, 0))) {
            assertRefused(value, Plain.class.getName(), why);
        }
    }

    @Test
    void encode_proxyOfInterfaceOfOtherLoader_isRefused() throws Exception {
        String name = Samples.Face.class.getName();
        ClassLoader loader = new KeyFixtures.CopyingLoader(name);
        Object proxy = Proxy.newProxyInstance(loader, new Class<?>[] {loader.loadClass(name)}, new Samples.Handler());
        assertRefused(proxy, name, "is not the one that this cache's class loader finds");
    }

    @Test
    void encode_classThatNoReaderFinds_isRefused() throws Exception {
        Codec narrow = kind.create(ClassLoader.getPlatformClassLoader(), Samples.permissive());
        CodecException e = refusal(narrow, new Holder("x"));
        assertThat(e)
                .hasMessage("class " + Holder.class.getName()
                        + " of the value is not on the class path of this cache's class loader");
        assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
        assertRefused(hidden(), Holder.class.getName(), "is not on the class path");
    }

    /** The filter of a JVM can be set only once, so it needs a JVM of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"!dev.tidepool.codec.Samples$User", "!java.util.BitSet", "maxbytes=8"})
    void encode_filterOfJvmWouldRefuse_isRefused(String filter) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String path = System.getProperty("java.class.path");
        String option = "-Djdk.serialFilter=" + filter;
        Process process = new ProcessBuilder(java, option, "-cp", path, Encode.class.getName(), kind.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        assertThat(output).startsWith("NOT_ALLOWED").contains("jdk.serialFilter");
    }

    @Test
    void encode_classReadBefore_isNotReadAgain() {
        Counted.read = 0;
        Plain.made = 0;
        Object value = new ArrayList<>(List.of(new Counted(true), new Plain("x"), new Counted(true)));
        for (int i = 0; i < 10; i++) {
            codec.encode(value);
        }
        assertThat(Counted.read).isEqualTo(2);
        assertThat(Plain.made).isEqualTo(2);
    }

    @Test
    void encode_classNotReadYet_isReadWithAllOfItsValue() {
        codec.encode(new Counted(true));
        Counted.read = 0;
        codec.encode(new ArrayList<>(List.of(new Counted(true), new Plain("x"))));
        codec.encode(new ArrayList<>(List.of(new Counted(true), new Plain("x"))));
        assertThat(Counted.read).isEqualTo(1);
    }

    /** What later data does is not foreseen. */
    @Test
    void encode_failureOfLaterObject_isNotForeseen() {
        codec.encode(new Counted(true));
        byte[] bytes = codec.encode(new Counted(false));
        CodecException e = catchThrowableOfType(CodecException.class, () -> codec.decode(bytes));
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void encode_classKnownByItsNameOnly_isReadWhenItHasAnObject() {
        Class<?> type = OneWaySamples.Parent.class;
        codec.encode(type);
        codec.encode(Array.newInstance(type, 0));
        codec.encode(new OneWaySamples.Child());
        assertRefused(new OneWaySamples.Parent(), type.getName(), "InvalidObjectException");
    }

    private static Arguments one(String name, Object value, String type, String why) {
        return argumentSet(name, value, PREFIX + type, why);
    }

    private static Crew emptyCrew() {
        Crew crew = new Crew(new ArrayList<>(List.of("anna")));
        crew.names().clear();
        return crew;
    }

    /** Returns an object of a class that has no name for a loader. */
    private static Object hidden() throws IOException, ReflectiveOperationException {
        String file = "Samples$Holder.class";
        try (InputStream in = requireNonNull(ReadBackTest.class.getResourceAsStream(file))) {
            var lookup = MethodHandles.lookup().defineHiddenClass(in.readAllBytes(), false);
            var constructor = lookup.lookupClass().getDeclaredConstructor(Object.class);
            constructor.setAccessible(true);
            return constructor.newInstance("x");
        }
    }

    private void assertRefused(Object value, String type, String why) {
        CodecException e = refusal(codec, value);
        assertThat(e).hasMessageMatching("class " + Pattern.quote(type) + "\\b.*");
        assertThat(e).hasMessageContaining(why).hasMessageNotContaining("token");
        assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    private static CodecException refusal(Codec codec, Object value) {
        CodecException e = catchThrowableOfType(CodecException.class, () -> codec.encode(value));
        assertThat(e).isNotNull();
        return e;
    }

    /** The program of the other JVM: encodes an object of the JDK, then one of the application. */
    static final class Encode {

        private Encode() {}

        public static void main(String[] arguments) {
            Codec codec = TestCodec.valueOf(arguments[0]).permissive();
            try {
                codec.encode(BitSet.valueOf(new long[] {5}));
                codec.encode(new User("anna", 7, null));
                System.out.println("written");
            } catch (CodecException e) {
                System.out.println(e.reason() + " " + e.getMessage());
            }
        }
    }
}
