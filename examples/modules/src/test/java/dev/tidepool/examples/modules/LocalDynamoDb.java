package dev.tidepool.examples.modules;

import java.net.InetAddress;
import java.net.URI;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/** DynamoDB Local, in memory, in this JVM, on a free port of the loopback interface only. */
final class LocalDynamoDb implements AutoCloseable {
    private final LocalDynamoDBRequestHandler store = new LocalDynamoDBRequestHandler(0, true, null, true, false);
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);

    LocalDynamoDb() throws Exception {
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(store, null)));
        server.start();
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
