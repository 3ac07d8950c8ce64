package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.history.Call;
import dev.tidepool.cache.history.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.processor.EntryProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Has threads of several nodes work on the same few entries, and writes down what each call was told. No two calls
 * write the same value. For one thread, but for those that it starts.
 */
final class HistoryRecorder {
    static final List<String> KEYS = List.of("a", "b", "c", "d", "e");

    private static final int THREADS_PER_NODE = 4;
    private static final Duration TICK = Duration.ofMillis(1);

    private final List<Cache<String, String>> nodes;
    private final SteeredClock clock;
    private final List<Operation> operations;
    private final AtomicLong time = new AtomicLong();
    private final AtomicInteger values = new AtomicInteger();
    private final Queue<Recorded> recorded = new ConcurrentLinkedQueue<>();

    /** The value of each entry that some thread was told of last; it may be gone, or have come to its end. */
    private final Map<String, String> lastSeen = new ConcurrentHashMap<>();

    /** A call, and how often the server has carried it out as far as is known. */
    private record Recorded(String key, Call call, AtomicInteger carriedOut) {}

    /**
     * Prepares a recorder.
     *
     * @param nodes the same cache on each node
     * @param clock that of the nodes; it goes on with every call
     * @param operations what the threads do, those more often that are in it more often
     */
    HistoryRecorder(List<Cache<String, String>> nodes, SteeredClock clock, List<Operation> operations) {
        this.nodes = nodes;
        this.clock = clock;
        this.operations = operations;
    }

    /** Has four threads of each node make some calls; returns when all have. */
    void run(long seed, int callsPerThread) throws InterruptedException, ExecutionException {
        List<Callable<Void>> workers = new ArrayList<>();
        for (int i = 0; i < THREADS_PER_NODE * nodes.size(); i++) {
            workers.add(new Worker(nodes.get(i % nodes.size()), new Random(seed * 1_000 + i), callsPerThread));
        }
        ExecutorService threads = Executors.newFixedThreadPool(workers.size());
        try {
            for (Future<Void> worker : threads.invokeAll(workers)) {
                worker.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Writes down that all entries have come to their end. */
    void expireAll() {
        for (String key : KEYS) {
            record(key, Call.of(Operation.EXPIRE, Call.ABSENT).told(now(), now(), ""), new AtomicInteger());
        }
    }

    /** Reads all entries through a cache, as the last calls of the history. */
    void readAll(Cache<String, String> cache) {
        for (String key : KEYS) {
            long start = now();
            String read = text(cache.get(key));
            record(key, Call.of(Operation.GET, Call.ABSENT).told(start, now(), read), new AtomicInteger());
        }
    }

    /** Puts a value into every entry. */
    void writeAll(Cache<String, String> cache) {
        for (String key : KEYS) {
            String value = freshValue();
            long start = now();
            cache.put(key, value);
            record(key, Call.of(Operation.PUT, value).told(start, now(), ""), new AtomicInteger(1));
        }
    }

    /** The calls on one entry. */
    List<Call> history(String key) {
        return recorded.stream()
                .filter(each -> each.key().equals(key))
                .map(each -> each.call().carriedOut(each.carriedOut().get()))
                .toList();
    }

    private void record(String key, Call call, AtomicInteger carriedOut) {
        recorded.add(new Recorded(key, call, carriedOut));
    }

    private long now() {
        return time.incrementAndGet();
    }

    private String freshValue() {
        return "v" + values.incrementAndGet();
    }

    private static String text(@Nullable Object answer) {
        return answer == null ? Call.ABSENT : answer.toString();
    }

    /** What one thread does. */
    private final class Worker implements Callable<Void> {
        private final Cache<String, String> cache;
        private final Random random;
        private final int calls;

        Worker(Cache<String, String> cache, Random random, int calls) {
            this.cache = cache;
            this.random = random;
            this.calls = calls;
        }

        @Override
        public Void call() {
            for (int i = 0; i < calls; i++) {
                clock.advance(TICK);
                String key = KEYS.get(random.nextInt(KEYS.size()));
                make(key, operations.get(random.nextInt(operations.size())));
            }
            return null;
        }

        private void make(String key, Operation operation) {
            String value = operation.writes() ? freshValue() : Call.ABSENT;
            String expected = operation.compares() ? lastSeen.getOrDefault(key, "never written") : "";
            AtomicReference<String> found = new AtomicReference<>(expected);
            AtomicInteger carriedOut = StormyTransport.countCarriedOut();
            long start = now();
            try {
                String told = perform(key, operation, expected, value, found);
                String compared = operation.isInvocation() ? told : expected;
                record(key, Call.comparing(operation, compared, value).told(start, now(), told), carriedOut);
                look(key, operation, value, told);
            } catch (CacheException e) {
                Call call = Call.comparing(operation, requireNonNull(found.get()), value);
                record(key, isInDoubt(e) ? call.inDoubt(start) : call.failed(start, now()), carriedOut);
            }
        }

        private void look(String key, Operation operation, String value, String told) {
            if (operation.writes() && !told.equals("false")) {
                lastSeen.put(key, value);
            } else if (told.startsWith("v")) {
                lastSeen.put(key, told);
            }
        }

        private String perform(
                String key, Operation operation, String expected, String value, AtomicReference<String> found) {
            return switch (operation) {
                case GET -> text(cache.get(key));
                case PUT -> {
                    cache.put(key, value);
                    yield "";
                }
                case GET_AND_PUT -> text(cache.getAndPut(key, value));
                case PUT_IF_ABSENT -> text(cache.putIfAbsent(key, value));
                case REPLACE -> text(cache.replace(key, value));
                case REPLACE_EQUAL -> text(cache.replace(key, expected, value));
                case GET_AND_REPLACE -> text(cache.getAndReplace(key, value));
                case REMOVE -> text(cache.remove(key));
                case REMOVE_EQUAL -> text(cache.remove(key, expected));
                case GET_AND_REMOVE -> text(cache.getAndRemove(key));
                case INVOKE_SET, INVOKE_REMOVE -> cache.invoke(key, processor(operation, value, found));
                case EXPIRE -> throw new IllegalArgumentException("Nobody asks for it");
            };
        }
    }

    /** It may run several times; the table is asked for a change of what its last run has found. */
    private static EntryProcessor<String, String, String> processor(
            Operation operation, String value, AtomicReference<String> found) {
        return (entry, arguments) -> {
            found.set(text(entry.getValue()));
            if (operation.writes()) {
                entry.setValue(value);
            } else {
                entry.remove();
            }
            return found.get();
        };
    }

    private static boolean isInDoubt(CacheException failure) {
        return String.valueOf(failure.getMessage()).contains("may have been applied");
    }
}
