package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.sun.management.ThreadMXBean;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.Secret;
import dev.tidepool.codec.Samples.SecretColor;
import dev.tidepool.codec.Samples.User;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamConstants;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Random;
import java.util.SimpleTimeZone;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects and bytes that must not pass. */
@SuppressWarnings({"IdentityHashMapUsage", "JavaUtilDate", "JdkObsolete", "UnnecessaryStringBuilder"
}) // stored all the same
final class CodecHostileTest {

    private static final int TWO_BILLION = 2_000_000_000;
    private static final long MEGABYTE = 1 << 20;

    private final JdkCodec permissive = Samples.permissiveCodec();
    private final Codec strict = TestCodec.JDK.strict();

    static Stream<Arguments> forbidden() {
        Secret secret = new Secret();
        String name = Secret.class.getName();
        return Stream.of(
                argumentSet("root", secret, name),
                argumentSet("field", new Holder(secret), name),
                argumentSet("array", new Secret[] {secret}, name),
                argumentSet("empty array", new Secret[0], name),
                argumentSet("empty array of arrays", new Holder(new Secret[0][0]), name),
                argumentSet("element of array", new Object[] {secret}, name),
                argumentSet("element of list", List.of(1, secret), name),
                argumentSet("wrapped", Collections.unmodifiableList(new ArrayList<>(List.of(secret))), name),
                argumentSet("value of map", new TreeMap<>(Map.of("a", secret)), name),
                argumentSet("key of map", new HashMap<>(Map.of(secret, "a")), name),
                argumentSet("component of record", new User("anna", 1, secret), name),
                argumentSet("record", new Samples.SecretRecord("x"), Samples.SecretRecord.class.getName()),
                argumentSet("enum", SecretColor.RED, SecretColor.class.getName()),
                argumentSet("enum in set", EnumSet.of(SecretColor.RED), SecretColor.class.getName()),
                argumentSet("type of empty enum set", EnumSet.noneOf(SecretColor.class), SecretColor.class.getName()),
                argumentSet("type of empty enum map", new EnumMap<>(SecretColor.class), SecretColor.class.getName()),
                argumentSet("enum with a body", SecretColor.GREEN, SecretColor.class.getName()),
                argumentSet("class literal", Secret.class, name),
                argumentSet("class literal of array", new Holder(Secret[][].class), name),
                argumentSet("superclass", new Samples.ChildOfSecret(), name),
                argumentSet(
                        "interface of proxy",
                        Samples.proxy(new Samples.Handler(), Samples.Face.class, Samples.SecretFace.class),
                        Samples.SecretFace.class.getName()),
                argumentSet(
                        "handler of proxy",
                        Samples.proxy(new Samples.SecretHandler(), Samples.Face.class),
                        Samples.SecretHandler.class.getName()),
                argumentSet(
                        "class literal of proxy",
                        Samples.proxy(new Samples.Handler(), Samples.SecretFace.class)
                                .getClass(),
                        Samples.SecretFace.class.getName()),
                argumentSet("hidden by its writer and reader", new Samples.Hiding(), name));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void encode_forbiddenClass_isRefused(Object value, String name) {
        CodecException e = catchThrowableOfType(CodecException.class, () -> strict.encode(value));
        assertRefused(e, name);
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void decode_forbiddenClass_isRefused(Object value, String name) {
        assertRefused(failure(strict, permissive.encode(value)), name);
    }

    @Test
    void decode_forbiddenClass_isNotEvenLoaded() {
        byte[] bytes = permissive.encode(new Holder(new Secret()));
        ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                assertThat(name).isNotEqualTo(Secret.class.getName());
                return super.loadClass(name, resolve);
            }
        };
        JdkCodec codec = new JdkCodec(loader, AllowList.of(List.of()).plus(Holder.class));
        assertRefused(failure(codec, bytes), Secret.class.getName());
    }

