package dev.tidepool.undertow;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.cache.Cache;
import javax.cache.CacheException;

/** Stands between a manager and its cache, so that a race or a failure happens where the test wants it. Thread-safe. */
final class SteeredCache<V> {
    /** What a test does before a call goes on. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    private final ConcurrentMap<String, Action> next = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Boolean> failing = new ConcurrentHashMap<>();
    private final Cache<String, V> proxy;

    @SuppressWarnings("unchecked") // the proxy hands on what the cache returns
    SteeredCache(Cache<String, V> cache) {
        this.proxy = (Cache<String, V>) Proxy.newProxyInstance(
                SteeredCache.class.getClassLoader(), new Class<?>[] {Cache.class}, (self, method, arguments) -> {
                    before(method);
                    try {
                        return method.invoke(cache, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
    }

    private void before(Method method) throws Exception {
        Action action = next.remove(method.getName());
        if (action != null) {
            action.run();
        }
        if (failing.containsKey(method.getName())) {
            throw new CacheException("the store is down, says the test");
        }
    }

    Cache<String, V> cache() {
        return proxy;
    }

    void beforeNext(String method, Action action) {
        next.put(method, action);
    }

    /** Fails all calls of these methods until {@link #heal}. */
    void fail(String... methods) {
        for (String method : methods) {
            failing.put(method, true);
        }
    }

    void heal() {
        failing.clear();
    }
}
