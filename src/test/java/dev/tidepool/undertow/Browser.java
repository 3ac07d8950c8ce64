package dev.tidepool.undertow;

import static java.util.stream.Collectors.joining;

import io.undertow.server.session.SessionCookieConfig;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The cookies of one client. It sends them to every server, as to nodes behind one name, and follows no redirect.
 * Thread-safe.
 */
final class Browser {
    /** Undertow clears a cookie by a date, others by an age. */
    private static final Pattern CLEARED = Pattern.compile("(?i);\\s*(max-age=0(;|$)|expires=[^;]*[ -]1970 )");

    private final Map<String, String> cookies = new TreeMap<>();

    /** Returns the session's id, when the client has one. */
    Optional<String> sessionId() {
        return cookie(SessionCookieConfig.DEFAULT_SESSION_ID);
    }

    /** Returns the value of a cookie, as it was sent. */
    synchronized Optional<String> cookie(String name) {
        return Optional.ofNullable(cookies.get(name));
    }

    synchronized Browser withCookie(String name, String value) {
        cookies.put(name, value);
        return this;
    }

    Browser withSessionId(String id) {
        return withCookie(SessionCookieConfig.DEFAULT_SESSION_ID, id);
    }

    /** Whether a line that sets a cookie in truth takes it away. */
    static boolean isCleared(String cookieLine) {
        return CLEARED.matcher(cookieLine).find();
    }

    synchronized void send(HttpRequest.Builder request) {
        if (!cookies.isEmpty()) {
            request.setHeader(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(joining("; ")));
        }
    }

    synchronized void receive(HttpHeaders headers) {
        for (String line : headers.allValues("Set-Cookie")) {
            List<String> pair = List.of(line.split(";", 2)[0].split("=", 2));
            if (isCleared(line)) {
                cookies.remove(pair.get(0));
            } else {
                cookies.put(pair.get(0), pair.get(1));
            }
        }
    }
}
