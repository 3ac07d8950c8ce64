package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class KeyLocksTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 2_000;

    private final KeyLocks locks = new KeyLocks();

    /** Guarded by nothing but the lock that is under test. */
    private int counter;

    @Test
    void lock_freeKey_doesNotWait() {
        KeyLocks.Held held = locks.lock("key");

        assertThat(held.waited()).isFalse();
        assertThat(locks.size()).isEqualTo(1);

        held.close();

        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_keyOfSameThread_isReentrant() {
        KeyLocks.Held outer = locks.lock("key");
        KeyLocks.Held inner = locks.lock("key");

        assertThat(inner.waited()).isFalse();
        assertThat(locks.size()).isEqualTo(1);

        inner.close();

        assertThat(locks.size()).as("the outer one is still held").isEqualTo(1);

        outer.close();

        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_innerOfTwoReleased_stillExcludesOthers() throws Exception {
        KeyLocks.Held outer = locks.lock("key");
        KeyLocks.Held inner = locks.lock("key");
        Contender contender = contend("key");
        inner.close();

        assertThat(contender.isExcluded()).isTrue();

        outer.close();

        assertThat(contender.waited()).isTrue();
        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_keyOfOtherThread_waitsAndSaysSo() throws Exception {
        KeyLocks.Held held = locks.lock("key");
        Contender contender = contend("key");

        assertThat(contender.isExcluded()).isTrue();
        assertThat(locks.size()).isEqualTo(1);

        held.close();

        assertThat(contender.waited()).isTrue();
        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_otherKeyOfOtherThread_doesNotWait() throws Exception {
        KeyLocks.Held held = locks.lock("key");

        assertThat(contend("other").waited()).isFalse();
        assertThat(locks.size()).isEqualTo(1);

        held.close();

        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_keysOfEqualHash_areTwoLocks() throws Exception {
        assertThat("Aa").hasSameHashCodeAs("BB");
        KeyLocks.Held held = locks.lock("Aa");

        assertThat(contend("BB").waited()).isFalse();

        held.close();
    }

    @Test
    void lock_manyThreads_excludeEachOtherAndLeaveNothingBehind() throws Exception {
        List<FutureTask<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            FutureTask<Integer> task = new FutureTask<>(this::countUnderTheLock);
            tasks.add(task);
            start(task);
        }
        int counted = 0;
        for (FutureTask<Integer> task : tasks) {
            counted += task.get();
        }

        assertThat(counter).isEqualTo(counted).isEqualTo(THREADS * ROUNDS);
        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_interruptedWhileWaiting_failsAndLeavesNothingBehind() {
        KeyLocks.Held held = locks.lock("key");
        Contender contender = contend("key");
        assertThat(contender.isExcluded()).isTrue();

        contender.thread().interrupt();

        assertThatThrownBy(contender::waited).hasCauseInstanceOf(CacheException.class);
        assertThat(locks.size()).as("the holder alone").isEqualTo(1);
        held.close();
        assertThat(locks.size()).isZero();
    }

    @Test
    void lock_releasedWhileAnotherWaits_isNotTakenFromIt() throws Exception {
        KeyLocks.Held held = locks.lock("key");
        List<String> order = new CopyOnWriteArrayList<>();
        Contender contender = contend("key", () -> order.add("who waited"));
        assertThat(contender.isExcluded()).isTrue();
        held.close();

        KeyLocks.Held again = locks.lock("key");

        order.add("who came back");
        assertThat(order).containsExactly("who waited", "who came back");
        assertThat(contender.waited()).isTrue();
        again.close();
        assertThat(locks.size()).isZero();
    }

    @Test
    void isAnyHeldByCurrentThread_locksOfSeveralCaches_countsThemAll() {
        KeyLocks others = new KeyLocks();
        assertThat(KeyLocks.isAnyHeldByCurrentThread()).isFalse();

        KeyLocks.Held outer = locks.lock("key");
        KeyLocks.Held inner = others.lock("key");
        outer.close();
        assertThat(KeyLocks.isAnyHeldByCurrentThread()).isTrue();

        inner.close();
        assertThat(KeyLocks.isAnyHeldByCurrentThread()).isFalse();
    }

    @Test
    void lock_manyWaiting_getItInTheOrderInWhichTheyCame() throws Exception {
        KeyLocks.Held held = locks.lock("key");
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Contender> contenders = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            Contender contender = contend("key", () -> order.add(number));
            assertThat(contender.isExcluded()).isTrue();
            contenders.add(contender);
        }

        held.close();

        for (Contender contender : contenders) {
            assertThat(contender.waited()).isTrue();
        }
        assertThat(order).isSorted().hasSize(THREADS);
    }

    /** Whoever waits with a limit fails when enough others come first. */
    @Test
    void lock_keyOfOtherThread_waitsWithoutLimit() throws Exception {
        KeyLocks.Held held = locks.lock("key");
        Contender contender = contend("key");
        assertThat(contender.isExcluded()).isTrue();

        assertThat(contender.thread().getState()).isEqualTo(Thread.State.WAITING);

        held.close();
        assertThat(contender.waited()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    @Timeout(20)
    void lock_threadsInARing_failsTheOneThatClosesItAndNamesTheDeadlock(int threads) throws Exception {
        List<Chain> ring = ring(threads, key -> locks);

        assertThatThrownBy(ring.get(0)::end)
                .hasCauseInstanceOf(CacheException.class)
                .hasMessageContaining("deadlock")
                .hasMessageNotContaining("key-");
        for (Chain link : ring.subList(1, threads)) {
            assertThat(link.end()).isTrue();
        }
        assertThat(locks.size()).isZero();
    }

    @Test
    @Timeout(20)
    void lock_ringOverTwoCaches_isFound() throws Exception {
        KeyLocks others = new KeyLocks();
        List<Chain> ring = ring(2, key -> key.equals("key-0") ? locks : others);

        assertThatThrownBy(ring.get(0)::end).hasMessageContaining("deadlock");

        assertThat(ring.get(1).end()).isTrue();
        assertThat(locks.size() + others.size()).isZero();
    }

    /** A ring in which each thread holds a key and wants the next one's; the last to want is the first of the list. */
    private static List<Chain> ring(int threads, Function<String, KeyLocks> locksOf) throws Exception {
        List<Chain> ring = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            ring.add(Chain.holding("key-" + i, "key-" + (i + 1) % threads, locksOf));
        }
        for (int i = threads - 1; i >= 0; i--) {
            ring.get(i).goOn(i > 0);
        }
        return ring;
    }

    @Test
    @Timeout(20)
    void lock_longQueueOfThreadsThatHoldKeys_isNoDeadlock() throws Exception {
        List<Chain> queue = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            queue.add(Chain.holding("key-" + i, "key-" + (i + 1), key -> locks));
        }
        KeyLocks.Held end = locks.lock("key-" + THREADS);
        for (Chain link : queue) {
            link.goOn(true);
        }

        end.close();

        for (Chain link : queue) {
            assertThat(link.end()).isTrue();
        }
        assertThat(locks.size()).isZero();
    }

    /** A thread that holds one key and then wants another one. */
    private record Chain(FutureTask<Boolean> task, Thread thread, CountDownLatch go) {
        @SuppressWarnings("try") // the locks are held, not used
        static Chain holding(String held, String wanted, Function<String, KeyLocks> locksOf) throws Exception {
            CountDownLatch holds = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            FutureTask<Boolean> task = new FutureTask<>(() -> {
                try (KeyLocks.Held first = locksOf.apply(held).lock(held)) {
                    holds.countDown();
                    go.await();
                    try (KeyLocks.Held second = locksOf.apply(wanted).lock(wanted)) {
                        return true;
                    }
                }
            });
            Thread thread = start(task);
            holds.await();
            return new Chain(task, thread, go);
        }

        /** Lets it want the other key; returns when it waits for it, if it is to. */
        void goOn(boolean waits) {
            go.countDown();
            if (waits) {
                assertThat(isExcluded()).isTrue();
            }
        }

        boolean isExcluded() {
            return new Contender(task, thread).isExcluded();
        }

        boolean end() throws Exception {
            return task.get();
        }
    }

    @SuppressWarnings("try") // the lock is held, not used
    private int countUnderTheLock() {
        for (int i = 0; i < ROUNDS; i++) {
            try (KeyLocks.Held held = locks.lock("key")) {
                int seen = counter;
                Thread.onSpinWait();
                counter = seen + 1;
            }
        }
        return ROUNDS;
    }

    private Contender contend(String key) {
        return contend(key, () -> {});
    }

    private Contender contend(String key, Runnable work) {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            KeyLocks.Held held = locks.lock(key);
            work.run();
            held.close();
            return held.waited();
        });
        return new Contender(task, start(task));
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task, "contender");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** A thread that wants a lock and gives it back at once. */
    private record Contender(FutureTask<Boolean> task, Thread thread) {
        private static final Set<Thread.State> WAITING = EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

        /** Whether it has to wait for a lock; returns when it does or is through. */
        boolean isExcluded() {
            while (!isWaiting() && !task.isDone()) {
                Thread.onSpinWait();
            }
            return !task.isDone();
        }

        private boolean isWaiting() {
            return WAITING.contains(thread.getState())
                    && Arrays.stream(thread.getStackTrace())
                            .anyMatch(frame -> frame.getClassName().equals(KeyLocks.class.getName()));
        }

        boolean waited() throws Exception {
            return task.get();
        }
    }
}