    @Test
    void decode_lambda_isRefused() throws IOException {
        Runnable lambda = (Runnable & java.io.Serializable) () -> {};
        assertThat(failure(permissive, stream(lambda)).reason()).isEqualTo(Reason.NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"!dev.tidepool.codec.Samples$User", "java.base/*;!*", "maxdepth=1", "maxbytes=8"})
    void decode_refusedByFilterOfJvm_staysRefused(String filter) throws Exception {
        String output = decodeInOtherJvm("-Djdk.serialFilter=" + filter);
        assertThat(output).startsWith("NOT_ALLOWED").contains("jdk.serialFilter");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.tidepool.codec.*", "!com.acme.*"})
    void decode_filterOfJvmHasNothingAgainst_isRead(String filter) throws Exception {
        assertThat(decodeInOtherJvm("-Djdk.serialFilter=" + filter)).startsWith("read");
    }

    @Test
    void decode_failingReadObject_isCorruptWithoutTheValue() {
        CodecException e = failure(strict, permissive.encode(new Samples.Failing()));
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
        assertThat(e).hasMessageNotContaining("token").hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void decode_nullObject_isCorrupt() throws IOException {
        assertThat(failure(permissive, stream(null)).reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void decode_writtenException_isCorrupt() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            assertThatIOException().isThrownBy(() -> out.writeObject(new Holder(new Object())));
        }
        AllowList failures = AllowList.of(List.of("java.io.NotSerializableException", "java.io.ObjectStreamException"));
        JdkCodec codec = new JdkCodec(getClass().getClassLoader(), failures.plus(Holder.class));
        assertThat(failure(codec, bytes.toByteArray()).reason()).isEqualTo(Reason.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                0,
                ObjectStreamConstants.TC_NULL,
                ObjectStreamConstants.TC_BLOCKDATA,
                ObjectStreamConstants.TC_ENDBLOCKDATA,
                ObjectStreamConstants.TC_RESET
            })
    void decode_trailingByte_isCorrupt(byte trailing) {
        for (Object value :
                List.of("text", new Holder(1), new HashMap<>(Map.of(1, 2)), new int[1], Samples.Color.RED)) {
            byte[] bytes = permissive.encode(value);
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
            longer[bytes.length] = trailing;
            assertThat(failure(permissive, longer)).hasMessageContaining("1 bytes after its end");
        }
    }

    @Test
    void decode_tooDeep_isRefused() throws IOException {
        Holder holder = Samples.nested(JdkStream.MAX_DEPTH + 110);
        CodecException e = failure(permissive, stream(holder));
        assertThat(e).hasMessageContaining("nested");
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void decode_onSmallStack_failsCleanly() throws Exception {
        byte[] bytes = permissive.encode(Samples.nested(JdkStream.MAX_DEPTH));
        List<Object> outcome = new CopyOnWriteArrayList<>();
        Runnable decode = () -> {
            try {
                outcome.add(permissive.decode(bytes));
            } catch (CodecException e) {
                outcome.add(e);
            }
        };
        Thread thread = new Thread(null, decode, "small stack", 180_000);
        thread.start();
        thread.join();
        assertThat(outcome).hasSize(1);
    }

    @Test
    void decode_greatestDepth_fitsHalfAMegabyteOfStack() throws Exception {
        byte[] bytes = permissive.encode(Samples.nested(JdkStream.MAX_DEPTH));
        List<Object> outcome = new CopyOnWriteArrayList<>();
        Thread thread = new Thread(null, () -> outcome.add(permissive.decode(bytes)), "half a megabyte", 512 * 1024);
        thread.start();
        thread.join();
        assertThat(outcome).hasSize(1);
    }

    static final List<Object> SEEDS = List.of(
            "text",
            new byte[100],
            new long[] {1, 2, 3},
            new Object[] {1, "x", null},
            new String[][] {{"a"}, {"b", "c"}},
            new User("anna", 7, List.of(1, 2, 3)),
            new Holder(new Holder(Samples.Color.GREEN)),
            new ArrayList<>(List.of(1, 2, 3)),
            new ArrayDeque<>(List.of(1, 2, 3)),
            new PriorityQueue<>(List.of(1, 2, 3)),
            new HashMap<>(Map.of("a", 1, "b", 2)),
            new LinkedHashMap<>(Map.of("a", 1, "b", 2)),
            new HashSet<>(List.of(1, 2, 3)),
            new IdentityHashMap<>(Map.of("a", 1)),
            new Hashtable<>(Map.of("a", 1)),
            new TreeMap<>(Map.of("a", 1)),
            new EnumMap<>(Map.of(Samples.Color.RED, 1)),
            EnumSet.of(Samples.Color.RED),
            BitSet.valueOf(new long[] {5, 6}),
            new ConcurrentHashMap<>(Map.of("a", 1)),
            new CopyOnWriteArrayList<>(List.of(1, 2)),
            new LinkedBlockingQueue<>(List.of(1, 2)),
            List.of(1, 2, 3),
            Map.of(1, 2, 3, 4),
            Collections.nCopies(3, "x"),
            Collections.unmodifiableMap(new Properties()),
            new java.math.BigDecimal("1234567890123456789012.5"),
            java.time.ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, java.time.ZoneId.of("Europe/Berlin")),
            java.util.Calendar.getInstance(Locale.GERMANY),
            new SimpleTimeZone(3_600_000, "X"),
            new StringBuilder("abc"),
            new IllegalStateException("x", new RuntimeException("y")),
            Samples.proxy(new Samples.Handler(), Samples.Face.class));

    @ParameterizedTest
    @FieldSource("SEEDS")
    void decode_twoBillionAnywhere_doesNotAllocate(Object value) {
        byte[] bytes = permissive.encode(value);
        for (int i = 0; i <= bytes.length - Integer.BYTES; i++) {
            byte[] forged = bytes.clone();
            ByteBuffer.wrap(forged).putInt(i, TWO_BILLION);
            assertHarmless(forged);
        }
    }

    @ParameterizedTest
    @FieldSource("SEEDS")
    void decode_truncatedAnywhere_isCodecException(Object value) {
        byte[] bytes = permissive.encode(value);
        for (int length = 0; length < bytes.length; length++) {
            byte[] truncated = Arrays.copyOf(bytes, length);
            assertThat(failure(permissive, truncated).reason()).isNotEqualTo(Reason.NOT_SERIALIZABLE);
        }
    }

    @ParameterizedTest
    @FieldSource("SEEDS")
    void decode_mutated_isCodecExceptionOrValue(Object value) {
        byte[] bytes = permissive.encode(value);
        Random random = new Random(bytes.length);
        for (int round = 0; round < 2_000; round++) {
            byte[] mutated = bytes.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                mutated[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            assertHarmless(mutated);
        }
    }

    @Test
    void decode_random_isCodecExceptionOrValue() {
        Random random = new Random(42);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            ByteBuffer.wrap(bytes).put(HexFormat.of().parseHex("aced0005"), 0, Math.min(4, bytes.length));
            for (int i = 4; i < bytes.length; i += 3) {
                // Mostly tags, so that the parser gets somewhere.
                bytes[i] = (byte) (ObjectStreamConstants.TC_BASE + random.nextInt(16));
            }
            assertHarmless(bytes);
        }
    }

    /** Each array is within the payload's length, but there are hundreds in one another. */
    @Test
    void decode_nestedForgedArrays_doNotMultiply() throws IOException {
        Object[] nested = new Object[1];
        for (int i = 0; i < 400; i++) {
            nested = new Object[] {nested};
        }
        byte[] bytes = Arrays.copyOf(stream(nested), 400_000);
        for (int i = 0; i < 6_000; i++) {
            if (ByteBuffer.wrap(bytes).getInt(i) == 1) {
                ByteBuffer.wrap(bytes).putInt(i, 390_000);
            }
        }
        assertThat(failure(permissive, bytes)).hasMessageContaining("arrays");
        assertHarmless(bytes);
    }

    private void assertHarmless(byte[] bytes) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        CodecException e = catchThrowableOfType(CodecException.class, () -> permissive.decode(bytes));
        assertThat(e == null || e.reason() != Reason.NOT_SERIALIZABLE).isTrue();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16 * MEGABYTE);
    }

    private static void assertRefused(CodecException e, String name) {
        assertThat(e).isNotNull().hasMessageContaining("class " + name + " ").hasMessageContaining("=" + name);
        assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED);
    }

    private static CodecException failure(Codec codec, byte[] bytes) {
        CodecException failure = catchThrowableOfType(CodecException.class, () -> codec.decode(bytes));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static byte[] stream(@Nullable Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        return bytes.toByteArray();
    }

    /** The filter of a JVM can be set only once, so it needs a JVM of its own. */
    private String decodeInOtherJvm(String option) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String path = location(JdkCodec.class) + File.pathSeparator + location(Decode.class);
        String bytes = HexFormat.of().formatHex(permissive.encode(new User("anna", 7, List.of(1))));
        Process process = new ProcessBuilder(java, option, "-cp", path, Decode.class.getName(), bytes)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    private static String location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }

    /** The program of the other JVM: decodes its argument and prints what came of it. */
    static final class Decode {

        private Decode() {}

        public static void main(String[] arguments) {
            try {
                Samples.permissiveCodec().decode(HexFormat.of().parseHex(arguments[0]));
                System.out.println("read");
            } catch (CodecException e) {
                System.out.println(e.reason() + " " + e.getMessage());
            }
        }
    }
}
