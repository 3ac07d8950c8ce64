package dev.tidepool.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/**
 * Measures all servers in one go, each in a process of its own, on one store: first each of them cold, in several
 * starts; then all of them warm, in rounds that go from one to the next, so that what else the machine does disturbs
 * all alike.
 *
 * <pre>
 * mvn -q -Pbench
 * mvn -q -Pbench -Dbench.chart=docs/speed.svg
 * mvn -q -Pbench -Dbench.servers=sdk,core -Dbench.visitors=4 -Dbench.rounds=3 -Dbench.seconds=5
 * </pre>
 */
final class Bench {
    /** So many requests nobody makes, so long nobody waits. */
    private static final int UNLIMITED = Integer.MAX_VALUE;

    private static final int SECONDS_OF_PRACTICE = 3;
    private static final long SETTLING_MILLIS = 300;

    private final BenchOptions options;
    private final Servers servers;
    private final ChildProcess load;
    private final List<Measured> all;

    /** What is known of one server so far. */
    private static final class Measured {
        final Contender contender;
        final CapacityMeter.Cost journey;
        final List<Round> cold = new ArrayList<>();
        final List<Round> warm = new ArrayList<>();

        /** That of the last cold round, which then gets warm. */
        @Nullable ChildProcess running;

        Measured(Contender contender, CapacityMeter.Cost journey) {
            this.contender = contender;
            this.journey = journey;
        }

        Result result() {
            return Result.of(contender, journey, cold, warm);
        }

        ChildProcess running() {
            return requireNonNull(running);
        }

        void stop() {
            if (running != null) {
                running.close();
            }
        }
    }

    private Bench(BenchOptions options, Servers servers, ChildProcess load, List<Measured> all) {
        this.options = options;
        this.servers = servers;
        this.load = load;
        this.all = all;
    }

    /**
     * Measures.
     *
     * @param arguments see {@link BenchOptions#parse}
     */
    public static void main(String[] arguments) throws Exception {
        long begin = System.nanoTime();
        BenchOptions options;
        try {
            options = Express.available(BenchOptions.parse(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        if (options.contenders().isEmpty()) {
            return; // the only one cannot run here, which has been said
        }
        Machine machine = Machine.here(Express.directory(options.folder()));
        List<Result> results = measure(options, begin + TimeUnit.MINUTES.toNanos(options.minutes()));
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
        Report report = new Report(
                machine, options.text(results.get(0).warmRounds()), seconds, results, Comparison.of(results));
        report.write(options.folder().resolve("speed.json"), options.chart());
        System.out.println(report.text());
    }

    private static List<Result> measure(BenchOptions options, long end) throws Exception {
        Path logs = options.folder().resolve("logs");
        try (ChildProcess store = ChildProcess.java(logs.resolve("store.log"), LocalStore.class);
                ChildProcess load = ChildProcess.java(
                        logs.resolve("load.log"), LoadGenerator.class, String.valueOf(options.visitors()))) {
            URI address = URI.create(store.greeting());
            makeTables(address, options.contenders());
            Servers servers = new Servers(options.folder(), address);
            System.out.println("Counting the requests of a journey");
            List<Measured> all = new ArrayList<>();
            for (Contender contender : options.contenders()) {
                all.add(new Measured(contender, journey(contender, servers)));
            }
            return new Bench(options, servers, load, all).measure(end);
        }
    }

    private static void makeTables(URI store, Set<Contender> contenders) {
        try (DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(store)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .build()) {
            KeySchemaElement key = KeySchemaElement.builder()
                    .attributeName("id")
                    .keyType(KeyType.HASH)
                    .build();
            AttributeDefinition id = AttributeDefinition.builder()
                    .attributeName("id")
                    .attributeType(ScalarAttributeType.S)
                    .build();
            for (Contender contender : contenders) {
                client.createTable(request -> request.tableName(contender.table())
                        .keySchema(key)
                        .attributeDefinitions(id)
                        .billingMode(BillingMode.PAY_PER_REQUEST));
            }
        }
    }

    private List<Result> measure(long end) throws Exception {
        try {
            practise();
            measureCold();
            warmUp();
            measureWarm(end);
        } finally {
            all.forEach(Measured::stop);
        }
        return all.stream().map(Measured::result).toList();
    }

    /** The second journey to a server: what it looks up once has been looked up. */
    private static CapacityMeter.Cost journey(Contender contender, Servers servers)
            throws IOException, InterruptedException {
        try (CapacityMeter meter = new CapacityMeter(servers.store());
                ChildProcess server = servers.start(contender, meter.address());
                Visitor visitor = new Visitor(URI.create(server.greeting()))) {
            travel(visitor);
            meter.take();
            travel(visitor);
            return meter.take();
        }
    }

    private static void travel(Visitor visitor) throws IOException, InterruptedException {
        for (int step = 0; step < Step.JOURNEY.size(); step++) {
            visitor.step();
        }
        // What a server writes after its answer counts, too.
        Thread.sleep(SETTLING_MILLIS);
    }

    /** The load's own JVM must not be cold at the first server. */
    private void practise() throws Exception {
        System.out.println("Warming up the load");
        try (ChildProcess server = servers.start(Contender.MEMORY, servers.store())) {
            load(server, UNLIMITED, SECONDS_OF_PRACTICE);
        }
    }

    private void measureCold() throws Exception {
        for (int round = 1; round <= options.coldRounds(); round++) {
            System.out.println("Cold, round " + round + " of " + options.coldRounds());
            for (Measured each : all) {
                each.stop();
                each.running = servers.start(each.contender, servers.store());
                each.cold.add(load(each.running(), options.coldRequests(), UNLIMITED));
            }
        }
    }

    private void warmUp() throws Exception {
        System.out.println("Warming up the servers");
        for (Measured each : all) {
            load(each.running(), options.warmRequests() - options.coldRequests(), UNLIMITED);
        }
    }

    private void measureWarm(long end) throws Exception {
        List<Measured> order = new ArrayList<>(all);
        for (int round = 1; round <= options.rounds(); round++) {
            if (round > 1 && System.nanoTime() - end > 0) {
                System.out.println("The time is over, after " + (round - 1) + " warm rounds");
                return;
            }
            System.out.println("Warm, round " + round + " of " + options.rounds());
            for (Measured each : order) {
                each.warm.add(load(each.running(), UNLIMITED, options.seconds()));
            }
            // Who is next to whom must not matter.
            Collections.reverse(order);
        }
    }

    private Round load(ChildProcess server, int requests, int seconds) throws Exception {
        Duration before = server.cpu();
        Load seen = Load.parse(load.ask(server.greeting() + " " + requests + " " + seconds));
        return Round.of(seen, before, server.cpu());
    }
}
