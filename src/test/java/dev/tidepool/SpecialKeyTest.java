package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpecialKeyTest {
    private static final String SECRET = "secret-value";

    /** A special key, a value, and the value as it is compared. */
    static final List<Arguments> GOOD = List.of(
            Arguments.of("name", "ann", "ann"),
            Arguments.of("name", "", ""),
            Arguments.of("name:S:by-name", "a".repeat(2048), "a".repeat(2048)),
            Arguments.of("photo:B", new byte[0], new byte[0]),
            Arguments.of("photo:B:by-photo", new byte[] {1}, new byte[] {1}),
            Arguments.of("admin:BOOL", true, true),
            Arguments.of("level:N", 5, new BigDecimal("5")),
            Arguments.of("level:N", 5L, new BigDecimal("5")),
            Arguments.of("level:N", (short) 5, new BigDecimal("5")),
            Arguments.of("level:N", 5.0, new BigDecimal("5")),
            Arguments.of("level:N", 0.1, new BigDecimal("0.1")),
            Arguments.of("level:N", 0.1f, new BigDecimal("0.1")),
            Arguments.of("level:N", new BigDecimal("5.00"), new BigDecimal("5")),
            Arguments.of("level:N", new BigDecimal("0.000"), BigDecimal.ZERO),
            Arguments.of("level:N", Long.MIN_VALUE, new BigDecimal(Long.MIN_VALUE)),
            Arguments.of("level:N", BigInteger.TEN.pow(125), new BigDecimal("1E125")),
            Arguments.of("level:N", new BigDecimal("9".repeat(38)), new BigDecimal("9".repeat(38))),
            Arguments.of("level:N", new BigDecimal("-1E-130"), new BigDecimal("-1E-130")),
            Arguments.of("level:N", new BigDecimal("9.9E125"), new BigDecimal("9.9E125")));

    /** A special key, a value, and what is said of it. */
    static final List<Arguments> BAD = List.of(
            Arguments.of("name", 5, "needs a String, not a java.lang.Integer"),
            Arguments.of("name", List.of(SECRET), "needs a String"),
            Arguments.of("name:S:by-name", "", "is the key of index 'by-name', which has 1 to 2048 bytes, not 0"),
            Arguments.of("name:S:by-name", SECRET + "\u00e9".repeat(1020), "not 2052"),
            Arguments.of("photo:B:by-photo", new byte[0], "not 0"),
            Arguments.of("photo:B:by-photo", new byte[2049], "not 2049"),
            Arguments.of("photo:B", SECRET, "needs a byte[], not a java.lang.String"),
            Arguments.of("admin:BOOL", SECRET, "needs a Boolean"),
            Arguments.of("level:N", SECRET, "needs a Number"),
            Arguments.of("level:N", true, "needs a Number, not a java.lang.Boolean"),
            Arguments.of("level:N", Double.NaN, "is no finite number"),
            Arguments.of("level:N", Float.NEGATIVE_INFINITY, "is no finite number"),
            Arguments.of("level:N", new BigDecimal("1" + "0".repeat(37) + ".1"), "at most 38 digits"),
            Arguments.of("level:N", new BigDecimal("1E126"), "between 1E-130 and 1E+126"),
            Arguments.of("level:N", new BigDecimal("9E-131"), "between 1E-130 and 1E+126"),
            Arguments.of("level:N", new BigDecimal("1E2147483647"), "between 1E-130 and 1E+126"));

    @ParameterizedTest
    @FieldSource("GOOD")
    void checked_goodValue_isAsItIsCompared(String key, Object value, Object expected) {
        assertThat(SpecialKey.of(key).checked(value)).isEqualTo(expected);
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void checked_badValue_namesKeyAndNotValue(String text, Object value, String said) {
        SpecialKey key = SpecialKey.of(text);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> key.checked(value))
                .withMessageContaining("Special key '" + key.name() + "' of type " + key.type())
                .withMessageContaining(said)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(SECRET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"value", "expires", "expiresAt", "etag", "key", "sess", "type", "movedFrom", "movedTo"})
    void of_nameOfOtherAttribute_isRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpecialKey.of(name))
                .withMessageContaining("items have another attribute '" + name + "'");
    }

    @Test
    void toString_anyKey_isAsItIsWritten() {
        assertThat(SpecialKey.of(" userId:s:by-user ")).hasToString("userId:S:by-user");
        assertThat(SpecialKey.of("userId")).hasToString("userId:S");
    }
}
