package dev.tidepool.undertow;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client with a session cookie, which it shows to every node it asks, on one open connection to each. Used by one
 * thread at a time.
 */
final class Visitor implements AutoCloseable {
    private final Map<Integer, Wire> wires = new HashMap<>();
    private @Nullable String session;

    /** A client that has a cookie already. */
    static Visitor with(@Nullable String session) {
        Visitor browser = new Visitor();
        browser.session = session;
        return browser;
    }

    /** The session's id, as the client knows it. */
    @Nullable String session() {
        return session;
    }

    /** Goes on with another session. */
    void adopt(String id) {
        session = id;
    }

    Wire wire(int port) throws IOException {
        Wire known = wires.get(port);
        if (known == null) {
            known = new Wire(port);
            wires.put(port, known);
        }
        return known;
    }

    Wire.Answer get(int port, String path, String... headers) throws IOException {
        return send(port, "GET", path, headers);
    }

    Wire.Answer post(int port, String path, String form) throws IOException {
        return received(port, wire(port).post(path, form, cookie()));
    }

    Wire.Answer send(int port, String method, String path, String... headers) throws IOException {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = cookie();
        return received(port, wire(port).send(method, path, all));
    }

    private String cookie() {
        return "Cookie: " + (session == null ? "none=1" : "JSESSIONID=" + session);
    }

    private Wire.Answer received(int port, Wire.Answer answer) throws IOException {
        if (answer.isLast()) {
            wire(port).awaitEnd();
            wires.remove(port);
        }
        answer.sessionCookie().ifPresent(value -> session = value.isEmpty() ? null : value);
        return answer;
    }

    @Override
    public void close() throws IOException {
        for (Wire wire : wires.values()) {
            wire.close();
        }
    }
}
