package dev.tidepool.cache;

import java.util.List;
import software.amazon.awssdk.core.metrics.CoreMetric;
import software.amazon.awssdk.http.HttpMetric;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;

/**
 * Learns of one call of the SDK how many attempts it took, and whether one that it gave up may have reached the table.
 *
 * <p>The SDK sends a request again after a reset connection, a time-out or a server's error, although the first may
 * have been applied. Its metrics are the one way to learn of that, for a client of the application's own too; they are
 * published in the calling thread before the call returns.
 */
final class Attempts implements MetricPublisher {
    private static final int FIRST_SERVER_ERROR = 500;

    private boolean lostAnswer;
    private boolean answered;
    private int retries;
    private int throttled;

    @Override
    public void publish(MetricCollection call) {
        List<MetricCollection> attempts = call.children();
        retries = Math.max(0, attempts.size() - 1);
        for (MetricCollection attempt : attempts.subList(0, retries)) {
            lostAnswer |= mayHaveBeenApplied(attempt);
        }
        answered = attempts.stream().anyMatch(Attempts::isAnswered);
        throttled = (int) attempts.stream().filter(Attempts::isThrottled).count();
    }

    /** A refusal (4xx: throttling among them) is certain; no answer at all, or a server's error, is not. */
    private static boolean mayHaveBeenApplied(MetricCollection attempt) {
        if (isThrottled(attempt)) {
            return false;
        }
        List<Integer> statuses = attempt.metricValues(HttpMetric.HTTP_STATUS_CODE);
        return statuses.isEmpty() || statuses.get(statuses.size() - 1) >= FIRST_SERVER_ERROR;
    }

    private static boolean isAnswered(MetricCollection attempt) {
        return !attempt.metricValues(HttpMetric.HTTP_STATUS_CODE).isEmpty();
    }

    private static boolean isThrottled(MetricCollection attempt) {
        return attempt.metricValues(CoreMetric.ERROR_TYPE).contains("Throttling");
    }

    /** How many attempts there were after the first. */
    int retries() {
        return retries;
    }

    /** How many attempts were throttled, the last one among them if it was. */
    int throttled() {
        return throttled;
    }

    /** Whether the server has answered any attempt. */
    boolean wasAnswered() {
        return answered;
    }

    boolean lostAnswer() {
        return lostAnswer;
    }

    @Override
    public void close() {
        // Nothing is held; each call has an instance of its own.
    }
}
