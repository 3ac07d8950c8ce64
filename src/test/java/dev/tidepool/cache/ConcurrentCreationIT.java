package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.undertow.SingleSignOnCaches;
import java.io.Closeable;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.integration.CacheLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A table that takes long to get ready holds up those who want it, and nobody else. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ConcurrentCreationIT {
    private static final long PATIENCE_SECONDS = 10;

    private final String table = Node.freshTable();
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(server -> {
        transport.set(new SteeredTransport(server));
        return requireNonNull(transport.get());
    });
    private final CountDownLatch settingUp = new CountDownLatch(1);
    private final CountDownLatch ready = new CountDownLatch(1);
    private final AtomicBoolean denied = new AtomicBoolean();

    @AfterEach
    void close() {
        ready.countDown();
        node.close();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration(String of) {
        return DynamoDbConfiguration.builder(String.class, String.class).table(of);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs something in a thread of its own. */
    private static <T> CompletableFuture<T> begin(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> {
            Thread thread = new Thread(task, "creator");
            thread.setDaemon(true);
            thread.start();
        });
    }

    private static <T> T soon(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Lets the next look at a table take until {@link #ready}, and returns when it has begun. */
    private <T> CompletableFuture<T> beginSlowly(Supplier<T> creation) {
        AtomicBoolean first = new AtomicBoolean(true);
        requireNonNull(transport.get()).before(operation -> {
            if (operation.equals("DescribeTable") && first.compareAndSet(true, false)) {
                settingUp.countDown();
                await(ready);
                return !denied.get();
            }
            return true;
        });
        CompletableFuture<T> creating = begin(creation);
        await(settingUp);
        return creating;
    }

    private CompletableFuture<Cache<String, String>> beginSlow() {
        return beginSlowly(() -> node.cache("slow", configuration(table)));
    }

    @Test
    void createCache_anotherTableIsBeingSetUp_doesNotWait() throws Exception {
        CompletableFuture<Cache<String, String>> slow = beginSlow();

        Cache<String, String> fast = soon(begin(() -> node.cache("fast", configuration(Node.freshTable()))));

        assertThat(slow).isNotDone();
        fast.put("key", "value");
        assertThat(fast.get("key")).isEqualTo("value");
        assertThat(node.manager().<String, String>getCache("fast")).isSameAs(fast);
        assertThat(node.manager().<String, String>getCache("slow"))
                .as("not made yet")
                .isNull();
        assertThat(node.manager().getCacheNames()).containsExactly("fast");
        ready.countDown();
        Cache<String, String> made = soon(slow);
        assertThat(node.manager().<String, String>getCache("slow")).isSameAs(made);
    }

    @Test
    void createCache_sameTableIsBeingSetUp_waitsAndLooksAtItNoSecondTime() throws Exception {
        CompletableFuture<Cache<String, String>> slow = beginSlow();
        CompletableFuture<Cache<String, String>> other = begin(() -> node.cache("other", configuration(table)));

        ready.countDown();

        soon(slow).put("key", "value");
        soon(other).put("key", "other value");
        assertThat(node.requests().operations().stream().filter("DescribeTimeToLive"::equals))
                .hasSize(1);
    }

    @Test
    void createCache_sameNameIsBeingMade_waitsAndIsRefused() throws Exception {
        CompletableFuture<Cache<String, String>> slow = beginSlow();
        CompletableFuture<Cache<String, String>> second = begin(() -> node.cache("slow", configuration(table)));

        ready.countDown();

        assertThatThrownBy(() -> soon(second))
                .hasCauseInstanceOf(CacheException.class)
                .hasMessageContaining("There is a cache 'slow' already");
        Cache<String, String> made = soon(slow);
        assertThat(node.manager().<String, String>getCache("slow")).isSameAs(made);
    }

    @Test
    void createCache_sameNameCouldNotBeMade_isMadeByTheNext() throws Exception {
        denied.set(true);
        CompletableFuture<Cache<String, String>> slow = beginSlow();
        CompletableFuture<Cache<String, String>> second = begin(() -> node.cache("slow", configuration(table)));

        ready.countDown();

        assertThatThrownBy(() -> soon(slow)).hasMessageContaining("must allow dynamodb:DescribeTable");
        Cache<String, String> made = soon(second);
        assertThat(node.manager().<String, String>getCache("slow")).isSameAs(made);
    }

    @Test
    void createCache_prefixOverlapsThatOfOneBeingMade_isRefusedAtOnce() throws Exception {
        CompletableFuture<Cache<String, String>> slow = beginSlow();

        CompletableFuture<Cache<String, String>> other =
                begin(() -> node.cache("other", configuration(table).prefix("slow:sub:")));

        assertThatThrownBy(() -> soon(other))
                .hasMessageContaining("'slow'")
                .hasMessageContaining("'other'")
                .hasMessageContaining("option 'prefix'");
        assertThat(slow).isNotDone();
    }

    @Test
    void createCache_failed_freesNameAndPrefix() throws Exception {
        denied.set(true);
        ready.countDown();
        assertThatThrownBy(() -> soon(beginSlow())).hasMessageContaining("must allow dynamodb:DescribeTable");

        node.cache("other", configuration(table).prefix("slow:"));
        node.cache("slow", configuration(table).prefix("other:"));

        assertThat(node.manager().getCacheNames()).containsExactlyInAnyOrder("slow", "other");
    }

    /** Notes whether it is closed. */
    private static final class Loader implements CacheLoader<String, String>, Closeable {
        private final AtomicBoolean closed = new AtomicBoolean();

        @Override
        public @Nullable String load(String key) {
            return null;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            return Map.of();
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    static Stream<Arguments> closings() {
        return Stream.<Map.Entry<String, Function<Node, Runnable>>>of(
                        Map.entry("manager", node -> node.manager()::close),
                        Map.entry("provider", node -> node.provider()::close))
                .map(closing -> Arguments.argumentSet(closing.getKey(), closing.getValue()));
    }

    @ParameterizedTest
    @MethodSource("closings")
    void close_tableIsBeingSetUp_doesNotWaitAndCacheDoesNotComeAfter(Function<Node, Runnable> closing)
            throws Exception {
        Loader loader = new Loader();
        CompletableFuture<Cache<String, String>> slow =
                beginSlowly(() -> node.cache("slow", configuration(table).readThrough(() -> loader)));

        soon(begin(() -> {
            closing.apply(node).run();
            return true;
        }));
        ready.countDown();

        assertThatThrownBy(() -> soon(slow))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("tidepool-reaper-"));
    }

    @Test
    void createCache_factoryThatClosesTheManager_closesTheCacheToo() {
        Loader loader = new Loader();

        assertThatThrownBy(() -> node.cache("c", configuration(table).readThrough(() -> {
                    node.manager().close();
                    return loader;
                })))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");

        assertThat(loader.closed).isTrue();
    }

    @Test
    void createCache_factoryThatMakesTheSameCache_isRefused() {
        assertThatThrownBy(() -> node.cache("c", configuration(table).readThrough(() -> {
                    node.cache("c", configuration(table));
                    return new Loader();
                })))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("'c'");

        assertThat(node.manager().getCacheNames()).isEmpty();
    }

    static Stream<Arguments> sessionCaches() {
        return Stream.<Map.Entry<String, Function<CacheManager, Cache<?, ?>>>>of(
                        Map.entry("sessions", SessionCaches::dynamoDb),
                        Map.entry("single sign-on", SingleSignOnCaches::dynamoDb))
                .map(caches -> Arguments.argumentSet(caches.getKey(), caches.getValue()));
    }

    @ParameterizedTest
    @MethodSource("sessionCaches")
    void dynamoDb_tableIsBeingSetUp_holdsNobodyElseUp(Function<CacheManager, Cache<?, ?>> caches) throws Exception {
        CompletableFuture<Cache<?, ?>> slow = beginSlowly(() -> caches.apply(node.manager()));

        soon(begin(() -> node.cache("fast", configuration(Node.freshTable()))));
        assertThat(soon(begin(() -> {
                    synchronized (node.manager()) {
                        return true;
                    }
                })))
                .as("the manager's monitor is free")
                .isTrue();

        assertThat(slow).isNotDone();
    }

    @ParameterizedTest
    @MethodSource("sessionCaches")
    void dynamoDb_twoThreads_getTheSameCache(Function<CacheManager, Cache<?, ?>> caches) throws Exception {
        CompletableFuture<Cache<?, ?>> one = beginSlowly(() -> caches.apply(node.manager()));
        CompletableFuture<Cache<?, ?>> two = begin(() -> caches.apply(node.manager()));

        ready.countDown();

        assertThat(soon(one)).isSameAs(soon(two));
    }
}
