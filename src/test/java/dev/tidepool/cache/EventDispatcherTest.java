package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.session.Eventually;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.cache.Cache;
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

    private void registerHanging() {
        CacheEntryCreatedListener<String, String> listener = events -> {
            try {
                assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            events.forEach(event -> heard.add(event.getKey()));
        };
        dispatcher.register(new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, false));
    }

    /** Where events come from; nobody asks it anything. */
    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private final Cache<String, String> source = (Cache<String, String>) Proxy.newProxyInstance(
            EventDispatcherTest.class.getClassLoader(), new Class<?>[] {Cache.class}, (proxy, method, arguments) -> {
                throw new UnsupportedOperationException(method.getName());
            });

    private void publish(int from, int to) {
        IntStream.range(from, to).forEach(i -> {
            dispatcher.awaitRoom();
            dispatcher.publish(new CacheEvent<>(source, EventType.CREATED, "key-" + i, "value", null));
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
}
