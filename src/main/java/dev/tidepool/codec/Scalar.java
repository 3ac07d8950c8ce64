package dev.tidepool.codec;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The types that need no codec. Each has one encoding, so equal values have equal bytes. */
enum Scalar {
    UTF_8(0x20),
    INTEGER(0x21),
    LONG(0x22),
    BOOLEAN(0x23),
    BYTES(0x24),
    /** Strings with unpaired surrogates, which UTF-8 cannot say. */
    UTF_16(0x25);

    private final int id;

    Scalar(int id) {
        this.id = id;
    }

    /** Returns the number that stands for this type in place of a codec's. */
    int id() {
        return id;
    }

    /** Returns the bytes, which for {@link #BYTES} are the value itself. */
    byte[] encode(Object value) {
        return switch (this) {
            case UTF_8 -> ((String) value).getBytes(StandardCharsets.UTF_8);
            case INTEGER -> encodeInt((Integer) value);
            case LONG -> encodeLong((Long) value);
            case BOOLEAN -> new byte[] {(byte) ((Boolean) value ? 1 : 0)};
            case BYTES -> (byte[]) value;
            case UTF_16 -> encodeUtf16((String) value);
        };
    }

    /** Returns the value, which for {@link #BYTES} is the payload itself. */
    Object decode(byte[] payload) {
        return switch (this) {
            case UTF_8 -> decodeUtf8(payload);
            case INTEGER -> wrap(payload, Integer.BYTES).getInt();
            case LONG -> wrap(payload, Long.BYTES).getLong();
            case BOOLEAN -> decodeBoolean(payload);
            case BYTES -> payload;
            case UTF_16 -> decodeUtf16(payload);
        };
    }

    /** Returns the type of a value, null when it takes a codec. */
    static @Nullable Scalar of(Object value) {
        if (value instanceof String text) {
            return isWellFormed(text) ? UTF_8 : UTF_16;
        }
        if (value instanceof Integer) {
            return INTEGER;
        }
        if (value instanceof Long) {
            return LONG;
        }
        if (value instanceof Boolean) {
            return BOOLEAN;
        }
        return value instanceof byte[] ? BYTES : null;
    }

    /** Returns the type with this number, null when there is none. */
    static @Nullable Scalar withId(int id) {
        for (Scalar scalar : values()) {
            if (scalar.id == id) {
                return scalar;
            }
        }
        return null;
    }

    private static boolean isWellFormed(String text) {
        return text.codePoints()
                .noneMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }

    private static String decodeUtf8(byte[] payload) {
        try {
            // Unlike new String, a new decoder reports malformed input.
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new CodecException(CodecException.Reason.CORRUPT, "the stored value is corrupt: not UTF-8", e);
        }
    }

    private static byte[] encodeInt(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    private static byte[] encodeLong(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    private static ByteBuffer wrap(byte[] payload, int length) {
        if (payload.length != length) {
            throw Frame.corrupt("a number of " + payload.length + " bytes instead of " + length);
        }
        return ByteBuffer.wrap(payload);
    }

    private static boolean decodeBoolean(byte[] payload) {
        byte value = wrap(payload, 1).get();
        if (value != 0 && value != 1) {
            throw Frame.corrupt("a boolean that is neither true nor false");
        }
        return value == 1;
    }

    private static byte[] encodeUtf16(String text) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(text.length(), Character.BYTES));
        bytes.asCharBuffer().put(text);
        return bytes.array();
    }

    private static String decodeUtf16(byte[] payload) {
        if (payload.length % Character.BYTES != 0) {
            throw Frame.corrupt("half a character");
        }
        return ByteBuffer.wrap(payload).asCharBuffer().toString();
    }
}
