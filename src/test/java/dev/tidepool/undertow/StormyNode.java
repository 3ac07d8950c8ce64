package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.OtherJvm;
import dev.tidepool.cache.StormyTransport;
import io.undertow.server.session.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A node in a JVM of its own, whose requests to the store meet with faults, and which can be killed. Thread-safe. */
final class StormyNode implements AutoCloseable {
    /** What a page answers whose session has ended, before the request or while it ran. */
    static final String NO_SESSION = CoreNode.NO_SESSION;

    static final String DONE = "done";

    private static final String PROBABILITY = "0.15";

    private static final List<String> FLAGS =
            List.of("-Xmx192m", "-Daws.maxAttempts=2", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");

    private final Process process;
    private final int port;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private volatile boolean isKilled;

    private StormyNode(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a node; returns when it listens.
     *
     * @param seed of its faults
     * @param log takes what it writes to its standard error
     */
    static StormyNode start(URI endpoint, String table, long seed, Path log) throws IOException {
        Process process = OtherJvm.command(
                        Program.class, FLAGS, endpoint.toString(), table, PROBABILITY, String.valueOf(seed))
                .redirectError(log.toFile())
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null) {
            process.destroyForcibly();
            throw new IOException("The node has not started; see " + log);
        }
        return new StormyNode(process, Integer.parseInt(line));
    }

    /**
     * Sends one request on a connection of its own.
     *
     * @param id what the session cookie says, or null
     * @return null when the connection died with the node
     */
    @Nullable Reply get(String path, @Nullable String id) throws IOException {
        underWay.incrementAndGet();
        try (Visitor visitor = Visitor.with(id)) {
            Wire.Answer answer = visitor.get(port, path);
            answered.incrementAndGet();
            return new Reply(
                    answer.status(), answer.body(), answer.sessionCookie().orElse(null));
        } catch (IOException e) {
            if (isKilled) {
                return null;
            }
            throw e;
        } finally {
            underWay.decrementAndGet();
        }
    }

    /**
     * What came back.
     *
     * @param cookie the session cookie that was set, empty when it was cleared, null when it was not mentioned
     */
    record Reply(int status, String body, @Nullable String cookie) {}

    boolean isKilled() {
        return isKilled;
    }

    int underWay() {
        return underWay.get();
    }

    int answered() {
        return answered.get();
    }

    /** Ends the JVM at once, whatever it is about; returns when it is gone. */
    void kill() {
        isKilled = true;
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    /** The program of the JVM: says where it listens, and ends with its standard input. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            PrintStream output = System.out;
            System.setOut(System.err); // some loggers write there, and nobody reads on
            double probability = Double.parseDouble(arguments[2]);
            long seed = Long.parseLong(arguments[3]);
            StormyTransport[] transport = new StormyTransport[1];
            try (StoreNode store = StoreNode.at(
                            URI.create(arguments[0]),
                            arguments[1],
                            server -> transport[0] = new StormyTransport(server, probability, seed));
                    CoreNode node = node(store, requireNonNull(transport[0]))) {
                transport[0].storm(true);
                output.println(node.port());
                while (System.in.read() >= 0) {
                    // Goes on until the test closes the stream, or ends.
                }
            }
        }

        private static CoreNode node(StoreNode store, StormyTransport transport) {
            return CoreNode.start(store.manager().build(StoreNode.APPLICATION))
                    .page("/begin", exchange -> {
                        CoreNode.session(exchange)
                                .setAttribute(CoreNode.query(exchange, "name"), CoreNode.query(exchange, "value"));
                        return DONE;
                    })
                    .page("/set", unlessEnded((exchange, session) -> {
                        session.setAttribute(CoreNode.query(exchange, "name"), CoreNode.query(exchange, "value"));
                        return DONE;
                    }))
                    .page("/read", unlessEnded((exchange, session) -> contentOf(session)))
                    .page("/login", unlessEnded((exchange, session) -> {
                        session.changeSessionId(exchange, CoreNode.config(exchange));
                        return DONE;
                    }))
                    .page("/logout", unlessEnded((exchange, session) -> {
                        session.invalidate(exchange);
                        return DONE;
                    }))
                    .page("/calm", exchange -> {
                        transport.storm(false);
                        return transport.faults();
                    });
        }

        /** An application that takes a session which ends under its hands for one that it has not found. */
        private static CoreNode.Page unlessEnded(CoreNode.Visit visit) {
            return CoreNode.onSession((exchange, session) -> {
                try {
                    return visit.answer(exchange, session);
                } catch (IllegalStateException e) {
                    return NO_SESSION;
                }
            });
        }

        private static String contentOf(Session session) {
            return new TreeSet<>(session.getAttributeNames())
                    .stream()
                            .map(name -> name + "=" + session.getAttribute(name))
                            .collect(Collectors.joining(";"));
        }
    }
}
