package dev.tidepool.session;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rings for sessions at their times, each session having one alarm or none. It is a heap that knows where in it each
 * session is, so that an alarm costs four bytes and is moved, as each request does, without a search. Thread-safe.
 */
final class AlarmClock {
    static final int NOT_SET = -1;

    private static final Logger LOG = LoggerFactory.getLogger(AlarmClock.class);
    private static final int FIRST_CAPACITY = 64;
    private static final long RETRY_MILLIS = 1_000;

    private final Consumer<LiveSession> onAlarm;
    private LiveSession[] heap = new LiveSession[FIRST_CAPACITY];
    private int size;
    private @Nullable Thread thread;
    private boolean isStopped;

    /** @param onAlarm called in the clock's one thread, which it must not keep */
    AlarmClock(Consumer<LiveSession> onAlarm) {
        this.onAlarm = onAlarm;
    }

    /** Sets the alarm of a session anew; it has none while the clock is stopped. */
    synchronized void set(LiveSession live, long afterMillis) {
        if (isStopped) {
            return;
        }
        live.alarmAt = monotonicMillis() + Math.max(0, afterMillis);
        if (live.alarmIndex == NOT_SET) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
            }
            place(live, size++);
        }
        up(live.alarmIndex);
        down(live.alarmIndex);
        if (heap[0] == live) {
            wake();
        }
    }

    synchronized void cancel(LiveSession live) {
        if (live.alarmIndex != NOT_SET) {
            remove(live.alarmIndex);
        }
    }

    /** Goes on after a stop; a clock that was never stopped goes already. */
    synchronized void start() {
        isStopped = false;
    }

    /**
     * Ends the thread, and forgets all alarms. Requests that end later set none, as a thread would stay on for them.
     */
    synchronized void stop() {
        isStopped = true;
        for (int i = 0; i < size; i++) {
            heap[i].alarmIndex = NOT_SET;
        }
        heap = new LiveSession[FIRST_CAPACITY];
        size = 0;
        thread = null;
        notifyAll();
    }

    private static long monotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void wake() {
        if (thread == null) {
            thread = new Thread(this::run, "tidepool-sessions-clock");
            thread.setDaemon(true);
            thread.start();
        }
        notifyAll();
    }

    private void run() {
        for (LiveSession due = next(); due != null; due = next()) {
            ring(due);
        }
    }

    /** One alarm that fails, as for want of memory or threads, must not be the last one of all. */
    private void ring(LiveSession due) {
        try {
            onAlarm.accept(due);
        } catch (RuntimeException | Error e) {
            LOG.error("An alarm for a session has failed, and rings again in {} ms", RETRY_MILLIS, e);
            set(due, RETRY_MILLIS);
        }
    }

    /** Waits for the next alarm; returns null when this thread is not the clock's any more. */
    private synchronized @Nullable LiveSession next() {
        while (thread == Thread.currentThread()) {
            long left = size == 0 ? 0 : heap[0].alarmAt - monotonicMillis();
            if (size > 0 && left <= 0) {
                LiveSession due = heap[0];
                remove(0);
                return due;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                return null;
            }
        }
        return null;
    }

    private void remove(int index) {
        heap[index].alarmIndex = NOT_SET;
        LiveSession last = heap[--size];
        heap[size] = null;
        if (index < size) {
            place(last, index);
            up(index);
            down(last.alarmIndex);
        }
    }

    private void place(LiveSession live, int index) {
        heap[index] = live;
        live.alarmIndex = index;
    }

    private void up(int from) {
        LiveSession moved = heap[from];
        int index = from;
        while (index > 0 && heap[(index - 1) / 2].alarmAt > moved.alarmAt) {
            place(heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }
        place(moved, index);
    }

    private void down(int from) {
        LiveSession moved = heap[from];
        int index = from;
        for (int child = child(index); child < size && heap[child].alarmAt < moved.alarmAt; child = child(index)) {
            place(heap[child], index);
            index = child;
        }
        place(moved, index);
    }

    /** Returns the earlier one of two. */
    private int child(int index) {
        int left = 2 * index + 1;
        return left + 1 < size && heap[left + 1].alarmAt < heap[left].alarmAt ? left + 1 : left;
    }
}
