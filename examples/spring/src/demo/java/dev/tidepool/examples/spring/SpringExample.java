package dev.tidepool.examples.spring;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A DynamoDB Local, and two nodes of the shop on it. */
public final class SpringExample {
    /** What to stop, the last started first. */
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private SpringExample() {}

    /**
     * Starts both nodes, which then run until they are interrupted.
     *
     * @param args the ports, 8080 and 8081 without them
     */
    public static void main(String[] args) throws Exception {
        SpringExample example = new SpringExample();
        Runtime.getRuntime().addShutdownHook(new Thread(example::stop));
        try {
            example.start(
                    args.length > 0 ? Integer.parseInt(args[0]) : 8080,
                    args.length > 1 ? Integer.parseInt(args[1]) : 8081);
        } catch (Exception e) {
            System.err.println(e.getMessage());
            // What has been started would run on.
            System.exit(1);
        }
    }

    private void start(int port, int otherPort) throws Exception {
        LocalDynamoDb dynamoDb = started(new LocalDynamoDb());
        int ofA = known(port);
        int ofB = known(otherPort);
        NodeProcess a = started(NodeProcess.start("A", ofA, program(ofB), dynamoDb.settings()));
        NodeProcess b = started(NodeProcess.start("B", ofB, program(ofA), dynamoDb.settings()));
        System.out.println("Node A is at " + a.ready().address());
        System.out.println("Node B is at " + b.ready().address());
        System.out.println("Ask the catalogue on one node and then on the other, fill the cart on both: they share what"
                + " they cache, and the session (Ctrl-C ends them)");
    }

    /** The other node's page has a link there, so "any free port" has to be known before there is a node. */
    private static int known(int port) throws IOException {
        if (port > 0) {
            return port;
        }
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    private static List<String> program(int other) {
        return List.of(
                "-classpath",
                System.getProperty("java.class.path"),
                ShopApplication.class.getName(),
                "--other=http://127.0.0.1:" + other);
    }

    private synchronized <T extends AutoCloseable> T started(T part) {
        running.push(part);
        return part;
    }

    private synchronized void stop() {
        for (AutoCloseable part : running) {
            try {
                part.close();
            } catch (Exception e) {
                e.printStackTrace();
            }
        }
    }
}
