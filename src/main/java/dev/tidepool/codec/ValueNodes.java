package dev.tidepool.codec;

import dev.tidepool.codec.ValueNode.Part;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.StringJoiner;

/**
 * Makes the nodes of one value, and limits how many there are and how deep they are nested, so that whoever walks
 * through them may do so without looking. For one thread.
 */
@SuppressWarnings("JavaUtilDate") // stored all the same
final class ValueNodes {
    /** What both streams of a value may be nested together. */
    static final int MAX_HEIGHT = GraphWriter.MAX_DEPTH + JdkStream.MAX_DEPTH + 300;

    private static final int MAX_NODES = 500_000;

    /** A text up to this length stands wherever it is referred to; nobody cares whether two are the same object. */
    private static final int REPEATED_TEXT = 200;

    /** Beyond it, digits take longer than anybody waits. */
    private static final int MAX_BITS = 4_096;

    private static final int SHOWN_ELEMENTS = 16;

    private int made;
    private int numbered;

    /** Returns the number of the next object that can be referred to. */
    int nextNumber() {
        return ++numbered;
    }

    ValueNode nothing() {
        count();
        return ValueNode.NULL;
    }

    ValueNode text(String text, int bytes) {
        int number = text.length() > REPEATED_TEXT ? nextNumber() : 0;
        return node("java.lang.String", text, number, bytes);
    }

    /** Makes a node of a value of the JDK. */
    ValueNode scalar(Object value, int bytes) {
        return scalar(value.getClass().getName(), value, bytes);
    }

    ValueNode scalar(String type, Object value, int bytes) {
        return node(type, plain(value), 0, bytes);
    }

    /** Makes a node of an array of primitives. */
    ValueNode array(Object primitives, int number, int bytes) {
        Object content = primitives instanceof byte[] ? primitives : elements(primitives);
        return node(primitives.getClass().getTypeName(), content, number, bytes);
    }

    ValueNode object(String type, int number, int bytes, List<Part> parts) {
        count();
        ValueNode node = new ValueNode(type, null, number, false, bytes, Collections.unmodifiableList(parts));
        if (node.height() > MAX_HEIGHT) {
            throw Frame.corrupt("its objects are nested more than " + MAX_HEIGHT + " deep");
        }
        return node;
    }

    /** Makes what stands for an object that has begun. */
    ValueNode reference(String type, int number) {
        return new ValueNode(type, null, number, true, 1, List.of());
    }

    /** Returns what stands for a node where it comes once more. */
    ValueNode again(ValueNode node) {
        return node.number() == 0 || node.isReference() ? node : reference(node.type(), node.number());
    }

    /** Counts one more, also of what is shared. */
    void count() {
        if (++made > MAX_NODES) {
            throw Frame.corrupt("it has more than " + MAX_NODES + " parts, too many to show");
        }
    }

    private ValueNode node(String type, Object scalar, int number, int bytes) {
        count();
        return new ValueNode(type, scalar, number, false, bytes, List.of());
    }

    private static Object plain(Object value) {
        if (value instanceof BigInteger number) {
            return digits(number, number);
        } else if (value instanceof BigDecimal number) {
            return digits(number, number.unscaledValue());
        } else if (value instanceof Date date) {
            return Instant.ofEpochMilli(date.getTime()).toString();
        }
        return value instanceof Number || value instanceof Boolean || value instanceof byte[]
                ? value
                : value.toString();
    }

    private static String digits(Number number, BigInteger unscaled) {
        return unscaled.bitLength() > MAX_BITS ? "a number of " + unscaled.bitLength() + " bits" : number.toString();
    }

    private static String elements(Object primitives) {
        int length = Array.getLength(primitives);
        StringJoiner text = new StringJoiner(", ", "[", "]");
        for (int i = 0; i < Math.min(length, SHOWN_ELEMENTS); i++) {
            text.add(String.valueOf(Array.get(primitives, i)));
        }
        if (length > SHOWN_ELEMENTS) {
            text.add("... " + length + " in all");
        }
        return text.toString();
    }
}
