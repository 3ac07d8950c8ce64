package dev.tidepool.tools;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.RawItems;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.NewSession;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.SessionEngine;
import dev.tidepool.session.SessionHandle;
import dev.tidepool.session.SessionRequest;
import dev.tidepool.session.StoredSession;
import dev.tidepool.undertow.SingleSignOnCaches;
import dev.tidepool.undertow.StoredSingleSignOns;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheManager;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A table of its own with the sessions and caches of a shop in it, written as the library does. */
final class Shop implements AutoCloseable {
    static final String SECRET = "4111 1111 1111 1111";

    private static final AtomicInteger TABLES = new AtomicInteger();
    private static final int TIMEOUT = 1_800;
    private static final int ITEMS = 120;

    private final SteeredClock clock = new SteeredClock();
    private final String table = "show-" + TABLES.incrementAndGet();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final CacheManager manager =
            provider.getCacheManager(URI.create("tidepool"), Shop.class.getClassLoader(), new Properties());

    /** Promises nothing, so that its fields have no names in fst. */
    @SuppressWarnings("serial") // the point of this class
    static final class Item implements Serializable {
        private final String sku;
        private final int quantity;

        Item(String sku, int quantity) {
            this.sku = sku;
            this.quantity = quantity;
        }

        @Override
        public String toString() {
            return sku + quantity;
        }
    }

    /** Promises that its versions are compatible, so that its fields have names. */
    record Customer(String login, String card) implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;
    }

    /** Has a say in how it is written, so that it is left to Java's own serialization. */
    static final class Link implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        @SuppressWarnings("serial") // whatever the test puts here
        private final Object next;

        Link(Object next) {
            this.next = next;
        }

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
        }

        @Override
        public String toString() {
            return "Link to " + next;
        }
    }

    SteeredClock clock() {
        return clock;
    }

    String table() {
        return table;
    }

    <K, V> Cache<K, V> cache(String name, DynamoDbConfiguration.Builder<K, V> configuration) {
        return manager.createCache(
                name,
                configuration
                        .table(table)
                        .set(Option.CLOCK, clock)
                        .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                        .set(Option.REGION, "us-east-1")
                        .build());
    }

    Cache<String, StoredSession> sessions() {
        Cache<String, StoredSession> made = manager.getCache("sessions", String.class, StoredSession.class);
        return made == null ? cache("sessions", SessionCaches.configuration()) : made;
    }

    RawItems items() {
        return new RawItems(sessions().unwrap(DynamoDbClient.class), table);
    }

    /** Stores a session with a cart, a customer and more, and returns its id. */
    String session(UnaryOperator<SessionEngine.Builder> settings) {
        SessionEngine engine = settings.apply(SessionEngine.builder(sessions())
                        .application("shop")
                        .allow(List.of("dev.tidepool.tools.*"))
                        .clock(clock))
                .build("shop", Shop.class.getClassLoader(), (session, reason) -> {});
        SessionRequest request = engine.request(() -> true);
        SessionHandle session = request.create(null, false, false, new NewSession(TIMEOUT, null));
        List<Item> cart = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            cart.add(new Item("SKU-" + (1_000 + i), i % 3));
        }
        session.setAttribute("cart", cart);
        session.setAttribute("customer", new Customer("anna", SECRET));
        session.setAttribute("locale", Locale.GERMANY);
        session.setAttribute("visits", 7);
        request.commit();
        request.end(false, true);
        engine.stop();
        return session.id().text();
    }

    /** Stores the login of a customer for an hour, who has a session of the shop. */
    void singleSignOn(String id, String user, String sessionId) {
        StoredSingleSignOns.put(
                cache("single-sign-on", SingleSignOnCaches.configuration()),
                id,
                user,
                "customer",
                new StoredSingleSignOns.Session("shop", sessionId),
                clock.millis() + 3_600_000);
    }

    ShowRun show(String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--table";
        all[arguments.length + 1] = table;
        return ShowRun.of(clock, all);
    }

    @Override
    public void close() {
        provider.close();
    }
}
