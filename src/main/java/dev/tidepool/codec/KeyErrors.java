package dev.tidepool.codec;

import org.jspecify.annotations.Nullable;

/**
 * The ways in which the key codec fails. No message contains any of the key, and no cause does that comes from a
 * parser, for those quote what they could not parse.
 */
final class KeyErrors {
    private KeyErrors() {}

    static CodecException refused(Class<?> type, String why) {
        String message = type.getTypeName()
                + " needs a KeyCodec (option keyCodec, or DynamoDbConfiguration.Builder.keyCodec): " + why;
        return new CodecException(CodecException.Reason.NOT_SERIALIZABLE, message);
    }

    static CodecException tooLong(Class<?> type) {
        return refused(type, "its text has more than " + KeyWriter.MAX_LENGTH + " characters");
    }

    static CodecException changed(String className, String how, @Nullable Throwable cause) {
        String message = "A stored key has a " + className + " that cannot be made any more: " + how;
        return new CodecException(CodecException.Reason.CLASS_CHANGED, message, cause);
    }

    static CodecException corrupt(String why) {
        return new CodecException(CodecException.Reason.CORRUPT, "Not the text of a key: " + why);
    }
}
