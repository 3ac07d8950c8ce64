package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.session.Caches;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import dev.tidepool.session.StoredSession;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many sessions that time out in the same moment. The store is in memory and answers after a time that the test sets,
 * so that what is measured is the waiting.
 */
@Timeout(120)
final class ExpiryHerdIT {
    private static final int HERD = 3_000;
    private static final long CALL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int CLIENTS = 4;

    /** A third of what is promised, as the machine may be busy. */
    private static final long HERD_ENDS_WITHIN_MILLIS = 6_000;

    private static final int BLOCKED_LISTENERS = 8;
    private static final int SECONDS_OF_USED = 4;

    private final Cache<String, StoredSession> cache = Caches.reference();
    private final WatchedCache one = new WatchedCache(cache);
    private final WatchedCache two = new WatchedCache(cache);
    private final Gate gate = new Gate();
    private final AtomicInteger told = new AtomicInteger();
    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        visitor.close();
    }

    private CoreNode node(WatchedCache watched, SessionListener listener) {
        JCacheSessionManager manager = JCacheSessionManager.builder(watched.cache())
                .touchInterval(Duration.ZERO)
                .build(StoreNode.APPLICATION);
        manager.registerSessionListener(listener);
        return CoreNode.start(manager)
                .withPages()
                .page("/begin-due-at", exchange -> {
                    Session session = CoreNode.session(exchange);
                    session.setAttribute("user", "one of many");
                    long left = Long.parseLong(CoreNode.query(exchange, "time")) - System.currentTimeMillis();
                    session.setMaxInactiveInterval((int) Math.max(1, left / 1_000));
                    return "begun";
                })
                .page("/begin-used", exchange -> {
                    CoreNode.session(exchange).setMaxInactiveInterval(SECONDS_OF_USED);
                    return "begun";
                })
                .page("/slow", CoreNode.onSession((exchange, session) -> {
                    gate.pass();
                    session.setAttribute("user", "ann");
                    return session.getAttribute("user");
                }));
    }

    private SessionListener timeouts(Runnable listener) {
        return new SessionListener() {
            @Override
            public void sessionDestroyed(
                    Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
                listener.run();
                told.incrementAndGet();
            }
        };
    }

    /** Begins sessions that are all due in the second before a moment. */
    private static void begin(CoreNode node, int sessions, long due) throws Exception {
        List<Future<Boolean>> clients = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            clients.add(InThread.call(() -> {
                try (Wire wire = new Wire(node.port())) {
                    for (int i = 0; i < sessions / CLIENTS; i++) {
                        wire.get("/begin-due-at?time=" + due);
                    }
                }
                return true;
            }));
        }
        for (Future<Boolean> client : clients) {
            client.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void timeout_ofManySessionsAtOnce_endsThemInParallelAndKeepsTheUsedOne() throws Exception {
        try (CoreNode first = node(one, timeouts(() -> {}));
                CoreNode second = node(two, timeouts(() -> {}));
                gate) {
            long due = System.currentTimeMillis() + 6_000;
            begin(first, HERD, due);
            first.visit(visitor, "/begin-used");
            String used = requireNonNull(visitor.session());
            Future<Wire.Answer> slow = InThread.call(() -> visitor.get(first.port(), "/slow"));
            gate.awaitArrival();
            one.always(WatchedCache.ALL, call -> {
                LockSupport.parkNanos(CALL_NANOS);
                return call.proceed();
            });

            Eventually.holds("the first sessions have timed out", () -> System.currentTimeMillis() >= due);
            Eventually.holds("all others have timed out", () -> {
                assertThat(second.manager().getSession(used))
                        .as("the session that a request is on")
                        .isNotNull();
                return told.get() == HERD;
            });

            assertThat(System.currentTimeMillis() - due).isLessThan(HERD_ENDS_WITHIN_MILLIS);
            gate.open();
            assertThat(slow.get(20, TimeUnit.SECONDS).body()).isEqualTo("ann");
        }
    }

    @Test
    void timeout_someListenersBlock_othersAreTold() throws Exception {
        int sessions = 80;
        AtomicInteger calls = new AtomicInteger();
        try (CoreNode first = node(one, timeouts(() -> {
                    if (calls.incrementAndGet() <= BLOCKED_LISTENERS) {
                        standStill();
                    }
                }));
                CoreNode second = node(two, timeouts(() -> {}));
                gate) {
            begin(first, sessions, System.currentTimeMillis() + 1_500);
            first.visit(visitor, "/begin-used");
            String used = requireNonNull(visitor.session());
            Future<Wire.Answer> slow = InThread.call(() -> visitor.get(first.port(), "/slow"));
            long usedDue = System.currentTimeMillis() + TimeUnit.SECONDS.toMillis(SECONDS_OF_USED);

            Eventually.holds("all other listeners were called", () -> told.get() == sessions - BLOCKED_LISTENERS);
            assertThat(calls).hasValue(sessions);
            Eventually.holds("the deadline of the used session has passed", () -> {
                assertThat(second.manager().getSession(used)).isNotNull();
                return System.currentTimeMillis() > usedDue;
            });

            gate.open();
            assertThat(slow.get(20, TimeUnit.SECONDS).body()).isEqualTo("ann");
            Eventually.holds("all listeners were called", () -> told.get() == sessions);
        }
    }

    private void standStill() {
        try {
            gate.pass();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
