package dev.tidepool.codec;

import java.lang.ref.SoftReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Finds the classes whose {@code equals} is narrower than their fields: two of their objects are equal, and their texts
 * are not. An application means one entry by such keys, and has two. Safe for use by many threads.
 *
 * <p>The first objects of a class are kept to be compared with, as long as there is memory to spare, and let go then.
 */
final class KeyEquality {
    /** As many objects of a class are compared. */
    private static final int COMPARED = 256;
    /** An object with a longer text is not kept. */
    private static final int MAX_LENGTH = 1024;

    private final Consumer<Class<?>> narrow;
    /** The objects met, with their texts. A class is gone from here when it has been watched for long enough. */
    private final Map<Class<?>, SoftReference<Map<Object, String>>> met = new ConcurrentHashMap<>();

    /** @param narrow is given each class that is found, once */
    KeyEquality(Consumer<Class<?>> narrow) {
        this.narrow = narrow;
    }

    void watch(Class<?> type) {
        met.put(type, new SoftReference<>(new ConcurrentHashMap<>()));
    }

    /** Compares an object with others of its class. */
    void meet(Object value, StringBuilder out, int start) {
        SoftReference<Map<Object, String>> kept = met.get(value.getClass());
        if (kept == null || out.length() - start > MAX_LENGTH) {
            return;
        }
        Map<Object, String> others = kept.get();
        boolean isNarrow = others != null && hasOtherText(others, value, out.substring(start));
        boolean isOver = isNarrow || others == null || others.size() >= COMPARED;
        if (isOver && met.remove(value.getClass()) != null && isNarrow) {
            narrow.accept(value.getClass());
        }
    }

    private boolean hasOtherText(Map<Object, String> others, Object value, String text) {
        try {
            String known = others.get(value);
            String other = known == null ? others.putIfAbsent(value, text) : known;
            return other != null && !other.equals(text);
        } catch (RuntimeException | LinkageError | AssertionError e) {
            // Nobody asked for a comparison, so what is wrong with it is not the caller's concern.
            met.remove(value.getClass());
            return false;
        }
    }
}
