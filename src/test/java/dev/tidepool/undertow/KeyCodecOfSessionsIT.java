package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.codec.KeyCodec;
import dev.tidepool.session.SessionCaches;
import java.net.URI;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The application's codec of keys knows nothing of the keys of sessions. */
@ExtendWith(DynamoDbLocal.class)
final class KeyCodecOfSessionsIT {
    private static final String ID = "vGeU4jJ0Jf2jHcYQ";

    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();

    @AfterEach
    void closeProvider() {
        provider.close();
    }

    /** Takes the numbers of orders. */
    public static final class OrderNumbers implements KeyCodec<Long> {
        @Override
        public String encode(Long number) {
            return number.toString();
        }

        @Override
        public Long decode(String text) {
            return Long.valueOf(text);
        }
    }

    private CacheManager manager() {
        Properties properties = new Properties();
        properties.put("tidepool.endpoint", DynamoDbLocal.endpoint());
        properties.put("tidepool.region", "us-east-1");
        properties.put("tidepool.table", StoreNode.freshTable());
        properties.put("tidepool.keyCodec", OrderNumbers.class.getName());
        return provider.getCacheManager(URI.create("orders"), KeyCodecOfSessionsIT.class.getClassLoader(), properties);
    }

    @Test
    void sessions_keyCodecSetForAllCaches_haveTheirOwn() {
        var sessions = SessionCaches.dynamoDb(manager());

        assertThat(sessions.get(ID)).isNull();
    }

    @Test
    void singleSignOns_keyCodecSetForAllCaches_haveTheirOwn() {
        Cache<String, StoredSingleSignOn> logins = SingleSignOnCaches.dynamoDb(manager());

        StoredSingleSignOns.put(
                logins,
                ID,
                "ada",
                "customer",
                new StoredSingleSignOns.Session("shop", "1"),
                System.currentTimeMillis() + 3_600_000);

        assertThat(logins.get(SingleSignOnStore.key(ID))).isNotNull();
        assertThat(logins.iterator().next().getKey()).isEqualTo(SingleSignOnStore.key(ID));
    }
}
