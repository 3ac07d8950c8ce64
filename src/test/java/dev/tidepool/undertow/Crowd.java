package dev.tidepool.undertow;

import dev.tidepool.session.InThread;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Clients that ask for one page again and again, each by itself, and take down what they saw. Thread-safe. */
final class Crowd implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int PATIENCE_SECONDS = 60;

    /** One request, as its client saw it; times by {@link System#nanoTime}. */
    record Visit(long begun, long ended, int status, String body) {
        long millis() {
            return TimeUnit.NANOSECONDS.toMillis(ended - begun);
        }
    }

    private final Queue<Visit> visits = new ConcurrentLinkedQueue<>();
    private final List<Future<Boolean>> clients = new ArrayList<>();
    private volatile boolean isOver;

    /** Sends clients on their way, one with each session. */
    Crowd(int port, String path, Collection<@Nullable String> sessions) {
        for (String session : sessions) {
            clients.add(InThread.call(() -> {
                ask(port, path, session);
                return true;
            }));
        }
    }

    private void ask(int port, String path, @Nullable String session) throws Exception {
        try (Visitor visitor = Visitor.with(session)) {
            while (!isOver) {
                long begun = System.nanoTime();
                Wire.Answer answer = visitor.get(port, path);
                visits.add(new Visit(begun, System.nanoTime(), answer.status(), answer.body()));
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** The requests that have been answered so far. */
    Stream<Visit> visits() {
        return visits.stream();
    }

    /** How many clients waited for an answer at a time for at least so long already. */
    long waiting(long at, long millis) {
        return visits().filter(
                        visit -> visit.begun() + TimeUnit.MILLISECONDS.toNanos(millis) <= at && at < visit.ended())
                .count();
    }

    /** Calls the clients back, whose last requests must come to an end; fails where one has failed. */
    void callBack() throws Exception {
        isOver = true;
        for (Future<Boolean> client : clients) {
            client.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        isOver = true;
    }
}
