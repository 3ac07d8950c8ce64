package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The first line of a failure says what was wrong, and the causes below it say no sentence again. */
@ExtendWith(DynamoDbLocal.class)
final class FirstLinesIT {
    private final String table = Node.freshTable();

    @Test
    void get_regionThatThereIsNot_namesTheHostThatIsUnknown() {
        try (DynamoDbClient client = unresolved("eu-nowhere-1");
                DynamoDbCachingProvider provider = new DynamoDbCachingProvider()) {
            Properties properties = new Properties();
            properties.put("tidepool.client", client);
            Cache<String, String> cache = provider.getCacheManager(
                            URI.create("first-lines"), getClass().getClassLoader(), properties)
                    .createCache(
                            "users",
                            configuration().set(Option.INITIALIZED, true).build());

            assertThatThrownBy(() -> cache.get("ann"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("'dynamodb.eu-nowhere-1.amazonaws.com'")
                    .hasMessageContaining("'region'")
                    .hasMessageNotContaining("See cause");
            assertThatThrownBy(() -> cache.put("ann", "Ann"))
                    .hasMessageContaining("'dynamodb.eu-nowhere-1.amazonaws.com'")
                    .hasMessageNotContaining("may have been applied");
        }
    }

    /** With the client that the library makes, whose own message has the host in a cause. */
    @Test
    void createCache_endpointThatThereIsNot_namesTheHostThatIsUnknown() {
        try (DynamoDbCachingProvider provider = new DynamoDbCachingProvider()) {
            assertThatThrownBy(() -> provider.getCacheManager()
                            .createCache(
                                    "users",
                                    configuration()
                                            .set(Option.REGION, "us-east-1")
                                            .set(
                                                    Option.ENDPOINT,
                                                    URI.create("http://user:hush@no-such-host.invalid:8000"))
                                            .build()))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("DescribeTable")
                    .hasMessageContaining("'no-such-host.invalid'")
                    .hasMessageContaining("'endpoint'")
                    .hasMessageNotContaining("See cause")
                    .hasMessageNotContaining("hush");
        }
    }

    private static DynamoDbClient unresolved(String region) {
        return DynamoDbClient.builder()
                .region(Region.of(region))
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClient(new Unresolved())
                .overrideConfiguration(override -> override.retryStrategy(retries -> retries.maxAttempts(1)))
                .build();
    }

    /** Says of each host what a resolver says of one that it does not know. */
    private record Unresolved() implements SdkHttpClient {
        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws IOException {
                    throw new UnknownHostException(request.httpRequest().host() + ": Name or service not known");
                }

                @Override
                public void abort() {
                    // nothing has begun
                }
            };
        }

        @Override
        public void close() {
            // nothing to close
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no.such.Codec", "java.lang.String", "dev.tidepool.codec.Codec"})
    void createCache_codecThatIsNone_isSaidOnceDownTheCauses(String codec) {
        try (Node node = Node.start()) {
            Throwable failure =
                    catchThrowable(() -> node.cache("users", configuration().set(Option.CODEC, codec)));

            assertThat(failure).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'codec'");
            assertSaidOnce(failure, String.valueOf(failure.getMessage()).split("': ", 2)[1]);
        }
    }

    @Test
    void createCache_tableThatItsNameMakesNone_isSaidOnceDownTheCauses() {
        try (Node node = Node.start()) {
            Throwable failure = catchThrowable(
                    () -> node.cache("a".repeat(300), configuration().table("{cache}")));

            assertThat(failure).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'table'");
            assertSaidOnce(failure, "a table's name has 3 to 255");
        }
    }

    /** What the codec says is said by its own exception too, which tells the reason to programs. */
    @Test
    void getAndRemove_valueThatCannotBeDecoded_isSaidByItAndTheCodecAlone() {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache("users", configuration());
            cache.put("ann", "Ann");
            node.client()
                    .updateItem(update -> update.tableName(table)
                            .key(Map.of("id", AttributeValue.fromS("users:ann")))
                            .updateExpression("SET #v = :v")
                            .expressionAttributeNames(Map.of("#v", "value"))
                            .expressionAttributeValues(
                                    Map.of(":v", AttributeValue.fromB(SdkBytes.fromUtf8String("damaged")))));

            Throwable failure = catchThrowable(() -> cache.getAndRemove("ann"));

            assertThat(failure).hasMessageContaining("the value before it is lost");
            assertThat(messages(failure)).hasSize(2);
        }
    }

    private static void assertSaidOnce(Throwable failure, String reason) {
        StringWriter log = new StringWriter();
        failure.printStackTrace(new PrintWriter(log, true));
        assertThat(log.toString()).containsOnlyOnce(reason);
    }

    private static List<String> messages(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(String::valueOf)
                .toList();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }
}
