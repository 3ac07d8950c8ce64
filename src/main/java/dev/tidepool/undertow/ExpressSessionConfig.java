package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.express.SignedCookie;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.Cookie;
import io.undertow.server.handlers.CookieImpl;
import io.undertow.server.session.SessionConfig;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the session cookie of Express (express-session), so that a browser keeps its session when it crosses
 * from an application on Express to one on Undertow and back. Both need the same secret, cookie name and table.
 *
 * <pre>{@code
 * SessionConfig cookie = ExpressSessionConfig.builder(secret).sameSite("lax").build();
 *
 * deployment.setSessionManagerFactory(new JCacheSessionManagerFactory(JCacheSessionManager.builder(cache)))
 *         .setSessionConfigWrapper((config, ofDeployment) -> cookie);
 * }</pre>
 *
 * <p>With handlers of undertow-core, {@link io.undertow.server.session.SessionAttachmentHandler} takes it.
 *
 * <p>The value is {@code s:<id>.<signature>}, percent-encoded; the signature is the HMAC-SHA256 of the id. A cookie
 * that is forged, truncated, unsigned or empty is the same as none, and costs no request to the store. Of several
 * cookies of the name, the first that is signed counts; Express looks at the first only.
 *
 * <p>With {@link Builder#rolling}, a {@link JCacheSessionManager} sends the cookie with each response to a request that
 * is on a session; without, but with an age, when the request has changed the session's attributes, as Express does,
 * and when its access is written, which is once per touch interval. Unlike Express it also sends a {@code Secure}
 * cookie when Undertow takes the connection for an insecure one, as it does behind a proxy.
 *
 * <p>Immutable, thread-safe.
 */
@SuppressWarnings("NullAway") // SessionConfig answers null for what there is not
public final class ExpressSessionConfig implements SessionConfig {
    /** Left on each exchange that was asked for its id, as whoever needs it may have a wrapper of the config only. */
    static final AttachmentKey<ExpressSessionConfig> OF_EXCHANGE = AttachmentKey.create(ExpressSessionConfig.class);

    /**
     * Set on an exchange while the cookie of a session is sent that has a {@code maxAge} of its own, as one that
     * Express has begun may; zero when it ends with the browser.
     */
    static final AttachmentKey<Duration> MAX_AGE = AttachmentKey.create(Duration.class);

    private final List<SecretKeySpec> secrets;
    private final String cookieName;
    private final String path;
    private final @Nullable String domain;
    private final boolean secure;
    private final boolean httpOnly;
    private final @Nullable String sameSite;
    private final @Nullable Duration maxAge;
    private final boolean rolling;

    private ExpressSessionConfig(Builder builder) {
        this.secrets = builder.secrets;
        this.cookieName = builder.cookieName;
        this.path = builder.path;
        this.domain = builder.domain;
        this.secure = builder.secure;
        this.httpOnly = builder.httpOnly;
        this.sameSite = builder.sameSite;
        this.maxAge = builder.maxAge;
        this.rolling = builder.rolling;
    }

    /**
     * Begins the configuration of a cookie, with the defaults of Express.
     *
     * @param secrets the first signs, all verify: so a secret can be replaced by putting the new one before it
     * @return a builder
     * @throws IllegalArgumentException when there is none, or one is empty
     */
    public static Builder builder(String... secrets) {
        return new Builder(secrets);
    }

    @Override
    public void setSessionId(HttpServerExchange exchange, String sessionId) {
        Duration own = exchange.getAttachment(MAX_AGE);
        Duration age = own == null ? maxAge : own;
        Cookie cookie = cookie(SignedCookie.write(sessionId, secrets.get(0)));
        if (age != null && !age.isZero()) {
            cookie.setMaxAge(wholeSeconds(age));
        }
        exchange.setResponseCookie(cookie);
    }

    @Override
    public void clearSession(HttpServerExchange exchange, String sessionId) {
        exchange.setResponseCookie(cookie("").setMaxAge(0));
    }

    private Cookie cookie(String value) {
        Cookie cookie = new CookieImpl(cookieName, value)
                .setPath(path)
                .setSecure(secure)
                .setHttpOnly(httpOnly);
        if (domain != null) {
            cookie.setDomain(domain);
        }
        if (sameSite != null) {
            cookie.setSameSiteMode(sameSite);
        }
        return cookie;
    }

    /**
     * Returns the id in the cookie of a request.
     *
     * @param exchange the request
     * @return the id, null when the request has no cookie that one of the secrets has signed
     */
    @Override
    public @Nullable String findSessionId(HttpServerExchange exchange) {
        exchange.putAttachment(OF_EXCHANGE, this);
        HeaderValues headers = exchange.getRequestHeaders().get(Headers.COOKIE);
        return headers == null ? null : SignedCookie.find(headers, cookieName, secrets);
    }

    @Override
    public SessionCookieSource sessionCookieSource(HttpServerExchange exchange) {
        return findSessionId(exchange) == null ? SessionCookieSource.NONE : SessionCookieSource.COOKIE;
    }

    /** Returns the URL as it is: an id is never part of one. */
    @Override
    public String rewriteUrl(String originalUrl, String sessionId) {
        return originalUrl;
    }

    /**
     * Whether a response to a request on a session has the cookie again.
     *
     * @param isWritten whether the request has changed the session's attributes, or its access is to be written
     * @param age how long the session's cookie lives; null when it ends with the browser
     */
    boolean isSentAgain(boolean isWritten, @Nullable Duration age) {
        return rolling || (age != null && isWritten);
    }

    /** How long the cookie lives; null when it ends with the browser. */
    @Nullable Duration maxAge() {
        return maxAge;
    }

    /** Returns the fields of a session's {@code cookie} object that no request changes, each as JSON. */
    Map<String, String> cookieJson() {
        Map<String, String> fields = new LinkedHashMap<>();
        if (secure) {
            fields.put("secure", "true");
        }
        fields.put("httpOnly", String.valueOf(httpOnly));
        if (domain != null) {
            fields.put("domain", json(domain));
        }
        fields.put("path", json(path));
        if (sameSite != null) {
            fields.put("sameSite", json(sameSite));
        }
        return fields;
    }

    /** The builder has let nothing in that JSON escapes, but for these. */
    private static String json(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static int wholeSeconds(Duration age) {
        return Math.toIntExact(age.plusNanos(999_999_999).toSeconds());
    }

    /** Names the cookie; the secrets stay out. */
    @Override
    public String toString() {
        return "ExpressSessionConfig[" + cookieName + "]";
    }

    /** Collects the attributes of the cookie; every method checks its argument at once. Not thread-safe. */
    public static final class Builder {
        private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
        private static final Pattern PATH = Pattern.compile("/[\\x20-\\x3A\\x3D-\\x7E]*");
        private static final Pattern DOMAIN =
                Pattern.compile("(?i)[.]?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
        private static final Set<String> SAME_SITE = Set.of("lax", "strict", "none");

        private final List<SecretKeySpec> secrets;
        private String cookieName = "connect.sid";
        private String path = "/";
        private @Nullable String domain;
        private boolean secure;
        private boolean httpOnly = true;
        private @Nullable String sameSite;
        private @Nullable Duration maxAge;
        private boolean rolling;

        private Builder(String... secrets) {
            if (secrets.length == 0 || Arrays.stream(secrets).anyMatch(Builder::isMissing)) {
                throw new IllegalArgumentException(
                        "The cookie of Express needs at least one secret, and none may be empty");
            }
            this.secrets = Arrays.stream(secrets).map(SignedCookie::key).toList();
        }

        /** As the value of a variable that is not set. */
        private static boolean isMissing(@Nullable String secret) {
            return secret == null || secret.isEmpty();
        }

        /**
         * Sets the cookie's name; {@code connect.sid} by default.
         *
         * @param name the option {@code name} of express-session
         * @return this builder
         * @throws IllegalArgumentException when a cookie cannot have it
         */
        public Builder cookieName(String name) {
            this.cookieName = matching(NAME, "cookieName", name);
            return this;
        }

        /**
         * Sets the path below which browsers send the cookie; {@code /} by default.
         *
         * @param prefix a path
         * @return this builder
         * @throws IllegalArgumentException when a cookie cannot have it
         */
        public Builder path(String prefix) {
            this.path = matching(PATH, "path", prefix);
            return this;
        }

        /**
         * Sets the domain to whose hosts browsers send the cookie; by default only to the one that has set it.
         *
         * @param name a domain
         * @return this builder
         * @throws IllegalArgumentException when a cookie cannot have it
         */
        public Builder domain(String name) {
            this.domain = matching(DOMAIN, "domain", name);
            return this;
        }

        /**
         * Sets whether browsers send the cookie on secure connections only; false by default, as in Express.
         *
         * @param only true in production
         * @return this builder
         */
        public Builder secure(boolean only) {
            this.secure = only;
            return this;
        }

        /**
         * Sets whether scripts cannot read the cookie; true by default.
         *
         * @param hidden whether they cannot
         * @return this builder
         */
        public Builder httpOnly(boolean hidden) {
            this.httpOnly = hidden;
            return this;
        }

        /**
         * Sets whether browsers send the cookie with requests that come from other sites; what they do by default is up
         * to them.
         *
         * @param mode {@code lax}, {@code strict} or {@code none}
         * @return this builder
         * @throws IllegalArgumentException when it is another
         */
        public Builder sameSite(String mode) {
            String lower = mode.toLowerCase(Locale.ROOT);
            if (!SAME_SITE.contains(lower)) {
                throw new IllegalArgumentException("sameSite must be lax, strict or none: " + mode);
            }
            this.sameSite = lower;
            return this;
        }

        /**
         * Sets how long the browser keeps the cookie after it was last sent; by default until the browser is closed.
         *
         * @param age at least a second, and rounded up to whole ones
         * @return this builder
         * @throws IllegalArgumentException when it is shorter, or longer than 68 years
         */
        public Builder maxAge(Duration age) {
            if (age.toSeconds() < 1 || age.toSeconds() >= Integer.MAX_VALUE) {
                throw new IllegalArgumentException("maxAge must be from a second to 68 years: " + age);
            }
            this.maxAge = Duration.ofSeconds(wholeSeconds(age));
            return this;
        }

        /**
         * Sets whether each response to a request on a session sends the cookie again; false by default.
         *
         * @param always the option {@code rolling} of express-session
         * @return this builder
         */
        public Builder rolling(boolean always) {
            this.rolling = always;
            return this;
        }

        /**
         * Makes the config.
         *
         * @return a config
         * @throws IllegalArgumentException when the cookie is one that browsers refuse: {@code SameSite=None} without
         *     {@code Secure}
         */
        public ExpressSessionConfig build() {
            if ("none".equals(sameSite) && !secure) {
                throw new IllegalArgumentException(
                        "Browsers refuse a cookie with sameSite(\"none\") that is not secure: add secure(true)");
            }
            return new ExpressSessionConfig(this);
        }

        private static String matching(Pattern form, String setting, String value) {
            if (!form.matcher(requireNonNull(value, setting)).matches()) {
                throw new IllegalArgumentException("A cookie cannot have the " + setting + " '" + value + "'");
            }
            return value;
        }
    }
}
