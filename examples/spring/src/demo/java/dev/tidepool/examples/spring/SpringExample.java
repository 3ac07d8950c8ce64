package dev.tidepool.examples.spring;

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
        List<String> program =
                List.of("-classpath", System.getProperty("java.class.path"), ShopApplication.class.getName());
        NodeProcess a = started(NodeProcess.start("A", port, program, dynamoDb.settings()));
        NodeProcess b = started(NodeProcess.start("B", otherPort, program, dynamoDb.settings()));
        System.out.println("Node A is at " + a.ready().address());
        System.out.println("Node B is at " + b.ready().address());
        System.out.println("Ask the catalogue on one node and then on the other, fill the cart on both: they share what"
                + " they cache, and the session (Ctrl-C ends them)");
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
