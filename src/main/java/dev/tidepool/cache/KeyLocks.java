package dev.tidepool.cache;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * A lock for each key that is in use, so that the threads of one JVM do not contend for an item over the network. Never
 * a stripe: two keys that shared a lock could deadlock in a processor that uses the other. Thread-safe.
 *
 * <p>Threads get a lock in the order in which they came, and wait for it as long as it takes. What would take for ever
 * is refused: a thread whose waiting would close a ring of threads that wait for each other.
 */
final class KeyLocks {
    /** What each thread waits for that waits for a key of any cache; guarded by itself. */
    private static final Map<Thread, KeyLock> WAITING = new HashMap<>();

    /** How many locks the thread holds, of any cache. */
    private static final ThreadLocal<Integer> HELD = new ThreadLocal<>();

    private static final class KeyLock extends ReentrantLock {
        private static final long serialVersionUID = 1L;

        /** How many threads hold or want it; guarded by the map's own atomicity. */
        private int users;

        KeyLock() {
            super(true);
        }

        @Override
        public @Nullable Thread getOwner() {
            return super.getOwner();
        }

        /** Takes it if that keeps no thread waiting that came before. */
        boolean takeAtOnce() {
            return (isHeldByCurrentThread() || !hasQueuedThreads()) && tryLock();
        }
    }

    /** Says that threads would wait for each other for ever. */
    static final class DeadlockException extends CacheException {
        private static final long serialVersionUID = 1L;

        DeadlockException() {
            super("A deadlock: this thread works on an entry and wants another one, and the thread that works on that"
                    + " one waits, by itself or through others, for the first. Entry processors, loaders and listeners that use"
                    + " more keys than their own must all use them in the same order");
        }
    }

    private final ConcurrentHashMap<String, KeyLock> locks = new ConcurrentHashMap<>();

    /** Held locks are released by closing. */
    interface Held extends AutoCloseable {
        /** Whether another thread held the lock, so that what was known of the entry before is old. */
        boolean waited();

        @Override
        void close();
    }

    /**
     * Takes the lock of a key, and waits for it as long as other threads are before.
     *
     * @throws DeadlockException when one of them waits for what this thread holds
     * @throws CacheException when the thread is interrupted while it waits
     */
    Held lock(String keyText) {
        KeyLock lock = locks.compute(keyText, (key, known) -> {
            KeyLock used = known == null ? new KeyLock() : known;
            used.users++;
            return used;
        });
        boolean waited = !lock.takeAtOnce();
        if (waited) {
            await(lock, keyText);
        }
        countHeld(1);
        return new Held() {
            @Override
            public boolean waited() {
                return waited;
            }

            @Override
            public void close() {
                countHeld(-1);
                lock.unlock();
                leave(lock, keyText);
            }
        };
    }

    private void await(KeyLock lock, String keyText) {
        boolean held = false;
        try {
            beginWaiting(lock);
            lock.lockInterruptibly();
            held = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException("Interrupted while another thread of this JVM works on the entry", e);
        } finally {
            endWaiting();
            if (!held) {
                leave(lock, keyText);
            }
        }
    }

    /** None of those that wait can let go of a lock meanwhile, so a ring that is seen is there. */
    private static void beginWaiting(KeyLock wanted) {
        synchronized (WAITING) {
            if (closesRing(wanted)) {
                throw new DeadlockException();
            }
            WAITING.put(Thread.currentThread(), wanted);
        }
    }

    private static void endWaiting() {
        synchronized (WAITING) {
            WAITING.remove(Thread.currentThread());
        }
    }

    private static boolean closesRing(KeyLock wanted) {
        KeyLock next = wanted;
        for (int steps = 0; next != null && steps <= WAITING.size(); steps++) {
            Thread owner = next.getOwner();
            if (owner == Thread.currentThread()) {
                return true;
            }
            next = owner == null ? null : WAITING.get(owner);
        }
        return false;
    }

    private static void countHeld(int change) {
        Integer before = HELD.get();
        int after = (before == null ? 0 : before) + change;
        if (after == 0) {
            HELD.remove();
        } else {
            HELD.set(after);
        }
    }

    private void leave(KeyLock lock, String keyText) {
        locks.compute(keyText, (key, used) -> --lock.users == 0 ? null : used);
    }

    /** Whether the calling thread holds the lock of a key of any cache, so that others may wait for it. */
    static boolean isAnyHeldByCurrentThread() {
        return HELD.get() != null;
    }

    /** Whether the calling thread holds the lock of a key. */
    boolean isHeldByCurrentThread(String keyText) {
        KeyLock lock = locks.get(keyText);
        return lock != null && lock.isHeldByCurrentThread();
    }

    /** Returns how many keys are locked or waited for. */
    int size() {
        return locks.size();
    }
}
