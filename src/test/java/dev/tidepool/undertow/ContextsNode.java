package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.Haste;
import dev.tidepool.cache.Requests;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import io.undertow.Undertow;
import io.undertow.security.idm.Account;
import io.undertow.security.idm.Credential;
import io.undertow.security.idm.IdentityManager;
import io.undertow.security.idm.PasswordCredential;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.PathHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.LoginConfig;
import io.undertow.servlet.api.SecurityConstraint;
import io.undertow.servlet.api.ServletContainer;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.api.WebResourceCollection;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.Principal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A node with a store and a server of its own, and several contexts that know the same users by FORM. */
final class ContextsNode implements AutoCloseable {
    static final int TIMEOUT_SECONDS = 600;
    static final String FORM = "the form";

    private static final int PATIENCE_SECONDS = 20;

    /** Can be stored; what the sessions of some tests hold. */
    record User(String name) implements Account, Principal, Serializable {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public Principal getPrincipal() {
            return this;
        }

        @Override
        public Set<String> getRoles() {
            return Set.of("customer");
        }
    }

    /** Knows ada, and makes an account of its own of what it is given. */
    static final class Users implements IdentityManager {
        private final Function<String, Account> accounts;

        Users(Function<String, Account> accounts) {
            this.accounts = accounts;
        }

        @Override
        public Account verify(Account account) {
            return account.getRoles().contains("customer")
                    ? accounts.apply(account.getPrincipal().getName())
                    : account;
        }

        @Override
        @SuppressWarnings("NullAway") // null is how it refuses
        public @Nullable Account verify(String id, Credential credential) {
            boolean known = id.equals("ada")
                    && credential instanceof PasswordCredential password
                    && new String(password.getPassword()).equals("lovelace");
            return known ? accounts.apply(id) : null;
        }

        @Override
        @SuppressWarnings("NullAway") // null is how it refuses
        public @Nullable Account verify(Credential credential) {
            return null;
        }
    }

    private static final class Pages extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            switch (request.getServletPath()) {
                case "/form" -> response.getWriter().print(FORM);
                case "/end" -> request.getSession().invalidate();
                case "/logout" -> request.logout();
                case "/change-id" -> request.changeSessionId();
                default -> response.getWriter().print("hello " + request.getRemoteUser());
            }
        }
    }

    private final Requests requests = new Requests();
    private final DynamoDbClient client;
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final String table;
    private final SteeredCache<StoredSession> sessions;
    private final SteeredCache<StoredSingleSignOn> singleSignOns;
    private final ServletContainer container = ServletContainer.Factory.newInstance();
    private final List<DeploymentManager> deployments = new ArrayList<>();
    private final PathHandler root = new PathHandler();
    private final Semaphore ended = new Semaphore(0);
    private final Undertow server;

    ContextsNode(String table, InstantSource clock) {
        this.table = table;
        client = DynamoDbClient.builder()
                .endpointOverride(DynamoDbLocal.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(Apache5HttpClient.builder().maxConnections(16))
                .overrideConfiguration(
                        override -> override.addExecutionInterceptor(requests).retryStrategy(Haste::shortenPauses))
                .build();
        Properties properties = new Properties();
        properties.put("tidepool.client", client);
        properties.put("tidepool.clock", clock);
        var manager =
                provider.getCacheManager(URI.create("tidepool"), getClass().getClassLoader(), properties);
        sessions = new SteeredCache<>(manager.createCache(
                "sessions", SessionCaches.configuration().table(table).build()));
        singleSignOns = new SteeredCache<>(manager.createCache(
                "single-sign-on",
                SingleSignOnCaches.configuration().table(table).build()));
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setIoThreads(2)
                .setWorkerThreads(8)
                .setHandler(counting(root))
                .build();
        server.start();
    }

    /** Completion listeners run in reverse order: this one, added first, runs when those of the session have. */
    private HttpHandler counting(HttpHandler next) {
        return exchange -> {
            exchange.addExchangeCompleteListener((completed, others) -> {
                ended.release();
                others.proceed();
            });
            next.handleRequest(exchange);
        };
    }

    /** Deploys a context, whose secret page has FORM before it. */
    ContextsNode deploy(String context, int timeoutSeconds, Users users, Consumer<DeploymentInfo> change)
            throws ServletException {
        DeploymentInfo description = Servlets.deployment()
                .setClassLoader(getClass().getClassLoader())
                .setContextPath(context)
                .setDeploymentName(context)
                .setDefaultSessionTimeout(timeoutSeconds)
                .setSessionManagerFactory(new JCacheSessionManagerFactory(
                        JCacheSessionManager.builder(sessions.cache()).allow("dev.tidepool.undertow.*")))
                .setIdentityManager(users)
                .setLoginConfig(new LoginConfig("FORM", "all", "/form", "/form"))
                .addSecurityRole("customer")
                .addSecurityConstraint(new SecurityConstraint()
                        .addWebResourceCollection(new WebResourceCollection().addUrlPattern("/secret"))
                        .addRoleAllowed("customer"))
                .addServlet(new ServletInfo("pages", Pages.class, new ImmediateInstanceFactory<>(new Pages()))
                        .addMapping("/*"));
        for (String path : List.of("/form", "/end", "/logout", "/change-id", "/secret", "/open")) {
            requireNonNull(description.getServlets().get("pages")).addMapping(path);
        }
        change.accept(description);
        DeploymentManager deployment = container.addDeployment(description);
        deployments.add(deployment);
        deployment.deploy();
        root.addPrefixPath(context, deployment.start());
        return this;
    }

    SteeredCache<StoredSession> sessions() {
        return sessions;
    }

    SteeredCache<StoredSingleSignOn> singleSignOns() {
        return singleSignOns;
    }

    Requests requests() {
        return requests;
    }

    URI uri(String path) {
        int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** Asks for a page, and waits until all that belongs to the request is over. */
    HttpResponse<String> visit(ContextBrowser browser, String path) throws Exception {
        return settled(() -> browser.get(uri(path)));
    }

    /** Logs ada in, from the form to the page that was asked for. */
    void logIn(ContextBrowser browser, String context) throws Exception {
        visit(browser, context + "/secret");
        settled(() -> browser.post(uri(context + "/j_security_check"), "j_username=ada&j_password=lovelace"));
    }

    HttpResponse<String> settled(Callable<HttpResponse<String>> request) throws Exception {
        ended.drainPermits();
        HttpResponse<String> response = request.call();
        if (!ended.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the exchange did not end");
        }
        return response;
    }

    /** Returns how many sessions are stored that hold anything, as the signposts of changed ids do not. */
    long storedSessions() {
        return StreamSupport.stream(sessions.cache().spliterator(), false)
                .filter(entry -> !entry.getValue().toString().contains("[0 attributes"))
                .count();
    }

    /** The items of the table, those of single sign-ons or those of sessions. */
    List<Map<String, AttributeValue>> items(String prefix) {
        return client.scanPaginator(request -> request.tableName(table).consistentRead(true)).items().stream()
                .filter(item -> requireNonNull(item.get("id")).s().startsWith(prefix))
                .toList();
    }

    /** Ends as a node does that dies: nothing is told to anybody. */
    @Override
    public void close() {
        server.stop();
        provider.close();
        client.close();
    }
}
