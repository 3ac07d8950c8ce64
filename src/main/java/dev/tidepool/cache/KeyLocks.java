package dev.tidepool.cache;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock for each key that is in use, so that the threads of one JVM do not contend for an item over the network. Never
 * a stripe: two keys that shared a lock could deadlock in a processor that uses the other. Thread-safe.
 */
final class KeyLocks {
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
            lock.lock();
        }
        return new Held() {
            @Override
            public boolean waited() {
                return waited;
            }

            @Override
            public void close() {
                lock.unlock();
                locks.compute(keyText, (key, used) -> --lock.users == 0 ? null : used);
            }
        };
    }

    /** Returns how many keys are locked or waited for. */
    int size() {
        return locks.size();
    }
}
