package dev.tidepool.examples.hibernate;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/** DynamoDB Local, in memory, in this JVM, on a free port of the loopback interface only. */
final class LocalDynamoDb implements AutoCloseable {
    private static final String NATIVE_LIBRARY = "sqlite4java.library.path";

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
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(store, null)));
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

    @Override
    public void close() throws Exception {
        server.stop();
        store.shutdown();
    }
}
