package dev.tidepool.cache;

import java.util.List;
import software.amazon.awssdk.core.metrics.CoreMetric;
import software.amazon.awssdk.http.HttpMetric;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;

/**
 * Learns of one call of the SDK whether an attempt that it gave up may have reached the table.
 *
 * <p>The SDK sends a request again after a reset connection, a time-out or a server's error, although the first may
 * have been applied. Its metrics are the one way to learn of that, for a client of the application's own too; they are
 * published in the calling thread before the call returns.
 */
final class Attempts implements MetricPublisher {
    private static final int FIRST_SERVER_ERROR = 500;

    private boolean lostAnswer;

    @Override
    public void publish(MetricCollection call) {
        List<MetricCollection> attempts = call.children();
        for (MetricCollection attempt : attempts.subList(0, Math.max(0, attempts.size() - 1))) {
            lostAnswer |= mayHaveBeenApplied(attempt);
        }
    }

    /** A refusal (4xx: throttling among them) is certain; no answer at all, or a server's error, is not. */
    private static boolean mayHaveBeenApplied(MetricCollection attempt) {
        List<String> errors = attempt.metricValues(CoreMetric.ERROR_TYPE);
        if (errors.contains("Throttling")) {
            return false;
        }
        List<Integer> statuses = attempt.metricValues(HttpMetric.HTTP_STATUS_CODE);
        return statuses.isEmpty() || statuses.get(statuses.size() - 1) >= FIRST_SERVER_ERROR;
    }

    boolean lostAnswer() {
        return lostAnswer;
    }

    @Override
    public void close() {
        // Nothing is held; each call has an instance of its own.
    }
}
