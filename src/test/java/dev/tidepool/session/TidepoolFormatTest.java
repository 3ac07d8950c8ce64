package dev.tidepool.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tidepool.codec.CodecException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of sessions and signposts, as all versions read and write them. */
final class TidepoolFormatTest {
    private static final SessionFormat FORMAT = new TidepoolFormat();
    private static final UUID INCARNATION = new UUID(1, 2);

    /** Incarnation and version 3. */
    private static final String IDENTITY = "000000000000000100000000000000020000000000000003";

    /** Created at 4, accessed at 5, timeout 6. */
    private static final String TIMES = "0000000000000004000000000000000500000006";

    private static final String DEADLINE = "0000000000000007";
    private static final String KEY_AB = "000000026162";
    private static final String SESSION =
            "0101" + IDENTITY + TIMES + DEADLINE + KEY_AB + "00000001" + "0000000163" + "0000000109";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    @Test
    void session_isBytesOfAllVersions() {
        SessionContent session = new SessionContent(
                INCARNATION,
                3,
                4,
                5,
                6,
                7,
                new StoredKey("ab"),
                new TreeMap<>(Map.of("c", new byte[] {9})),
                FormatFields.NONE);

        assertThat(FORMAT.encode(session)).asHexString().isEqualToIgnoringCase(SESSION);

        SessionContent read = (SessionContent) FORMAT.decode(bytes(SESSION));
        assertThat(read).usingRecursiveComparison().isEqualTo(session);
        assertThat(FORMAT.encode(read)).isEqualTo(bytes(SESSION));
    }

    /** Older versions took a signpost for a session without attributes, with the times of the one that moved. */
    @Test
    void signpost_ofOlderVersion_isReadWithoutItsTimes() {
        Signpost signpost = new Signpost(INCARNATION, 3, 7, new StoredKey("ab"));

        assertThat(FORMAT.decode(bytes("0102" + IDENTITY + TIMES + DEADLINE + KEY_AB + "00000000")))
                .isEqualTo(signpost);
        assertThat(FORMAT.encode(signpost))
                .isEqualTo(bytes("0102" + IDENTITY + "00".repeat(20) + DEADLINE + KEY_AB + "00000000"));
        assertThat(FORMAT.decode(FORMAT.encode(signpost))).isEqualTo(signpost);
    }

    /** Compare-and-set is against the bytes that another version wrote. */
    @Test
    void storedSession_ofSignpostOfOlderVersion_keepsItsBytes() {
        byte[] older = bytes("0102" + IDENTITY + TIMES + DEADLINE + KEY_AB + "00000000");

        assertThat(StoredSession.decode(older).encode()).isEqualTo(older);
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "'', it is truncated",
                "02, 'it is in format 2, which this version does not know'",
                "01, it is truncated",
                SESSION + "00, it has 1 bytes too many"
            })
    void bytes_ofNoSession_areCorrupt(String hex, String why) {
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> StoredSession.decode(bytes(hex)))
                .withMessage("the stored session is corrupt: " + why)
                .matches(failure -> failure.reason() == CodecException.Reason.CORRUPT);
    }

    @Test
    void keyAndId_asText_showNothing() {
        assertThat(new StoredKey("secret").toString()).doesNotContain("secret");
        assertThat(new SessionId("secret").toString()).doesNotContain("secret");
        assertThat(new Signpost(INCARNATION, 3, 7, new StoredKey("secret")).toString())
                .doesNotContain("secret");
    }
}
