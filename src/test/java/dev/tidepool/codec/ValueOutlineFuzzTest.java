package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.tidepool.Rounds;
import dev.tidepool.codec.CodecException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a person looks at may be damaged as well: it is shown or refused, and nothing else happens. */
@org.junit.jupiter.api.Tag(Rounds.LONG)
final class ValueOutlineFuzzTest {
    private static final long ALLOCATION = 32 << 20;
    private static final int DEEP = 100_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Stream<Arguments> runs() {
        return Stream.of(TestCodec.values())
                .flatMap(kind -> Stream.of(arguments(kind, 0), arguments(kind, Integer.MAX_VALUE)));
    }

    @ParameterizedTest(name = "{0}, compressed from {1}")
    @MethodSource("runs")
    void tree_damaged_isShownOrRefused(TestCodec kind, int compressedFrom) {
        ValueFormat format = new ValueFormat(kind.permissive(), List.of(), compressedFrom);
        List<Object> values = new ArrayList<>(HostileSeeds.all());
        values.add(SampleSession.plain());
        values.add(SampleSession.versioned());
        List<byte[]> seeds = values.stream().map(format::write).toList();
        Random random = new Random(11);
        for (int round = 0; round < CodecFuzzTest.ROUNDS; round++) {
            byte[] damaged = CodecFuzzTest.damage(seeds.get(round % seeds.size()), seeds, random);
            CodecFuzzTest.repairChecksum(damaged);
            assertHarmless(damaged);
        }
    }

    private void assertHarmless(byte[] damaged) {
        long allocated = threads.getCurrentThreadAllocatedBytes();
        @Nullable Throwable failure = null;
        try {
            ValueOutline.read(damaged).tree();
        } catch (Throwable e) {
            failure = e;
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        boolean expected = failure == null || (failure instanceof CodecException e && e.reason() == Reason.CORRUPT);
        if (!expected || allocated > ALLOCATION) {
            throw new AssertionError(
                    allocated + " bytes, " + failure + " from " + HexFormat.of().formatHex(damaged), failure);
        }
    }

    private static void assertRefused(int codec, byte[] payload, String why) {
        byte[] stored = Frame.write(codec, payload, Integer.MAX_VALUE);

        assertThatThrownBy(() -> ValueOutline.read(stored).tree())
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(why);
    }

    /** An array in an array in an array. */
    @Test
    void tree_jdkStreamNestedBeyondMeasure_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xACED0005);
        out.write(new byte[] {0x75, 0x72});
        out.writeUTF("[Ljava.lang.Object;");
        out.writeLong(0);
        out.write(new byte[] {2, 0, 0, 0x78, 0x70});
        for (int i = 0; i < DEEP; i++) {
            out.writeInt(1);
            out.write(new byte[] {0x75, 0x71, 0, 0x7E, 0, 0});
        }

        assertRefused(JdkCodec.ID, bytes.toByteArray(), "nested more than");
    }

    /** A class whose superclass has a superclass and so on. */
    @Test
    void tree_jdkStreamOfClassesBeyondMeasure_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xACED0005);
        out.write(0x73);
        for (int i = 0; i < DEEP; i++) {
            out.write(0x72);
            out.writeUTF("A");
            out.writeLong(0);
            out.write(new byte[] {2, 0, 0, 0x78});
        }

        assertRefused(JdkCodec.ID, bytes.toByteArray(), "nested more than");
    }

    /** Streams in one another, each of which holds a place for the next. */
    @Test
    void tree_streamsNestedInOneAnother_isRefused() throws IOException {
        byte[] placeholder = JdkStream.write(
                new Outside(0), new ReadBack(new KnownClasses(getClass().getClassLoader(), Samples.permissive())));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(1);
        for (int i = 0; i < DEEP; i++) {
            out.write(new byte[] {Tag.EMBEDDED, 1});
        }
        out.write(Tag.TRUE);
        for (int i = 0; i < DEEP; i++) {
            out.write(placeholder.length);
            out.write(placeholder);
        }

        assertRefused(FstCodec.ID, bytes.toByteArray(), "nested more than");
    }

    @Test
    void tree_emptyPayload_isRefused() {
        assertRefused(FstCodec.ID, new byte[0], "form");
        assertRefused(JdkCodec.ID, new byte[0], "cannot be read");
    }

    @Test
    void tree_streamOfNull_isRefused() {
        assertRefused(JdkCodec.ID, new byte[] {(byte) 0xAC, (byte) 0xED, 0, 5, 0x70}, "it holds no object");
    }
}
