package dev.tidepool.cache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

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

    /** Runs a task for each so many elements at most; else like {@link #forEach}. */
    <T> void forEachOf(Collection<T> elements, int size, Consumer<? super List<T>> task) {
        List<T> all = List.copyOf(elements);
        List<List<T>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            chunks.add(all.subList(from, Math.min(all.size(), from + size)));
        }
        forEach(chunks, task);
    }

    private <T> void run(Collection<T> elements, Consumer<? super T> task, int workers) {
        Queue<T> queue = new ConcurrentLinkedQueue<>(elements);
        Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
        Runnable worker = () -> drain(queue, task, failures);
        List<CompletableFuture<Void>> others = new ArrayList<>();
        try {
            while (others.size() < Math.min(workers, elements.size()) - 1) {
                others.add(CompletableFuture.runAsync(worker, executor));
            }
        } catch (RejectedExecutionException e) {
            // No other thread is free: those that are at work share what there is to do.
        }
        worker.run();
        others.forEach(Parallel::await);
        RuntimeException first = failures.poll();
        if (first != null) {
            failures.stream().filter(other -> other != first).forEach(first::addSuppressed);
            throw first;
        }
    }

    private static <T> void drain(Queue<T> queue, Consumer<? super T> task, Queue<RuntimeException> failures) {
        for (T element = queue.poll(); element != null; element = queue.poll()) {
            try {
                task.accept(element);
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
    }

    /** The wait is bounded by the time-outs of the requests, so it need not be interruptible. */
    private static void await(CompletableFuture<Void> other) {
        try {
            other.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("a task let an error out", e.getCause());
        }
    }
}
