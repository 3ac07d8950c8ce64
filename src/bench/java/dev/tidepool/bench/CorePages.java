package dev.tidepool.bench;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.util.Sessions;
import java.util.ArrayList;
import java.util.List;

/** The pages of the shop on sessions of Undertow's core. */
final class CorePages implements HttpHandler {
    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.getResponseSender().send(answer(exchange));
    }

    private static String answer(HttpServerExchange exchange) {
        return switch (exchange.getRelativePath()) {
            case "/login" -> login(Sessions.getOrCreateSession(exchange));
            case "/page" -> (String) Sessions.getSession(exchange).getAttribute("user");
            case "/add" -> add(Sessions.getSession(exchange));
            case "/logout" -> {
                Sessions.getSession(exchange).invalidate(exchange);
                yield Step.BYE;
            }
            default -> exchange.getRelativePath();
        };
    }

    private static String login(Session session) {
        session.setAttribute("user", Step.USER);
        session.setAttribute("cart", new ArrayList<String>());
        return Step.USER;
    }

    private static String add(Session session) {
        List<?> before = (List<?>) session.getAttribute("cart");
        List<Object> cart = new ArrayList<>(before);
        cart.add(Step.ware(cart.size()));
        session.setAttribute("cart", cart);
        return String.valueOf(cart.size());
    }
}
