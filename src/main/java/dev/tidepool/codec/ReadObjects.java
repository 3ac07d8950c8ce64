package dev.tidepool.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The objects that a value has so far, by the numbers that references use, and what each weighs: how many objects it
 * has inside, those referred to more than once counted each time. That is what computing its hash code may take, and
 * with a hundred bytes of sets in one another it would take for ever; so the sum of it is limited.
 */
final class ReadObjects {

    /** The objects that the hash codes of one value may take. A processor does some 100 million in a second. */
    private static final long MAX_LOOKUP = 20_000_000;

    private final List<@Nullable Object> objects = new ArrayList<>(64);
    private long[] weights = new long[64];

    /** Of the object that was read last. */
    private long weight;

    /** Of the objects read so far inside the one that is being read. */
    private long sum;

    private long lookups;
    private boolean discarding;

    /** A class whose objects were passed over. */
    private @Nullable WrittenClass gone;

    int reserve() {
        objects.add(null);
        int number = objects.size() - 1;
        if (number >= GraphWriter.MAX_OBJECTS) {
            throw Frame.corrupt("it has more than " + GraphWriter.MAX_OBJECTS + " objects");
        }
        if (number >= weights.length) {
            weights = Arrays.copyOf(weights, 2 * weights.length);
        }
        weights[number] = 1;
        return number;
    }

    void set(int number, Object object) {
        objects.set(number, object);
    }

    <T> T add(T object) {
        set(reserve(), object);
        return object;
    }

    /** Returns an object that was read, or is being read and may be referred to. */
    Object get(int number) {
        Object object = number < 0 || number >= objects.size() ? null : objects.get(number);
        if (object == null) {
            throw Frame.corrupt("a reference to no object");
        }
        sum = Math.addExact(sum, weights[number] - 1);
        weight = weights[number];
        return object instanceof LateFields late ? late.refer() : object;
    }

    /** Notes the weight of the object that is read next. */
    void weigh(long newWeight) {
        weight = newWeight;
        sum += newWeight;
    }

    /** Begins an object that has others inside, and returns what to end it with. */
    long beginSum() {
        long outer = sum;
        sum = 1;
        return outer;
    }

    void endSum(int number, long outer) {
        weight = sum;
        weights[number] = sum;
        sum = Math.addExact(outer, weight - 1);
    }

    /** Counts that the object read last is looked up, or put where it can be. */
    void chargeLookup() {
        lookups = Math.addExact(lookups, weight);
        if (lookups > MAX_LOOKUP) {
            throw Frame.corrupt("its sets and maps are nested beyond measure");
        }
    }

    /** Begins an object that nothing here has a field for, and returns what to end it with. */
    int beginDiscarding() {
        int first = discarding ? -1 : objects.size();
        discarding = true;
        return first;
    }

    /** What had an object of a missing class inside is missing too, should anything else refer to it. */
    void endDiscarding(int first) {
        if (first < 0) {
            return;
        }
        discarding = false;
        if (gone != null) {
            for (int i = first; i < objects.size(); i++) {
                objects.set(i, gone);
            }
            gone = null;
        }
    }

    /** Accepts that a class is gone only while its objects are not needed. */
    void requireDiscarding(WrittenClass missing) {
        if (!discarding) {
            throw missing.missing();
        }
        gone = missing;
    }
}
