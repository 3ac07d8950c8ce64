package dev.tidepool;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a value that its item has as an attribute of its own, as connect-dynamodb's option of the same name has it,
 * so that an index can find items by it. Of a session it is a session attribute.
 *
 * @param name the name of the part and of the item's attribute
 * @param type the type of the item's attribute
 * @param index the global secondary index whose hash key it is; null when there is none
 */
public record SpecialKey(String name, Type type, @Nullable String index) {

    /** The types of DynamoDB that a special key can have. */
    public enum Type {
        /** A {@code String}. */
        S(String.class),
        /** A number that DynamoDB can hold: up to 38 digits, between 1E-130 and 1E+126. */
        N(Number.class),
        /** A {@code byte[]}. */
        B(byte[].class),
        /** A {@code Boolean}; no index can have it. */
        BOOL(Boolean.class);

        private final Class<?> javaType;

        Type(Class<?> javaType) {
            this.javaType = javaType;
        }

        /**
         * Returns the type of values in Java.
         *
         * @return a class
         */
        public Class<?> javaType() {
            return javaType;
        }
    }

    /** What items have otherwise, in any format. */
    private static final Set<String> OTHER_ATTRIBUTES =
            Set.of("value", "expires", "expiresAt", "etag", "key", "sess", "type", "movedFrom", "movedTo");

    private static final Pattern INDEX_NAME = Pattern.compile("[A-Za-z0-9_.-]{3,255}");

    /** The name of a key attribute has at most 255 bytes (DynamoDB's limits). */
    private static final int MAX_NAME_BYTES = 255;

    /** A partition key, also that of an index, has 1 to 2,048 bytes (DynamoDB's limits). */
    private static final int MAX_KEY_BYTES = 2_048;

    private static final int MAX_DIGITS = 38;
    private static final int MIN_EXPONENT = -130;
    private static final int MAX_EXPONENT = 125;
    private static final int MAX_PARTS = 3;

    /**
     * Checks the names.
     *
     * @param name the name of the part and of the item's attribute
     * @param type the type of the item's attribute
     * @param index the index; null when there is none
     * @throws IllegalArgumentException when items have another attribute of the name, or DynamoDB takes no such name or
     *     index
     */
    public SpecialKey {
        requireNonNull(type, "type");
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("the name of a special key has 1 to " + MAX_NAME_BYTES + " bytes");
        }
        if (OTHER_ATTRIBUTES.contains(name)) {
            throw new IllegalArgumentException("items have another attribute '" + name + "'");
        }
        if (index != null) {
            if (!INDEX_NAME.matcher(index).matches()) {
                throw new IllegalArgumentException("an index's name has 3 to 255 letters, digits, '_', '.' or '-'");
            }
            if (type == Type.BOOL) {
                throw new IllegalArgumentException("an index can have a key of type S, N or B, not BOOL");
            }
        }
    }

    /**
     * Reads a special key.
     *
     * @param text {@code name}, {@code name:type} or {@code name:type:index}; the type is S when it is left out
     * @return the special key
     * @throws IllegalArgumentException when it is written otherwise, or a name does not suit
     */
    public static SpecialKey of(String text) {
        String[] parts = text.strip().split("\\s*:\\s*", -1);
        if (parts.length > MAX_PARTS) {
            throw new IllegalArgumentException("a special key is written name, name:type or name:type:index");
        }
        return new SpecialKey(
                parts[0], parts.length > 1 ? type(parts[1]) : Type.S, parts.length == MAX_PARTS ? parts[2] : null);
    }

    private static Type type(String text) {
        try {
            return Type.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the type of a special key is S, N, B or BOOL", e);
        }
    }

    /**
     * Checks a value of this special key.
     *
     * @param value the value
     * @return the value as it is compared: a {@code String}, a {@link BigDecimal} without trailing zeros, a
     *     {@code byte[]} or a {@code Boolean}
     * @throws IllegalArgumentException that names the special key and not the value, when the value has another type or
     *     DynamoDB cannot hold it
     */
    public Object checked(Object value) {
        return switch (type) {
            case S ->
                withLength(as(String.class, value), as(String.class, value).getBytes(StandardCharsets.UTF_8));
            case N -> number(as(Number.class, value));
            case B -> withLength(as(byte[].class, value), as(byte[].class, value));
            case BOOL -> as(Boolean.class, value);
        };
    }

    private <T> T as(Class<T> wanted, Object value) {
        if (!wanted.isInstance(value)) {
            throw unsuitable("needs a " + type.javaType.getSimpleName() + ", not a "
                    + value.getClass().getTypeName());
        }
        return wanted.cast(value);
    }

    private Object withLength(Object value, byte[] bytes) {
        if (index != null && (bytes.length == 0 || bytes.length > MAX_KEY_BYTES)) {
            throw unsuitable("is the key of index '" + index + "', which has 1 to " + MAX_KEY_BYTES + " bytes, not "
                    + bytes.length);
        }
        return value;
    }

    private BigDecimal number(Number value) {
        BigDecimal number;
        try {
            number = new BigDecimal(value.toString()).stripTrailingZeros();
        } catch (NumberFormatException e) {
            throw unsuitable("is no finite number");
        }
        long exponent = (long) number.precision() - number.scale() - 1;
        if (number.precision() > MAX_DIGITS
                || (number.signum() != 0 && (exponent < MIN_EXPONENT || exponent > MAX_EXPONENT))) {
            throw unsuitable("is no number that DynamoDB can hold: at most " + MAX_DIGITS
                    + " digits, between 1E-130 and 1E+126");
        }
        return number;
    }

    private IllegalArgumentException unsuitable(String why) {
        return new IllegalArgumentException("Special key '" + name + "' of type " + type + " " + why);
    }

    /** Returns the special key as it is written. */
    @Override
    public String toString() {
        return name + ":" + type + (index == null ? "" : ":" + index);
    }
}
