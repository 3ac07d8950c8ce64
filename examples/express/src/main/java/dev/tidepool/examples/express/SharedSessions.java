package dev.tidepool.examples.express;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.tidepool.AwsConfig;
import dev.tidepool.Option;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.undertow.ExpressSessionConfig;
import dev.tidepool.undertow.JCacheSessionManager;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionManager;
import java.net.URI;
import java.util.List;
import java.util.Map;
import javax.cache.CacheManager;
import javax.cache.Caching;

/** The sessions that Express has too: same table, same items, same cookie. */
final class SharedSessions implements AutoCloseable {
    private final CacheManager caches = Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider")
            .getCacheManager();
    private final SessionManager manager;
    private final SessionConfig cookie;

    SharedSessions(URI endpoint, String secret) {
        manager = JCacheSessionManager.builder(caches.createCache(
                        "sessions",
                        SessionCaches.configuration()
                                .set(Option.FORMAT, "connect")
                                .set(Option.ENDPOINT, endpoint)
                                // DynamoDB Local takes any credentials, but it wants some.
                                .set(Option.AWS_CONFIG_JSON, new AwsConfig("local", "local", null, "us-east-1", null))
                                .build()))
                .attributeType("cart", new TypeReference<List<Item>>() {}.getType())
                .build("shop");
        cookie = ExpressSessionConfig.builder(secret).sameSite("lax").build();
        manager.start();
        JCacheSessionManager.engineOf(manager)
                .warmUp(Map.of("user", "ada", "cart", List.of(new Item("Tide tables", 1))));
    }

    SessionManager manager() {
        return manager;
    }

    SessionConfig cookie() {
        return cookie;
    }

    @Override
    public void close() {
        manager.stop();
        caches.close();
    }
}
