package dev.tidepool.examples.hibernate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.h2.tools.Server;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Two nodes of an application with one database and one second-level cache: what each step costs, and who pays. */
public final class HibernateExample implements AutoCloseable {
    private static final int SHOWN = 160;

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
        return "jdbc:h2:tcp://127.0.0.1:" + database.getPort() + "/mem:library" + database.getPort()
                + ";DB_CLOSE_DELAY=-1";
    }

    NodeProcess node() throws IOException {
        return new NodeProcess(databaseUrl(), meter.endpoint());
    }

    /** Prints the story. */
    void run() throws IOException {
        System.out.println("Two nodes, two processes, one database (H2), one second-level cache (DynamoDB Local).");
        System.out.println(
                "What a node answers | SQL statements, hits and misses of Hibernate's caches | capacity units: requests");
        try (NodeProcess second = node()) {
            try (NodeProcess first = node()) {
                meter.taken();
                meter.unitsTaken();
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
                meter.unitsTaken();
                step("3", third, "book 1");
                step("3", third, "tags 1");
                say("A region is evicted by a scan of its own table, and of no other:");
                step("3", third, "evict-books");
                step("2", second, "book 1");
                step("2", second, "tags 1");
            }
        }
        printTables();
        say("RCU, WCU: read and write capacity units as DynamoDB reports them.");
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
        String units = meter.unitsTaken();
        String sent = requests.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().replaceFirst("library-(dev.*library\\.)?", ""))
                .collect(Collectors.joining(", "));
        System.out.println("  node " + name + ": " + command + " -> " + answer + " | "
                + (sent.isEmpty() ? "no requests" : units + ": " + sent));
    }

    /** Looks at the tables as the console would. */
    private void printTables() {
        say("The tables, and the item of each that comes first:");
        try (DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(store.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .build()) {
            for (String table : client.listTables().tableNames()) {
                List<Map<String, AttributeValue>> items =
                        client.scan(request -> request.tableName(table)).items();
                System.out.println("  " + table + ": " + items.size());
                items.stream()
                        .map(item -> item.get("id").s())
                        .sorted()
                        .limit(1)
                        .forEach(first -> items.stream()
                                .filter(item -> item.get("id").s().equals(first))
                                .forEach(HibernateExample::printItem));
            }
        }
    }

    private static void printItem(Map<String, AttributeValue> item) {
        String id = item.get("id").s();
        AttributeValue expires = item.get("expires");
        System.out.println("    " + (id.length() > SHOWN ? id.substring(0, SHOWN) + "..." : id) + ", "
                + item.get("value").b().asByteArrayUnsafe().length + " bytes, "
                + (expires == null ? "never expires" : "until " + Instant.ofEpochSecond(Long.parseLong(expires.n()))));
    }

    @Override
    public void close() throws Exception {
        meter.close();
        database.stop();
        store.close();
    }
}
