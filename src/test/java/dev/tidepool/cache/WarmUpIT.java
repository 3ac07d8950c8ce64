package dev.tidepool.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.KeyCodec;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What an application does before it serves, so that its first visitor does not wait for it. */
@ExtendWith(DynamoDbLocal.class)
final class WarmUpIT {
    private static final String READ = "GetItem";
    private static final String REFUSED_WRITE = "PutItem";
    private static final AtomicInteger READINGS = new AtomicInteger();

    private final String table = Node.freshTable();
    private Node node;

    /** Tells how often an object of it was read from bytes. */
    private static final class Watched implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            READINGS.incrementAndGet();
        }
    }

    private static final class NotAllowed implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void start() {
        node = Node.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private Cache<String, Object> cache(String name) {
        Cache<String, Object> cache = node.cache(
                name,
                DynamoDbConfiguration.builder(String.class, Object.class)
                        .table(table)
                        .allow(Watched.class.getName())
                        .set(Option.STATISTICS_ENABLED, true));
        node.requests().clear();
        return cache;
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static void warmUp(Cache<String, ?> cache, Map<String, ?> examples) {
        cache.unwrap(CacheItems.class).warmUp(examples);
    }

    private List<Map<String, AttributeValue>> items() {
        return new RawItems(node.client(), table).all("");
    }

    @Test
    void warmUp_noExample_costsOneRead() {
        Cache<String, Object> cache = cache("users");

        warmUp(cache, Map.of());

        assertThat(node.requests().operations()).containsExactly(READ);
        assertThat(items()).isEmpty();
    }

    @Test
    void warmUp_examples_costARefusedWriteMoreAndStoreNothing() {
        Cache<String, Object> cache = cache("users");

        warmUp(cache, Map.of("ann", "Ann", "bob", 7L));

        assertThat(node.requests().operations()).containsExactly(READ, REFUSED_WRITE);
        assertThat(items()).isEmpty();
        assertThat(cache.containsKey("ann")).isFalse();
    }

    @Test
    void warmUp_keyOfAnEntry_leavesTheEntryAsItIs() {
        Cache<String, Object> cache = cache("users");
        cache.put("ann", "Ann");
        List<Map<String, AttributeValue>> before = items();

        warmUp(cache, Map.of("ann", "somebody else"));

        assertThat(items()).isEqualTo(before);
    }

    @Test
    void warmUp_classOfExample_isKnownWhenItsFirstObjectIsStored() {
        Cache<String, Object> cache = cache("users");
        warmUp(cache, Map.of("ann", new Watched()));
        int readings = READINGS.get();
        assertThat(readings).isPositive();

        cache.put("ann", new Watched());

        assertThat(READINGS).hasValue(readings);
    }

    /** Keeps what it is asked for. */
    private record Keys(List<String> calls) implements KeyCodec<String> {
        @Override
        public String encode(String key) {
            calls.add("encode key");
            return key;
        }

        @Override
        public String decode(String text) {
            calls.add("decode key");
            return text;
        }
    }

    /** Likewise, of periods. */
    private record Periods(int id, String name, List<String> calls) implements Codec {
        @Override
        public byte[] encode(Object value) {
            calls.add("encode value");
            return value.toString().getBytes(UTF_8);
        }

        @Override
        public Object decode(byte[] payload) {
            calls.add("decode value");
            return Period.parse(new String(payload, UTF_8));
        }
    }

    @Test
    void warmUp_example_isEncodedAndDecodedAgain() {
        List<String> calls = new ArrayList<>();
        Cache<String, Period> cache = node.cache(
                "users",
                DynamoDbConfiguration.builder(String.class, Period.class)
                        .table(table)
                        .keyCodec(new Keys(calls))
                        .codec(new Periods(200, "periods", calls)));

        warmUp(cache, Map.of("ann", Period.ofDays(3)));

        assertThat(calls).containsExactlyInAnyOrder("encode key", "encode value", "decode key", "decode value");
    }

    @Test
    void warmUp_classThatIsNotAllowed_isRefusedBeforeAnyVisitorComes() {
        Cache<String, Object> cache = cache("users");

        assertThatThrownBy(() -> warmUp(cache, Map.of("ann", new NotAllowed())))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("Cache 'users'")
                .hasMessageContaining(NotAllowed.class.getName());
        assertThat(node.requests().operations()).isEmpty();
    }

    @Test
    void warmUp_anything_countsInNoStatistics() {
        Cache<String, Object> cache = cache("users");

        warmUp(cache, Map.of("ann", "Ann"));

        assertThat(Beans.figures(cache)).isEqualTo(Beans.figures(0, 0, 0, 0));
    }

    @Test
    void warmUp_closedCache_isRefused() {
        Cache<String, Object> cache = cache("users");
        cache.close();

        assertThatThrownBy(() -> warmUp(cache, Map.of())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void warmUp_manager_asksForEachCache() {
        cache("users");
        cache("orders");

        node.manager().unwrap(CacheOperations.class).warmUp();

        assertThat(node.requests().operations()).containsExactly(READ, READ);
    }

    @Test
    void warmUp_storeThatRefuses_tellsOfEachCache() {
        try (Node denied = Node.over(Transport.refusing(READ, "AccessDeniedException", "as the test wants"))) {
            for (String name : List.of("users", "orders")) {
                denied.cache(
                        name,
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(table));
            }
            denied.requests().clear();

            assertThatThrownBy(
                            () -> denied.manager().unwrap(CacheOperations.class).warmUp())
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("dynamodb:GetItem");
            assertThat(denied.requests().operations()).containsExactly(READ, READ);
        }
    }
}
