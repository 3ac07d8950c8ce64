package dev.tidepool.examples.sessions;

import io.undertow.Undertow;
import java.net.BindException;

/** Another process listens on the port. */
final class PortTaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private PortTaken(int port, Throwable cause) {
        super("--port " + port + ": another process listens there, choose another port", cause);
    }

    /** Starts a server that listens on a port. */
    static void start(Undertow server, int port) {
        try {
            server.start();
        } catch (RuntimeException e) {
            throw e.getCause() instanceof BindException ? new PortTaken(port, e) : e;
        }
    }
}
