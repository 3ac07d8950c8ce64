package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.security.Provider;
import java.security.SecureRandomSpi;
import java.security.Security;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.Factory;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Two nodes that were copied from one draw the same etags; neither may take the other's write for its own. */
@ExtendWith(DynamoDbLocal.class)
final class EtagIT {
    private static final String KEY = "key";

    private final String table = Node.freshTable();
    private final Node node = Node.over(SameEtag::new);
    private final Node other = Node.start();

    static Stream<Factory<ExpiryPolicy>> policies() {
        return Stream.of(EternalExpiryPolicy.factoryOf(), ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR));
    }

    private Cache<String, String> cacheOf(Node of, Factory<ExpiryPolicy> policy) {
        return of.cache(
                "cache",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(table)
                        .expiryPolicy(policy));
    }

    /** Gives every item in an answer the etag that the request was to write. */
    private static final class SameEtag extends Transport {
        private static final ObjectMapper JSON = new ObjectMapper();

        SameEtag(SdkHttpClient server) {
            super(server);
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            HttpExecuteResponse response = pass(request);
            if (!operation.equals("PutItem") && !operation.equals("UpdateItem")) {
                return response;
            }
            JsonNode etag = etagOf(JSON.readTree(body(request)));
            ObjectNode answer = (ObjectNode) JSON.readTree(UnreliableTransport.body(response));
            for (String items : new String[] {"Item", "Attributes"}) {
                if (answer.get(items) instanceof ObjectNode item && item.has("etag")) {
                    item.set("etag", etag);
                }
            }
            return answer(response.httpResponse().statusCode(), answer.toString());
        }

        private static JsonNode etagOf(JsonNode request) {
            if (request.has("Item")) {
                return request.get("Item").get("etag");
            }
            String placeholder = request.get("ExpressionAttributeNames").properties().stream()
                    .filter(name -> name.getValue().asText().equals("etag")
                            && name.getKey().startsWith("#new"))
                    .map(name -> name.getKey().replace('#', ':'))
                    .findFirst()
                    .orElseThrow();
            return request.get("ExpressionAttributeValues").get(placeholder);
        }
    }

    @AfterEach
    void stop() {
        node.close();
        other.close();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void putIfAbsent_refusedByItemOfSameEtag_isFalse(Factory<ExpiryPolicy> policy) {
        Cache<String, String> theirs = cacheOf(other, policy);
        Cache<String, String> cache = cacheOf(node, policy);
        theirs.put(KEY, "theirs");

        assertThat(cache.putIfAbsent(KEY, "new")).isFalse();

        assertThat(theirs.get(KEY)).isEqualTo("theirs");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void replaceEqual_refusedByItemOfSameEtag_isFalse(Factory<ExpiryPolicy> policy) {
        Cache<String, String> theirs = cacheOf(other, policy);
        Cache<String, String> cache = cacheOf(node, policy);
        theirs.put(KEY, "theirs");

        assertThat(cache.replace(KEY, "old", "new")).isFalse();

        assertThat(theirs.get(KEY)).isEqualTo("theirs");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void getAndPut_overItemOfSameEtag_returnsItsValue(Factory<ExpiryPolicy> policy) {
        Cache<String, String> theirs = cacheOf(other, policy);
        Cache<String, String> cache = cacheOf(node, policy);
        theirs.put(KEY, "theirs");

        assertThat(cache.getAndPut(KEY, "new")).isEqualTo("theirs");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void invoke_createRefusedByItemOfSameEtag_runsAgain(Factory<ExpiryPolicy> policy) {
        Cache<String, String> theirs = cacheOf(other, policy);
        Cache<String, String> cache = cacheOf(node, policy);
        AtomicInteger runs = new AtomicInteger();

        assertThat(cache.<Boolean>invoke(KEY, (entry, none) -> {
                    boolean exists = entry.exists();
                    if (runs.incrementAndGet() == 1) {
                        theirs.put(KEY, "theirs");
                        entry.setValue("new");
                    }
                    return exists;
                }))
                .isTrue();

        assertThat(theirs.get(KEY)).isEqualTo("theirs");
    }

    /** An operating system that gives a restored JVM randomness which no other one has. */
    private static final class OperatingSystem extends Provider {
        private static final long serialVersionUID = 1L;

        OperatingSystem() {
            super("OperatingSystem", "1", "as the test wants");
            put("SecureRandom.Ones", Ones.class.getName());
        }

        /** Made by the platform, which must be able to. */
        @SuppressWarnings("EffectivelyPrivate")
        public static final class Ones extends SecureRandomSpi {
            private static final long serialVersionUID = 1L;

            @Override
            protected void engineSetSeed(byte[] seed) {
                // One is one, whatever it is mixed with.
            }

            @Override
            protected void engineNextBytes(byte[] bytes) {
                Arrays.fill(bytes, (byte) 1);
            }

            @Override
            protected byte[] engineGenerateSeed(int length) {
                return new byte[length];
            }
        }
    }

    @Test
    void put_afterRestoration_drawsFromFreshRandomnessOfTheSystem() {
        RawItems items = new RawItems(other.client(), table);
        Cache<String, String> theirs = cacheOf(other, EternalExpiryPolicy.factoryOf());
        AttributeValue ones = RawItems.number(0x0101010101010101L);
        Provider system = new OperatingSystem();
        Security.insertProviderAt(system, 1);
        try {
            theirs.put(KEY, "before");
            assertThat(items.get("cache:" + KEY)).doesNotContainEntry("etag", ones);

            other.provider().restored();

            theirs.put(KEY, "after");
            assertThat(items.get("cache:" + KEY)).containsEntry("etag", ones);
        } finally {
            Security.removeProvider(system.getName());
            other.provider().restored();
        }
        theirs.put(KEY, "again");
        assertThat(items.get("cache:" + KEY)).doesNotContainEntry("etag", ones);
    }
}
