package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Eventually;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.event.CacheEntryEvent;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListener;
import javax.cache.integration.CompletionListenerFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a manager keeps under way at once has a bound: threads, and events that nobody has taken yet. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class BoundedThreadsIT {
    private static final int MAX_THREADS = 64;
    private static final int MAX_EVENTS = 1_000;

    private final String table = Node.freshTable();
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(server -> {
        transport.set(new SteeredTransport(server));
        return requireNonNull(transport.get());
    });
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void close() {
        release.countDown();
        node.close();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Thread start(Runnable work) {
        Thread thread = new Thread(work, "caller");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static List<Thread> threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .toList();
    }

    /** Loads when it is released, and knows the threads in which it is at work. */
    private final class Slow implements CacheLoader<String, String> {
        private final Set<Thread> working = ConcurrentHashMap.newKeySet();
        private final AtomicInteger most = new AtomicInteger();

        @Override
        public @Nullable String load(String key) {
            return null;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            working.add(Thread.currentThread());
            most.accumulateAndGet(working.size(), Math::max);
            await(release);
            working.remove(Thread.currentThread());
            Map<String, String> loaded = new HashMap<>();
            keys.forEach(key -> loaded.put(key, "loaded"));
            return loaded;
        }
    }

    /** Hears of the end of each of many loads. */
    private static final class Completions implements CompletionListener {
        private final CountDownLatch successes;

        Completions(int expected) {
            this.successes = new CountDownLatch(expected);
        }

        @Override
        public void onCompletion() {
            successes.countDown();
        }

        @Override
        public void onException(Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void loadAll_moreThanTheManagersThreads_callerLoadsItself() throws Exception {
        int loads = 200;
        Slow loader = new Slow();
        Cache<String, String> cache = node.cache("c", configuration().readThrough(() -> loader));
        Completions completions = new Completions(loads);

        Thread caller = start(() ->
                IntStream.range(0, loads).forEach(i -> cache.loadAll(Set.of("key-" + i), true, completions)));
        Eventually.holds("the caller loads", () -> loader.working.contains(caller));
        Eventually.holds("all others load", () -> loader.working.size() == MAX_THREADS + 1);
        release.countDown();

        await(completions.successes);
        assertThat(loader.most).hasValue(MAX_THREADS + 1);
        assertThat(cache.containsKey("key-" + (loads - 1))).isTrue();
    }

    /** With a queue for what has no thread, loaders that wait for each other's loads would wait for ever. */
    @Test
    void loadAll_loadersThatWaitForOtherLoads_end() throws Exception {
        int loads = MAX_THREADS + 10;
        CountDownLatch all = new CountDownLatch(MAX_THREADS);
        AtomicReference<Cache<String, String>> own = new AtomicReference<>();
        own.set(node.cache("c", configuration().readThrough(() -> new Nested(own, all))));
        Completions completions = new Completions(loads);

        start(() -> IntStream.range(0, loads)
                .forEach(i -> requireNonNull(own.get()).loadAll(Set.of("outer-" + i), true, completions)));

        await(completions.successes);
    }

    /** Loads one key by loading another. */
    private record Nested(AtomicReference<Cache<String, String>> cache, CountDownLatch all)
            implements CacheLoader<String, String> {
        @Override
        public @Nullable String load(String key) {
            return null;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            String key = keys.iterator().next();
            if (!key.startsWith("outer-")) {
                return Map.of(key, "inner");
            }
            all.countDown();
            await(all);
            CompletionListenerFuture inner = new CompletionListenerFuture();
            requireNonNull(cache.get()).loadAll(Set.of("inner-" + key), true, inner);
            try {
                inner.get(60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            return Map.of(key, "outer");
        }
    }

    @Test
    void iterator_moreThanTheManagersThreads_pagesAreReadByTheirReaders() {
        Cache<String, String> cache = node.cache("c", configuration());
        cache.put("key", "value");
        requireNonNull(transport.get()).before(operation -> {
            if (operation.equals("Scan")) {
                await(release);
            }
            return true;
        });

        List<Thread> others = threads("tidepool-");
        List<Iterator<Cache.Entry<String, String>>> iterators =
                Stream.generate(cache::iterator).limit(3 * MAX_THREADS).toList();

        assertThat(threads("tidepool-"))
                .filteredOn(thread -> !others.contains(thread))
                .filteredOn(thread -> !thread.getName().startsWith("tidepool-sessions"))
                .hasSizeLessThanOrEqualTo(MAX_THREADS);
        release.countDown();
        assertThat(iterators).allSatisfy(entries -> {
            assertThat(entries.next().getKey()).isEqualTo("key");
            assertThat(entries.hasNext()).isFalse();
        });
    }

    /** An asynchronous listener that takes its time. */
    private Events<String, String> slowListener(Runnable then) {
        return new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                await(release);
                super.heard(event, what);
                then.run();
            }
        };
    }

    private static boolean waitsForAListener(Thread thread) {
        return thread.getState() == Thread.State.TIMED_WAITING
                && Arrays.stream(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().endsWith("ListenerRegistration"));
    }

    @Test
    void asynchronousListener_thatIsSlow_callersWaitAtTheBoundAndItHearsAll() throws Exception {
        int changes = MAX_EVENTS + 100;
        Events<String, String> events = slowListener(() -> {});
        Cache<String, String> cache = node.cache("c", configuration().listener(events.asynchronous()));
        AtomicInteger made = new AtomicInteger();

        Thread caller = start(() -> IntStream.range(0, changes).forEach(i -> {
            cache.put("key", "value-" + i);
            made.incrementAndGet();
        }));
        Eventually.holds("the caller waits", () -> waitsForAListener(caller));
        assertThat(made.get()).as("one is being told, the others wait").isBetween(MAX_EVENTS, MAX_EVENTS + 1);
        release.countDown();
        caller.join();

        Eventually.holds("all are heard", () -> events.heard().size() == changes);
        assertThat(events.heard()).startsWith("CREATED key: value-0", "UPDATED key: value-0 -> value-1");
        assertThat(events.heard().get(changes - 1))
                .isEqualTo("UPDATED key: value-" + (changes - 2) + " -> value-" + (changes - 1));
    }

    /** What a listener's own thread does it could wait for in vain. */
    @Test
    void asynchronousListener_thatChangesTheSameCache_hearsAll() throws Exception {
        int changes = MAX_EVENTS + 20;
        AtomicReference<Cache<String, String>> own = new AtomicReference<>();
        AtomicInteger echoes = new AtomicInteger();
        Events<String, String> events = slowListener(() -> {
            if (echoes.incrementAndGet() <= 50) {
                requireNonNull(own.get()).put("key", "echo");
            }
        });
        own.set(node.cache("c", configuration().listener(events.asynchronous())));

        Thread caller = start(() -> IntStream.range(0, changes)
                .forEach(i -> requireNonNull(own.get()).put("key", "value-" + i)));
        Eventually.holds("the caller waits", () -> waitsForAListener(caller));
        release.countDown();
        caller.join();

        Eventually.holds("all are heard", () -> events.heard().size() == changes + 50);
    }
}
