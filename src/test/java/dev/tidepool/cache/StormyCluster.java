package dev.tidepool.cache;

import dev.tidepool.cache.StormyTransport.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import javax.cache.Cache;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * Two nodes whose network and server go wrong while it storms, and a third one with which nothing is wrong, so that it
 * can tell what has come of it all. They have one cache and one clock; batches of the two never get through as a whole.
 * For one thread.
 */
final class StormyCluster implements AutoCloseable {
    static final String CACHE = "stormy";

    private static final int CAPACITY = 10;

    /** Fewer than those that quicken the pace of writes again, which none of these tests is about. */
    private static final int SHORT_BATCHES = 4;

    private static final int NODES = 2;

    /** Longer than a busy machine takes for a request, and shorter than what is slow. */
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofMillis(1_500);

    private final SteeredClock clock = new SteeredClock();
    private final String table = Node.freshTable();
    private final StandardPolicy policy;
    private final Set<Fault> faults;
    private final double probability;
    private final List<StormyTransport> transports = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Cache<String, String>> caches = new ArrayList<>();

    /** What is done in a storm. */
    interface Work {
        void run() throws Exception;
    }

    /**
     * Starts the nodes.
     *
     * @param faults those that an attempt may meet with
     * @param probability of a fault of one attempt
     */
    StormyCluster(StandardPolicy policy, Set<Fault> faults, double probability, long seed) {
        this.policy = policy;
        this.faults = faults;
        this.probability = probability;
        for (int i = 0; i < NODES; i++) {
            long own = seed * 10 + i;
            start(server -> storming(ShortOfCapacity.nowAndThen(server, CAPACITY, SHORT_BATCHES), own));
        }
        start(UnaryOperator.identity());
    }

    private SdkHttpClient storming(SdkHttpClient server, long seed) {
        StormyTransport transport = new StormyTransport(server, faults, probability, seed);
        transports.add(transport);
        return transport;
    }

    private void start(UnaryOperator<SdkHttpClient> transport) {
        Node node = Node.hasty(clock, faults.contains(Fault.SLOW) ? ATTEMPT_TIMEOUT : null, transport);
        nodes.add(node);
        caches.add(node.cache(
                CACHE,
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(table)
                        .expiryPolicy(policy.factory())));
    }

    /** The seeds of a test's runs: the one that is asked for by a system property, or so many. */
    static List<Long> seeds(int runs) {
        Long seed = Long.getLong("histories.seed");
        return seed == null ? LongStream.rangeClosed(1, runs).boxed().toList() : List.of(seed);
    }

    SteeredClock clock() {
        return clock;
    }

    /** The cache on the nodes that meet with the storm. */
    List<Cache<String, String>> stormy() {
        return caches.subList(0, NODES);
    }

    /** The cache on the node that does not. */
    Cache<String, String> calm() {
        return caches.get(NODES);
    }

    /** The items as they are in the table. */
    RawItems items() {
        return new RawItems(nodes.get(NODES).client(), table);
    }

    /** Works in a storm; returns when all that was sent has arrived. */
    void storm(Work work) throws Exception {
        transports.forEach(transport -> transport.storm(true));
        try {
            work.run();
        } finally {
            transports.forEach(transport -> transport.storm(false));
            transports.forEach(StormyTransport::settle);
        }
    }

    /** How many attempts have met with a fault. */
    int faults() {
        return transports.stream().mapToInt(StormyTransport::faults).sum();
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }
}
