package dev.tidepool.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What one load on one server took.
 *
 * @param load what the visitors have seen
 * @param cpu the time that all threads of the server's process have run meanwhile
 */
record Round(Load load, Duration cpu) {
    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /**
     * A round of a process.
     *
     * @param before its CPU time since its start, when the load began
     * @param after the same when the load was over
     */
    static Round of(Load load, Duration before, Duration after) {
        return new Round(load, after.minus(before));
    }

    double requestsPerSecond() {
        return load.requests() / (load.nanos() / NANOS_PER_SECOND);
    }

    double cpuMillisPerRequest() {
        return cpu.toNanos() / NANOS_PER_MILLI / load.requests();
    }

    /** The latency that so many of a hundred requests did not exceed. */
    double millisAt(double percentile) {
        return load.latencies().getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }
}
