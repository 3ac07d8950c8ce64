package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import dev.tidepool.codec.CodecException.Reason;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When values are compressed, and what cannot be undone. */
final class CompressionTest {

    private static final int FLAGS = 2;

    private final Codec codec = TestCodec.FST.permissive();
    private final ValueFormat format = new ValueFormat(codec, List.of());

    @Test
    void write_aboveThreshold_isCompressed() {
        assertThat(format.write("x".repeat(1_024))[FLAGS]).isZero();
        byte[] stored = format.write("x".repeat(1_025));
        assertThat(stored[FLAGS]).isEqualTo((byte) 1);
        assertThat(stored).hasSizeLessThan(100);
        assertThat(format.read(stored)).isEqualTo("x".repeat(1_025));
    }

    @Test
    void write_incompressible_isNotCompressed() {
        byte[] noise = new byte[5_000];
        new Random(1).nextBytes(noise);
        assertThat(format.write(noise)[FLAGS]).isZero();
        assertThat(format.read(format.write(noise))).isEqualTo(noise);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, Integer.MAX_VALUE})
    void write_otherThreshold_isReadByEveryFormat(int threshold) {
        byte[] stored = new ValueFormat(codec, List.of(), threshold).write("x".repeat(300));
        assertThat(stored[FLAGS]).isEqualTo((byte) (threshold < 300 ? 1 : 0));
        assertThat(format.read(stored)).isEqualTo("x".repeat(300));
    }

    @Test
    void create_negativeThreshold_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ValueFormat(codec, List.of(), -1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 300_000, (4 << 20) - 10})
    void inflate_deflated_givesTheBytesBack(int length) {
        byte[] payload = new byte[length + 10];
        assertThat(Compression.inflate(deflated(payload), payload.length)).isEqualTo(payload);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9_999, 10_001, 300_000, 3_000_000, 2_000_000_000, Long.MAX_VALUE})
    void inflate_otherLength_isCorruptAndAllocatesLittle(long declared) {
        byte[] compressed = deflated(new byte[10_000]);
        // Loads the classes.
        assertThat(Compression.inflate(compressed, 10_000)).hasSize(10_000);
        assertThat(Frame.corrupt("").reason()).isEqualTo(Reason.CORRUPT);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        CodecException e = catchThrowableOfType(CodecException.class, () -> Compression.inflate(compressed, declared));
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void inflate_truncatedAnywhere_isCorrupt() {
        byte[] compressed =
                deflated("some text, some more text, and more".repeat(40).getBytes(StandardCharsets.UTF_8));
        for (int length = 0; length < compressed.length; length++) {
            byte[] truncated = Arrays.copyOf(compressed, length);
            CodecException e = catchThrowableOfType(CodecException.class, () -> Compression.inflate(truncated, 1_400));
            assertThat(e).isNotNull();
        }
    }

    private static byte[] deflated(byte[] payload) {
        byte[] compressed = Compression.deflate(payload);
        return requireNonNull(compressed);
    }
}
