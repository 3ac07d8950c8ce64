package dev.tidepool.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the text of one key. Not safe for use by several threads; each call has its own. */
final class KeyWriter {
    static final int MAX_DEPTH = 64;
    /** As much as an item of DynamoDB holds. Without a bound a list of itself twice, 60 deep, would fill the memory. */
    static final int MAX_LENGTH = 400 * 1024;

    private final KeyShapes shapes;
    private final @Nullable KeyEquality equality;
    private final StringBuilder out = new StringBuilder();
    /** The length of the texts taken out again to be sorted. */
    private int held;

    private int depth;
    /** The objects written that have more than their text tells. */
    private int incomplete;

    private KeyWriter(KeyShapes shapes, @Nullable KeyEquality equality) {
        this.shapes = shapes;
        this.equality = equality;
    }

    /** @param equality is shown each object of an application's class */
    static String write(Object key, KeyShapes shapes, @Nullable KeyEquality equality) {
        KeyWriter writer = new KeyWriter(shapes, equality);
        writer.tagged(key);
        return writer.out.toString();
    }

    private void value(@Nullable Object value) {
        if (value == null) {
            out.append("~null");
        } else if (value instanceof String text && !text.isEmpty() && text.charAt(0) != KeyEscapes.INTRODUCER) {
            KeyEscapes.append(out, text);
        } else {
            tagged(value);
        }
    }

    private void tagged(Object value) {
        KeyTuple tuple = KeyTuples.of(value.getClass());
        List<? extends @Nullable Object> parts =
                tuple == null ? null : tuple.split().apply(value);
        if (tuple != null && parts != null) {
            nested(value, () -> list(tuple.tag(), parts));
        } else {
            undivided(value);
        }
        if (held + out.length() > MAX_LENGTH) {
            throw KeyErrors.tooLong(value.getClass());
        }
    }

    private void undivided(Object value) {
        KeyScalar<?> scalar = KeyScalars.of(value.getClass());
        if (scalar != null) {
            open(scalar.tag(), scalar.textOf(value));
        } else if (value instanceof Enum<?> constant) {
            constant(constant);
        } else if (value instanceof Class<?> type) {
            literal(type);
        } else {
            nested(value, () -> structure(value));
        }
    }

    private void open(String tag, String text) {
        out.append(KeyEscapes.INTRODUCER).append(tag).append(':');
        KeyEscapes.append(out, text);
    }

    private void constant(Enum<?> constant) {
        shapes.admit(constant.getDeclaringClass());
        open("enum", constant.getDeclaringClass().getName());
        out.append('(');
        KeyEscapes.append(out, constant.name());
        out.append(')');
    }

    private void literal(Class<?> type) {
        shapes.admit(type);
        open("class");
        KeyEscapes.append(out, type.getName());
        out.append(')');
    }

    private void nested(Object value, Runnable content) {
        if (++depth > MAX_DEPTH) {
            // An object that contains itself ends up here too, on the first way down.
            throw KeyErrors.refused(
                    value.getClass(), "it contains itself, or is nested more than " + MAX_DEPTH + " levels deep");
        }
        content.run();
        depth--;
    }

    private void structure(Object value) {
        if (!(value instanceof Record) && value instanceof List<?> list) {
            list("list", list);
        } else if (!(value instanceof Record) && value instanceof Set<?> set) {
            set(set);
        } else if (!(value instanceof Record) && value instanceof Map<?, ?> map && !(map instanceof IdentityHashMap)) {
            map(map);
        } else if (value.getClass().isArray()) {
            list(KeyArrays.tagOf(value), KeyArrays.elementsOf(value));
        } else {
            fields(value);
        }
    }

    private void list(String tag, Collection<? extends @Nullable Object> list) {
        open(tag);
        elements(list);
    }

    private void open(String tag) {
        out.append(KeyEscapes.INTRODUCER).append(tag).append('(');
    }

