package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.SessionManager;
import io.undertow.servlet.api.Deployment;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.SessionManagerFactory;
import io.undertow.servlet.handlers.ServletRequestContext;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Gives each deployment of undertow-servlet a {@link JCacheSessionManager}.
 *
 * <pre>{@code
 * deployment.setSessionManagerFactory(new JCacheSessionManagerFactory(
 *         JCacheSessionManager.builder(SessionCaches.dynamoDb()).allow("com.acme.shop.*")));
 * }</pre>
 *
 * <p>The managers are named after their deployments. Thread-safe, as long as nobody changes the builder.
 */
public final class JCacheSessionManagerFactory implements SessionManagerFactory {
    private final JCacheSessionManager.Builder builder;

    /**
     * A factory of managers with default settings.
     *
     * @param cache holds the sessions of all deployments
     */
    public JCacheSessionManagerFactory(Cache<String, StoredSession> cache) {
        this(JCacheSessionManager.builder(cache));
    }

    /**
     * A factory of managers with settings of one's own.
     *
     * @param builder asked for one manager for each deployment
     */
    public JCacheSessionManagerFactory(JCacheSessionManager.Builder builder) {
        this.builder = requireNonNull(builder, "builder");
    }

    @Override
    public SessionManager createSessionManager(Deployment deployment) {
        DeploymentInfo about = deployment.getDeploymentInfo();
        JCacheSessionManager manager = builder.build(
                about.getDeploymentName(),
                about.getClassLoader(),
                JCacheSessionManagerFactory::currentExchange,
                new ServletActivation(deployment));
        about.addOuterHandlerChainWrapper(manager.exchanges()::untilHandled);
        about.addInnerHandlerChainWrapper(next -> exchange -> {
            next.handleRequest(exchange);
            if (!isAsync(exchange)) {
                manager.exchanges().applicationOver(exchange);
            }
        });
        return manager;
    }

    private static boolean isAsync(HttpServerExchange exchange) {
        ServletRequestContext context = exchange.getAttachment(ServletRequestContext.ATTACHMENT_KEY);
        return context == null || context.getOriginalRequest().isAsyncStarted();
    }

    private static @Nullable HttpServerExchange currentExchange() {
        ServletRequestContext current = ServletRequestContext.current();
        return current == null ? null : current.getExchange();
    }
}
