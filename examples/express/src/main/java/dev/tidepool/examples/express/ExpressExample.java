package dev.tidepool.examples.express;

import io.undertow.Undertow;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Map;

/**
 * One session on two servers: a shop on Express with connect-dynamodb, and the same shop on Undertow. Both are started
 * here, on a DynamoDB Local.
 */
public final class ExpressExample {
    private static final int SECRET_BYTES = 32;

    /** What to stop, the last started first. */
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private ExpressExample() {}

    /**
     * Starts both servers, which then run until they are interrupted.
     *
     * @param args see {@link Options#USAGE}
     */
    public static void main(String[] args) {
        // Undertow's own logging goes where the library's goes.
        System.setProperty("org.jboss.logging.provider", "slf4j");
        ExpressExample example = new ExpressExample();
        Runtime.getRuntime().addShutdownHook(new Thread(example::stop));
        try {
            example.start(Options.parse(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println(Options.USAGE);
            System.exit(2);
        } catch (CannotStart e) {
            System.err.println(e.getMessage());
            System.exit(1);
        } catch (Exception e) {
            e.printStackTrace();
            // What has been started would run on.
            System.exit(1);
        }
    }

    private void start(Options options) throws Exception {
        LocalDynamoDb dynamoDb = started(new LocalDynamoDb());
        String secret = secret();
        SharedSessions sessions = started(new SharedSessions(dynamoDb.endpoint(), secret));
        Shop shop = new Shop(sessions, started(new TableView(dynamoDb.endpoint())));
        String undertow = serve(shop, options.port());
        ExpressProcess express = started(ExpressProcess.start(
                options.folder(),
                Map.of(
                        "PORT",
                        String.valueOf(options.expressPort()),
                        "COOKIE_SECRET",
                        secret,
                        "DYNAMODB_ENDPOINT",
                        dynamoDb.endpoint().toString(),
                        "UNDERTOW",
                        undertow)));
        shop.meet(express.address());
        System.out.println("Express is at " + express.address());
        System.out.println("Undertow is at " + undertow);
        System.out.println("Log in on Express, go over to Undertow and fill the cart, go back and change it, log out on"
                + " either: it is one session (Ctrl-C ends it)");
    }

    private String serve(Shop shop, int port) {
        Undertow server = Undertow.builder()
                .addHttpListener(port, "127.0.0.1")
                .setHandler(shop.handler())
                .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            if (e.getCause() instanceof BindException) {
                throw new CannotStart("--port " + port + ": another process listens there, choose another port");
            }
            throw e;
        }
        started(server::stop);
        InetSocketAddress address =
                (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
        return "http://127.0.0.1:" + address.getPort();
    }

    /** Both sides sign the cookie with it. */
    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
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
