package dev.tidepool.session;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** How far one request has come, for all that act in its name. Thread-safe. */
final class RequestState {
    private final long began;
    private final BooleanSupplier isConnected;
    private volatile boolean isCommitted;
    private volatile boolean isOver;

    /**
     * A request that begins.
     *
     * @param began in milliseconds since the epoch
     * @param isConnected false once the client is known to have gone
     */
    RequestState(long began, BooleanSupplier isConnected) {
        this.began = began;
        this.isConnected = isConnected;
    }

    /** Whether the request still keeps its session alive: not for ever, and not for a client that has gone. */
    boolean keepsAlive(long now, Duration atMost) {
        return now - began < atMost.toMillis() && isConnected.getAsBoolean();
    }

    /** Whether the response is on its way, so that changes are no longer collected. */
    boolean isCommitted() {
        return isCommitted;
    }

    void committed() {
        isCommitted = true;
    }

    /** Whether the request is over, and no longer holds its session. */
    boolean isOver() {
        return isOver;
    }

    void over() {
        isOver = true;
    }
}
