package dev.tidepool.undertow;

import io.undertow.security.api.AuthenticationMechanism;
import io.undertow.security.api.SecurityContext;
import io.undertow.security.idm.Account;
import io.undertow.security.idm.IdentityManager;
import io.undertow.security.impl.CachedAuthenticatedSessionMechanism;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.util.AttachmentKey;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the other mechanisms of one context. A session that has a login is served by that, as without single
 * sign-on, and a look at the single sign-on now and then; it is ended when that is gone. A browser that shows a single
 * sign-on is logged in by it. Thread-safe.
 *
 * <p>It has Undertow's mechanism for logins in sessions within, which would otherwise come first, and not learn that a
 * login has ended elsewhere.
 */
final class SingleSignOnMechanism implements AuthenticationMechanism {
    private final AttachmentKey<LoginWatch> ofExchange = AttachmentKey.create(LoginWatch.class);

    private final JCacheSingleSignOnManager singleSignOns;
    private final SingleSignOnCookie cookie;
    private final IdentityManager identities;
    private final BiFunction<HttpServerExchange, Boolean, @Nullable Session> sessions;
    private final CachedAuthenticatedSessionMechanism loginsInSessions;

    /**
     * A mechanism of one context.
     *
     * @param sessions answers the session of a request; one that begins if there is none, when told so
     */
    SingleSignOnMechanism(
            JCacheSingleSignOnManager singleSignOns,
            SingleSignOnCookie cookie,
            IdentityManager identities,
            BiFunction<HttpServerExchange, Boolean, @Nullable Session> sessions) {
        this.singleSignOns = singleSignOns;
        this.cookie = cookie;
        this.identities = identities;
        this.sessions = sessions;
        this.loginsInSessions = new CachedAuthenticatedSessionMechanism(identities);
    }

    @Override
    public AuthenticationMechanismOutcome authenticate(HttpServerExchange exchange, SecurityContext context) {
        LoginWatch watch = watch(exchange, context);
        String id = cookie.read(exchange);
        LiveSingleSignOn shown = null;
        Session session = sessions.apply(exchange, false);
        if (session != null) {
            SingleSignOnMark mark = SingleSignOnMark.of(session);
            if (mark != null && isLookDue(mark, session, id)) {
                SingleSignOnContent seen = singleSignOns.store().get(mark.key());
                if (seen == null || !singleSignOns.join(mark.key(), seen, session)) {
                    end(session, exchange);
                    session = null;
                } else {
                    looked(mark, session);
                    shown = id != null && isOf(mark, id) ? new LiveSingleSignOn(singleSignOns, id, seen, true) : null;
                }
            }
        }
        if (session != null
                && loginsInSessions.authenticate(exchange, context) == AuthenticationMechanismOutcome.AUTHENTICATED) {
            watch.loggedInBefore(session, id);
            return AuthenticationMechanismOutcome.AUTHENTICATED;
        }
        return id == null ? AuthenticationMechanismOutcome.NOT_ATTEMPTED : logIn(watch, id, shown);
    }

    private LoginWatch watch(HttpServerExchange exchange, SecurityContext context) {
        LoginWatch known = exchange.getAttachment(ofExchange);
        if (known != null) {
            return known;
        }
        LoginWatch made =
                new LoginWatch(singleSignOns, cookie, exchange, context, create -> sessions.apply(exchange, create));
        exchange.putAttachment(ofExchange, made);
        context.registerNotificationReceiver(made);
        return made;
    }

    /** A browser that does not show the single sign-on of its session may have logged out on another context. */
    private boolean isLookDue(SingleSignOnMark mark, Session session, @Nullable String id) {
        return !isOf(mark, id) || singleSignOns.store().now() - mark.seen() >= singleSignOns.touchMillis(session);
    }

    private static boolean isOf(SingleSignOnMark mark, @Nullable String id) {
        return id != null && mark.key().equals(SingleSignOnStore.key(id));
    }

    /** Takes note of a look, where the next one is not due at the next request anyway. */
    private void looked(SingleSignOnMark mark, Session session) {
        long touchMillis = singleSignOns.touchMillis(session);
        long now = singleSignOns.store().now();
        if (touchMillis > 0 && now - mark.seen() >= touchMillis) {
            new SingleSignOnMark(mark.key(), now).putOn(session);
        }
    }

    /** Ends a session whose single sign-on has ended elsewhere. */
    private static void end(Session session, HttpServerExchange exchange) {
        try {
            session.invalidate(exchange);
        } catch (IllegalStateException e) {
            // It has ended meanwhile, which is what was wanted.
        }
    }

    private AuthenticationMechanismOutcome logIn(LoginWatch watch, String id, @Nullable LiveSingleSignOn seen) {
        LiveSingleSignOn shown = seen == null ? singleSignOns.find(id) : seen;
        if (shown == null) {
            watch.clearCookie();
            return AuthenticationMechanismOutcome.NOT_ATTEMPTED;
        }
        Account verified = identities.verify(shown.getAccount());
        return verified != null && watch.logIn(verified, shown)
                ? AuthenticationMechanismOutcome.AUTHENTICATED
                : AuthenticationMechanismOutcome.NOT_ATTEMPTED;
    }

    @Override
    public ChallengeResult sendChallenge(HttpServerExchange exchange, SecurityContext context) {
        return ChallengeResult.NOT_SENT;
    }
}
