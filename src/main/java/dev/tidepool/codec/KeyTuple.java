package dev.tidepool.codec;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A type of the JDK whose values are told by a few other values.
 *
 * @param tag the word that stands before their texts
 * @param type the class, exactly: a subclass may hold more than the parts tell
 * @param split gives a value's parts, of equal values equal ones and of others others, or null when a scalar tells it
 * @param join gives the value back; may throw any {@code RuntimeException} at parts that {@code split} never gave
 */
record KeyTuple(
        String tag,
        Class<?> type,
        Function<Object, @Nullable List<? extends @Nullable Object>> split,
        Function<List<? extends @Nullable Object>, Object> join) {

    Object valueOf(List<? extends @Nullable Object> parts) {
        try {
            return join.apply(parts);
        } catch (RuntimeException e) {
            // Not as the cause: its message may quote a part.
            throw KeyErrors.corrupt("the parts behind the tag " + tag + " gave a "
                    + e.getClass().getName());
        }
    }
}
