package dev.tidepool.cache;

/** JSR-107's {@code unwrap}. */
final class Unwrap {
    private Unwrap() {}

    /**
     * Returns the first candidate that is of a type.
     *
     * @throws IllegalArgumentException when none is
     */
    static <T> T to(Class<T> type, Object... candidates) {
        for (Object candidate : candidates) {
            if (type.isInstance(candidate)) {
                return type.cast(candidate);
            }
        }
        throw new IllegalArgumentException("Cannot unwrap to " + type.getName());
    }
}
