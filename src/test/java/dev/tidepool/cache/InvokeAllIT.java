package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.SdkHttpClient;

/** Processors of many entries: at the same time, with the bound of every operation on many. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
class InvokeAllIT {
    private static final int AT_ONCE = 16;

    private final AtomicReference<Crowding> transport = new AtomicReference<>();
    private final Node node = Node.over(this::crowding);
    private final Cache<String, Integer> cache = cache("c");

    private SdkHttpClient crowding(SdkHttpClient server) {
        Crowding crowding = new Crowding(server);
        transport.set(crowding);
        return crowding;
    }

    private Cache<String, Integer> cache(String name) {
        return node.cache(
                name, DynamoDbConfiguration.builder(String.class, Integer.class).table(Node.freshTable()));
    }

    private Crowding transport() {
        return requireNonNull(transport.get());
    }

    @AfterEach
    void close() {
        node.close();
    }

    private static Map<String, Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> i));
    }

    private static Map<String, Integer> answers(Map<String, EntryProcessorResult<Integer>> results) {
        return results.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, result -> result.getValue().get()));
    }

    private static void listen(Cache<String, Integer> cache, CacheEntryCreatedListener<String, Integer> listener) {
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true));
    }

    @Test
    void invokeAll_manyKeys_sendsAsManyAtOnceAsOtherBulkOperations() {
        Map<String, Integer> numbers = numbers(2 * AT_ONCE);
        cache.putAll(numbers);
        node.requests().clear();
        transport().awaitCrowd(AT_ONCE);

        Map<String, EntryProcessorResult<Integer>> results = cache.invokeAll(numbers.keySet(), (entry, arguments) -> {
            int number = entry.getValue();
            entry.setValue(number + 1);
            return number;
        });

        assertThat(transport().most()).isEqualTo(AT_ONCE);
        assertThat(answers(results)).isEqualTo(numbers);
        assertThat(node.requests().operations()).hasSize(4 * AT_ONCE);
        assertThat(cache.getAll(numbers.keySet()).values().stream().mapToInt(i -> i))
                .hasSize(2 * AT_ONCE)
                .contains(1, 2 * AT_ONCE);
    }

    @Test
    void invokeAll_someFail_saysSoForThemAlone() {
        Map<String, EntryProcessorResult<Integer>> results =
                cache.invokeAll(numbers(40).keySet(), (entry, arguments) -> {
                    int number = Integer.parseInt(entry.getKey().substring(1));
                    if (number % 2 == 1) {
                        throw new Quiet();
                    }
                    return number == 0 ? null : number;
                });

        assertThat(results).hasSize(39).doesNotContainKey("k0");
        results.forEach((key, result) -> {
            if (Integer.parseInt(key.substring(1)) % 2 == 1) {
                assertThatThrownBy(result::get)
                        .isInstanceOf(EntryProcessorException.class)
                        .hasCauseInstanceOf(Quiet.class);
            } else {
                assertThat(result.get()).isPositive();
            }
        });
    }

    /** Else it would wait for a thread that waits for a key of its own. */
    @Test
    void invokeAll_byAProcessor_runsInItsThread() {
        Cache<String, Integer> other = cache("d");
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();

        cache.invoke(
                "k0",
                (entry, none) -> other.invokeAll(numbers(40).keySet(), (each, arguments) -> {
                    threads.add(Thread.currentThread());
                    each.setValue(cache.containsKey("k0") ? 1 : 0);
                    return null;
                }));

        assertThat(threads).hasSize(40).containsOnly(Thread.currentThread());
        assertThat(other.getAll(numbers(40).keySet())).hasSize(40);
    }

    /** The listener holds a key, which the processors of the other cache use. */
    @Test
    void invokeAll_byAListenerProcessorsUseItsKey_ends() {
        Cache<String, Integer> other = cache("d");
        listen(
                cache,
                events -> events.forEach(event -> {
                    if (event.getKey().equals("k0")) {
                        other.invokeAll(numbers(40).keySet(), (each, arguments) -> {
                            cache.put("k0", 7);
                            each.setValue(1);
                            return null;
                        });
                    }
                }));

        cache.put("k0", 0);

        assertThat(cache.get("k0")).isEqualTo(7);
        assertThat(other.getAll(numbers(40).keySet())).hasSize(40);
    }

    @Test
    void invokeAll_synchronousListener_hearsInTheCallingThread() {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        listen(cache, events -> threads.add(Thread.currentThread()));

        cache.invokeAll(numbers(40).keySet(), (entry, arguments) -> {
            entry.setValue(1);
            return null;
        });

        assertThat(threads).hasSize(40).containsOnly(Thread.currentThread());
    }

    /** One after the other they would never meet. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void invokeAll_processorsUseEachOthersKeys_allEnd(boolean wrapsFailures) {
        Map<String, String> opposite = Map.of("a", "b", "b", "a");
        CountDownLatch both = new CountDownLatch(2);
        Map<String, EntryProcessorResult<Integer>> results =
                cache.invokeAll(new LinkedHashMap<>(opposite).keySet(), (entry, arguments) -> {
                    meet(both);
                    try {
                        cache.invoke(opposite.get(entry.getKey()), (other, none) -> other.exists());
                    } catch (CacheException e) {
                        throw wrapsFailures ? new IllegalStateException("it failed deeper down", e) : e;
                    }
                    entry.setValue(1);
                    return 1;
                });

        assertThat(answers(results)).isEqualTo(Map.of("a", 1, "b", 1));
        assertThat(cache.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", 1, "b", 1));
    }

    /** Waits until both processors run, or until it is clear that they do not run at once. */
    private static void meet(CountDownLatch both) {
        both.countDown();
        try {
            if (!both.await(1, java.util.concurrent.TimeUnit.SECONDS)) {
                both.countDown();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
