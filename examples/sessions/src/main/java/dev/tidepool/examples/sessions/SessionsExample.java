package dev.tidepool.examples.sessions;

import java.io.IOException;

/**
 * A small shop whose sessions live in DynamoDB. As a node it serves {@code /login}, {@code /page}, {@code /add} and
 * {@code /logout}; as a demonstration it starts two nodes, a load balancer without stickiness and a page to try them.
 */
public final class SessionsExample {
    private SessionsExample() {}

    /**
     * Starts a node or the demonstration, which then runs until it is interrupted.
     *
     * @param args see {@link Options#USAGE}
     */
    public static void main(String[] args) {
        // Undertow's own logging goes where the library's goes.
        System.setProperty("org.jboss.logging.provider", "slf4j");
        Options options = null;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println(Options.USAGE);
            System.exit(2);
        }
        try {
            if (options.demo()) {
                runDemo(options);
            } else {
                runNode(options);
            }
        } catch (PortTaken e) {
            System.err.println(e.getMessage());
            System.exit(1);
        } catch (Exception e) {
            e.printStackTrace();
            // What has been started would run on.
            System.exit(1);
        }
    }

    private static void runDemo(Options options) throws Exception {
        Demo demo = new Demo(options);
        Runtime.getRuntime().addShutdownHook(new Thread(demo::close));
        demo.start();
        System.out.println("The demonstration is at " + demo.address() + " (Ctrl-C ends it)");
    }

    private static void runNode(Options options) throws IOException {
        Node node = Node.start(options);
        Runtime.getRuntime().addShutdownHook(new Thread(node::close));
        System.out.println(Node.READY + node.address());
        if (options.child()) {
            awaitEndOfInput();
            System.exit(0);
        }
    }

    /** The parent holds the other end of standard input: it ends with the parent, however that one dies. */
    private static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // The parent says nothing.
        }
    }
}