    private void elements(Collection<? extends @Nullable Object> list) {
        int start = out.length();
        for (Object element : list) {
            separate(start);
            value(element);
        }
        out.append(')');
    }

    private void set(Set<?> set) {
        out.append("~set(");
        TreeMap<String, String> texts = new TreeMap<>();
        for (Object element : set) {
            hold(texts, textOf(element), "", set);
        }
        release(texts);
        out.append(String.join(",", texts.keySet())).append(')');
    }

    private void map(Map<?, ?> map) {
        out.append("~map(");
        TreeMap<String, String> texts = new TreeMap<>();
        map.forEach((key, value) -> hold(texts, textOf(key), textOf(value), map));
        release(texts);
        int start = out.length();
        texts.forEach((key, value) -> {
            separate(start);
            out.append(key).append('=').append(value);
        });
        out.append(')');
    }

    /** Two elements with one text are not equal to each other by what they contain, so no set of contents has both. */
    private void hold(Map<String, String> texts, String key, String value, Object owner) {
        if (texts.put(key, value) != null) {
            throw KeyErrors.refused(owner.getClass(), "two of its elements have the same content");
        }
        held += key.length() + value.length() + 1;
        if (held > MAX_LENGTH) {
            throw KeyErrors.tooLong(owner.getClass());
        }
    }

    private void release(Map<String, String> texts) {
        texts.forEach((key, value) -> held -= key.length() + value.length() + 1);
    }

    private String textOf(@Nullable Object value) {
        int start = out.length();
        value(value);
        String text = out.substring(start);
        out.setLength(start);
        return text;
    }

    private void fields(Object value) {
        KeyShape shape = shapes.of(value.getClass());
        int start = out.length();
        int before = incomplete;
        fields(shape, value);
        incomplete += shape.leavesOut() ? 1 : 0;
        if (equality != null) {
            boolean isComplete = incomplete == before;
            equality.meet(shape.type(), out, start, text -> comparable(shape, value, isComplete ? text : null));
        }
    }

    private void fields(KeyShape shape, Object value) {
        open(shape.tag(), shape.name());
        out.append('(');
        int start = out.length();
        for (KeyField field : shape.fields()) {
            separate(start);
            KeyEscapes.append(out, field.name());
            out.append('=');
            component(shape, field, field.of(value));
        }
        out.append(')');
    }

    /**
     * Returns what can be compared in an object's place, null for nothing: its copy, because an equals or a hashCode
     * may change the object, and its owner, too.
     *
     * @param text what a copy can be made of, null when that lacks something
     */
    private @Nullable Object comparable(KeyShape shape, Object value, @Nullable String text) {
        if (text != null) {
            return KeyReader.read(text, shapes);
        }
        return shape.isFixed() ? value : null;
    }

    private void component(KeyShape shape, KeyField field, @Nullable Object value) {
        if (value != null && !takesDecoded(field.field().getType(), value)) {
            throw KeyErrors.refused(
                    shape.type(),
                    "its field " + field.name() + " is declared with a type that does not take a decoded "
                            + decodedType(value).getSimpleName());
        }
        value(value);
    }

    private static boolean takesDecoded(Class<?> type, Object value) {
        if (type.isArray() && value instanceof Object[] elements) {
            return Arrays.stream(elements)
                    .allMatch(element -> element == null || takesDecoded(type.getComponentType(), element));
        }
        return KeyField.takes(type, decodedType(value));
    }

    private static Class<?> decodedType(Object value) {
        if (value instanceof Record || value instanceof Enum<?>) {
            return value.getClass();
        } else if (value instanceof List<?>) {
            return ArrayList.class;
        } else if (value instanceof Set<?>) {
            return LinkedHashSet.class;
        }
        if (value instanceof Object[]) {
            return Object[].class;
        }
        return value instanceof Map<?, ?> ? LinkedHashMap.class : value.getClass();
    }

    private void separate(int start) {
        if (out.length() > start) {
            out.append(',');
        }
    }
}
