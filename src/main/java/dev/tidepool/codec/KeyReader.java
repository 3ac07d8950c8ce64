package dev.tidepool.codec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link KeyWriter} wrote, and perhaps some more; who calls it checks that the key has that very text. Not
 * safe for use by several threads; each call has its own.
 */
final class KeyReader {
    private static final int HEX_DIGITS = 4;
    private static final int HEX = 16;

    private final String text;
    private final KeyShapes shapes;
    private int position;
    private int depth;

    private KeyReader(String text, KeyShapes shapes) {
        this.text = text;
        this.shapes = shapes;
    }

    static Object read(String text, KeyShapes shapes) {
        if (text.length() > KeyWriter.MAX_LENGTH) {
            throw KeyErrors.corrupt("it is longer than a key's text can be");
        }
        return new KeyReader(text, shapes).whole();
    }

    private Object whole() {
        Object key = value();
        if (key == null || position < text.length()) {
            throw corruptHere("there is more than one key, or none");
        }
        return key;
    }

    private @Nullable Object value() {
        if (!accepts(KeyEscapes.INTRODUCER)) {
            return filled(leaf());
        }
        String tag = tag();
        return switch (tag) {
            case "null" -> null;
            case "enum" -> constant();
            case "class" -> literal();
            case "list", "set", "map", "record", "object" -> structure(tag);
            default -> opens() ? structure(tag) : scalar(tag);
        };
    }

    private String filled(String leaf) {
        if (leaf.isEmpty()) {
            throw corruptHere("a value is missing");
        }
        return leaf;
    }

    private String tag() {
        int start = position;
        while (position < text.length() && text.charAt(position) >= 'a' && text.charAt(position) <= 'z') {
            position++;
        }
        return text.substring(start, position);
    }

    private Object scalar(String tag) {
        KeyScalar<?> scalar = KeyScalars.tagged(tag);
        if (scalar == null) {
            throw corruptHere("unknown tag");
        }
        expect(':');
        return scalar.valueOf(leaf());
    }

    private Object constant() {
        expect(':');
        String className = className();
        expect('(');
        String name = leaf();
        expect(')');
        return shapes.constant(className, name);
    }

    private Object literal() {
        expect('(');
        String name = filled(leaf());
        expect(')');
        return shapes.literal(name);
    }

    private Object structure(String tag) {
        if (++depth > KeyWriter.MAX_DEPTH) {
            throw corruptHere("nested too deep");
        }
        Object structure = switch (tag) {
            case "list" -> list();
            case "set" -> set();
            case "map" -> map();
            case "record", "object" -> fields(tag);
            default -> tuple(tag);
        };
        depth--;
        return structure;
    }

    private Object tuple(String tag) {
        KeyTuple tuple = KeyTuples.tagged(tag);
        if (tuple == null && !KeyArrays.isTag(tag)) {
            throw corruptHere("unknown tag");
        }
        List<@Nullable Object> parts = list();
        return tuple == null ? KeyArrays.of(tag, parts) : tuple.valueOf(parts);
    }

    private List<@Nullable Object> list() {
        List<@Nullable Object> list = new ArrayList<>();
        each(() -> list.add(value()));
        return list;
    }

    private Set<@Nullable Object> set() {
        Set<@Nullable Object> set = new LinkedHashSet<>();
        each(() -> {
            Object element = value();
            add(() -> set.add(element));
        });
        return set;
    }

    private Map<@Nullable Object, @Nullable Object> map() {
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        each(() -> {
            Object key = value();
            expect('=');
            Object value = value();
            add(() -> map.put(key, value));
        });
        return map;
    }

    /** Runs equals and hashCode of the key's own classes, on objects that none of their constructors has seen. */
    private void add(Runnable addition) {
        try {
            addition.run();
        } catch (RuntimeException e) {
            throw corruptHere("an element gave a " + e.getClass().getName());
        }
    }

    private Object fields(String tag) {
        expect(':');
        KeyShape shape = shapes.named(tag, className());
        List<String> names = new ArrayList<>();
        List<@Nullable Object> values = new ArrayList<>();
        each(() -> {
            names.add(filled(leaf()));
            expect('=');
            values.add(value());
        });
        return shape.create(names, values);
    }

    private String className() {
        String className = leaf();
        // Looked at before the class is asked for: what runs on into something else is no class name to quote.
        if (!opens()) {
            throw corruptHere("'(' is missing");
        }
        return className;
    }

    private void each(Runnable item) {
        expect('(');
        if (accepts(')')) {
            return;
        }
        do {
            item.run();
        } while (accepts(','));
        expect(')');
    }

    /** Reads up to the next delimiter and takes the escapes away. */
    private String leaf() {
        StringBuilder leaf = new StringBuilder();
        while (position < text.length() && !KeyEscapes.isDelimiter(text.charAt(position))) {
            char c = text.charAt(position++);
            leaf.append(c == KeyEscapes.ESCAPE ? escaped() : c);
        }
        return leaf.toString();
    }

    private char escaped() {
        char c = position < text.length() ? text.charAt(position++) : 0;
        if (c == KeyEscapes.SURROGATE) {
            return surrogate();
        } else if (KeyEscapes.isSpecial(c)) {
            return c;
        }
        throw corruptHere("nothing to escape");
    }

    private char surrogate() {
        int end = position + HEX_DIGITS;
        int code = 0;
        for (; position < Math.min(end, text.length()); position++) {
            code = code * HEX + Math.max(0, Character.digit(text.charAt(position), HEX));
        }
        return (char) code;
    }

    private boolean opens() {
        return position < text.length() && text.charAt(position) == '(';
    }

    private boolean accepts(char c) {
        boolean found = position < text.length() && text.charAt(position) == c;
        if (found) {
            position++;
        }
        return found;
    }

    private void expect(char c) {
        if (!accepts(c)) {
            throw corruptHere("'" + c + "' is missing");
        }
    }

    private CodecException corruptHere(String why) {
        return KeyErrors.corrupt(why + " (at character " + position + ")");
    }
}
