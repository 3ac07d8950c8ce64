package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.tidepool.Rounds;
import dev.tidepool.codec.CodecException.Reason;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values damaged at random, always in the same way, for each codec, in its frame and without. */
@Tag(Rounds.LONG)
final class CodecFuzzTest {

    static final int ROUNDS = Rounds.of(2_000);
    private static final long ALLOCATION = 16 << 20;
    private static final long SECOND = 1_000_000_000;
    private static final String OTHER = "another-value-0123";
    private static final int CHECKSUM = 4;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Recorder loader = new Recorder();

    static Stream<Arguments> runs() {
        return Stream.of(TestCodec.values()).flatMap(kind -> Stream.of(arguments(kind, true), arguments(kind, false)));
    }

    @ParameterizedTest(name = "{0}, in its frame: {1}")
    @MethodSource("runs")
    void read_damaged_isCodecExceptionOrValue(TestCodec kind, boolean framed) {
        Codec codec = kind.create(loader, Samples.permissive());
        ValueFormat format = new ValueFormat(codec, List.of());
        List<byte[]> seeds = new ArrayList<>();
        List<Object> values = new ArrayList<>(HostileSeeds.all());
        values.add(SampleSession.plain());
        values.add(SampleSession.versioned());
        for (Object seed : values) {
            seeds.add(framed ? format.write(seed) : codec.encode(seed));
        }
        byte[] other = framed ? format.write(new Samples.Holder(OTHER)) : codec.encode(new Samples.Holder(OTHER));
        Random random = new Random(7);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = damage(seeds.get(round % seeds.size()), seeds, random);
            if (framed && random.nextBoolean()) {
                repairChecksum(damaged);
            }
            // What is in buffers that are used again must not come out.
            read(codec, format, other, framed);
            assertHarmless(codec, format, damaged, framed);
        }
        assertThat(loader.refused).isEmpty();
    }

    private void assertHarmless(Codec codec, ValueFormat format, byte[] damaged, boolean framed) {
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long begin = System.nanoTime();
        @Nullable Object read = null;
        @Nullable Throwable failure = null;
        try {
            read = read(codec, format, damaged, framed);
        } catch (Throwable e) {
            failure = e;
        }
        long elapsed = System.nanoTime() - begin;
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        boolean expected = failure == null
                ? read != null
                : failure instanceof CodecException e && e.reason() != Reason.NOT_SERIALIZABLE;
        if (!expected || elapsed > SECOND || allocated > ALLOCATION + damaged.length || holdsOther(codec, read)) {
            String bytes = HexFormat.of().formatHex(damaged);
            throw new AssertionError(elapsed + " ns, " + allocated + " bytes, " + failure + " from " + bytes, failure);
        }
    }

    private static Object read(Codec codec, ValueFormat format, byte[] bytes, boolean framed) {
        return framed ? format.read(bytes) : codec.decode(bytes);
    }

    private static boolean holdsOther(Codec codec, @Nullable Object read) {
        if (read == null) {
            return false;
        }
        try {
            return new String(codec.encode(read), StandardCharsets.ISO_8859_1).contains(OTHER);
        } catch (CodecException e) {
            return false; // an object that cannot be written again, such as one with damaged fields
        }
    }

    static byte[] damage(byte[] seed, List<byte[]> seeds, Random random) {
        byte[] bytes = seed.clone();
        for (int change = random.nextInt(3); change >= 0 && bytes.length > 0; change--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(9)) {
                case 0 -> bytes = Arrays.copyOf(bytes, at);
                case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(20));
                case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 3 -> bytes[at] = (byte) random.nextInt();
                case 4 -> bytes[at] = (byte) random.nextInt(128);
                case 5 -> huge(bytes, at);
                case 6 -> splice(bytes, at, seeds.get(random.nextInt(seeds.size())), random);
                case 7 -> splice(bytes, at, bytes, random);
                default -> noise(bytes, at, random);
            }
        }
        return bytes;
    }

    /** A length of two billion, as either codec writes it. */
    private static void huge(byte[] bytes, int at) {
        byte[] length =
                at % 2 == 0 ? new byte[] {0x77, 0x35, (byte) 0x94, 0} : new byte[] {-127, 0, (byte) 0x94, 0x35, 0x77};
        System.arraycopy(length, 0, bytes, at, Math.min(length.length, bytes.length - at));
    }

    private static void splice(byte[] bytes, int at, byte[] from, Random random) {
        int start = random.nextInt(from.length);
        int length = Math.min(random.nextInt(40), Math.min(bytes.length - at, from.length - start));
        System.arraycopy(from, start, bytes, at, length);
    }

    private static void noise(byte[] bytes, int at, Random random) {
        for (int i = at; i < Math.min(bytes.length, at + 12); i++) {
            bytes[i] = (byte) random.nextInt();
        }
    }

    static void repairChecksum(byte[] frame) {
        if (frame.length > CHECKSUM) {
            CRC32C checksum = new CRC32C();
            checksum.update(frame, 0, frame.length - CHECKSUM);
            ByteBuffer.wrap(frame).putInt(frame.length - CHECKSUM, (int) checksum.getValue());
        }
    }

    /** Notes what it is asked for, and should not be. */
    private static final class Recorder extends ClassLoader {
        private final AllowList allowed = Samples.permissive();
        private final List<String> refused = new ArrayList<>();

        Recorder() {
            super(CodecFuzzTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            // What the JVM links with a class of a proxy comes here too, though no value named it.
            if (!allowed.allows(name) && isNamedByValue() && !name.equals("java.lang.reflect.Proxy")) {
                refused.add(name);
            }
            return super.loadClass(name, resolve);
        }

        private static boolean isNamedByValue() {
            return StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getClassName().equals(ClassNames.class.getName())));
        }
    }
}
