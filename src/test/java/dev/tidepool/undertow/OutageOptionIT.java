package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import java.net.URI;
import java.util.Properties;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store that is down must never look like a session that has ended. */
@ExtendWith(DynamoDbLocal.class)
final class OutageOptionIT {
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();

    @AfterEach
    void closeProvider() {
        provider.close();
    }

    private Cache<String, StoredSession> sessions(String... options) {
        Properties properties = new Properties();
        properties.put("tidepool.endpoint", DynamoDbLocal.endpoint());
        properties.put("tidepool.region", "us-east-1");
        properties.put("tidepool.table", StoreNode.freshTable());
        for (int i = 0; i < options.length; i += 2) {
            properties.put(options[i], options[i + 1]);
        }
        return SessionCaches.dynamoDb(
                provider.getCacheManager(URI.create("outages"), OutageOptionIT.class.getClassLoader(), properties));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool.onStoreFailure", "tidepool.cache.sessions.onStoreFailure"})
    void builder_cacheThatAnswersMissesWhileStoreIsDown_isRefused(String property) {
        Cache<String, StoredSession> cache = sessions(property, "miss");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JCacheSessionManager.builder(cache))
                .withMessageContaining("'sessions'")
                .withMessageContaining("tidepool.cache.sessions.onStoreFailure=throw");
    }

    @Test
    void builder_cacheThatThrowsWhereOthersMiss_isTaken() {
        Cache<String, StoredSession> cache =
                sessions("tidepool.onStoreFailure", "miss", "tidepool.cache.sessions.onStoreFailure", "throw");

        assertThat(JCacheSessionManager.builder(cache)).isNotNull();
    }
}
