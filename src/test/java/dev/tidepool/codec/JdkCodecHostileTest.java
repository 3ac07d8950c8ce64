package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import dev.tidepool.Rounds;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Holder;
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
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of Java's own serialization that must not pass, and the filter of the JVM. */
@SuppressWarnings({"IdentityHashMapUsage", "JavaUtilDate", "JdkObsolete", "UnnecessaryStringBuilder"
}) // stored all the same
@Tag(Rounds.LONG)
final class JdkCodecHostileTest {

    private static final long MEGABYTE = 1 << 20;

    private final JdkCodec permissive = Samples.permissiveCodec();

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

    @Test
    void decode_tooDeep_isRefused() throws IOException {
        Holder holder = Samples.nested(JdkStream.MAX_DEPTH + 110);
        CodecException e = failure(permissive, stream(holder));
        assertThat(e).hasMessageContaining("nested");
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void decode_random_isCodecExceptionOrValue() {
        Random random = new Random(42);
        for (int round = 0; round < Rounds.of(5_000, 100_000); round++) {
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
