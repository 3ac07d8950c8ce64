package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * A cache of sessions in memory, of which a {@link SessionModel} sees every change, and whose calls it can let fail.
 * Thread-safe, as a sweep has many threads.
 */
final class ModelStore {
    /** What becomes of a call. */
    enum Fate {
        PASS,
        FAIL_BEFORE,
        FAIL_AFTER,
        /** The caller gets a failure, and the change comes later, if its condition still holds. */
        FAIL_AND_COME_LATE
    }

    private final SessionModel model;
    private final Map<String, StoredSession> entries = new LinkedHashMap<>();
    private final Deque<Runnable> onTheirWay = new ArrayDeque<>();
    private final Cache<String, StoredSession> proxy;

    @SuppressWarnings("unchecked") // the proxy answers with sessions
    ModelStore(SessionModel model) {
        this.model = model;
        this.proxy = (Cache<String, StoredSession>) Proxy.newProxyInstance(
                ModelStore.class.getClassLoader(),
                new Class<?>[] {Cache.class},
                (self, method, arguments) -> call(self, method, arguments));
    }

    Cache<String, StoredSession> cache() {
        return proxy;
    }

    private @Nullable Object call(Object self, Method method, Object @Nullable [] arguments) {
        Object[] given = arguments == null ? new Object[0] : arguments;
        return switch (method.getName()) {
            case "getName" -> "sessions";
            case "getConfiguration" -> null;
            case "unwrap" -> throw new IllegalArgumentException("nothing to unwrap");
            case "hashCode" -> System.identityHashCode(self);
            case "equals" -> self == given[0];
            case "get" -> get((String) given[0]);
            case "putIfAbsent" -> change((String) given[0], null, (StoredSession) given[1]);
            case "replace" -> change((String) given[0], (StoredSession) given[1], (StoredSession) given[2]);
            case "remove" -> change((String) given[0], (StoredSession) given[1], null);
            case "iterator" -> iterator();
            default -> throw new UnsupportedOperationException(method.getName());
        };
    }

    private @Nullable StoredSession get(String key) {
        if (model.fate(id(key), null) != Fate.PASS) {
            throw new CacheException("no answer, says the test");
        }
        synchronized (this) {
            return entries.get(key);
        }
    }

    private boolean change(String key, @Nullable StoredSession expected, @Nullable StoredSession next) {
        StoredSession about = requireNonNull(next == null ? expected : next);
        SessionModel.Origin origin = model.origin(about);
        Fate fate = model.fate(id(key), about);
        if (fate == Fate.FAIL_AND_COME_LATE && expected == null) {
            fate = Fate.FAIL_BEFORE; // what begins after its end is a limit of every store without tombstones
        }
        origin.fate = fate;
        if (fate != Fate.PASS) {
            model.failed(origin, expected, next);
        }
        switch (fate) {
            case FAIL_AFTER -> apply(origin, key, expected, next);
            case FAIL_AND_COME_LATE -> onTheirWay.add(() -> apply(origin, key, expected, next));
            default -> {}
        }
        if (fate != Fate.PASS) {
            throw new CacheException("no answer, says the test");
        }
        boolean isApplied = apply(origin, key, expected, next);
        model.answered(origin, isApplied);
        return isApplied;
    }

    private synchronized boolean apply(
            SessionModel.Origin origin, String key, @Nullable StoredSession expected, @Nullable StoredSession next) {
        StoredSession now = entries.get(key);
        if (expected == null ? now != null : !expected.equals(now)) {
            return false;
        }
        if (next == null) {
            entries.remove(key);
        } else {
            entries.put(key, next);
        }
        model.changed(origin, id(key), requireNonNull(next == null ? now : next), this);
        return true;
    }

    /** Lets the oldest change come that is late; returns false when there is none. */
    boolean arrive() {
        Runnable late = onTheirWay.poll();
        if (late == null) {
            return false;
        }
        late.run();
        return true;
    }

    private synchronized Iterator<Cache.Entry<String, StoredSession>> iterator() {
        List<Cache.Entry<String, StoredSession>> all = new ArrayList<>();
        entries.forEach((key, value) -> all.add(new Entry(key, value)));
        return all.iterator();
    }

    private record Entry(String key, StoredSession session) implements Cache.Entry<String, StoredSession> {
        @Override
        public String getKey() {
            return key;
        }

        @Override
        public StoredSession getValue() {
            return session;
        }

        @Override
        public <T> T unwrap(Class<T> type) {
            throw new IllegalArgumentException("nothing to unwrap");
        }
    }

    /** Returns all entries by their ids. */
    synchronized Map<String, SessionEntry> entries() {
        Map<String, SessionEntry> all = new LinkedHashMap<>();
        entries.forEach((key, session) -> all.put(id(key), session.entry()));
        return all;
    }

    private static String id(String key) {
        return key.substring(key.lastIndexOf(':') + 1);
    }
}
