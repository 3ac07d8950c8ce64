package dev.tidepool.codec;

import java.util.HexFormat;

/** The characters that mean something in a key's text, and how a key's own characters keep clear of them. */
final class KeyEscapes {
    static final char INTRODUCER = '~';
    static final char ESCAPE = '\\';
    /** Follows the escape character where the next four hexadecimal digits are a surrogate without its partner. */
    static final char SURROGATE = 'u';

    private KeyEscapes() {}

    /** Tells whether a string can be the text of a key as it is. */
    static boolean standsAsItIs(String text) {
        return !text.isEmpty() && text.charAt(0) != INTRODUCER && !hasLoneSurrogate(text);
    }

    static boolean isSpecial(char c) {
        return c == ESCAPE || isDelimiter(c);
    }

    static boolean isDelimiter(char c) {
        return c == '(' || c == ')' || c == ',' || c == '=';
    }

    static void append(StringBuilder out, String plain) {
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (isLoneSurrogate(plain, i)) {
                // UTF-8 has no bytes for it; encoders write a question mark, which would make two keys one.
                out.append(ESCAPE).append(SURROGATE).append(HexFormat.of().toHexDigits(c));
            } else if (isSpecial(c)) {
                out.append(ESCAPE).append(c);
            } else {
                out.append(c);
            }
        }
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isLoneSurrogate(text, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLoneSurrogate(String text, int index) {
        char c = text.charAt(index);
        if (!Character.isSurrogate(c)) {
            return false;
        }
        return Character.isHighSurrogate(c)
                ? index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1))
                : index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
    }
}
