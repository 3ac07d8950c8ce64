package dev.tidepool.cache;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.cache.CacheException;

/**
 * A lock for each key that is in use, so that the threads of one JVM do not contend for an item over the network. Never
 * a stripe: two keys that shared a lock could deadlock in a processor that uses the other. Thread-safe.
 */
final class KeyLocks {
    private static final long PATIENCE_SECONDS = 60;

    private static final class KeyLock extends ReentrantLock {
        private static final long serialVersionUID = 1L;

        /** How many threads hold or want it; guarded by the map's own atomicity. */
        private int users;
    }

    private final ConcurrentHashMap<String, KeyLock> locks = new ConcurrentHashMap<>();

    /** Held locks are released by closing. */
    interface Held extends AutoCloseable {
        /** Whether another thread held the lock, so that what was known of the entry before is old. */
        boolean waited();

        @Override
        void close();
    }

    Held lock(String keyText) {
        KeyLock lock = locks.compute(keyText, (key, known) -> {
            KeyLock used = known == null ? new KeyLock() : known;
            used.users++;
            return used;
        });
        boolean waited = !lock.tryLock();
        if (waited) {
            await(lock, keyText);
        }
        return new Held() {
            @Override
            public boolean waited() {
                return waited;
            }

            @Override
            public void close() {
                lock.unlock();
                leave(lock, keyText);
            }
        };
    }

    private void await(KeyLock lock, String keyText) {
        boolean held = false;
        try {
            held = lock.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException("Interrupted while another thread of this JVM works on the entry", e);
        } finally {
            if (!held) {
                leave(lock, keyText);
            }
        }
        if (!held) {
            throw new CacheException("Another thread of this JVM has been working on the entry for " + PATIENCE_SECONDS
                    + " s: entry processors or listeners that use each other's keys wait for each other");
        }
    }

    private void leave(KeyLock lock, String keyText) {
        locks.compute(keyText, (key, used) -> --lock.users == 0 ? null : used);
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
