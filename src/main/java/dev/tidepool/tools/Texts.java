package dev.tidepool.tools;

import java.util.HexFormat;
import java.util.Locale;

/** Texts for a terminal, which must do nothing that a value tells it to. */
final class Texts {
    private static final int SHOWN_BYTES = 16;

    private Texts() {}

    static String bytes(long bytes) {
        return count(bytes, "byte");
    }

    /** Returns how many there are of something. */
    static String count(long number, String what) {
        return number(number) + " " + what + (number == 1 ? "" : "s");
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Returns the first bytes in hexadecimal digits. */
    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, SHOWN_BYTES))
                + (bytes.length > SHOWN_BYTES ? "..." : "");
    }

    /** Returns a text in quotes. */
    static String quoted(String text) {
        return '"' + plain(text).replace("\"", "\\\"") + '"';
    }

    /** Returns a text whose control characters, and what else a terminal does not print, are escaped. */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (point == '\\') {
                plain.append("\\\\");
            } else if (isPrinted(point)) {
                plain.appendCodePoint(point);
            } else {
                for (char unit : Character.toChars(point)) {
                    plain.append("\\u").append(HexFormat.of().toHexDigits(unit));
                }
            }
        });
        return plain.toString();
    }

    private static boolean isPrinted(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
