package dev.tidepool.codec;

import java.io.Serial;
import java.io.Serializable;

/** Takes the place of an object that {@code fst} writes, in the stream of one that Java's own serialization writes. */
final class Outside implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** The number of the object among those that stand before the stream. */
    private final int at;

    Outside(int at) {
        this.at = at;
    }

    int at() {
        return at;
    }
}
