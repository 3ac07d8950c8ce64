package dev.tidepool.cache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the requests of one operation at the same time, with a bound. The calling thread takes part, so a single request
 * costs no other thread, and an operation gets on even when no other thread is free.
 */
final class Parallel {
    private final Executor executor;
    private final int bound;

    Parallel(Executor executor, int bound) {
        this.executor = executor;
        this.bound = bound;
    }

    /**
     * Runs a task for each element and returns when all are done; a failure does not keep the others from being tried.
     *
     * @throws RuntimeException the first failure, with the others suppressed
     */
    <T> void forEach(Collection<T> elements, Consumer<? super T> task) {
        run(elements, task, bound);
    }

    /** Runs a task for each element, one after the other in the calling thread; else like {@link #forEach}. */
    <T> void inTurn(Collection<T> elements, Consumer<? super T> task) {
        run(elements, task, 1);
    }

    private <T> void run(Collection<T> elements, Consumer<? super T> task, int workers) {
        ConcurrentLinkedQueue<T> queue = new ConcurrentLinkedQueue<>(elements);
        ConcurrentLinkedQueue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
        Runnable worker = () -> drain(queue, task, failures);
        List<FutureTask<?>> others = new ArrayList<>();
        for (int i = 1; i < Math.min(workers, elements.size()); i++) {
            FutureTask<?> other = new FutureTask<>(worker, null);
            if (!started(other)) {
                break;
            }
            others.add(other);
        }
        worker.run();
        others.forEach(Parallel::await);
        rethrow(failures);
    }

    private static <T> void drain(
            ConcurrentLinkedQueue<T> queue,
            Consumer<? super T> task,
            ConcurrentLinkedQueue<RuntimeException> failures) {
        for (T element = queue.poll(); element != null; element = queue.poll()) {
            try {
                task.accept(element);
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
    }

    private boolean started(FutureTask<?> other) {
        try {
            executor.execute(other);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** The wait is bounded by the time-outs of the requests, so it need not be interruptible. */
    private static void await(FutureTask<?> other) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    other.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException("a task let an error out", e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void rethrow(Collection<RuntimeException> failures) {
        RuntimeException first = null;
        for (RuntimeException failure : failures) {
            first = suppressing(first, failure);
        }
        if (first != null) {
            throw first;
        }
    }

    private static RuntimeException suppressing(@Nullable RuntimeException first, RuntimeException failure) {
        if (first == null) {
            return failure;
        }
        if (first != failure) {
            first.addSuppressed(failure);
        }
        return first;
    }
}
