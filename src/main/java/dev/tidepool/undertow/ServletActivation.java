package dev.tidepool.undertow;

import io.undertow.servlet.api.Deployment;
import io.undertow.servlet.spec.HttpSessionImpl;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionEvent;

/** Tells attributes that they are encoded or were decoded (Servlet 6.0, section 7.7.2). Thread-safe. */
final class ServletActivation implements Activation {
    private final Deployment deployment;

    ServletActivation(Deployment deployment) {
        this.deployment = deployment;
    }

    @Override
    public boolean isFor(Object value) {
        return value instanceof HttpSessionActivationListener;
    }

    @Override
    public void willPassivate(JCacheSession session, Object value) {
        ((HttpSessionActivationListener) value).sessionWillPassivate(event(session));
    }

    @Override
    public void didActivate(JCacheSession session, Object value) {
        ((HttpSessionActivationListener) value).sessionDidActivate(event(session));
    }

    private HttpSessionEvent event(JCacheSession session) {
        return new HttpSessionEvent(HttpSessionImpl.forSession(session, deployment.getServletContext(), false));
    }
}
