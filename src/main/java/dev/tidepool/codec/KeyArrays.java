package dev.tidepool.codec;

import java.lang.reflect.Array;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Arrays in keys; a {@code byte[]} is a scalar. As {@link Arrays#deepEquals} has it, the component type of an array of
 * objects does not count, and that of an array of primitives does.
 */
final class KeyArrays {
    static final String OBJECTS = "array";

    /** A tag once given out stays: stored items have it. */
    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
            "bools", boolean.class,
            "chars", char.class,
            "shorts", short.class,
            "ints", int.class,
            "longs", long.class,
            "floats", float.class,
            "doubles", double.class);

    private KeyArrays() {}

    static boolean isTag(String tag) {
        return tag.equals(OBJECTS) || PRIMITIVES.containsKey(tag);
    }

    static String tagOf(Object array) {
        Class<?> component = array.getClass().getComponentType();
        return PRIMITIVES.entrySet().stream()
                .filter(entry -> entry.getValue() == component)
                .findFirst()
                .map(Map.Entry::getKey)
                .orElse(OBJECTS);
    }

    static List<@Nullable Object> elementsOf(Object array) {
        return array instanceof Object[] objects ? Arrays.asList(objects) : new Boxes(array);
    }

    /** The elements of an array of primitives, boxed one by one: a long one is refused before its end is reached. */
    private static final class Boxes extends AbstractList<@Nullable Object> {
        private final Object array;

        Boxes(Object array) {
            this.array = array;
        }

        @Override
        public Object get(int index) {
            return Array.get(array, index);
        }

        @Override
        public int size() {
            return Array.getLength(array);
        }
    }

    /** Returns an array; one of objects is an {@code Object[]}. */
    static Object of(String tag, List<@Nullable Object> elements) {
        Class<?> component = PRIMITIVES.getOrDefault(tag, Object.class);
        if (component.isPrimitive() && !elements.stream().allMatch(element -> KeyField.takes(component, element))) {
            throw KeyErrors.corrupt("an element of an array is no " + component);
        }
        return filled(component, elements);
    }

    /**
     * Returns a value as a field of a type takes it: arrays of objects with that type's components; null when it does
     * not.
     */
    static @Nullable Object narrowed(Class<?> type, Object value) {
        if (!(value instanceof Object[] objects) || !type.isArray()) {
            return KeyField.takes(type, value) ? value : null;
        }
        Class<?> component = type.getComponentType();
        @Nullable Object[] elements = objects.clone();
        for (int i = 0; i < elements.length; i++) {
            Object element = elements[i];
            elements[i] = element == null ? null : narrowed(component, element);
            if (component.isPrimitive() || (element != null && elements[i] == null)) {
                return null;
            }
        }
        return component.isPrimitive() ? null : filled(component, Arrays.asList(elements));
    }

    private static Object filled(Class<?> component, List<@Nullable Object> elements) {
        Object array = Array.newInstance(component, elements.size());
        for (int i = 0; i < elements.size(); i++) {
            Array.set(array, i, elements.get(i));
        }
        return array;
    }
}
