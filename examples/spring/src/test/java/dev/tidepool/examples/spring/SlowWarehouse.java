package dev.tidepool.examples.spring;

import java.time.Duration;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** A warehouse that does not answer before all other threads that ask wait for something. */
final class SlowWarehouse extends Warehouse {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private volatile List<Thread> others = List.of();

    /** Puts it in the place of the shop's own. */
    static final class Beans {
        @Bean
        @Primary
        SlowWarehouse slowWarehouse() {
            return new SlowWarehouse();
        }
    }

    /** From now on reports wait for all of these threads but the one that asks. */
    void waitFor(List<Thread> threads) {
        others = threads;
    }

    @Override
    Report report(int year) {
        Report report = super.report(year);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (others.stream().anyMatch(SlowWarehouse::isAtWork)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("more than one thread is at work");
            }
            Thread.onSpinWait();
        }
        return report;
    }

    private static boolean isAtWork(Thread thread) {
        return thread != Thread.currentThread()
                && (thread.getState() == Thread.State.NEW || thread.getState() == Thread.State.RUNNABLE);
    }
}
