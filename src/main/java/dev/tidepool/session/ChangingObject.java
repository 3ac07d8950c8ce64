package dev.tidepool.session;

import java.util.ConcurrentModificationException;
import java.util.function.Supplier;

/** An attribute that another request holds too, and may change while it is encoded. */
final class ChangingObject {
    private static final int ATTEMPTS = 5;

    private ChangingObject() {}

    /** Encodes an object, again when a collection in it has changed meanwhile; throws what the last attempt throws. */
    static byte[] encode(Supplier<byte[]> encoding) {
        for (int attempt = 1; ; attempt++) {
            try {
                return encoding.get();
            } catch (RuntimeException e) {
                if (attempt == ATTEMPTS || !isChanging(e)) {
                    throw e;
                }
            }
        }
    }

    private static boolean isChanging(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConcurrentModificationException) {
                return true;
            }
        }
        return false;
    }
}
