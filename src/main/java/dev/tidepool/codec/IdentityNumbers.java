package dev.tidepool.codec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Numbers objects in the order in which they come, and finds them by identity. */
final class IdentityNumbers {

    private static final int NONE = -1;

    private @Nullable Object[] keys = new Object[64];
    private int[] numbers = new int[64];
    private int size;

    int size() {
        return size;
    }

    boolean contains(Object object) {
        return keys[slotOf(object)] != null;
    }

    /** Returns the number of an object that came before; otherwise gives it the next one, and returns -1. */
    int putIfAbsent(Object object) {
        int slot = slotOf(object);
        if (keys[slot] != null) {
            return numbers[slot];
        }
        keys[slot] = object;
        numbers[slot] = size;
        size++;
        if (3 * size > 2 * keys.length) {
            grow();
        }
        return NONE;
    }

    /** Returns where the object is, or the free place for it; there always is one. */
    private int slotOf(Object object) {
        int hash = System.identityHashCode(object);
        int mask = keys.length - 1;
        int slot = (hash ^ (hash >>> 15)) & mask;
        while (keys[slot] != null && keys[slot] != object) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        @Nullable Object[] oldKeys = keys;
        int[] oldNumbers = numbers;
        keys = new Object[2 * oldKeys.length];
        numbers = Arrays.copyOf(oldNumbers, keys.length);
        for (int i = 0; i < oldKeys.length; i++) {
            Object key = oldKeys[i];
            if (key != null) {
                int slot = slotOf(key);
                keys[slot] = key;
                numbers[slot] = oldNumbers[i];
            }
        }
    }
}
