package dev.tidepool.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A proxy before the store that counts requests, and the units that the store says they cost, whatever client makes
 * them. What a refused condition costs the store does not say. Thread-safe.
 */
final class CapacityMeter implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TARGET = "X-Amz-Target";
    private static final String CAPACITY = "ConsumedCapacity";
    private static final Set<String> READS = Set.of("BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems");
    private static final Set<String> WRITES =
            Set.of("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem");

    /** What must reach the other side for it to understand; the signature is not looked at. */
    private static final List<String> REQUEST_HEADERS = List.of("Authorization", "Content-Type", "X-Amz-Date", TARGET);

    private static final List<String> RESPONSE_HEADERS = List.of("Content-Type", "X-Amz-Crc32", "X-Amzn-RequestId");

    /** What requests have cost. */
    record Cost(int requests, double readUnits, double writeUnits) {
        static final Cost NOTHING = new Cost(0, 0, 0);

        /**
         * One request more.
         *
         * @param operation such as {@code GetItem}
         * @param answer of the store
         */
        Cost and(String operation, JsonNode answer) {
            double units = units(answer.path(CAPACITY));
            return new Cost(
                    requests + 1,
                    readUnits + (READS.contains(operation) ? units : 0),
                    writeUnits + (READS.contains(operation) ? 0 : units));
        }

        /** Requests on several items have a list, one for each table. */
        private static double units(JsonNode capacity) {
            double units = capacity.path("CapacityUnits").asDouble();
            if (capacity.isArray()) {
                for (JsonNode table : capacity) {
                    units += units(table);
                }
            }
            return units;
        }
    }

    private final URI store;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private Cost cost = Cost.NOTHING;

    CapacityMeter(URI store) throws IOException {
        this.store = store;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    /** Where it listens. */
    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Returns what requests have cost since the last call. */
    synchronized Cost take() {
        Cost taken = cost;
        cost = Cost.NOTHING;
        return taken;
    }

    private synchronized void count(String operation, byte[] answer) throws IOException {
        cost = cost.and(operation, JSON.readTree(answer));
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            HttpResponse<byte[]> answer = client.send(request(exchange), BodyHandlers.ofByteArray());
            count(operation(exchange), answer.body());
            for (String name : RESPONSE_HEADERS) {
                answer.headers()
                        .firstValue(name)
                        .ifPresent(value -> exchange.getResponseHeaders().set(name, value));
            }
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpRequest request(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (isOfItems(operation(exchange))) {
            ObjectNode json = (ObjectNode) JSON.readTree(body);
            body = JSON.writeValueAsBytes(json.put("Return" + CAPACITY, "TOTAL"));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(store.resolve(exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
        for (String name : REQUEST_HEADERS) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                request.header(name, value);
            }
        }
        return request.build();
    }

    private static boolean isOfItems(String operation) {
        return READS.contains(operation) || WRITES.contains(operation);
    }

    private static String operation(HttpExchange exchange) {
        String target = exchange.getRequestHeaders().getFirst(TARGET);
        return target == null ? "" : target.substring(target.indexOf('.') + 1);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
