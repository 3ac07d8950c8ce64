package dev.tidepool.cache;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.Connections.Connection;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.CacheManager;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.SdkClientConfiguration;
import software.amazon.awssdk.core.client.config.SdkClientOption;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * An HTTP client that answers without a server: first it asks DynamoDB Local and keeps the last answer to each
 * operation, then, from {@link #replay} on, it gives these answers whatever it is asked. What is then measured is the
 * way to the request and back, and nothing of a network or a server.
 */
public final class CannedStore implements SdkHttpClient {
    /** What DynamoDB Local is told, who takes any. */
    public static final String CREDENTIAL = "local";

    private final SdkHttpClient server = Apache5HttpClient.create();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private boolean replays;

    /** An answer that can be given many times. */
    private record Answer(SdkHttpResponse head, byte[] body) {
        HttpExecuteResponse response() {
            return HttpExecuteResponse.builder()
                    .response(head)
                    .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body)))
                    .build();
        }
    }

    /** From now on no server is asked. */
    public void replay() {
        replays = true;
    }

    /** Returns a client with the SDK's own defaults that asks here. */
    public DynamoDbClient bareClient() {
        return DynamoDbClient.builder()
                .httpClient(this)
                .endpointOverride(DynamoDbLocal.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(CREDENTIAL, CREDENTIAL)))
                .build();
    }

    /**
     * Lets the clients that a manager has made for its caches ask here, too; all else of them stays as it is. It holds
     * for caches that are made afterwards.
     */
    public void carry(CacheManager manager) throws ReflectiveOperationException {
        @SuppressWarnings("unchecked") // as the field is declared
        Map<Object, Connection> own = (Map<Object, Connection>) field(field(manager, "connections"), "own");
        for (Map.Entry<Object, Connection> each : own.entrySet()) {
            each.setValue(Connection.own(carried(each.getValue().client())));
        }
    }

    private DynamoDbClient carried(DynamoDbClient client) throws ReflectiveOperationException {
        SdkClientConfiguration configuration = ((SdkClientConfiguration) field(client, "clientConfiguration"))
                .toBuilder().option(SdkClientOption.SYNC_HTTP_CLIENT, this).build();
        Constructor<? extends DynamoDbClient> constructor =
                client.getClass().getDeclaredConstructor(SdkClientConfiguration.class);
        constructor.setAccessible(true);
        return constructor.newInstance(configuration);
    }

    private static Object field(Object object, String name) throws ReflectiveOperationException {
        Field field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                String operation = request.httpRequest()
                        .firstMatchingHeader("X-Amz-Target")
                        .orElseThrow();
                Answer answer = replays ? replayed(operation, request) : asked(operation, request);
                return answer.response();
            }

            @Override
            public void abort() {
                // Nothing is under way.
            }
        };
    }

    /** The request is read, as by a client that sends it. */
    private Answer replayed(String operation, HttpExecuteRequest request) throws IOException {
        try (InputStream body = request.contentStreamProvider().orElseThrow().newStream()) {
            body.transferTo(OutputStream.nullOutputStream());
        }
        Answer answer = answers.get(operation);
        if (answer == null) {
            throw new IOException("DynamoDB Local has not been asked for " + operation);
        }
        return answer;
    }

    private Answer asked(String operation, HttpExecuteRequest request) throws IOException {
        HttpExecuteResponse response = server.prepareRequest(request).call();
        byte[] body = new byte[0];
        if (response.responseBody().isPresent()) {
            try (InputStream in = response.responseBody().get()) {
                body = in.readAllBytes();
            }
        }
        Answer answer = new Answer(response.httpResponse(), body);
        if (answer.head().isSuccessful()) {
            answers.put(operation, answer);
        }
        return answer;
    }

    @Override
    public void close() {
        server.close();
    }
}
