package dev.tidepool.cache;

/** What an application's code throws in a test; without a stack trace, as the library logs some of them. */
final class Quiet extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Quiet() {
        super("thrown by the application's code", null, false, false);
    }
}
