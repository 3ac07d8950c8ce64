package dev.tidepool.codec;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a class by the name that {@link Class#getName()} gave it. */
final class ClassNames {

    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
            "boolean", boolean.class,
            "byte", byte.class,
            "char", char.class,
            "short", short.class,
            "int", int.class,
            "long", long.class,
            "float", float.class,
            "double", double.class,
            "void", void.class);

    private ClassNames() {}

    /** Returns the primitive type of a name, null when it is none whose arrays there can be. */
    static @Nullable Class<?> primitive(String name) {
        return name.equals("void") ? null : PRIMITIVES.get(name);
    }

    /** Returns the name of the primitive type that a class file has this character for. */
    static String ofPrimitive(char code) {
        return switch (code) {
            case 'Z' -> "boolean";
            case 'B' -> "byte";
            case 'C' -> "char";
            case 'S' -> "short";
            case 'I' -> "int";
            case 'J' -> "long";
            case 'F' -> "float";
            default -> "double";
        };
    }

    /** Returns a name as the source has it, {@code int[]} for {@code [I}; what is no such name stays as it is. */
    static String shown(String name) {
        int dimensions = 0;
        while (dimensions < name.length() && name.charAt(dimensions) == '[') {
            dimensions++;
        }
        String element = name.substring(dimensions);
        if (dimensions == 0 || element.isEmpty()) {
            return name;
        }
        String shown = element.startsWith("L") && element.endsWith(";")
                ? element.substring(1, element.length() - 1)
                : ofPrimitive(element.charAt(0));
        return shown + "[]".repeat(dimensions);
    }

    /** Returns the class, not initialized. The caller has asked the gate. */
    static Class<?> find(String name, ClassLoader loader) throws ClassNotFoundException {
        Class<?> primitive = PRIMITIVES.get(name);
        return primitive == null ? Class.forName(name, false, loader) : primitive;
    }
}
