package dev.tidepool.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * All that has been measured.
 *
 * @param machine where
 * @param options what
 * @param seconds how long it took
 * @param results of each server
 * @param comparisons of servers
 */
record Report(Machine machine, String options, long seconds, List<Result> results, List<Comparison> comparisons) {
    private static final String ROW = "%-37s %-19s %-19s %-18s %-22s %-22s %-22s %s%n";
    private static final int SECONDS_PER_MINUTE = 60;

    /** Writes the figures and the chart. */
    void write(Path json, Path chart) throws IOException {
        Files.createDirectories(json.toAbsolutePath().getParent());
        Files.createDirectories(chart.toAbsolutePath().getParent());
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), this);
        Files.writeString(chart, new SpeedChart(this).svg());
    }

    /** The figures as a table. */
    String text() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%nThe median of all rounds (the lowest - the highest); CPU of the server's process%n%n" + ROW,
                "server",
                "CPU ms/req, cold",
                "CPU ms/req, warm",
                "requests/s",
                "p50 ms",
                "p95 ms",
                "p99 ms",
                "journey: requests, RCU, WCU"));
        results.forEach(result -> text.append(row(result)));
        text.append(String.format("%n"));
        comparisons.forEach(comparison -> text.append(String.format(
                Locale.ROOT, "%-66s %6.2f %s%n", comparison.name(), comparison.value(), comparison.unit())));
        return text
                + String.format(
                        Locale.ROOT,
                        "%n%s%n%s%nA journey has %d requests. It took %d min %d s; the load of the machine before it was %.1f.%n",
                        machine,
                        options,
                        Step.JOURNEY.size(),
                        seconds / SECONDS_PER_MINUTE,
                        seconds % SECONDS_PER_MINUTE,
                        machine.load());
    }

    private static String row(Result result) {
        return String.format(
                Locale.ROOT,
                ROW,
                result.title(),
                result.coldCpuMillis().text(2),
                result.warmCpuMillis().text(3),
                result.requestsPerSecond().text(0),
                result.p50Millis().text(1),
                result.p95Millis().text(1),
                result.p99Millis().text(1),
                String.format(
                        Locale.ROOT,
                        "%d, %.1f, %.1f",
                        result.journey().requests(),
                        result.journey().readUnits(),
                        result.journey().writeUnits()));
    }
}
