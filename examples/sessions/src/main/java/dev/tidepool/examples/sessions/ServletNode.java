package dev.tidepool.examples.sessions;

import dev.tidepool.undertow.JCacheSessionManagerFactory;
import io.undertow.server.HttpHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.api.ServletSessionConfig;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/** The shop on servlets: nothing in them knows where sessions are kept. */
final class ServletNode {
    private final String name;
    private final boolean isShared;
    private final DeploymentManager deployment;

    ServletNode(String name, SharedSessions sessions) {
        this.name = name;
        this.isShared = sessions != null;
        DeploymentInfo application = new DeploymentInfo()
                .setDeploymentName(Node.APPLICATION)
                .setContextPath("/")
                .setClassLoader(ServletNode.class.getClassLoader())
                .setServletSessionConfig(new ServletSessionConfig().setHttpOnly(true))
                .addServlets(
                        servlet("/login", this::login),
                        servlet("/page", this::page),
                        servlet("/add", this::add),
                        servlet("/logout", this::logout));
        if (sessions != null) {
            application.setSessionManagerFactory(new JCacheSessionManagerFactory(sessions.managers()));
        }
        deployment = Servlets.newContainer().addDeployment(application);
    }

    HttpHandler start() {
        deployment.deploy();
        try {
            HttpHandler started = deployment.start();
            if (isShared) {
                SharedSessions.warmUp(deployment.getDeployment().getSessionManager());
            }
            return started;
        } catch (ServletException e) {
            throw new IllegalStateException("the application did not start", e);
        }
    }

    void stop() {
        try {
            deployment.stop();
        } catch (ServletException e) {
            throw new IllegalStateException("the application did not stop", e);
        }
        deployment.undeploy();
    }

    private void login(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession();
        // Whoever knew the id before the visitor logged in shall not be logged in too.
        request.changeSessionId();
        session.setAttribute("user", User.ada());
        answer(request, response, "ok");
    }

    private void page(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession(false);
        User user = session == null ? null : (User) session.getAttribute("user");
        answer(request, response, user == null ? "anonymous" : user.name());
    }

    private void add(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Item item = Catalogue.find(request.getParameter("item"));
        if (item == null) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "no such item");
            return;
        }
        HttpSession session = request.getSession();
        Cart cart = (Cart) session.getAttribute("cart");
        if (cart == null) {
            cart = new Cart();
        }
        cart.add(item);
        session.setAttribute("cart", cart);
        answer(request, response, String.valueOf(cart.items().size()));
    }

    private void logout(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
        answer(request, response, "bye");
    }

    private void answer(HttpServletRequest request, HttpServletResponse response, String text) throws IOException {
        HttpSession session = request.getSession(false);
        if (Reply.isForScripts(request.getHeader("Accept"))) {
            response.setContentType(Reply.JSON);
            response.getWriter()
                    .write(
                            session == null
                                    ? Reply.json(name, null, null, null)
                                    : Reply.json(name, session.getId(), (User) session.getAttribute("user"), (Cart)
                                            session.getAttribute("cart")));
        } else {
            response.setContentType(Reply.TEXT);
            response.getWriter().write(text);
        }
    }

    private interface Page {
        void get(HttpServletRequest request, HttpServletResponse response) throws IOException;
    }

    private static ServletInfo servlet(String path, Page page) {
        HttpServlet servlet = new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                page.get(request, response);
            }
        };
        return new ServletInfo(path, HttpServlet.class, new ImmediateInstanceFactory<>(servlet)).addMapping(path);
    }
}
