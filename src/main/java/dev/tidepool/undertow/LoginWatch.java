package dev.tidepool.undertow;

import io.undertow.security.api.NotificationReceiver;
import io.undertow.security.api.SecurityContext;
import io.undertow.security.api.SecurityNotification;
import io.undertow.security.idm.Account;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sees the logins and logouts of one request: whoever logs in by any mechanism gets a single sign-on, and who logs out
 * ends it. A login whose single sign-on cannot be stored is taken back, as no logout elsewhere would reach it. Used by
 * the threads of one request, one after the other.
 */
final class LoginWatch implements NotificationReceiver {
    private final JCacheSingleSignOnManager singleSignOns;
    private final SingleSignOnCookie cookie;
    private final HttpServerExchange exchange;
    private final SecurityContext context;
    private final Function<Boolean, @Nullable Session> sessions;

    /** Set while what the security context tells is this class's own doing. */
    private boolean isOwn;

    LoginWatch(
            JCacheSingleSignOnManager singleSignOns,
            SingleSignOnCookie cookie,
            HttpServerExchange exchange,
            SecurityContext context,
            Function<Boolean, @Nullable Session> sessions) {
        this.singleSignOns = singleSignOns;
        this.cookie = cookie;
        this.exchange = exchange;
        this.context = context;
        this.sessions = sessions;
    }

    @Override
    public void handleNotification(SecurityNotification notification) {
        if (isOwn) {
            return;
        }
        switch (notification.getEventType()) {
            case AUTHENTICATED -> {
                // Who shows his password with each request needs no session, and gets none.
                if (notification.isCachingRequired() || notification.isProgramatic()) {
                    loggedIn(notification.getAccount(), notification.getMechanism());
                }
            }
            case LOGGED_OUT -> loggedOut();
            case FAILED_AUTHENTICATION -> {}
        }
    }

    /**
     * Gives a single sign-on to a login that a session had before there were any, or while none was looked for.
     *
     * @param id what the browser shows; null for nothing
     */
    void loggedInBefore(Session session, @Nullable String id) {
        if (SingleSignOnMark.of(session) != null) {
            return;
        }
        Account account = context.getAuthenticatedAccount();
        LiveSingleSignOn shown = id == null ? null : singleSignOns.find(id);
        if (shown != null && shown.isOf(account) && shown.join(session)) {
            mark(session, shown);
        } else {
            begin(session, account, context.getMechanismName());
        }
    }

    private void loggedIn(Account account, String mechanism) {
        Session session = session();
        SingleSignOnMark before = SingleSignOnMark.of(session);
        try {
            begin(session, account, mechanism);
        } catch (RuntimeException e) {
            takeBack();
            throw e;
        }
        if (before != null) {
            singleSignOns.end(before.key(), session); // another user's, or the same one's of before
        }
    }

    private void begin(Session session, Account account, String mechanism) {
        LiveSingleSignOn begun = singleSignOns.begin(account, mechanism);
        begun.add(session);
        mark(session, begun);
        cookie.send(exchange, begun.getId());
    }

    private Session session() {
        Session session = sessions.apply(true);
        if (session == null) {
            throw new IllegalStateException("A request has no session, though one was to begin");
        }
        return session;
    }

    private void mark(Session session, LiveSingleSignOn owner) {
        new SingleSignOnMark(owner.key(), singleSignOns.store().now()).putOn(session);
    }

    /**
     * Logs a user in who has logged in elsewhere.
     *
     * @return false when the single sign-on has ended meanwhile
     */
    boolean logIn(Account account, LiveSingleSignOn shown) {
        own(() -> context.authenticationComplete(account, shown.getMechanismName(), true));
        boolean isIn = false;
        try {
            Session session = session(); // after the login, which gives it another id
            isIn = shown.join(session);
            if (isIn && needsMark(session, shown)) {
                mark(session, shown);
            }
        } finally {
            if (!isIn) {
                takeBack();
                clearCookie();
            }
        }
        return isIn;
    }

    private static boolean needsMark(Session session, LiveSingleSignOn shown) {
        SingleSignOnMark mark = SingleSignOnMark.of(session);
        return mark == null || !mark.key().equals(shown.key());
    }

    private void takeBack() {
        own(context::logout);
    }

    private void own(Runnable step) {
        isOwn = true;
        try {
            step.run();
        } finally {
            isOwn = false;
        }
    }

    /** The session of the request stays, as after any logout; it is the application's to end it. */
    private void loggedOut() {
        Session session = sessions.apply(false);
        SingleSignOnMark mark = session == null ? null : SingleSignOnMark.of(session);
        if (session != null && mark != null) {
            SingleSignOnMark.removeFrom(session);
            singleSignOns.end(mark.key(), session);
            clearCookie();
        }
    }

    void clearCookie() {
        cookie.clear(exchange);
    }
}
