package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Rounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.integration.CacheLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What threads and nodes do to one entry at the same time. */
@Tag(Rounds.LONG)
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ContentionIT {
    private static final int THREADS_PER_NODE = 4;
    private static final int THREADS = 2 * THREADS_PER_NODE;
    private static final int INVOCATIONS = Rounds.of(250, 1_000);
    private static final int REPLACEMENTS = Rounds.of(50, 200);

    private static final int READERS = 10;

    @Test
    void invoke_twoNodesOfFourThreadsIncrement_loseNoneAndCountNoneTwice() throws Exception {
        String table = Node.freshTable();
        try (Node one = Node.start();
                Node two = Node.besides(one)) {
            Cache<String, Integer> first = counters(one, table);
            Cache<String, Integer> second = counters(two, table);
            List<Integer> answers = new ArrayList<>();

            for (List<Integer> ofThread : everywhere(first, second, ContentionIT::increments)) {
                assertThat(ofThread).isSorted().doesNotHaveDuplicates();
                answers.addAll(ofThread);
            }

            assertThat(first.get("counter")).isEqualTo(THREADS * INVOCATIONS);
            assertThat(second.get("counter")).isEqualTo(THREADS * INVOCATIONS);
            assertThat(answers).hasSize(THREADS * INVOCATIONS).doesNotHaveDuplicates();
        }
    }

    private static List<Integer> increments(Cache<String, Integer> cache) {
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < INVOCATIONS; i++) {
            answers.add(cache.invoke("counter", (entry, arguments) -> {
                int next = entry.exists() ? entry.getValue() + 1 : 1;
                entry.setValue(next);
                return next;
            }));
        }
        return answers;
    }

    @Test
    void replaceEqual_twoNodesOfFourThreadsIncrement_loseNoneAndCountNoneTwice() throws Exception {
        String table = Node.freshTable();
        try (Node one = Node.start();
                Node two = Node.besides(one)) {
            Cache<String, Integer> first = counters(one, table);
            Cache<String, Integer> second = counters(two, table);
            first.put("counter", 0);
            List<Integer> written = new ArrayList<>();

            everywhere(first, second, ContentionIT::replacements).forEach(written::addAll);

            assertThat(first.get("counter")).isEqualTo(THREADS * REPLACEMENTS);
            assertThat(written).hasSize(THREADS * REPLACEMENTS).doesNotHaveDuplicates();
        }
    }

    private static List<Integer> replacements(Cache<String, Integer> cache) {
        List<Integer> written = new ArrayList<>();
        while (written.size() < REPLACEMENTS) {
            int seen = cache.get("counter");
            if (cache.replace("counter", seen, seen + 1)) {
                written.add(seen + 1);
            }
        }
        return written;
    }

    @Test
    void putIfAbsent_twoNodesOfFourThreads_oneWinsEachKey() throws Exception {
        String table = Node.freshTable();
        try (Node one = Node.start();
                Node two = Node.besides(one)) {
            List<String> won = new ArrayList<>();

            everywhere(counters(one, table), counters(two, table), ContentionIT::claims)
                    .forEach(won::addAll);

            assertThat(won).hasSize(100).doesNotHaveDuplicates();
        }
    }

    private static List<String> claims(Cache<String, Integer> cache) {
        List<String> won = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            if (cache.putIfAbsent("key" + i, i)) {
                won.add("key" + i);
            }
        }
        return won;
    }

    @Test
    void invoke_tenThreadsOnOneAbsentKey_computeOnce() throws Exception {
        try (Node node = Node.start()) {
            Cache<String, Integer> cache = counters(node, Node.freshTable());
            AtomicInteger computed = new AtomicInteger();
            Callable<Integer> computing = () -> cache.invoke("key", (entry, arguments) -> {
                if (!entry.exists()) {
                    entry.setValue(computed.incrementAndGet());
                }
                return entry.getValue();
            });
            node.requests().clear();

            List<Integer> answers = atOnce(READERS, index -> computing);

            assertThat(computed).hasValue(1);
            assertThat(answers).hasSize(READERS).containsOnly(1);
            assertThat(node.requests().operations()).containsOnlyOnce("PutItem").hasSize(READERS + 1);
        }
    }

    @Test
    void get_tenThreadsOnOneAbsentKey_loadOnce() throws Exception {
        AtomicInteger loads = new AtomicInteger();
        WaitingThreads others = new WaitingThreads(READERS - 1);
        CacheLoader<String, Integer> loader = new CacheLoader<>() {
            @Override
            public Integer load(String key) {
                others.await();
                return loads.incrementAndGet();
            }

            @Override
            public Map<String, Integer> loadAll(Iterable<? extends String> keys) {
                throw new UnsupportedOperationException();
            }
        };
        try (Node node = Node.start()) {
            Cache<String, Integer> cache = node.cache(
                    "loaded",
                    DynamoDbConfiguration.builder(String.class, Integer.class)
                            .table(Node.freshTable())
                            .readThrough(() -> loader));

            List<Integer> answers = atOnce(READERS, index -> () -> cache.get("key"));

            assertThat(loads).hasValue(1);
            assertThat(answers).hasSize(READERS).containsOnly(1);
        }
    }

    private static Cache<String, Integer> counters(Node node, String table) {
        return node.cache(
                "counters",
                DynamoDbConfiguration.builder(String.class, Integer.class).table(table));
    }

    private static <T> List<T> everywhere(Cache<String, Integer> first, Cache<String, Integer> second, Work<T> work)
            throws Exception {
        return atOnce(THREADS, index -> () -> work.on(index % 2 == 0 ? first : second));
    }

    private interface Work<T> {
        T on(Cache<String, Integer> cache);
    }

    private interface Numbered<T> {
        Callable<T> task(int index);
    }

    private static <T> List<T> atOnce(int threads, Numbered<T> tasks) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<FutureTask<T>> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Callable<T> task = tasks.task(i);
            FutureTask<T> future = new FutureTask<>(() -> {
                start.await();
                return task.call();
            });
            running.add(future);
            Thread thread = new Thread(future, WaitingThreads.NAME + i);
            thread.setDaemon(true);
            thread.start();
        }
        start.countDown();
        List<T> answers = new ArrayList<>();
        for (FutureTask<T> future : running) {
            answers.add(future.get());
        }
        return answers;
    }

    /**
     * Threads of a test that wait for a key's lock.
     *
     * @param expected how many are to wait
     */
    private record WaitingThreads(int expected) {
        static final String NAME = "contender-";

        void await() {
            while (count() < expected && !Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
        }

        private static long count() {
            return Thread.getAllStackTraces().entrySet().stream()
                    .filter(thread -> thread.getKey().getName().startsWith(NAME))
                    .filter(thread -> thread.getKey().getState() == Thread.State.WAITING)
                    .filter(thread -> Arrays.stream(thread.getValue())
                            .anyMatch(frame -> frame.getClassName().equals(KeyLocks.class.getName())))
                    .count();
        }
    }
}
