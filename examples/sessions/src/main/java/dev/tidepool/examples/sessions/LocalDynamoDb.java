package dev.tidepool.examples.sessions;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.Callback;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/** DynamoDB Local, in memory, in this JVM, on a free port of the loopback interface only; counts its requests. */
final class LocalDynamoDb implements AutoCloseable {
    /** A request with this header does not count. */
    static final String UNCOUNTED = "X-Uncounted";

    private static final String NATIVE_LIBRARY = "sqlite4java.library.path";

    private final Map<String, Long> requests = new ConcurrentSkipListMap<>();
    private final LocalDynamoDBRequestHandler store;
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);

    LocalDynamoDb() throws Exception {
        if (System.getProperty(NATIVE_LIBRARY) == null) {
            System.setProperty(NATIVE_LIBRARY, besideTheJar("lib"));
        }
        store = new LocalDynamoDBRequestHandler(0, true, null, true, false);
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        server.setHandler(new Counter(new ContextHandler(new LocalDynamoDBServerHandler(store, null))));
        server.start();
    }

    private static String besideTheJar(String folder) throws URISyntaxException {
        return Path.of(LocalDynamoDb.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolveSibling(folder)
                .toString();
    }

    URI endpoint() {
        return URI.create("http://" + connector.getHost() + ":" + connector.getLocalPort());
    }

    /** How many requests of each operation came so far. */
    Map<String, Long> requests() {
        return requests;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("DynamoDB Local did not stop", e);
        } finally {
            store.shutdown();
        }
    }

    private final class Counter extends Handler.Wrapper {
        private Counter(Handler handler) {
            super(handler);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            String target = request.getHeaders().get("X-Amz-Target");
            if (target != null && !request.getHeaders().contains(UNCOUNTED)) {
                requests.merge(target.substring(target.indexOf('.') + 1), 1L, Long::sum);
            }
            return super.handle(request, response, callback);
        }
    }
}
