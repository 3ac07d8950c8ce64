package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import java.lang.management.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.junit.jupiter.api.Test;

final class DeadlockProbeTest {
    static final NewSession WANTED = new NewSession(600, null);
    static volatile SessionEngine engine;

    static final class Active implements java.io.Serializable {
        int n;
    }

    static final class Obs implements SessionObserver {
        public void ended(SessionHandle s, EndReason r) {}

        public boolean isOfContainer(String n) {
            return false;
        }

        public boolean isActivatable(Object v) {
            return v instanceof Active;
        }

        public void willPassivate(SessionHandle s, Object v) {
            s.attribute("user");
        }

        public void didActivate(SessionHandle s, Object v) {
            s.attribute("user");
        }
    }

    static void run(String what, Callable<?> a, Callable<?> b) throws Exception {
        AtomicLong done = new AtomicLong();
        AtomicReference<Throwable> bad = new AtomicReference<>();
        for (Callable<?> c : List.of(a, b, a, b)) {
            Thread t = new Thread(() -> {
                try {
                    for (int i = 0; i < 20000; i++) {
                        c.call();
                        done.incrementAndGet();
                    }
                } catch (Throwable e) {
                    bad.compareAndSet(null, e);
                }
            });
            t.setDaemon(true);
            t.start();
        }
        long before = -1;
        for (int i = 0; i < 8; i++) {
            Thread.sleep(1000);
            long[] dead = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
            if (dead != null) {
                System.out.println("PROBE " + what + ": DEADLOCK after " + done.get());
                for (ThreadInfo ti : ManagementFactory.getThreadMXBean().getThreadInfo(dead, 14))
                    System.out.println(ti);
                return;
            }
        }
        System.out.println("PROBE " + what + ": no deadlock after " + done.get() + " " + bad.get());
    }

    @Test
    void activation() throws Exception {
        engine = SessionEngine.builder(Caches.reference())
                .allow(List.of("dev.tidepool.**"))
                .codec("jdk")
                .build("p", null, new Obs());
        SessionRequest r = engine.request(() -> true);
        SessionHandle h = r.create(null, false, false, WANTED);
        h.setAttribute("user", "ann");
        h.setAttribute("active", new Active());
        r.commit();
        r.end(false, true);
        SessionId id = h.id();
        Callable<?> reading = () -> {
            SessionRequest q = engine.request(() -> true);
            SessionHandle s = requireNonNull(q.find(id));
            s.attribute("active");
            q.commit();
            q.end(false, true);
            return null;
        };
        run("activation", reading, reading);
    }

    @Test
    void synchronizedList() throws Exception {
        engine = SessionEngine.builder(Caches.reference())
                .allow(List.of("dev.tidepool.**"))
                .codec("jdk")
                .build("p2", null, new Obs());
        SessionRequest r = engine.request(() -> true);
        SessionHandle h = r.create(null, false, false, WANTED);
        h.setAttribute("list", new Vector<>(List.of("a")));
        h.setAttribute("user", "ann");
        r.commit();
        SessionId id = h.id();
        Callable<?> w = () -> {
            SessionRequest q = engine.request(() -> true);
            SessionHandle s = requireNonNull(q.find(id));
            Vector<String> v = (Vector<String>) s.attribute("list");
            synchronized (v) {
                v.set(0, "" + System.nanoTime());
                s.setAttribute("n", "1");
            }
            q.commit();
            q.end(false, true);
            return null;
        };
        run("synchronizedList", w, w);
    }
}
