package dev.tidepool.session;

import dev.tidepool.AwsConfig;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.CannedStore;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.DynamoDbConfiguration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a request does with its session, beside what one would do without a session manager: on the AWS SDK's client
 * with its own defaults, and on the SDK's enhanced client; all on a {@link CannedStore}. A session has a name and a
 * cart of three texts. The allocated bytes are those of {@code -prof gc}:
 *
 * <pre>
 * mvn -Pjmh test-compile exec:exec -Djmh.args="SessionBenchmark -prof gc"
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class SessionBenchmark {
    static final String TABLE = "benchmark";
    static final String USER = "Ada Lovelace";
    static final int TIMEOUT_SECONDS = 1_800;

    /** Who works: the SDK's client, its enhanced client, or the engine on the client that the library makes. */
    @Param({"bare", "enhanced", "engine"})
    public String subject;

    private final CannedStore store = new CannedStore();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();

    /** It stands still: a canned session must not grow old. */
    private final InstantSource clock = InstantSource.fixed(Instant.now());

    private SessionPages pages;

    /** What all of them can do. */
    interface SessionPages {
        /** A new session. */
        void login();

        /** A request that reads one attribute. */
        Object page();

        /** A request that reads one attribute and writes it. */
        Object change();
    }

    /** Asks DynamoDB Local for each operation once. */
    @Setup
    public void prepare() throws ReflectiveOperationException {
        Cache<String, StoredSession> cache = cache();
        pages = switch (subject) {
            case "bare" -> new BareSession(store.bareClient());
            case "enhanced" -> new EnhancedSession(store.bareClient());
            default -> new EnginePages(cache, clock);
        };
        pages.login();
        pages.change();
        pages.page();
        store.replay();
    }

    /** The first cache makes the client and the table. */
    private Cache<String, StoredSession> cache() throws ReflectiveOperationException {
        CacheManager manager = provider.getCacheManager();
        manager.createCache(
                "first", configuration().set(Option.PREFIX, "first:").build());
        store.carry(manager);
        return manager.createCache("sessions", configuration().build());
    }

    private DynamoDbConfiguration.Builder<String, StoredSession> configuration() {
        return SessionCaches.configuration()
                .table(TABLE)
                .set(Option.CLOCK, clock)
                .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                .set(
                        Option.AWS_CONFIG_JSON,
                        new AwsConfig(CannedStore.CREDENTIAL, CannedStore.CREDENTIAL, null, "us-east-1", null));
    }

    /** Closes the clients. */
    @TearDown
    public void close() {
        provider.close();
        store.close();
    }

    /** A request that reads one attribute. */
    @Benchmark
    public Object page() {
        return pages.page();
    }

    /** A request that reads one attribute and writes it. */
    @Benchmark
    public Object change() {
        return pages.change();
    }

    static String ware(int number) {
        return "Tide tables, volume " + number;
    }

    /** What is to be in the cart of a request that changes it: another ware in place of the last. */
    static List<String> changed(List<String> cart) {
        List<String> changed = new ArrayList<>(cart.subList(0, 2));
        changed.add(ware(cart.get(2).hashCode()));
        return changed;
    }

    /** Those of the engine. */
    private static final class EnginePages implements SessionPages {
        private final SessionEngine engine;
        private SessionId id;

        EnginePages(Cache<String, StoredSession> cache, InstantSource clock) {
            engine = SessionEngine.builder(cache)
                    .clock(clock)
                    .build("shop", SessionBenchmark.class.getClassLoader(), (session, reason) -> {});
        }

        @Override
        public void login() {
            SessionRequest request = engine.request(() -> true);
            SessionHandle session = request.create(null, false, false, new NewSession(TIMEOUT_SECONDS, null));
            session.setAttribute("user", USER);
            session.setAttribute("cart", new ArrayList<>(List.of(ware(0), ware(1), ware(2))));
            request.commit();
            request.end(false, true);
            id = session.id();
        }

        @Override
        public Object page() {
            SessionRequest request = engine.request(() -> true);
            Object user = request.find(id).attribute("user");
            request.commit();
            request.end(false, true);
            return user;
        }

        @Override
        @SuppressWarnings("unchecked") // as it was written
        public Object change() {
            SessionRequest request = engine.request(() -> true);
            SessionHandle session = request.find(id);
            List<String> cart = changed((List<String>) session.attribute("cart"));
            session.setAttribute("cart", cart);
            request.commit();
            request.end(false, true);
            return cart;
        }
    }
}
