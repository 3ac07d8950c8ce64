package dev.tidepool.undertow;

import dev.tidepool.session.EndReason;
import dev.tidepool.session.SessionHandle;
import dev.tidepool.session.SessionObserver;
import io.undertow.server.session.SessionListener.SessionDestroyedReason;
import org.jspecify.annotations.Nullable;

/** Tells Undertow's listeners, and attributes, what happens without a request. Thread-safe. */
final class EngineEvents implements SessionObserver {
    private static final String OF_UNDERTOW = "io.undertow";

    private final JCacheSessionManager manager;
    private final @Nullable Activation activation;

    EngineEvents(JCacheSessionManager manager, @Nullable Activation activation) {
        this.manager = manager;
        this.activation = activation;
    }

    @Override
    public void ended(SessionHandle session, EndReason reason) {
        manager.listeners()
                .sessionDestroyed(
                        manager.outside(session),
                        null,
                        reason == EndReason.TIMEOUT
                                ? SessionDestroyedReason.TIMEOUT
                                : SessionDestroyedReason.INVALIDATED);
    }

    @Override
    public boolean isOfContainer(String name) {
        return name.startsWith(OF_UNDERTOW);
    }

    @Override
    public boolean isActivatable(Object value) {
        return activation != null && activation.isFor(value);
    }

    @Override
    public void willPassivate(SessionHandle session, Object value) {
        if (activation != null) {
            activation.willPassivate(manager.outside(session), value);
        }
    }

    @Override
    public void didActivate(SessionHandle session, Object value) {
        if (activation != null) {
            activation.didActivate(manager.outside(session), value);
        }
    }
}
