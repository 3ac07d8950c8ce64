package dev.tidepool.examples.sessions;

import dev.tidepool.undertow.JCacheSessionManager;
import io.undertow.Handlers;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.InMemorySessionManager;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.util.Headers;
import io.undertow.util.Sessions;
import io.undertow.util.StatusCodes;
import java.util.Deque;

/** The shop on undertow-core: nothing in its handlers knows where sessions are kept. */
final class CoreNode {
    private final String name;
    private final SessionManager manager;
    private final SessionCookieConfig cookie = new SessionCookieConfig();

    CoreNode(String name, SharedSessions sessions) {
        this.name = name;
        this.manager = sessions == null
                ? new InMemorySessionManager(Node.APPLICATION)
                : sessions.managers().build(Node.APPLICATION);
        cookie.setHttpOnly(true);
    }

    HttpHandler start() {
        manager.start();
        if (manager instanceof JCacheSessionManager) {
            SharedSessions.warmUp(manager);
        }
        HttpHandler pages = Handlers.path()
                .addExactPath("/login", this::login)
                .addExactPath("/page", this::page)
                .addExactPath("/add", this::add)
                .addExactPath("/logout", this::logout);
        // Sessions are read and written while a thread waits, which must not be one that serves connections.
        return new BlockingHandler(new SessionAttachmentHandler(pages, manager, cookie));
    }

    void stop() {
        manager.stop();
    }

    private void login(HttpServerExchange exchange) {
        Session session = Sessions.getOrCreateSession(exchange);
        // Whoever knew the id before the visitor logged in shall not be logged in too.
        session.changeSessionId(exchange, cookie);
        session.setAttribute("user", User.ada());
        answer(exchange, session, "ok");
    }

    private void page(HttpServerExchange exchange) {
        Session session = Sessions.getSession(exchange);
        User user = session == null ? null : (User) session.getAttribute("user");
        answer(exchange, session, user == null ? "anonymous" : user.name());
    }

    private void add(HttpServerExchange exchange) {
        Deque<String> wanted = exchange.getQueryParameters().get("item");
        Item item = Catalogue.find(wanted == null ? null : wanted.getFirst());
        if (item == null) {
            exchange.setStatusCode(StatusCodes.BAD_REQUEST);
            exchange.getResponseSender().send("no such item");
            return;
        }
        Session session = Sessions.getOrCreateSession(exchange);
        Cart cart = (Cart) session.getAttribute("cart");
        if (cart == null) {
            cart = new Cart();
        }
        cart.add(item);
        session.setAttribute("cart", cart);
        answer(exchange, session, String.valueOf(cart.items().size()));
    }

    private void logout(HttpServerExchange exchange) {
        Session session = Sessions.getSession(exchange);
        if (session != null) {
            session.invalidate(exchange);
        }
        answer(exchange, null, "bye");
    }

    private void answer(HttpServerExchange exchange, Session session, String text) {
        if (Reply.isForScripts(exchange.getRequestHeaders().getFirst(Headers.ACCEPT))) {
            String json = session == null
                    ? Reply.json(name, null, null, null)
                    : Reply.json(name, session.getId(), (User) session.getAttribute("user"), (Cart)
                            session.getAttribute("cart"));
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Reply.JSON);
            exchange.getResponseSender().send(json);
        } else {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Reply.TEXT);
            exchange.getResponseSender().send(text);
        }
    }
}
