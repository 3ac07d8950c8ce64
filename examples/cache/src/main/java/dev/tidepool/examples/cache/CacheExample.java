package dev.tidepool.examples.cache;

import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.spi.CachingProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A shared cache from its creation to its items in the table, and what each step costs.
 *
 * <p>{@link #useTheCache} is what an application writes; it knows nothing but {@code javax.cache}. The rest connects it
 * and looks at the table from outside.
 */
public final class CacheExample {
    private static final String TABLE = "tidepool";
    private static final int THREADS = 8;
    private static final int INCREMENTS = 25;

    /** A value: the record's class needs no configuration, as it is the cache's declared type. */
    record Seat(String holder, int row, char letter) implements java.io.Serializable {}

    private final DynamoDbClient client;
    private final Meter meter;

    /** What the caches' clock is ahead by. */
    private java.time.Duration later = java.time.Duration.ZERO;

    private CacheExample(DynamoDbClient client, Meter meter) {
        this.client = client;
        this.meter = meter;
    }

    /**
     * Runs the example.
     *
     * @param args nothing for DynamoDB Local, {@code aws} for the real service with the SDK's own settings, or the URL
     *     of an endpoint
     * @throws Exception when the store does not answer
     */
    public static void main(String[] args) throws Exception {
        String target = args.length == 0 ? "" : args[0];
        if (target.equals("aws")) {
            System.out.println("Tidepool on Amazon DynamoDB");
            run(DynamoDbClient.builder());
        } else if (target.isBlank()) {
            try (LocalDynamoDb local = new LocalDynamoDb()) {
                System.out.println("Tidepool on DynamoDB Local, in memory, " + local.endpoint());
                run(clientOf(local.endpoint()));
            }
        } else {
            System.out.println("Tidepool on " + target);
            run(clientOf(URI.create(target)));
        }
    }

    private static DynamoDbClientBuilder clientOf(URI endpoint) {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")));
    }

    private static void run(DynamoDbClientBuilder builder) throws Exception {
        Meter meter = new Meter();
        try (DynamoDbClient client = builder.overrideConfiguration(override -> override.addExecutionInterceptor(meter))
                .build()) {
            new CacheExample(client, meter).run();
        }
    }

    private void run() throws Exception {
        Properties properties = new Properties();
        properties.put("tidepool.client", client); // for the meter; "tidepool.region" would do
        properties.put("tidepool.table", TABLE);
        properties.put("tidepool.clock", (InstantSource) () -> Instant.now().plus(later)); // to wait for nothing
        CachingProvider provider = Caching.getCachingProvider();
        try (CacheManager manager =
                provider.getCacheManager(provider.getDefaultURI(), provider.getDefaultClassLoader(), properties)) {
            useTheCache(manager);
        }
    }

    private void useTheCache(CacheManager manager) throws Exception {
        System.out.printf("%n  %-42s %6s %6s   %s%n", "step", "RCU", "WCU", "requests");
        meter.measure("create the caches", () -> {
            manager.createCache(
                    "seats",
                    new MutableConfiguration<String, Seat>()
                            .setTypes(String.class, Seat.class)
                            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
            manager.createCache(
                    "holds",
                    new MutableConfiguration<String, String>()
                            .setTypes(String.class, String.class)
                            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.SECONDS, 2))));
            manager.createCache(
                    "counters", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
        });
        Cache<String, Seat> seats = manager.getCache("seats", String.class, Seat.class);
        Cache<String, String> holds = manager.getCache("holds", String.class, String.class);
        Cache<String, Long> counters = manager.getCache("counters", String.class, Long.class);

        meter.measure("put (creates, lives an hour)", () -> seats.put("12A", new Seat("Ada", 12, 'A')));
        meter.measure("put (updates, keeps the deadline)", () -> seats.put("12A", new Seat("Grace", 12, 'A')));
        meter.measure("get", () -> require(seats.get("12A").holder().equals("Grace")));
        meter.measure("putIfAbsent (there is one)", () -> require(!seats.putIfAbsent("12A", new Seat("Al", 12, 'A'))));
        meter.measure("putAll of 100 that never expire", () -> counters.putAll(hundred()));
        meter.measure(
                "getAll of the 100",
                () -> require(counters.getAll(hundred().keySet()).size() == 100));
        meter.measure("removeAll of the 100", () -> counters.removeAll(hundred().keySet()));
        meter.measure(
                "invoke: " + THREADS + " threads x " + INCREMENTS + " increments",
                () -> countFromManyThreads(counters));
        meter.measure("put (lives 2 seconds)", () -> holds.put("12B", "Edsger"));
        printItems("The items of table '" + TABLE + "'");

        System.out.println("\n  sold: " + counters.get("sold") + " (expected " + THREADS * INCREMENTS + ")");
        require(counters.get("sold") == THREADS * INCREMENTS);
        later = java.time.Duration.ofSeconds(2);
        System.out.println("  the hold of 12B has expired: get answers " + holds.get("12B")
                + ", although DynamoDB deletes the item only later");
        printItems("The items 2 seconds later");

        for (String name : List.of("seats", "holds", "counters")) {
            meter.measure("destroyCache " + name, () -> manager.destroyCache(name));
        }
        System.out.println(
                "\n  RCU, WCU: read and write capacity units as DynamoDB reports them. It reports none for a write that its\n"
                        + "  condition refused, though that consumes write units too. The table itself stays.");
    }

    private static void countFromManyThreads(Cache<String, Long> counters) {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            running.add(threads.submit(() -> {
                for (int i = 0; i < INCREMENTS; i++) {
                    counters.invoke("sold", (entry, arguments) -> {
                        entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
                        return null;
                    });
                }
            }));
        }
        try {
            for (Future<?> thread : running) {
                thread.get();
            }
        } catch (Exception e) {
            throw new IllegalStateException("an increment failed", e);
        } finally {
            threads.shutdown();
        }
    }

    private static Map<String, Long> hundred() {
        Map<String, Long> hundred = new TreeMap<>();
        for (long i = 0; i < 100; i++) {
            hundred.put("n" + i, i);
        }
        return hundred;
    }

    /** Looks at the table as the console would show it. */
    private void printItems(String title) {
        System.out.printf("%n  %s%n%n", title);
        System.out.printf("  %-16s %-22s %-16s %-20s %s%n", "id", "expires", "expiresAt", "etag", "value");
        client.scan(request -> request.tableName(TABLE)).items().stream()
                .sorted((a, b) -> a.get("id").s().compareTo(b.get("id").s()))
                .forEach(CacheExample::printItem);
        System.out.println();
    }

    private static void printItem(Map<String, AttributeValue> item) {
        System.out.printf(
                "  %-16s %-22s %-16s %-20s %d bytes%n",
                item.get("id").s(),
                item.containsKey("expires")
                        ? Instant.ofEpochSecond(
                                Long.parseLong(item.get("expires").n()))
                        : "never",
                item.containsKey("expiresAt") ? item.get("expiresAt").n() : "-",
                item.get("etag").n(),
                item.get("value").b().asByteArray().length);
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalStateException("the cache gave another answer than the example expects");
        }
    }
}
