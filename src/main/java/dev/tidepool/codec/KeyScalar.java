package dev.tidepool.codec;

import java.util.function.Function;

/**
 * A type whose values have a text without structure.
 *
 * @param tag the word that stands before the text
 * @param type the type; which classes it stands for is listed, as a subclass may hold more than the text tells
 * @param format gives a value's text, one for each value and another for each other
 * @param parse gives the value back; may throw any {@code RuntimeException} at a text that {@code format} never gave
 */
record KeyScalar<T>(String tag, Class<T> type, Function<T, String> format, Function<String, T> parse) {
    String textOf(Object value) {
        return format.apply(type.cast(value));
    }

    Object valueOf(String text) {
        try {
            return parse.apply(text);
        } catch (RuntimeException e) {
            // Not as the cause: its message quotes the text.
            throw KeyErrors.corrupt(
                    "what follows the tag " + tag + " gave a " + e.getClass().getName());
        }
    }
}
