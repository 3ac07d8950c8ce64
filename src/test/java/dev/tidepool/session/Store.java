package dev.tidepool.session;

import io.undertow.server.session.InMemorySessionManager;
import io.undertow.server.session.SessionManager;
import java.util.concurrent.atomic.AtomicInteger;

/** What a session manager keeps its sessions in: the contract is the same for all. */
enum Store {
    /** Undertow's own manager: the yardstick. */
    MEMORY {
        @Override
        SessionManager limited(String deployment, int maxSessions, boolean endOldest) {
            return new InMemorySessionManager(deployment, maxSessions, endOldest);
        }
    };

    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final int NO_LIMIT = -1;

    /** Returns a name that no other test has used for a deployment. */
    static String freshName() {
        return "deployment-" + NAMES.incrementAndGet();
    }

    final SessionManager manager(String deployment) {
        return limited(deployment, NO_LIMIT, false);
    }

    final SessionManager manager() {
        return manager(freshName());
    }

    abstract SessionManager limited(String deployment, int maxSessions, boolean endOldest);
}
