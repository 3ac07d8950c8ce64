package dev.tidepool.examples.hibernate;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stands between the nodes and DynamoDB, and notes which requests go to which tables and what they consume. */
final class Meter implements AutoCloseable {
    private static final Pattern TABLE = Pattern.compile("\"(?:TableName\":\"|RequestItems\":\\{\")([^\"]+)");
    private static final Pattern UNITS = Pattern.compile("\"CapacityUnits\":([0-9.]+)");
    private static final Set<String> READS = Set.of("GetItem", "BatchGetItem", "Query", "Scan");
    private static final Set<String> WRITES = Set.of("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem");
    private static final Set<String> PASSED =
            Set.of("content-type", "x-amz-target", "x-amz-date", "authorization", "x-amz-security-token");

    static {
        // Head and body of an answer are two packets: without it the second waits 40 ms for the first one's receipt.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final URI store;
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final List<String> requests = new ArrayList<>();
    private double readUnits;
    private double writeUnits;
    private volatile Consumer<String> before = request -> {};

    Meter(URI store) throws IOException {
        this.store = store;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What is done before a request, such as {@code PutItem library-books}, goes on. */
    void before(Consumer<String> action) {
        before = action;
    }

    /** Returns the requests since the last call, such as {@code GetItem library-books}. */
    synchronized List<String> taken() {
        List<String> taken = List.copyOf(requests);
        requests.clear();
        return taken;
    }

    /** Returns the capacity units that have been consumed since the last call, such as {@code 2.0 RCU, 1.0 WCU}. */
    synchronized String unitsTaken() {
        String taken = String.format(Locale.ROOT, "%.1f RCU, %.1f WCU", readUnits, writeUnits);
        readUnits = 0;
        writeUnits = 0;
        return taken;
    }

    private synchronized void note(String request) {
        requests.add(request);
    }

    /** @param answer what DynamoDB was asked to say it in */
    private synchronized void noteUnits(String operation, byte[] answer) {
        Matcher units = UNITS.matcher(new String(answer, StandardCharsets.UTF_8));
        while (units.find()) {
            double consumed = Double.parseDouble(units.group(1));
            if (READS.contains(operation)) {
                readUnits += consumed;
            } else {
                writeUnits += consumed;
            }
        }
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            String text = new String(body, StandardCharsets.UTF_8);
            Matcher table = TABLE.matcher(text);
            String operation = target.substring(target.indexOf('.') + 1);
            String request = operation + (table.find() ? " " + table.group(1) : "");
            note(request);
            before.accept(request);
            boolean metered = READS.contains(operation) || WRITES.contains(operation);
            String asked = metered ? text.replaceFirst("\\{", "{\"ReturnConsumedCapacity\":\"TOTAL\",") : text;
            HttpRequest.Builder passed = HttpRequest.newBuilder(store).POST(HttpRequest.BodyPublishers.ofString(asked));
            exchange.getRequestHeaders().forEach((name, values) -> {
                if (PASSED.contains(name.toLowerCase(Locale.ROOT))) {
                    values.forEach(value -> passed.header(name, value));
                }
            });
            HttpResponse<byte[]> answer = client.send(passed.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (metered) {
                noteUnits(operation, answer.body());
            }
            answer.headers().map().forEach((name, values) -> {
                if (name.startsWith("x-amz") || name.equals("content-type")) {
                    exchange.getResponseHeaders().put(name, values);
                }
            });
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
