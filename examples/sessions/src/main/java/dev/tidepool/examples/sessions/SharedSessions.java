package dev.tidepool.examples.sessions;

import dev.tidepool.AwsConfig;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import dev.tidepool.undertow.JCacheSessionManager;
import io.undertow.server.session.SessionManager;
import java.util.Map;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;

/** The table that the sessions of all nodes live in. */
final class SharedSessions implements AutoCloseable {
    private final CacheManager manager = Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider")
            .getCacheManager();
    private final Cache<String, StoredSession> cache;

    SharedSessions(Options options) {
        DynamoDbConfiguration.Builder<String, StoredSession> configuration =
                SessionCaches.configuration().table(options.table());
        if (options.endpoint() != null) {
            // DynamoDB Local takes any credentials, but it wants some.
            configuration
                    .set(Option.ENDPOINT, options.endpoint())
                    .set(Option.AWS_CONFIG_JSON, new AwsConfig("local", "local", null, "us-east-1", null));
        }
        cache = manager.createCache("sessions", configuration.build());
    }

    /** What both kinds of node make their session manager of. */
    JCacheSessionManager.Builder managers() {
        return JCacheSessionManager.builder(cache).allow("dev.tidepool.examples.sessions.*");
    }

    /** Before anybody waits for it: connects, and shows the codec what visitors will have. */
    static void warmUp(SessionManager sessions) {
        Cart cart = new Cart();
        cart.add(Catalogue.find(null));
        JCacheSessionManager.engineOf(sessions).warmUp(Map.of("user", User.ada(), "cart", cart));
    }

    @Override
    public void close() {
        manager.close();
    }
}
