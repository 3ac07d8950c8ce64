package dev.tidepool.examples.sessions;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.predicate.Predicates;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import io.undertow.server.handlers.resource.ClassPathResourceManager;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Two nodes in processes of their own behind a load balancer that sends each request to the next of them, and a page to
 * use the shop, look at the table, and kill and start the nodes.
 */
final class Demo implements AutoCloseable {
    private static final String TABLE = "sessions";

    /** Pages of other sites cannot send it, so they cannot kill nodes. */
    private static final String FROM_THE_PAGE = "X-Demo";

    private final int port;
    private final LocalDynamoDb dynamoDb;
    private final TableView table;
    private final List<NodeProcess> nodes;
    private final boolean memory;
    private final LoadBalancingProxyClient balancer = new LoadBalancingProxyClient();
    private final Undertow server;

    Demo(Options options) throws Exception {
        port = options.port();
        memory = options.memory();
        dynamoDb = new LocalDynamoDb();
        table = new TableView(dynamoDb.endpoint(), TABLE);
        List<String> arguments = new ArrayList<>(
                memory
                        ? List.of("--store", "memory")
                        : List.of("--endpoint", dynamoDb.endpoint().toString(), "--table", TABLE));
        if (options.servlet()) {
            arguments.add("--servlet");
        }
        nodes = List.of(new NodeProcess("A", arguments), new NodeProcess("B", arguments));
        server = Undertow.builder()
                .addHttpListener(port, "127.0.0.1")
                .setHandler(
                        Handlers.predicate(Predicates.paths("/login", "/page", "/add", "/logout"), balanced(), page()))
                .build();
    }

    /** Returns when the demonstration is ready to be used. */
    void start() {
        PortTaken.start(server, port);
        CompletableFuture.allOf(nodes.stream()
                        .map(node -> CompletableFuture.runAsync(node::start))
                        .toArray(CompletableFuture[]::new))
                .join();
        nodes.forEach(node -> balancer.addHost(node.address()));
    }

    URI address() {
        return Node.address(server);
    }

    /** No node keeps its visitors: the balancer knows no cookie. What fails on one node is tried on the other. */
    private HttpHandler balanced() {
        balancer.removeSessionCookieName("JSESSIONID").setProblemServerRetry(1);
        ProxyHandler proxy = ProxyHandler.builder()
                .setProxyClient(balancer)
                .setMaxConnectionRetries(nodes.size())
                .build();
        return exchange -> {
            exchange.addExchangeCompleteListener((complete, next) -> {
                String answering = complete.getResponseHeaders().getFirst("X-Node");
                nodes.stream()
                        .filter(node -> node.name().equals(answering))
                        .forEach(node -> node.answered().increment());
                next.proceed();
            });
            proxy.handleRequest(exchange);
        };
    }

    private HttpHandler page() {
        HttpHandler files = Handlers.resource(
                        new ClassPathResourceManager(Demo.class.getClassLoader(), Demo.class.getPackage()))
                .addWelcomeFiles("demo.html");
        HttpHandler page = Handlers.path(files)
                .addExactPath("/demo/state", new BlockingHandler(this::state))
                .addExactPath("/demo/kill", new BlockingHandler(exchange -> change(exchange, NodeProcess::kill)))
                .addExactPath("/demo/start", new BlockingHandler(exchange -> change(exchange, this::restart)));
        HttpHandler policy = Handlers.header(
                page, "Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'");
        return Handlers.header(policy, "Cache-Control", "no-store");
    }

    private interface NodeChange {
        void apply(NodeProcess node);
    }

    private void change(HttpServerExchange exchange, NodeChange change) {
        String name = exchange.getQueryParameters().containsKey("node")
                ? exchange.getQueryParameters().get("node").getFirst()
                : "";
        List<NodeProcess> named =
                nodes.stream().filter(node -> node.name().equals(name)).toList();
        if (!exchange.getRequestMethod().equals(Methods.POST)
                || !exchange.getRequestHeaders().contains(FROM_THE_PAGE)
                || named.isEmpty()) {
            exchange.setStatusCode(StatusCodes.BAD_REQUEST);
            return;
        }
        change.apply(named.get(0));
        state(exchange);
    }

    /** A node that is started again listens on another port. */
    private synchronized void restart(NodeProcess node) {
        URI before = node.address();
        node.start();
        if (!node.address().equals(before)) {
            balancer.removeHost(before);
            balancer.addHost(node.address());
        }
    }

    private void state(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Reply.JSON);
        exchange.getResponseSender().send(Reply.json(json -> {
            json.writeArrayFieldStart("nodes");
            for (NodeProcess node : nodes) {
                json.writeStartObject();
                json.writeStringField("name", node.name());
                json.writeBooleanField("running", node.isRunning());
                json.writeNumberField("pid", node.pid());
                json.writeNumberField("port", node.address().getPort());
                json.writeNumberField("answered", node.answered().sum());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("requests");
            for (Map.Entry<String, Long> operation : dynamoDb.requests().entrySet()) {
                json.writeNumberField(operation.getKey(), operation.getValue());
            }
            json.writeEndObject();
            if (!memory) {
                table.writeItem(json, exchange.getRequestCookie("JSESSIONID"));
            }
        }));
    }

    @Override
    public void close() {
        nodes.forEach(NodeProcess::kill);
        server.stop();
        table.close();
        dynamoDb.close();
    }
}
