package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tidepool.codec.CodecException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ValueFormatTest {

    private static final Codec JDK = Samples.permissiveCodec();

    private final ValueFormat format = new ValueFormat(JDK, List.of());

    static Stream<Object> values() {
        return Stream.of(
                "",
                "text",
                "Grüße, \uD83D\uDE00 \u0000",
                "unpaired \uD83D surrogate",
                "\uDE00\uD83D",
                0,
                -1,
                Integer.MIN_VALUE,
                Long.MAX_VALUE,
                true,
                false,
                new byte[0],
                new byte[] {1, 2, 3},
                new byte[100_000],
                "x".repeat(20_000),
                'c',
                1.5,
                new Samples.User("anna", 7, null),
                List.of("a", 1));
    }

    @ParameterizedTest
    @MethodSource("values")
    void read_written_givesTheValueBack(Object value) {
        Object read = format.read(format.write(value));
        assertThat(read).isEqualTo(value).hasSameClassAs(value);
    }

    @ParameterizedTest
    @MethodSource("values")
    void write_twice_givesEqualBytes(Object value) {
        assertThat(format.write(value)).isEqualTo(format.write(value));
    }

    @Test
    void write_scalar_isLaidOutAsDocumented() {
        String hex = HexFormat.of().formatHex(format.write("ab"));
        assertThat(hex).startsWith("d120" + "00" + "02" + "6162").hasSize(20);
        assertThat(format.write(1)).startsWith(0xD1, 0x21, 0, 4, 0, 0, 0, 1);
        assertThat(format.write(1L)).startsWith(0xD1, 0x22, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1);
        assertThat(format.write(true)).startsWith(0xD1, 0x23, 0, 1, 1);
        assertThat(format.write(new byte[] {9})).startsWith(0xD1, 0x24, 0, 1, 9);
        assertThat(format.write("\uD83D")).startsWith(0xD1, 0x25, 0, 2, 0xD8, 0x3D);
        assertThat(format.write('c')).startsWith(0xD1, 1, 0);
    }

    /** A stored value of every kind stays readable: these bytes are in tables. */
    @Test
    void read_bytesOfFormatOne_staysReadable() {
        assertThat(format.read(HexFormat.of().parseHex("d120000261622d1e722e"))).isEqualTo("ab");
        assertThat(format.write("x".repeat(300))).startsWith(0xD1, 0x20, 0, 0xAC, 0x02, 'x');
    }

    @Test
    void write_byteArray_isCopiedBothWays() {
        byte[] value = {1, 2};
        byte[] stored = format.write(value);
        value[0] = 9;
        byte[] read = (byte[]) format.read(stored);
        read[1] = 9;
        assertThat(format.read(stored)).isEqualTo(new byte[] {1, 2});
    }

    @ParameterizedTest
    @CsvSource({
        "'', it is empty",
        "ac, not written by Tidepool",
        "acd10000000000000000, not written by Tidepool",
        "d00100000000000000, not written by Tidepool",
        "d2, a newer version of Tidepool",
        "d20100000000000000, a newer version of Tidepool",
        "d101, truncated",
        "d1010000000000, truncated",
        "d1010200" + "00000000, 'unknown flags, 0x2'",
        "d1018000" + "00000000, 'unknown flags, 0x80'",
        "d1010002" + "00000000, '0 of 2 bytes'",
        "d101000011" + "00000000, 1 bytes too many",
        "d10100ffffffff07" + "00000000, 0 of 2147483647 bytes",
        "d10100ffffffffff" + "00000000, length is malformed",
        "d10100ff" + "00000000, length is malformed",
        "d101008000" + "00000000, length is malformed",
        "d1010000" + "00000000, checksum"
    })
    void read_badHeader_saysWhatIsWrong(String hex, String message) {
        CodecException e = readFailure(HexFormat.of().parseHex(hex));
        assertThat(e).hasMessageContaining(message);
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void read_unknownCodec_namesItsNumber() {
        CodecException e = readFailure(frame(200, 1, 2, 3));
        assertThat(e).hasMessage("the value was written by codec id 200, which is not installed here");
        assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_CODEC);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 0x1F, 0x26, 0x7F, 0x80, 0xFF})
    void read_codecNotInstalled_isUnknown(int id) {
        assertThat(readFailure(frame(id)).reason()).isEqualTo(Reason.UNKNOWN_CODEC);
    }

    @Test
    void read_codecOfLibraryNotInstalled_namesIt() {
        CodecException e = readFailure(frame(2, 1, 2, 3));
        assertThat(e).hasMessageEndingWith("codec fst not available here");
        assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_CODEC);
    }

    static Stream<byte[]> badScalars() {
        return Stream.of(
                frame(0x20, 0xFF),
                frame(0x20, 0xED, 0xA0, 0x80),
                frame(0x20, 0xC0, 0x80),
                frame(0x21, 1, 2, 3),
                frame(0x22, 1, 2, 3, 4),
                frame(0x23),
                frame(0x23, 2),
                frame(0x25, 1));
    }

    @ParameterizedTest
    @MethodSource("badScalars")
    void read_malformedScalar_isCorrupt(byte[] bytes) {
        assertThat(readFailure(bytes).reason()).isEqualTo(Reason.CORRUPT);
    }

    @ParameterizedTest
    @MethodSource("values")
    void read_truncatedAnywhere_isCorrupt(Object value) {
        byte[] stored = format.write(value);
        for (int length = 0; length < Math.min(stored.length, 500); length++) {
            assertThat(readFailure(Arrays.copyOf(stored, length)).reason()).isEqualTo(Reason.CORRUPT);
            assertThat(readFailure(Arrays.copyOf(stored, stored.length - 1 - length))
                            .reason())
                    .isEqualTo(Reason.CORRUPT);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void read_anyBitFlipped_isCorrupt(Object value) {
        byte[] stored = format.write(value);
        for (int bit = 0; bit < Math.min(stored.length, 300) * 8; bit++) {
            byte[] flipped = stored.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(readFailure(flipped).reason()).isEqualTo(Reason.CORRUPT);
        }
    }

    @Test
    void read_bytesOfAnotherInstalledCodec_usesThatCodec() {
        ValueFormat old = new ValueFormat(codec(200, "old", value -> "old"), List.of(JDK));
        ValueFormat current = new ValueFormat(JDK, List.of(codec(200, "old", value -> "old")));
        assertThat(current.read(old.write('c'))).isEqualTo("old");
        assertThat(old.read(current.write('c'))).isEqualTo('c');
    }

    @ParameterizedTest
    @CsvSource({
        "0, mine",
        "1, mine",
        "2, mine",
        "3, mine",
        "4, mine",
        "32, mine",
        "127, mine",
        "256, mine",
        "-1, mine",
        "-56, mine",
        "2, jdk"
    })
    void create_idNotForUsers_isRefused(int id, String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ValueFormat(codec(id, name, value -> value), List.of()))
                .withMessageContaining(name)
                .withMessageContaining("128 to 255");
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 255})
    void create_idForUsers_works(int id) {
        ValueFormat users = new ValueFormat(codec(id, "mine", value -> "mine"), List.of());
        assertThat(users.read(users.write('c'))).isEqualTo("mine");
    }

    @Test
    void create_sameIdTwice_isRefused() {
        Codec one = codec(130, "one", value -> value);
        Codec two = codec(130, "two", value -> value);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ValueFormat(JDK, List.of(one, two)))
                .withMessage("codecs one and two have the same id, 130");
    }

    @Test
    void read_codecFailsWithAnyException_isCorruptWithCause() {
        IllegalStateException failure = new IllegalStateException("token-0123");
        ValueFormat users = new ValueFormat(
                codec(130, "mine", value -> {
                    throw failure;
                }),
                List.of());
        CodecException e = catchThrowableOfType(CodecException.class, () -> users.read(users.write('c')));
        assertThat(e).hasCause(failure).hasMessage("codec mine could not read the value");
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
    }

    private CodecException readFailure(byte[] bytes) {
        CodecException failure = catchThrowableOfType(CodecException.class, () -> format.read(bytes));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static byte[] frame(int codec, int... payload) {
        ByteBuffer bytes = ByteBuffer.allocate(payload.length + 8);
        bytes.put((byte) 0xD1).put((byte) codec).put((byte) 0).put((byte) payload.length);
        for (int next : payload) {
            bytes.put((byte) next);
        }
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.array(), 0, bytes.position());
        return bytes.putInt((int) checksum.getValue()).array();
    }

    private static Codec codec(int id, String name, Function<byte[], Object> decoder) {
        return new Codec() {
            @Override
            public int id() {
                return id;
            }

            @Override
            public String name() {
                return name;
            }

            @Override
            public byte[] encode(Object value) {
                return name.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public Object decode(byte[] payload) {
                return decoder.apply(payload);
            }
        };
    }
}
