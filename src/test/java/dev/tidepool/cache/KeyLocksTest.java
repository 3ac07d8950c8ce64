package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            KeyLocks.Held held = locks.lock(key);
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

        /** Whether it has to wait; returns when it waits or is through. */
        boolean isExcluded() {
            while (!WAITING.contains(thread.getState()) && !task.isDone()) {
                Thread.onSpinWait();
            }
            return !task.isDone();
        }

        boolean waited() throws Exception {
            return task.get();
        }
    }
}
