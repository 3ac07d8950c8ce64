package dev.tidepool.undertow;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A listener that writes down what it hears, each event as a line such as {@code updated name: old -> new}. */
class SessionEvents implements SessionListener {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<String> heard = new CopyOnWriteArrayList<>();

    List<String> heard() {
        return List.copyOf(heard);
    }

    void clear() {
        heard.clear();
    }

    /** Waits until a line has been heard. */
    void await(String line) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (heard) {
            while (!heard.contains(line)) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError("Heard no '" + line + "' but " + heard);
                }
                heard.wait(left);
            }
        }
    }

    private void hear(String line) {
        synchronized (heard) {
            heard.add(line);
            heard.notifyAll();
        }
    }

    @Override
    public void sessionCreated(Session session, HttpServerExchange exchange) {
        hear("created");
    }

    @Override
    public void sessionDestroyed(
            Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
        hear("destroyed " + reason);
    }

    @Override
    public void attributeAdded(Session session, String name, Object value) {
        hear("added " + name + ": " + value);
    }

    @Override
    public void attributeUpdated(Session session, String name, Object newValue, Object oldValue) {
        hear("updated " + name + ": " + oldValue + " -> " + newValue);
    }

    @Override
    public void attributeRemoved(Session session, String name, @Nullable Object oldValue) {
        hear("removed " + name + ": " + oldValue);
    }

    @Override
    public void sessionIdChanged(Session session, String oldSessionId) {
        hear("id changed");
    }
}
