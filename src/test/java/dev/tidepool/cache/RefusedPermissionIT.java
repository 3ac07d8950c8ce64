package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A permission that is missing: whose it is, and why it is refused, only AWS knows. */
@ExtendWith(DynamoDbLocal.class)
final class RefusedPermissionIT {
    private static final String ROLE = "arn:aws:sts::123456789012:assumed-role/shop/i-0a1b2c3d4e5f";
    private static final String REASON = "because no VPC endpoint policy allows the dynamodb:";

    private final String table = Node.freshTable();

    private static String said(String operation) {
        return "User: " + ROLE + " is not authorized to perform: dynamodb:" + operation
                + " on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/tidepool " + REASON + operation
                + " action";
    }

    private static Node denying(String operation) {
        return Node.over(Transport.refusing(operation, "AccessDeniedException", said(operation)));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private record Use(String request, String method, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return method;
        }
    }

    static Stream<Use> uses() {
        return Stream.of(
                new Use("GetItem", "get", cache -> cache.get("key")),
                new Use("BatchGetItem", "getAll", cache -> cache.getAll(Set.of("key", "other"))),
                new Use("Scan", "iterator", cache -> cache.forEach(entry -> {})),
                new Use("UpdateItem", "put", cache -> cache.put("key", "new")),
                new Use("PutItem", "putIfAbsent", cache -> cache.putIfAbsent("key", "new")),
                new Use("DeleteItem", "remove", cache -> cache.remove("key")),
                new Use("BatchWriteItem", "putAll", cache -> cache.putAll(Map.of("key", "new"))));
    }

    @ParameterizedTest
    @MethodSource("uses")
    void anyOperation_noPermission_tellsWhatAwsSaid(Use use) {
        try (Node node = denying(use.request())) {
            Cache<String, String> cache = node.cache("c", configuration());

            assertThatThrownBy(() -> use.run().accept(cache))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("no permission; the IAM policy must allow dynamodb:" + use.request())
                    .hasMessageContaining(said(use.request()))
                    .hasMessageContaining(Transport.REFUSED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DescribeTable", "CreateTable", "DescribeTimeToLive", "UpdateTimeToLive"})
    void createCache_noPermission_tellsWhatAwsSaid(String operation) {
        try (Node node = denying(operation)) {
            assertThatThrownBy(() -> node.cache("c", configuration()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("no permission; the IAM policy must allow dynamodb:" + operation)
                    .hasMessageContaining(said(operation));
        }
    }
}
