package dev.tidepool;

import java.net.InetAddress;
import java.net.URI;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local in memory, one server per JVM, for every test with {@code @ExtendWith(DynamoDbLocal.class)}. A
 * parameter of type {@link DynamoDbClient} gets a client of it, which all tests share. Tables are not cleared between
 * tests: give each test names of its own.
 */
public final class DynamoDbLocal implements ParameterResolver {
    private static final Region REGION = Region.US_EAST_1;

    /** Where the server listens; starts it if need be. */
    public static URI endpoint() {
        return Running.ENDPOINT;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == DynamoDbClient.class;
    }

    @Override
    public DynamoDbClient resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // The root store closes its values when the last test is over.
        return context.getRoot()
                .getStore(Namespace.create(DynamoDbLocal.class))
                .computeIfAbsent(DynamoDbClient.class, type -> client(), DynamoDbClient.class);
    }

    private static DynamoDbClient client() {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint())
                .region(REGION)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(Apache5HttpClient.builder().maxConnections(200))
                .build();
    }

    /** Initialised at the first call of {@link #endpoint()}; ends with the JVM. */
    private static final class Running {
        private static final URI ENDPOINT = start();

        // What ServerRunner does with -inMemory -sharedDb, except that ServerRunner listens on every network interface
        // and must be told a port, which another process may take meanwhile. No telemetry without ServerRunner.
        private static URI start() {
            if (System.getProperty("sqlite4java.library.path") == null) {
                System.setProperty("sqlite4java.library.path", "target/sqlite4java"); // in an IDE
            }
            QueuedThreadPool threads = new QueuedThreadPool();
            threads.setDaemon(true); // must not keep a JVM alive
            Server server = new Server(threads);
            ServerConnector connector = new ServerConnector(server);
            connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
            server.addConnector(connector);
            try {
                server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(
                        new LocalDynamoDBRequestHandler(0, true, null, true, false), null)));
                server.start();
            } catch (Exception e) {
                throw new IllegalStateException("DynamoDB Local did not start", e);
            }
            return URI.create("http://" + connector.getHost() + ":" + connector.getLocalPort());
        }
    }
}
