package dev.tidepool.undertow;

import io.undertow.Undertow;
import io.undertow.server.handlers.PathHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainer;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.api.ServletSessionConfig;
import io.undertow.servlet.api.SessionManagerFactory;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A server of undertow-servlet with several deployments in one container, which share the cookie of their sessions but
 * no session manager. Each is named after its context path.
 */
final class ServletContexts implements AutoCloseable {
    static final int TIMEOUT_SECONDS = 600;

    /** What is served, to be started. */
    static final class Plan {
        private final Function<String, SessionManagerFactory> sessions;
        private final Map<String, Map<String, ServletNode.Code>> contexts = new LinkedHashMap<>();

        private Plan(Function<String, SessionManagerFactory> sessions) {
            this.sessions = sessions;
        }

        Plan on(String context, String path, ServletNode.Code code) {
            contexts.computeIfAbsent(context, name -> new LinkedHashMap<>()).put(path, code);
            return this;
        }

        ServletContexts start() throws ServletException {
            return new ServletContexts(this);
        }
    }

    private final ExchangeEnds ends = new ExchangeEnds();
    private final ServletContainer container = ServletContainer.Factory.newInstance();
    private final List<DeploymentManager> deployments = new ArrayList<>();
    private final Undertow server;

    private ServletContexts(Plan plan) throws ServletException {
        PathHandler root = new PathHandler();
        for (Map.Entry<String, Map<String, ServletNode.Code>> context : plan.contexts.entrySet()) {
            DeploymentInfo description = Servlets.deployment()
                    .setClassLoader(ServletContexts.class.getClassLoader())
                    .setContextPath(context.getKey())
                    .setDeploymentName(context.getKey())
                    .setDefaultSessionTimeout(TIMEOUT_SECONDS)
                    .setServletSessionConfig(new ServletSessionConfig().setPath("/"))
                    .setSessionManagerFactory(plan.sessions.apply(context.getKey()));
            context.getValue().forEach((path, code) -> description.addServlet(servlet(path, code)));
            DeploymentManager deployment = container.addDeployment(description);
            deployments.add(deployment);
            deployment.deploy();
            root.addPrefixPath(context.getKey(), deployment.start());
        }
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setIoThreads(2)
                .setWorkerThreads(8)
                .setHandler(ends.counting(root))
                .build();
        server.start();
    }

    private static ServletInfo servlet(String path, ServletNode.Code code) {
        return new ServletInfo(
                        "at" + path,
                        ServletNode.CodeServlet.class,
                        new ImmediateInstanceFactory<>(new ServletNode.CodeServlet(code)))
                .addMapping(path);
    }

    /**
     * Begins a server.
     *
     * @param sessions makes the factory for each context path
     */
    static Plan of(Function<String, SessionManagerFactory> sessions) {
        return new Plan(sessions);
    }

    JCacheSessionManager manager(String context) {
        return (JCacheSessionManager)
                container.getDeploymentByPath(context).getDeployment().getSessionManager();
    }

    /** Asks for a page, and waits until all that belongs to the request is over. */
    Wire.Answer visit(Visitor visitor, String path) throws Exception {
        Wire.Answer answer = ends.settled(() -> visitor.get(port(), path));
        deployments.forEach(
                each -> ExchangeEnds.awaitWrites(each.getDeployment().getSessionManager()));
        return answer;
    }

    int port() {
        return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    }

    @Override
    public void close() throws ServletException {
        server.stop();
        for (DeploymentManager deployment : deployments) {
            deployment.stop();
            deployment.undeploy();
        }
    }
}
