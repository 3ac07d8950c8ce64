package dev.tidepool.undertow;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.Cookie;
import io.undertow.server.handlers.CookieImpl;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The cookie by which a browser shows its single sign-on to all contexts. Never logged, as its value is a secret. */
final class SingleSignOnCookie {
    static final String NAME = "JSESSIONIDSSO";

    private static final String HTTPS = "https";

    private final boolean alwaysSecure;
    private final @Nullable String domain;

    /**
     * A cookie.
     *
     * @param alwaysSecure whether it is for https only, though a request has come by http
     * @param domain null for the host of the request alone
     */
    SingleSignOnCookie(boolean alwaysSecure, @Nullable String domain) {
        this.alwaysSecure = alwaysSecure;
        this.domain = domain;
    }

    /** Returns the id that a request has brought, whatever it is; null when it has none. */
    @Nullable String read(HttpServerExchange exchange) {
        Cookie cookie = exchange.getRequestCookie(NAME);
        return cookie == null ? null : cookie.getValue();
    }

    void send(HttpServerExchange exchange, String id) {
        exchange.setResponseCookie(cookie(exchange, id));
    }

    void clear(HttpServerExchange exchange) {
        if (!exchange.isResponseStarted()) {
            exchange.setResponseCookie(cookie(exchange, "").setMaxAge(0));
        }
    }

    private Cookie cookie(HttpServerExchange exchange, String value) {
        boolean isSecure = alwaysSecure
                || exchange.getRequestScheme().toLowerCase(Locale.ROOT).equals(HTTPS);
        Cookie cookie =
                new CookieImpl(NAME, value).setPath("/").setHttpOnly(true).setSecure(isSecure);
        return domain == null ? cookie : cookie.setDomain(domain);
    }
}
