package dev.tidepool.codec;

import java.io.Serial;

/**
 * An object that Java's own serialization writes, and one that {@code fst} writes, refer to each other, or both to a
 * third. To keep the identity of objects, the whole value has to be written by one of them.
 */
final class OutsideException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    OutsideException() {
        super(null, null, false, false);
    }
}
