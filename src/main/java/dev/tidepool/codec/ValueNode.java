package dev.tidepool.codec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a stored value as its bytes describe it, for a person: nothing here is an object of the value's classes,
 * and none of them was loaded. Immutable.
 */
public final class ValueNode {
    static final String NULL_TYPE = "null";

    /** What stands for every null. */
    static final ValueNode NULL = new ValueNode(NULL_TYPE, null, 0, false, 1, List.of());

    private final String type;
    private final @Nullable Object scalar;
    private final int number;
    private final boolean reference;
    private final int bytes;
    private final List<Part> parts;
    private final int height;

    /**
     * What an object has inside, and how it is called there: a field has a name, a map's value a key, and an element
     * neither.
     *
     * @param name the field's name, or its number where the bytes have no name; null for an element or a map's value
     * @param key the key of a map's value; null for all else
     * @param node what is there
     */
    public record Part(@Nullable String name, @Nullable ValueNode key, ValueNode node) {
        static Part field(String name, ValueNode node) {
            return new Part(name, null, node);
        }

        static Part entry(ValueNode key, ValueNode node) {
            return new Part(null, key, node);
        }

        static Part element(ValueNode node) {
            return new Part(null, null, node);
        }

        private int height() {
            return key == null ? node.height : Math.max(key.height, node.height);
        }
    }

    /**
     * Makes a node.
     *
     * @param parts nobody changes them any more
     */
    ValueNode(String type, @Nullable Object scalar, int number, boolean reference, int bytes, List<Part> parts) {
        this.type = type;
        this.scalar = scalar;
        this.number = number;
        this.reference = reference;
        this.bytes = bytes;
        this.parts = parts;
        this.height = 1 + parts.stream().mapToInt(Part::height).max().orElse(0);
    }

    /**
     * Returns the class, as the source would have it.
     *
     * @return a name such as {@code java.util.ArrayList}, {@code int[]}, {@code long}; {@code null} for a null
     */
    public String type() {
        return type;
    }

    /**
     * Returns what has no parts.
     *
     * @return a {@code String}, {@code Boolean}, number, or {@code byte[]}, which is not to be modified; null for a
     *     null, a reference, and what has parts
     */
    public @Nullable Object scalar() {
        return scalar;
    }

    /**
     * Returns what references call this object by.
     *
     * @return a positive number; 0 for what nothing can refer to
     */
    public int number() {
        return number;
    }

    /**
     * Whether this stands for an object that is elsewhere in the value, under {@link #number()}.
     *
     * @return true for a reference
     */
    public boolean isReference() {
        return reference;
    }

    /**
     * Returns how many bytes of the payload this part takes, all that is in it included.
     *
     * @return bytes, before compression
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Returns what is inside.
     *
     * @return fields, elements or entries in the order of the bytes; unmodifiable
     */
    public List<Part> parts() {
        return parts;
    }

    /** Returns how many levels of nodes there are, this one included. */
    int height() {
        return height;
    }

    /** Tells the class, and nothing of the value. */
    @Override
    public String toString() {
        return "ValueNode[" + type + "]";
    }
}
