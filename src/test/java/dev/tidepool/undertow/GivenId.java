package dev.tidepool.undertow;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SessionConfig;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The config by which Undertow itself says what id a session has, as it does for a session that several contexts share:
 * the id comes from no cookie. Writes down what it is told.
 */
class GivenId implements SessionConfig {
    private final @Nullable String id;
    private final List<String> told = new CopyOnWriteArrayList<>();

    GivenId(@Nullable String id) {
        this.id = id;
    }

    /** Returns the calls, each as {@code set} or {@code clear} and the id. */
    List<String> told() {
        return List.copyOf(told);
    }

    @Override
    public void setSessionId(HttpServerExchange exchange, String sessionId) {
        told.add("set " + sessionId);
    }

    @Override
    public void clearSession(HttpServerExchange exchange, String sessionId) {
        told.add("clear " + sessionId);
    }

    @Override
    public @Nullable String findSessionId(HttpServerExchange exchange) {
        return id;
    }

    @Override
    public SessionCookieSource sessionCookieSource(HttpServerExchange exchange) {
        return SessionCookieSource.NONE;
    }

    @Override
    public String rewriteUrl(String originalUrl, String sessionId) {
        return originalUrl;
    }
}
