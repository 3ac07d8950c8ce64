package dev.tidepool.undertow;

import dev.tidepool.session.StoredSession;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a session manager and its cache: counts the calls that reach the store, and lets a test fail, stop or
 * interrupt each of them, so that crashes and races happen where the test wants them. Thread-safe.
 */
final class WatchedCache implements InvocationHandler {
    /** The calls that change something in the store. */
    static final Predicate<Call> WRITES = call -> call.isWrite();

    /** The calls that only read the store. */
    static final Predicate<Call> READS = call -> !call.isWrite();

    static final Predicate<Call> ALL = call -> true;

    private static final Set<String> READ_METHODS =
            Set.of("get", "getAll", "containsKey", "iterator", "spliterator", "forEach");
    private static final Set<String> STORE_LESS_METHODS = Set.of(
            "getName",
            "getCacheManager",
            "getConfiguration",
            "isClosed",
            "close",
            "unwrap",
            "toString",
            "hashCode",
            "equals",
            "registerCacheEntryListener",
            "deregisterCacheEntryListener");

    /** One call on its way to the store. */
    final class Call {
        private final Method method;
        private final Object[] arguments;
        private final Thread thread = Thread.currentThread();

        private Call(Method method, Object[] arguments) {
            this.method = method;
            this.arguments = arguments;
        }

        String name() {
            return method.getName();
        }

        /** The key that the call is about; empty for calls on no key. */
        String key() {
            return arguments.length > 0 && arguments[0] instanceof String key ? key : "";
        }

        boolean isWrite() {
            return !READ_METHODS.contains(name());
        }

        Thread thread() {
            return thread;
        }

        /** Lets the call through. */
        @Nullable Object proceed() throws Throwable {
            try {
                return method.invoke(cache, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
            }
        }

        @Override
        public String toString() {
            return name();
        }
    }

    /** What becomes of a call. */
    @FunctionalInterface
    interface Fate {
        @Nullable Object decide(Call call) throws Throwable;
    }

    /** What a test does while a call waits. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    private record Rule(Predicate<Call> calls, Fate fate, boolean once) {}

    private final Cache<String, StoredSession> cache;
    private final Cache<String, StoredSession> proxy;
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    @SuppressWarnings("unchecked") // the proxy hands on what the cache returns
    WatchedCache(Cache<String, StoredSession> cache) {
        this.cache = cache;
        this.proxy = (Cache<String, StoredSession>)
                Proxy.newProxyInstance(WatchedCache.class.getClassLoader(), new Class<?>[] {Cache.class}, this);
    }

    /** The cache to give to a session manager. */
    Cache<String, StoredSession> cache() {
        return proxy;
    }

    /** The names of the calls so far, such as {@code get}. */
    List<String> calls() {
        return calls.stream().map(Call::name).toList();
    }

    List<Call> made() {
        return List.copyOf(calls);
    }

    void clear() {
        calls.clear();
    }

    /** Decides about the next of these calls. */
    synchronized void next(Predicate<Call> chosen, Fate fate) {
        rules.add(new Rule(chosen, fate, true));
    }

    /** Decides about all of these calls until {@link #heal()}. */
    synchronized void always(Predicate<Call> chosen, Fate fate) {
        rules.add(new Rule(chosen, fate, false));
    }

    void fail(Predicate<Call> chosen) {
        always(chosen, call -> {
            throw new CacheException("the store is down, says the test");
        });
    }

    void beforeNext(Predicate<Call> chosen, Action action) {
        next(chosen, call -> {
            action.run();
            return call.proceed();
        });
    }

    void afterNext(Predicate<Call> chosen, Action action) {
        next(chosen, call -> {
            Object answer = call.proceed();
            action.run();
            return answer;
        });
    }

    /** Whether there is a rule that still waits for its call. */
    boolean hasRules() {
        return !rules.isEmpty();
    }

    /** Lets every call through again. */
    synchronized void heal() {
        rules.clear();
    }

    private synchronized Fate fateOf(Call call) {
        Optional<Rule> rule =
                rules.stream().filter(known -> known.calls().test(call)).findFirst();
        rule.filter(Rule::once).ifPresent(rules::remove);
        return rule.map(Rule::fate).orElse(Call::proceed);
    }

    @Override
    public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getName().equals("equals")) {
            return arguments != null && arguments[0] == self;
        }
        Call call = new Call(method, arguments == null ? new Object[0] : arguments);
        if (STORE_LESS_METHODS.contains(call.name())) {
            return call.proceed();
        }
        calls.add(call);
        return fateOf(call).decide(call);
    }
}
