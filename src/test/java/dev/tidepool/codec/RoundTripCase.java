package dev.tidepool.codec;

import dev.tidepool.codec.CodecException.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A value, how the one that is read is compared with it, and the codecs that refuse it.
 *
 * @param name of the case
 * @param value to write
 * @param same whether the second is a copy of the first
 * @param refusals the errors of the codecs that cannot
 */
record RoundTripCase(String name, Object value, BiPredicate<Object, Object> same, Map<TestCodec, Refusal> refusals) {

    /**
     * An expected error.
     *
     * @param reason of the exception
     * @param part of its message
     */
    record Refusal(Reason reason, String part) {}

    /** A value that is equal to its copy, element by element if it is an array. */
    static RoundTripCase equal(Object value) {
        return same(value, Objects::deepEquals);
    }

    static RoundTripCase same(Object value, BiPredicate<Object, Object> same) {
        return named(value.getClass().getTypeName() + " " + value, value, same);
    }

    static RoundTripCase named(String name, Object value, BiPredicate<Object, Object> same) {
        String text = name.length() > 90 ? name.substring(0, 90) : name;
        return new RoundTripCase(text.replaceAll("@[0-9a-f]+", ""), value, same, Map.of());
    }

    RoundTripCase refusedBy(TestCodec codec, Reason reason, String part) {
        Map<TestCodec, Refusal> more = new EnumMap<>(TestCodec.class);
        more.putAll(refusals);
        more.put(codec, new Refusal(reason, part));
        return new RoundTripCase(name, value, same, more);
    }

    @Nullable Refusal refusal(TestCodec codec) {
        return refusals.get(codec);
    }

    @Override
    public String toString() {
        return name;
    }
}
