package dev.tidepool.undertow;

import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.session.Caches;
import dev.tidepool.session.StoredSession;
import io.undertow.server.session.InMemorySessionManager;
import io.undertow.server.session.SessionManager;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;

/** What a session manager keeps its sessions in: the contract is the same for all. */
enum Store {
    /** Undertow's own manager: the yardstick. */
    MEMORY {
        @Override
        SessionManager limited(String deployment, int maxSessions, boolean endOldest) {
            return new InMemorySessionManager(deployment, maxSessions, endOldest);
        }
    },
    DYNAMODB {
        @Override
        SessionManager limited(String deployment, int maxSessions, boolean endOldest) {
            return ours(cache(), deployment, maxSessions, endOldest);
        }

        @Override
        Cache<String, StoredSession> cache() {
            return Shared.DYNAMODB;
        }

        @Override
        Cache<String, StoredSession> cache(InstantSource clock) {
            return Caches.dynamoDb(clock);
        }
    },
    /** The same on items of connect-dynamodb; as these know no applications, each has a prefix of its own. */
    CONNECT {
        @Override
        SessionManager limited(String deployment, int maxSessions, boolean endOldest) {
            return ours(
                    Shared.OF_DEPLOYMENTS.computeIfAbsent(deployment, name -> connect(Caches.onLocal())),
                    deployment,
                    maxSessions,
                    endOldest);
        }

        @Override
        Cache<String, StoredSession> cache() {
            return Shared.CONNECT;
        }

        @Override
        Cache<String, StoredSession> cache(InstantSource clock) {
            return connect(Caches.onLocal().set(Option.CLOCK, clock));
        }
    },
    /** The reference implementation of JCache, which knows no expiry of a single entry. */
    REFERENCE {
        @Override
        SessionManager limited(String deployment, int maxSessions, boolean endOldest) {
            return ours(cache(), deployment, maxSessions, endOldest);
        }

        @Override
        Cache<String, StoredSession> cache() {
            return Shared.REFERENCE;
        }

        @Override
        Cache<String, StoredSession> cache(InstantSource clock) {
            return Caches.reference();
        }
    };

    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final int NO_LIMIT = -1;

    private static SessionManager ours(
            Cache<String, StoredSession> cache, String deployment, int maxSessions, boolean endOldest) {
        JCacheSessionManager.Builder builder =
                JCacheSessionManager.builder(cache).endOldest(endOldest);
        if (maxSessions != NO_LIMIT) {
            builder.maxSessions(maxSessions);
        }
        return builder.build(deployment);
    }

    private static Cache<String, StoredSession> connect(DynamoDbConfiguration.Builder<String, StoredSession> options) {
        return Caches.dynamoDb(options.set(Option.FORMAT, "connect"));
    }

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

    /** Returns the cache that all tests share. */
    Cache<String, StoredSession> cache() {
        throw new UnsupportedOperationException();
    }

    /** Makes a cache by another clock, if it has any use for one. */
    Cache<String, StoredSession> cache(InstantSource clock) {
        throw new UnsupportedOperationException();
    }

    abstract SessionManager limited(String deployment, int maxSessions, boolean endOldest);

    /** One cache of each kind for all tests. */
    private static final class Shared {
        private static final Cache<String, StoredSession> DYNAMODB = Caches.dynamoDb();
        private static final Cache<String, StoredSession> CONNECT = connect(Caches.onLocal());
        private static final Map<String, Cache<String, StoredSession>> OF_DEPLOYMENTS = new ConcurrentHashMap<>();
        private static final Cache<String, StoredSession> REFERENCE = Caches.reference();
    }
}
