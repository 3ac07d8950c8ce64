package dev.tidepool.undertow;

import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.Deployment;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainer;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.api.SessionManagerFactory;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A server of undertow-servlet with one deployment, on a free port. */
final class ServletNode implements AutoCloseable {
    private static final int THREADS = 40;

    /** What a servlet does with a request. */
    @FunctionalInterface
    interface Code {
        void serve(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }

    static final class CodeServlet extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private final transient Code code;

        CodeServlet(Code code) {
            this.code = code;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            try {
                code.serve(request, response);
            } catch (ServletException | IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }
    }

    /** What is served by a node, to be started. */
    static final class Plan {
        private final SessionManagerFactory sessions;
        private final Map<String, Code> servlets = new LinkedHashMap<>();
        private Consumer<DeploymentInfo> changes = deployment -> {};
        private UnaryOperator<HttpHandler> around = UnaryOperator.identity();

        private Plan(SessionManagerFactory sessions) {
            this.sessions = sessions;
        }

        Plan on(String path, Code code) {
            servlets.put(path, code);
            return this;
        }

        Plan deployed(Consumer<DeploymentInfo> change) {
            changes = changes.andThen(change);
            return this;
        }

        Plan within(UnaryOperator<HttpHandler> handlers) {
            around = handlers;
            return this;
        }

        ServletNode start() throws ServletException {
            return new ServletNode(this);
        }
    }

    private final ExchangeEnds ends = new ExchangeEnds();
    private final Undertow server;
    private final DeploymentManager deployment;

    private ServletNode(Plan plan) throws ServletException {
        DeploymentInfo description = Servlets.deployment()
                .setClassLoader(ServletNode.class.getClassLoader())
                .setContextPath("/")
                .setDeploymentName(StoreNode.APPLICATION)
                .setSessionManagerFactory(plan.sessions);
        plan.servlets.forEach((path, code) -> description.addServlet(
                new ServletInfo("at" + path, CodeServlet.class, new ImmediateInstanceFactory<>(new CodeServlet(code)))
                        .addMapping(path)
                        .setAsyncSupported(true)));
        plan.changes.accept(description);
        deployment = ServletContainer.Factory.newInstance().addDeployment(description);
        deployment.deploy();
        PathHandler root = new PathHandler().addPrefixPath("/", deployment.start());
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setIoThreads(2)
                .setWorkerThreads(THREADS)
                .setHandler(ends.counting(plan.around.apply(root)))
                .build();
        server.start();
    }

    static Plan of(SessionManagerFactory sessions) {
        return new Plan(sessions);
    }

    /** A node whose sessions are on a store, with the settings that tests have. */
    static Plan on(StoreNode store) {
        return of(new JCacheSessionManagerFactory(store.manager()));
    }

    /** Asks for a page, and waits until all that belongs to the request is over. */
    Wire.Answer visit(Visitor visitor, String path) throws Exception {
        Wire.Answer answer = ends.settled(() -> visitor.get(port(), path));
        ExchangeEnds.awaitWrites(deployment().getSessionManager());
        return answer;
    }

    Deployment deployment() {
        return deployment.getDeployment();
    }

    int port() {
        return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    }

    @Override
    public void close() throws ServletException {
        server.stop();
        deployment.stop();
        deployment.undeploy();
    }
}
