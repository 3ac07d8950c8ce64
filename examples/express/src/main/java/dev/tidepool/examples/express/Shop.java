package dev.tidepool.examples.express;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.undertow.Handlers;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.resource.ClassPathResourceManager;
import io.undertow.server.handlers.resource.ResourceHandler;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.util.Headers;
import io.undertow.util.Sessions;
import io.undertow.util.StatusCodes;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The shop on Undertow; {@code server.mjs} is the same on Express. */
final class Shop {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<Item> SHELF = List.of(
            new Item("Tide tables", 950),
            new Item("Dip net", 1400),
            new Item("Rubber boots", 3900),
            new Item("Bucket", 600));

    private final SharedSessions sessions;
    private final TableView table;
    private volatile String other = "";

    Shop(SharedSessions sessions, TableView table) {
        this.sessions = sessions;
        this.table = table;
    }

    /** Says where the other side is. */
    void meet(String address) {
        other = address;
    }

    HttpHandler handler() {
        RoutingHandler shop = Handlers.routing()
                .get("/shop", exchange -> answer(exchange, Sessions.getSession(exchange)))
                .get("/item", this::item)
                .post("/login", this::login)
                .post("/add", this::add)
                .post("/remove", this::remove)
                .post("/logout", this::logout);
        // Sessions are read and written while a thread waits, which must not be one that serves connections.
        shop.setFallbackHandler(page());
        return new BlockingHandler(new SessionAttachmentHandler(shop, sessions.manager(), sessions.cookie()));
    }

    private static ResourceHandler page() {
        return Handlers.resource(new ClassPathResourceManager(Shop.class.getClassLoader(), Shop.class.getPackage()))
                .addWelcomeFiles("index.html");
    }

    private void login(HttpServerExchange exchange) throws JsonProcessingException {
        Session session = Sessions.getOrCreateSession(exchange);
        // Whoever knew the id before the visitor logged in shall not be logged in too.
        session.changeSessionId(exchange, sessions.cookie());
        session.setAttribute("user", "Ada Lovelace");
        answer(exchange, session);
    }

    private void add(HttpServerExchange exchange) throws JsonProcessingException {
        String wanted = wanted(exchange);
        List<Item> found =
                SHELF.stream().filter(item -> item.name().equals(wanted)).toList();
        if (found.isEmpty()) {
            exchange.setStatusCode(StatusCodes.BAD_REQUEST);
            exchange.getResponseSender().send("no such item");
            return;
        }
        Session session = Sessions.getOrCreateSession(exchange);
        List<Item> cart = cart(session);
        cart.addAll(found);
        session.setAttribute("cart", cart);
        answer(exchange, session);
    }

    private void remove(HttpServerExchange exchange) throws JsonProcessingException {
        String unwanted = wanted(exchange);
        Session session = Sessions.getSession(exchange);
        if (session != null) {
            List<Item> cart = cart(session);
            cart.stream()
                    .filter(item -> item.name().equals(unwanted))
                    .findFirst()
                    .ifPresent(cart::remove);
            session.setAttribute("cart", cart);
        }
        answer(exchange, session);
    }

    private void logout(HttpServerExchange exchange) throws JsonProcessingException {
        Session session = Sessions.getSession(exchange);
        if (session != null) {
            session.invalidate(exchange);
        }
        answer(exchange, null);
    }

    private static String wanted(HttpServerExchange exchange) {
        Deque<String> item = exchange.getQueryParameters().get("item");
        return item == null ? "" : item.getFirst();
    }

    /** Express may have written it, or this side. */
    @SuppressWarnings("unchecked")
    private static List<Item> cart(Session session) {
        List<Item> cart = (List<Item>) session.getAttribute("cart");
        return cart == null ? new ArrayList<>() : cart;
    }

    private void answer(HttpServerExchange exchange, Session session) throws JsonProcessingException {
        Shown shown = session == null
                ? new Shown("Undertow", other, null, List.of())
                : new Shown("Undertow", other, (String) session.getAttribute("user"), cart(session));
        send(exchange, shown);
    }

    private void item(HttpServerExchange exchange) throws JsonProcessingException {
        Session session = Sessions.getSession(exchange);
        send(exchange, session == null ? null : table.item(session.getId()));
    }

    private static void send(HttpServerExchange exchange, Object answer) throws JsonProcessingException {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
        exchange.getResponseSender().send(JSON.writeValueAsString(answer));
    }
}
