package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Rounds;
import dev.tidepool.cache.StormyTransport.Fault;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What operations on many entries tell of each of them while attempts are refused, answers get lost, and batches are
 * processed in part: the table agrees with it exactly. Each thread has entries of its own, so that it knows what they
 * may hold. A failure names its seed, which {@code -Dhistories.seed=} runs alone.
 */
@Tag(Rounds.LONG)
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BulkFaultsIT {
    private static final int RUNS = Rounds.of(1, 20);
    private static final int THREADS_PER_NODE = 4;
    private static final int KEYS = 60;
    private static final int ROUNDS = 10;
    private static final double PROBABILITY = 0.2;
    private static final String ABSENT = "absent";

    /** An attempt that arrives late may come after the operation that follows it. */
    private static final Set<Fault> FAULTS = EnumSet.complementOf(EnumSet.of(Fault.ARRIVES_LATE, Fault.SLOW));

    /** A thread and its entries. */
    private static final class Owner implements Callable<Void> {
        private final String name;
        private final Cache<String, String> cache;
        private final Random random;

        /** What each entry may hold, by all that was told of it. */
        private final Map<String, Set<String>> possible = new HashMap<>();

        Owner(String name, Cache<String, String> cache, long seed) {
            this.name = name;
            this.cache = cache;
            this.random = new Random(seed);
            for (int i = 0; i < KEYS; i++) {
                possible.put(name + "/" + i, Set.of(ABSENT));
            }
        }

        @Override
        public Void call() {
            for (int round = 0; round < ROUNDS; round++) {
                switch (random.nextInt(4)) {
                    case 0 -> remove(some());
                    case 1 -> read();
                    default -> put(some(), name + " in round " + round);
                }
            }
            return null;
        }

        private Set<String> some() {
            return possible.keySet().stream()
                    .filter(key -> random.nextInt(3) > 0)
                    .collect(Collectors.toSet());
        }

        private void put(Set<String> keys, String value) {
            Map<String, String> entries = new HashMap<>();
            keys.forEach(key -> entries.put(key, value));
            change(keys, value, () -> cache.putAll(entries));
        }

        private void remove(Set<String> keys) {
            change(keys, ABSENT, () -> cache.removeAll(keys));
        }

        private void change(Set<String> keys, String value, Runnable operation) {
            Set<?> unknown = Set.of();
            try {
                operation.run();
            } catch (IncompleteBatchException e) {
                assertThat(keys)
                        .containsAll(e.keys().stream().map(String.class::cast).toList());
                assertThat(e.keys()).isNotEmpty();
                unknown = e.keys();
            }
            for (String key : keys) {
                possible.merge(key, Set.of(value), unknown.contains(key) ? Owner::union : (before, after) -> after);
            }
        }

        private void read() {
            Map<String, String> read;
            try {
                read = cache.getAll(possible.keySet());
            } catch (CacheException e) {
                return; // and nothing is known that was not before
            }
            agree(read);
        }

        /** What is read is one of the values that are possible, and then the only one. */
        private void agree(Map<String, String> read) {
            Map<String, Set<String>> seen = new HashMap<>();
            possible.forEach((key, values) -> {
                String value = read.getOrDefault(key, ABSENT);
                assertThat(values).as(key).contains(value);
                seen.put(key, Set.of(value));
            });
            possible.putAll(seen);
        }

        private static Set<String> union(Set<String> some, Set<String> others) {
            Set<String> all = new HashSet<>(some);
            all.addAll(others);
            return all;
        }
    }

    private static List<Owner> owners(StormyCluster cluster, long seed) {
        List<Owner> owners = new ArrayList<>();
        for (int i = 0; i < THREADS_PER_NODE * cluster.stormy().size(); i++) {
            Cache<String, String> cache =
                    cluster.stormy().get(i % cluster.stormy().size());
            owners.add(new Owner("seed " + seed + ", thread " + i, cache, seed * 1_000 + i));
        }
        return owners;
    }

    private static void runAll(List<Owner> owners) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(owners.size());
        try {
            for (Future<Void> owner : threads.invokeAll(owners)) {
                owner.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void assertInTable(StormyCluster cluster, Map<String, String> entries) {
        String prefix = StormyCluster.CACHE + ":";
        Map<String, Object> items = new HashMap<>();
        cluster.items()
                .all(prefix)
                .forEach(item -> items.put(
                        Objects.requireNonNull(item.get("id")).s().substring(prefix.length()),
                        Objects.requireNonNull(item.get("value"))));
        Map<String, Object> expected = new HashMap<>();
        entries.forEach((key, value) -> expected.put(key, RawItems.encoded(value)));
        assertThat(items).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(StandardPolicy.class)
    void bulkOperations_allFaults_tellOfEachEntryWhatTheTableHolds(StandardPolicy policy) throws Exception {
        for (long seed : StormyCluster.seeds(RUNS)) {
            try (StormyCluster cluster = new StormyCluster(policy, FAULTS, PROBABILITY, seed)) {
                List<Owner> owners = owners(cluster, seed);

                cluster.storm(() -> runAll(owners));

                assertThat(cluster.faults()).isPositive();
                Set<String> keys = new HashSet<>();
                owners.forEach(owner -> keys.addAll(owner.possible.keySet()));
                Map<String, String> entries = cluster.calm().getAll(keys);
                assertInTable(cluster, entries);
                owners.forEach(owner -> owner.agree(entries));
            }
        }
    }

    /** What was there before is still there, unchanged, or is gone; after a success all is. */
    @ParameterizedTest
    @EnumSource(StandardPolicy.class)
    void removeAll_allFaults_tellsWhetherAllIsGone(StandardPolicy policy) throws Exception {
        for (long seed : StormyCluster.seeds(3 * RUNS)) {
            try (StormyCluster cluster = new StormyCluster(policy, FAULTS, PROBABILITY, seed)) {
                Map<String, String> before = new HashMap<>();
                for (int i = 0; i < KEYS; i++) {
                    before.put("key " + i, "value " + i);
                }
                cluster.calm().putAll(before);
                boolean[] succeeded = {false};

                cluster.storm(() -> succeeded[0] = succeeds(cluster.stormy().get(0)::removeAll));

                Map<String, String> after = cluster.calm().getAll(before.keySet());
                assertInTable(cluster, after);
                assertThat(before).as("seed " + seed).containsAllEntriesOf(after);
                assertThat(succeeded[0]).as("seed " + seed).isIn(after.isEmpty(), false);
            }
        }
    }

    /** What is not there has been looked for all the same. */
    @Test
    void getAll_absentEntriesOfTableShortOfCapacity_goesOnAsForThoseThatAreThere() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            keys.add("absent " + i);
        }
        try (Node node = Node.over(server -> new ShortOfCapacity(server, 5))) {
            Cache<String, String> cache = node.cache(
                    "absent",
                    DynamoDbConfiguration.builder(String.class, String.class).table(Node.freshTable()));

            assertThat(cache.getAll(keys)).isEmpty();
        }
    }

    private static boolean succeeds(Runnable operation) {
        try {
            operation.run();
            return true;
        } catch (CacheException e) {
            return false;
        }
    }
}
