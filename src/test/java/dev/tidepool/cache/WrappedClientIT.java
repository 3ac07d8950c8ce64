package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A client that an application has wrapped, and that has nothing to say of its settings. */
@ExtendWith(DynamoDbLocal.class)
final class WrappedClientIT {
    private final String table = Node.freshTable();
    private final List<UnreliableTransport> transports = new ArrayList<>();
    private final Node node = Node.over(server -> {
        UnreliableTransport transport = new UnreliableTransport(server);
        transports.add(transport);
        return transport;
    });
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();

    /** Hands every call on, but for the one that the interface does without. */
    private static DynamoDbClient wrapped(DynamoDbClient client) {
        return (DynamoDbClient) Proxy.newProxyInstance(
                WrappedClientIT.class.getClassLoader(),
                new Class<?>[] {DynamoDbClient.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "serviceClientConfiguration" -> throw new UnsupportedOperationException();
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> {
                        try {
                            yield method.invoke(client, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                });
    }

    private Cache<String, String> cache(DynamoDbConfiguration.Builder<String, String> configuration) {
        Properties properties = new Properties();
        properties.put("tidepool.client", wrapped(node.client()));
        return provider.getCacheManager(URI.create("wrapped"), null, properties)
                .createCache("cache", configuration.table(table).build());
    }

    private static DynamoDbConfiguration.Builder<String, String> strings() {
        return DynamoDbConfiguration.builder(String.class, String.class);
    }

    @AfterEach
    void stop() {
        provider.close();
        node.close();
    }

    @Test
    void cache_wrappedClient_works() {
        Cache<String, String> cache = cache(strings());

        cache.put("key", "1");
        assertThat(cache.putIfAbsent("key", "2")).isFalse();
        assertThat(cache.getAndPut("key", "2")).isEqualTo("1");
        assertThat(cache.replace("key", "2", "3")).isTrue();
        cache.putAll(Map.of("other", "4"));
        assertThat(cache.getAll(Set.of("key", "other"))).isEqualTo(Map.of("key", "3", "other", "4"));
        assertThat(cache.remove("key", "1")).isFalse();
        assertThat(cache.remove("key")).isTrue();
        assertThat(cache).hasSize(1);
    }

    @Test
    void cache_wrappedClientAndLimitOfItsOwn_works() {
        Cache<String, String> cache =
                cache(strings().set(Option.ON_STORE_FAILURE, "miss").set(Option.MISS_AFTER, Duration.ofSeconds(30)));

        cache.put("key", "1");

        assertThat(cache.get("key")).isEqualTo("1");
        CacheItems<?> items = cache.unwrap(CacheItems.class);
        assertThat(items.isAnswering(Duration.ofSeconds(30))).isTrue();
    }

    /** What became of the attempts is learned through the wrapper. */
    @Test
    void putIfAbsent_wrappedClientAndAnswerLost_recognisesItsOwnWrite() {
        Cache<String, String> cache = cache(strings());
        transports.get(0).failNext("PutItem", Fault.RESET_AFTER, () -> {});

        assertThat(cache.putIfAbsent("key", "new")).isTrue();
    }

    @Test
    void putIfAbsent_wrappedClientAndAttemptNeverSent_isCertain() {
        Cache<String, String> cache = cache(strings());
        cache.put("key", "old");
        transports.get(0).failNext("PutItem", Fault.NEVER_SENT, () -> {});

        assertThat(cache.putIfAbsent("key", "new")).isFalse();
    }
}
