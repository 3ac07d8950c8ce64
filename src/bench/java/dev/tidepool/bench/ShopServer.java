package dev.tidepool.bench;

import dev.tidepool.AwsConfig;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.StoredSession;
import dev.tidepool.undertow.JCacheSessionManager;
import dev.tidepool.undertow.JCacheSessionManagerFactory;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.InMemorySessionManager;
import io.undertow.server.session.SessionAttachmentHandler;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.server.session.SessionManager;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.net.URI;
import javax.cache.Cache;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The program that is one of the servers on Undertow. It says its address, and ends with standard input. */
final class ShopServer {
    private static final String REGION = "us-east-1";
    private static final String SHOP = "shop";

    /** DynamoDB Local takes any credentials, but it wants some. */
    private static final String CREDENTIAL = "local";

    private final Contender contender;
    private final URI store;

    private ShopServer(Contender contender, URI store) {
        this.contender = contender;
        this.store = store;
    }

    /**
     * Runs a server.
     *
     * @param arguments the contender's key and the store's address
     */
    public static void main(String[] arguments) throws Exception {
        ShopServer shop = new ShopServer(Contender.of(arguments[0]), URI.create(arguments[1]));
        Undertow server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(shop.handler())
                .build();
        server.start();
        InetSocketAddress address =
                (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
        System.out.println("http://127.0.0.1:" + address.getPort());
        LocalStore.awaitEnd();
        System.exit(0);
    }

    private HttpHandler handler() throws ServletException {
        return switch (contender) {
            case MEMORY -> core(new InMemorySessionManager(SHOP));
            case SDK -> byHand(client());
            case SDK_TUNED -> byHand(cache().unwrap(DynamoDbClient.class));
            case CORE -> core(JCacheSessionManager.builder(cache()).build(SHOP));
            case SERVLETS -> servlets();
            case EXPRESS -> throw new IllegalArgumentException("Express runs on node");
        };
    }

    private static HttpHandler core(SessionManager manager) {
        manager.start();
        return new BlockingHandler(new SessionAttachmentHandler(new CorePages(), manager, new SessionCookieConfig()));
    }

    private HttpHandler byHand(DynamoDbClient client) {
        return new BlockingHandler(new SdkPages(client, contender.table()));
    }

    private HttpHandler servlets() throws ServletException {
        DeploymentInfo shop = Servlets.deployment()
                .setClassLoader(ShopServer.class.getClassLoader())
                .setContextPath("/")
                .setDeploymentName(SHOP)
                .setSessionManagerFactory(new JCacheSessionManagerFactory(cache()))
                .addServlet(Servlets.servlet(SHOP, ServletPages.class).addMapping("/*"));
        DeploymentManager deployment = Servlets.newContainer().addDeployment(shop);
        deployment.deploy();
        return deployment.start();
    }

    /** A client as the SDK makes it when it is told nothing but where the store is. */
    private DynamoDbClient client() {
        return DynamoDbClient.builder()
                .endpointOverride(store)
                .region(Region.of(REGION))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(CREDENTIAL, CREDENTIAL)))
                .build();
    }

    private Cache<String, StoredSession> cache() {
        // By name: the class path has a second JCache provider.
        return new DynamoDbCachingProvider()
                .getCacheManager()
                .createCache(
                        "sessions",
                        SessionCaches.configuration()
                                .set(Option.TABLE, contender.table())
                                .set(Option.ENDPOINT, store)
                                .set(Option.AWS_CONFIG_JSON, new AwsConfig(CREDENTIAL, CREDENTIAL, null, REGION, null))
                                .build());
    }
}
