package dev.tidepool.examples.hibernate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.h2.tools.Server;

/** Two nodes of an application with one database and one second-level cache: what each step costs, and who pays. */
public final class HibernateExample implements AutoCloseable {
    private final LocalDynamoDb store = new LocalDynamoDb();
    private final Meter meter = new Meter(store.endpoint());
    private final Server database =
            Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();

    HibernateExample() throws Exception {}

    /**
     * Runs the example.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) throws Exception {
        System.setErr(new WithoutAntlr(System.err));
        try (HibernateExample example = new HibernateExample()) {
            example.run();
        }
        System.exit(0); // threads of the database's server and of DynamoDB Local
    }

    Meter meter() {
        return meter;
    }

    String databaseUrl() {
        return "jdbc:h2:tcp://127.0.0.1:" + database.getPort() + "/mem:library;DB_CLOSE_DELAY=-1";
    }

    NodeProcess node() throws IOException {
        return new NodeProcess(databaseUrl(), meter.endpoint());
    }

    private void run() throws IOException {
        System.out.println("Two nodes, two processes, one database (H2), one second-level cache (DynamoDB Local).");
        System.out.println("What a node answers | SQL statements, hits and misses of Hibernate's caches | requests");
        try (NodeProcess second = node()) {
            try (NodeProcess first = node()) {
                meter.taken();
                step("1", first, "fill");
                step("1", first, "book 1");
                step("1", first, "tags 1");
                step("1", first, "isbn 978-0140449266");
                step("1", first, "titles TRAVEL");
                say("Node 2 has not asked the database for anything yet, and need not:");
                step("2", second, "book 1");
                step("2", second, "tags 1");
                step("2", second, "isbn 978-0140449266");
                step("2", second, "titles TRAVEL");
                say("Node 2 changes a price; node 1 sees it, and caches it again for both:");
                step("2", second, "reprice 1 7.50");
                step("1", first, "book 1");
                step("2", second, "book 1");
                step("1", first, "titles TRAVEL");
            }
            say("Node 1 was killed. Another one starts, and finds the cache warm:");
            try (NodeProcess third = node()) {
                meter.taken();
                step("3", third, "book 1");
                step("3", third, "tags 1");
                say("A region is evicted by a scan of its own table, and of no other:");
                step("3", third, "evict-books");
                step("2", second, "book 1");
                step("2", second, "tags 1");
            }
        }
    }

    /** Hibernate and DynamoDB Local have parsers of different versions of ANTLR, which say so whenever they start. */
    private static final class WithoutAntlr extends PrintStream {
        WithoutAntlr(PrintStream stream) {
            super(stream, true, StandardCharsets.UTF_8);
        }

        @Override
        public PrintStream printf(String format, Object... arguments) {
            return format.startsWith("ANTLR ") ? this : super.printf(format, arguments);
        }
    }

    private static void say(String text) {
        System.out.println();
        System.out.println(text);
    }

    private void step(String name, NodeProcess node, String command) throws IOException {
        String answer = node.does(command);
        Map<String, Long> requests =
                meter.taken().stream().collect(Collectors.groupingBy(r -> r, TreeMap::new, Collectors.counting()));
        String sent = requests.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().replaceFirst("library-(dev.*library\\.)?", ""))
                .collect(Collectors.joining(", "));
        System.out.println(
                "  node " + name + ": " + command + " -> " + answer + " | " + (sent.isEmpty() ? "none" : sent));
    }

    @Override
    public void close() throws Exception {
        meter.close();
        database.stop();
        store.close();
    }
}
