package dev.tidepool.codec;

import java.lang.ref.SoftReference;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
    /** A class is gone from here when it has been watched for long enough. */
    private final Map<Class<?>, SoftReference<Met>> watched = new ConcurrentHashMap<>();

    /** @param narrow is given each class that is found, once */
    KeyEquality(Consumer<Class<?>> narrow) {
        this.narrow = narrow;
    }

    /**
     * What has been met of a class.
     *
     * @param texts all different
     * @param objects those of these texts that can be compared
     */
    private record Met(Set<String> texts, Set<Object> objects) {
        /** Tells whether an object of a text that has not been met is equal to one that has. */
        boolean has(Object object) {
            return !objects.add(object);
        }
    }

    void watch(Class<?> type) {
        watched.put(type, new SoftReference<>(new Met(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet())));
    }

    /**
     * Compares an object with others of its class, if none of them had its text.
     *
     * @param comparable gives the object of a text that is to be compared, null for none
     */
    void meet(Class<?> type, StringBuilder out, int start, Function<String, @Nullable Object> comparable) {
        SoftReference<Met> kept = watched.get(type);
        if (kept == null || out.length() - start > MAX_LENGTH) {
            return;
        }
        Met met = kept.get();
        boolean isNarrow = met != null && hasOtherText(type, met, out.substring(start), comparable);
        boolean isOver = isNarrow || met == null || met.texts.size() >= COMPARED;
        if (isOver && watched.remove(type) != null && isNarrow) {
            narrow.accept(type);
        }
    }

    private boolean hasOtherText(Class<?> type, Met met, String text, Function<String, @Nullable Object> comparable) {
        if (!met.texts.add(text)) {
            return false;
        }
        try {
            Object object = comparable.apply(text);
            return object != null && met.has(object);
        } catch (Throwable e) {
            // Nobody asked for a comparison, so what is wrong with it is not the caller's concern.
            watched.remove(type);
            if (e instanceof VirtualMachineError error && !(e instanceof StackOverflowError)) {
                throw error;
            }
            return false;
        }
    }
}
