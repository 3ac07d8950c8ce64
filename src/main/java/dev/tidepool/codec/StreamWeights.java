package dev.tidepool.codec;

import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the JDK's collections in one stream of Java's own serialization weigh: how many elements there are on all ways
 * down. A set computes the hash codes of its elements as it is read, and a set of sets of sets, each in two others, has
 * more ways than there is time. A collection is weighed before the one around it can ask for its hash code.
 */
final class StreamWeights {

    /** Some 100 ms of hash codes. */
    private static final long MAX_WEIGHT = 2_000_000;

    /** The same, for all references to collections that weigh more than the stream has bytes. */
    private static final long MAX_REPEATED = 50_000_000;

    /** A list that is as long as its bytes say, and has one element. */
    static final Class<?> COPIES = Collections.nCopies(2, "").getClass();

    private final IdentityHashMap<Object, Long> weights = new IdentityHashMap<>();
    private final int payloadLength;
    private long heaviest;
    private long repeated;

    StreamWeights(int payloadLength) {
        this.payloadLength = payloadLength;
    }

    /** Weighs an object that is complete. */
    void add(Object object) {
        if (object.getClass().getClassLoader() != null || object.getClass() == COPIES) {
            return;
        }
        if (object instanceof Collection<?> elements) {
            put(object, weigh(elements, 1));
        } else if (object instanceof Map<?, ?> map) {
            put(object, weigh(map.values(), weigh(map.keySet(), 1)));
        }
    }

    /** Notes that an object is referred to once more; which one is not known. */
    void addReference() {
        if (heaviest > payloadLength) {
            repeated += heaviest;
            requireBelow(repeated, MAX_REPEATED);
        }
    }

    private void put(Object object, long weight) {
        weights.put(object, weight);
        heaviest = Math.max(heaviest, weight);
    }

    private long weigh(Collection<?> elements, long start) {
        long weight = start;
        for (Object element : elements) {
            weight += weightOf(element);
            requireBelow(weight, MAX_WEIGHT);
        }
        return weight;
    }

    private long weightOf(@Nullable Object element) {
        Long known = element == null ? null : weights.get(element);
        return known == null ? 1 : known;
    }

    private static void requireBelow(long weight, long limit) {
        if (weight > limit) {
            throw Frame.corrupt("its sets and maps are nested beyond measure");
        }
    }
}
