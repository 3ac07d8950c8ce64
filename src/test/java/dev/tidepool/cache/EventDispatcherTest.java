package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.session.Eventually;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.EventType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An asynchronous listener that takes no event at all: nobody waits for it for ever, and it holds no more than so many.
 */
@Timeout(60)
class EventDispatcherTest {
    private static final int MAX_WAITING = 4;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final EventDispatcher<String, String> dispatcher =
            new EventDispatcher<>(new Customizations("c"), threads, MAX_WAITING, Duration.ofMillis(20));

    @AfterEach
    void stop() {
        release.countDown();
        threads.shutdown();
    }

    private CacheEntryListenerConfiguration<String, String> registerHanging() {
        return registerHanging(dispatcher);
    }

    private CacheEntryListenerConfiguration<String, String> registerHanging(EventDispatcher<String, String> told) {
        CacheEntryCreatedListener<String, String> listener = events -> {
            try {
                assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            events.forEach(event -> heard.add(event.getKey()));
        };
        return register(told, listener);
    }

    private static CacheEntryListenerConfiguration<String, String> register(
            EventDispatcher<String, String> told, CacheEntryCreatedListener<String, String> listener) {
        CacheEntryListenerConfiguration<String, String> configuration =
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, false);
        told.register(configuration);
        return configuration;
    }

    /** Where events come from; nobody asks it anything. */
    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private final Cache<String, String> source = (Cache<String, String>) Proxy.newProxyInstance(
            EventDispatcherTest.class.getClassLoader(), new Class<?>[] {Cache.class}, (proxy, method, arguments) -> {
                throw new UnsupportedOperationException(method.getName());
            });

    private void publish(int from, int to) {
        publish(dispatcher, from, to);
    }

    private void publish(EventDispatcher<String, String> told, int from, int to) {
        IntStream.range(from, to).forEach(i -> {
            told.awaitRoom();
            told.publish(new CacheEvent<>(source, EventType.CREATED, "key-" + i, "value", null));
        });
    }

    @Test
    void publish_listenerThatTakesNothing_losesEventsWithAWarningUntilItDoes() throws Exception {
        registerHanging();
        try (CapturedLog log = new CapturedLog()) {
            publish(0, MAX_WAITING + 1); // one is being told, the others wait
            publish(10, 13);

            assertThat(log.warningsWith("has taken no event for"))
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains(MAX_WAITING + " wait for it"));
            release.countDown();
            Eventually.holds("the rest is heard", () -> heard.size() == MAX_WAITING + 1);
            Eventually.holds(
                    "it is said",
                    () -> !log.warningsWith("takes events again; 3 are lost").isEmpty());
        }
        publish(20, 30);

        Eventually.holds("all are heard again", () -> heard.size() == MAX_WAITING + 11);
        assertThat(heard).doesNotContain("key-10", "key-11", "key-12").endsWith("key-29");
    }

    @Test
    void awaitRoom_interruptedThread_doesNotWaitAndKeepsTheInterrupt() {
        registerHanging();
        publish(0, MAX_WAITING + 1);
        Thread.currentThread().interrupt();

        dispatcher.awaitRoom();

        assertThat(Thread.interrupted()).isTrue();
    }

    /** The listener might want that very key. */
    @Test
    @SuppressWarnings("try") // the lock is held, not used
    void awaitRoom_threadThatHoldsAKey_doesNotWaitAndLosesNothing() throws Exception {
        registerHanging();
        publish(0, MAX_WAITING + 1);

        try (CapturedLog log = new CapturedLog();
                KeyLocks.Held held = new KeyLocks().lock("key")) {
            publish(10, 13);

            assertThat(log.warningsWith("has taken no event for")).isEmpty();
        }
        release.countDown();
        Eventually.holds("all are heard", () -> heard.size() == MAX_WAITING + 4);
    }

    @Test
    void awaitRoom_threadThatTellsAListenerOfAnotherCache_waitsAndThenLosesEvents() throws Exception {
        CountDownLatch told = new CountDownLatch(10);
        EventDispatcher<String, String> first =
                new EventDispatcher<>(new Customizations("first"), threads, 100, Duration.ofSeconds(20));
        register(first, events -> {
            int number = 10 - (int) told.getCount();
            publish(number, number + 1);
            told.countDown();
        });
        registerHanging();

        try (CapturedLog log = new CapturedLog()) {
            publish(first, 0, 10);

            assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(log.warningsWith("has taken no event for")).hasSize(1);
            release.countDown();
            Eventually.holds(
                    "it is said",
                    () -> !log.warningsWith("takes events again; 5 are lost").isEmpty());
        }
    }

    @Test
    void awaitRoom_listenersThatWriteToEachOthersCaches_waitForEachOtherNotForEver() throws Exception {
        EventDispatcher<String, String> other =
                new EventDispatcher<>(new Customizations("other"), threads, MAX_WAITING, Duration.ofMillis(20));
        register(dispatcher, events -> publish(other, 0, 3));
        register(other, events -> {
            heard.add("told");
            if (heard.size() < 100) {
                publish(0, 3);
            }
        });

        publish(0, 1);

        Eventually.holds("they get on", () -> heard.size() >= 100);
    }

    @Test
    void deregister_eventsThatWaitAndThreadsThatWaitForRoom_areLetGo() throws Exception {
        EventDispatcher<String, String> patient =
                new EventDispatcher<>(new Customizations("c"), threads, MAX_WAITING, Duration.ofHours(1));
        CacheEntryListenerConfiguration<String, String> configuration = registerHanging(patient);
        publish(patient, 0, MAX_WAITING + 1);
        FutureTask<Void> waiting = new FutureTask<>(() -> publish(patient, 10, 11), null);
        Thread waiter = new Thread(waiting);
        waiter.start();
        Eventually.holds("it waits", () -> waiter.getState() == Thread.State.TIMED_WAITING);

        patient.deregister(configuration);

        waiting.get(20, TimeUnit.SECONDS);
        release.countDown();
        threads.shutdown();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(heard).containsExactly("key-0");
    }

    @Test
    void publish_noThreadCouldBeMade_failsAndLaterEventsAreDelivered() throws Exception {
        AtomicBoolean exhausted = new AtomicBoolean(true);
        EventDispatcher<String, String> strained = new EventDispatcher<>(new Customizations("c"), task -> {
            if (exhausted.getAndSet(false)) {
                throw new OutOfMemoryError("no thread");
            }
            threads.execute(task);
        });
        register(strained, events -> events.forEach(event -> heard.add(event.getKey())));

        assertThatThrownBy(() -> publish(strained, 0, 1)).isInstanceOf(OutOfMemoryError.class);
        publish(strained, 1, 2);

        Eventually.holds("the next is heard", () -> heard.contains("key-1"));
    }
}
