package dev.tidepool.examples.spring;

import java.net.InetAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.Callback;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/** DynamoDB Local, in memory, in this JVM, on a free port of the loopback interface only; counts its requests. */
final class LocalDynamoDb implements AutoCloseable {
    private final Map<String, Long> requests = new ConcurrentSkipListMap<>();
    private final LocalDynamoDBRequestHandler store = new LocalDynamoDBRequestHandler(0, true, null, true, false);
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);

    static {
        // It logs each request, and each table that there is not yet.
        LoggingSystem.get(LocalDynamoDb.class.getClassLoader())
                .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.ERROR);
    }

    LocalDynamoDb() throws Exception {
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        server.setHandler(new Counter(new ContextHandler(new LocalDynamoDBServerHandler(store, null))));
        server.start();
    }

    URI endpoint() {
        return URI.create("http://" + connector.getHost() + ":" + connector.getLocalPort());
    }

    /** How many requests of each operation came so far. */
    Map<String, Long> requests() {
        return requests;
    }

    /** Lets no request through any more. */
    void cutOff() throws Exception {
        server.stop();
    }

    /** The system properties of a node; DynamoDB Local takes any credentials, but it wants some. */
    Map<String, String> settings() {
        return Map.of(
                "tidepool.endpoint", endpoint().toString(),
                "aws.accessKeyId", "local",
                "aws.secretAccessKey", "local",
                "aws.region", "us-east-1");
    }

    @Override
    public void close() throws Exception {
        server.stop();
        store.shutdown();
    }

    private final class Counter extends Handler.Wrapper {
        private Counter(Handler handler) {
            super(handler);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            String target = request.getHeaders().get("X-Amz-Target");
            if (target != null) {
                requests.merge(target.substring(target.indexOf('.') + 1), 1L, Long::sum);
            }
            return super.handle(request, response, callback);
        }
    }
}
