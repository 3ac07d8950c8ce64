package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import io.undertow.security.api.AuthenticationMechanism;
import io.undertow.security.api.AuthenticationMechanismFactory;
import io.undertow.security.idm.IdentityManager;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.form.FormParserFactory;
import io.undertow.server.session.Session;
import io.undertow.servlet.ServletExtension;
import io.undertow.servlet.api.AuthMethodConfig;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.LoginConfig;
import io.undertow.servlet.handlers.ServletRequestContext;
import io.undertow.servlet.spec.HttpSessionImpl;
import io.undertow.servlet.spec.ServletContextImpl;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Map;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Gives a deployment of undertow-servlet single sign-on: a login on one context holds on all that have it, on every
 * node, and a logout ends the sessions of all.
 *
 * <pre>{@code
 * SingleSignOnExtension singleSignOn = new SingleSignOnExtension(SingleSignOnCaches.dynamoDb());
 *
 * deployment.addServletExtension(singleSignOn); // for each context
 * }</pre>
 *
 * <p>Whoever logs in such that the container keeps it in the session, by a form or {@code request.login}, gets a cookie
 * {@code JSESSIONIDSSO} for all paths, besides that of the session. Another context that is shown it logs the user in
 * without asking, by the name and roles of {@link JCacheSingleSignOnManager}. A logout is the end of any of the
 * sessions by {@code HttpSession.invalidate}, or {@code request.logout}, which leaves the session of its own request to
 * the application. A session that times out only leaves the others.
 *
 * <p>A logout ends the sessions of all contexts that this node has before it is answered. A session of a context that
 * only other nodes have, or that could not be reached, is ended by the next request on it that does not show the
 * cookie, or at the latest that comes a touch interval after the last look.
 *
 * <p>Thread-safe. One for all contexts of a node. It takes the place of Undertow's mechanism for logins in sessions.
 */
public final class SingleSignOnExtension implements ServletExtension {
    private static final String NAME = "TIDEPOOL_SINGLE_SIGN_ON";

    private final JCacheSingleSignOnManager singleSignOns;
    private final SingleSignOnCookie cookie;

    /**
     * Single sign-on with default settings.
     *
     * @param cache holds the single sign-ons of all contexts and nodes
     */
    public SingleSignOnExtension(Cache<String, StoredSingleSignOn> cache) {
        this(new JCacheSingleSignOnManager(cache));
    }

    /**
     * Single sign-on by a manager. The cookie is for https only where a login came by https.
     *
     * @param manager knows the single sign-ons
     */
    public SingleSignOnExtension(JCacheSingleSignOnManager manager) {
        this(manager, false, null);
    }

    /**
     * Single sign-on by a manager, with settings of the cookie.
     *
     * @param manager knows the single sign-ons
     * @param secureCookie whether the cookie is for https only even where a login came by http, as behind a proxy that
     *     ends TLS and does not say so
     * @param cookieDomain the domain whose hosts are shown the cookie; null for the host of the login alone
     */
    public SingleSignOnExtension(
            JCacheSingleSignOnManager manager, boolean secureCookie, @Nullable String cookieDomain) {
        this.singleSignOns = requireNonNull(manager, "manager");
        this.cookie = new SingleSignOnCookie(secureCookie, cookieDomain);
    }

    @Override
    public void handleDeployment(DeploymentInfo deployment, ServletContext context) {
        if (deployment.getLoginConfig() == null) {
            deployment.setLoginConfig(new LoginConfig(null));
        }
        deployment.getLoginConfig().addFirstAuthMethod(new AuthMethodConfig(NAME));
        deployment
                .addAuthenticationMechanism(NAME, new MechanismFactory())
                .setUseCachedAuthenticationMechanism(false)
                .addSessionListener(new SessionWatch(singleSignOns, cookie))
                .addDeploymentCompleteListener(new DeploymentWatch());
    }

    private static @Nullable Session session(HttpServerExchange exchange, boolean create) {
        HttpSessionImpl session = exchange.getAttachment(ServletRequestContext.ATTACHMENT_KEY)
                .getCurrentServletContext()
                .getSession(exchange, create);
        return session == null ? null : session.getSession();
    }

    private final class MechanismFactory implements AuthenticationMechanismFactory {
        @Override
        public AuthenticationMechanism create(
                String name, IdentityManager identities, FormParserFactory parsers, Map<String, String> properties) {
            return new SingleSignOnMechanism(singleSignOns, cookie, identities, SingleSignOnExtension::session);
        }
    }

    /** A logout has to reach the sessions of a context that no request has come to since this node started. */
    private final class DeploymentWatch implements ServletContextListener {
        @Override
        public void contextInitialized(ServletContextEvent event) {
            singleSignOns.know(((ServletContextImpl) event.getServletContext())
                    .getDeployment()
                    .getSessionManager());
        }
    }
}
