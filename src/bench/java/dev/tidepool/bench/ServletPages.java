package dev.tidepool.bench;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The pages of the shop on sessions of servlets. */
final class ServletPages extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        response.getWriter().write(answer(request));
    }

    private static String answer(HttpServletRequest request) {
        return switch (request.getPathInfo()) {
            case "/login" -> login(request.getSession());
            case "/page" -> (String) request.getSession(false).getAttribute("user");
            case "/add" -> add(request.getSession(false));
            case "/logout" -> {
                request.getSession(false).invalidate();
                yield Step.BYE;
            }
            default -> request.getPathInfo();
        };
    }

    private static String login(HttpSession session) {
        session.setAttribute("user", Step.USER);
        session.setAttribute("cart", new ArrayList<String>());
        return Step.USER;
    }

    private static String add(HttpSession session) {
        List<?> before = (List<?>) session.getAttribute("cart");
        List<Object> cart = new ArrayList<>(before);
        cart.add(Step.ware(cart.size()));
        session.setAttribute("cart", cart);
        return String.valueOf(cart.size());
    }
}
