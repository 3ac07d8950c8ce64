package dev.tidepool.tck;

import java.net.InetAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/** Starts DynamoDB Local in memory before the first test and tells the provider, which the TCK cannot configure. */
public final class TckEnvironment implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (System.getProperty("sqlite4java.library.path") == null) {
            return; // the JVM that only counts
        }
        System.setProperty("tidepool.endpoint", startServer());
        System.setProperty("tidepool.region", "us-east-1");
        // The TCK stores keys, values and listeners of its own.
        System.setProperty("tidepool.allow", "domain.**,org.jsr107.tck.**,javax.cache.**");
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
    }

    // Not through ServerRunner, which listens on every network interface and must be told a port.
    private static String startServer() {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setDaemon(true); // must not keep the JVM alive
        Server server = new Server(threads);
        ServerConnector connector = new ServerConnector(server);
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        try {
            server.setHandler(new ContextHandler(
                    new LocalDynamoDBServerHandler(new LocalDynamoDBRequestHandler(0, true, null, true, false), null)));
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException("DynamoDB Local did not start", e);
        }
        return "http://" + connector.getHost() + ":" + connector.getLocalPort();
    }
}
