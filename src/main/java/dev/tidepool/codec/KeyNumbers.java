package dev.tidepool.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.Predicate;

/**
 * Texts of the numbers whose {@code toString} is no identity.
 *
 * <p>{@code Double.toString} writes 2.0E23 from JDK 19 on and wrote 1.9999999999999998E23 before (JDK-4511638): two
 * processes on different JDKs would not find each other's entries. So the shortest digits are worked out here.
 */
final class KeyNumbers {
    private static final int DOUBLE_DIGITS = 17;
    private static final int FLOAT_DIGITS = 9;
    /** Far inside the exponents that {@code new BigDecimal(String)} reads; beyond, digits and scale stand apart. */
    private static final int READABLE_SCALE = 1_000_000;

    private static final char SCALE = 's';

    private KeyNumbers() {}

    static String text(Double value) {
        return isSpecial(value)
                ? value.toString()
                : shortest(new BigDecimal(value), DOUBLE_DIGITS, d -> Double.parseDouble(d.toString()) == value);
    }

    static String text(Float value) {
        return isSpecial(value)
                ? value.toString()
                : shortest(new BigDecimal(value), FLOAT_DIGITS, d -> Float.parseFloat(d.toString()) == value);
    }

    static String text(BigDecimal value) {
        return Math.abs((long) value.scale()) <= READABLE_SCALE
                ? value.toString()
                : value.unscaledValue().toString() + SCALE + value.scale();
    }

    static BigDecimal decimal(String text) {
        int scale = text.indexOf(SCALE);
        return scale < 0
                ? new BigDecimal(text)
                : new BigDecimal(new BigInteger(text.substring(0, scale)), Integer.parseInt(text.substring(scale + 1)));
    }

    /** Zero is among them because a BigDecimal has no negative zero. */
    private static boolean isSpecial(double value) {
        return value == 0 || !Double.isFinite(value);
    }

    private static String shortest(BigDecimal exact, int maxDigits, Predicate<BigDecimal> isSame) {
        for (int digits = 1; digits < maxDigits; digits++) {
            BigDecimal rounded = rounded(exact, digits);
            if (isSame.test(rounded)) {
                return layout(rounded);
            }
        }
        return layout(rounded(exact, maxDigits));
    }

    private static BigDecimal rounded(BigDecimal exact, int digits) {
        return exact.round(new MathContext(digits, RoundingMode.HALF_EVEN)).stripTrailingZeros();
    }

    private static String layout(BigDecimal digits) {
        int exponent = digits.precision() - digits.scale() - 1;
        if (exponent < -7 || exponent > DOUBLE_DIGITS) {
            return digits.toString();
        }
        String plain = digits.toPlainString();
        return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
}
