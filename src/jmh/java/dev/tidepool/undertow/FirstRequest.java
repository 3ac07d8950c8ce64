package dev.tidepool.undertow;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.session.SessionCaches;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.InMemorySessionManager;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.util.Sessions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How much longer the first request to a node takes than later ones, each of a new visitor who logs in. Each start is a
 * JVM of its own, on one DynamoDB Local; what is printed are medians of all starts: of the first request, of the tenth
 * to the twentieth, and of how many of those the first one is worth. The first start of all, in which this JVM warms up
 * itself, does not count. Before its first visitor a node has answered a load balancer's health check, which asks for
 * no session.
 *
 * <pre>
 * mvn -Pjmh test-compile exec:exec -Djmh.main=dev.tidepool.undertow.FirstRequest -Djmh.args=10
 * </pre>
 */
public final class FirstRequest {
    private static final int REQUESTS = 20;
    private static final int LATER = 10;

    private FirstRequest() {}

    /** Where the sessions are, and what the node does before it listens. */
    private enum Kind {
        MEMORY,
        COLD,
        WARMED_UP
    }

    /** What a visitor has put into the cart. */
    public record Item(String name, long cents) implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    /** Starts nodes and asks them; or is a node, when it is told the kind and the store. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 1) {
            beNode(Kind.valueOf(arguments[0]), URI.create(arguments[1]));
            return;
        }
        int starts = arguments.length == 0 ? 10 : Integer.parseInt(arguments[0]);
        URI store = DynamoDbLocal.endpoint();
        measure(Kind.COLD, store);
        for (Kind kind : Kind.values()) {
            List<double[]> all = new ArrayList<>();
            for (int start = 0; start < starts; start++) {
                all.add(measure(kind, store));
            }
            System.out.printf(
                    "%-10s first %7.1f ms, later %6.2f ms, %5.1f times%n",
                    kind, median(all, 0), median(all, 1), median(all, 2));
        }
        System.exit(0); // DynamoDB Local has threads that would keep the JVM
    }

    private static double median(List<double[]> all, int figure) {
        return median(all.stream().mapToDouble(one -> one[figure]).toArray());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double[] measure(Kind kind, URI store) throws Exception {
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Daws.accessKeyId=local",
                        "-Daws.secretAccessKey=local",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirstRequest.class.getName(),
                        kind.name(),
                        store.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = node.inputReader()) {
            URI address = URI.create(out.readLine());
            HttpClient client = HttpClient.newHttpClient();
            ask(client, address.resolve("/health"));
            double[] millis = new double[REQUESTS];
            for (int request = 0; request < REQUESTS; request++) {
                long begin = System.nanoTime();
                ask(client, address.resolve("/login"));
                millis[request] = (System.nanoTime() - begin) / 1e6;
            }
            double later = median(Arrays.copyOfRange(millis, LATER - 1, REQUESTS));
            return new double[] {millis[0], later, millis[0] / later};
        } finally {
            node.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
    }

    private static void ask(HttpClient client, URI address) throws IOException, InterruptedException {
        String answer = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                .body();
        if (!answer.equals("ok")) {
            throw new IOException(answer);
        }
    }

    private static void beNode(Kind kind, URI store) throws Exception {
        SessionManager manager = kind == Kind.MEMORY ? new InMemorySessionManager("shop") : manager(store);
        if (kind == Kind.WARMED_UP) {
            ((JCacheSessionManager) manager).warmUp(Map.of("user", "ada", "cart", cart()));
        }
        manager.start();
        HttpHandler pages = Handlers.path()
                .addExactPath("/health", FirstRequest::health)
                .addExactPath("/login", FirstRequest::login);
        HttpHandler handler =
                new BlockingHandler(new SessionAttachmentHandler(pages, manager, new SessionCookieConfig()));
        Undertow server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(handler)
                .build();
        server.start();
        InetSocketAddress address =
                (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
        System.out.println("http://127.0.0.1:" + address.getPort());
        System.in.read(); // until this JVM is ended
    }

    private static SessionManager manager(URI store) {
        var cache = new DynamoDbCachingProvider()
                .getCacheManager()
                .createCache(
                        "sessions",
                        SessionCaches.configuration()
                                .set(Option.ENDPOINT, store)
                                .set(Option.REGION, "us-east-1")
                                .build());
        return JCacheSessionManager.builder(cache).allow(Item.class.getName()).build("shop");
    }

    private static ArrayList<Item> cart() {
        return new ArrayList<>(List.of(new Item("tea", 495), new Item("cup", 1_250)));
    }

    private static void health(HttpServerExchange exchange) {
        exchange.getResponseSender().send("ok");
    }

    private static void login(HttpServerExchange exchange) {
        Session session = Sessions.getOrCreateSession(exchange);
        session.setAttribute("user", "ada");
        session.setAttribute("cart", cart());
        exchange.getResponseSender().send("ok");
    }
}
