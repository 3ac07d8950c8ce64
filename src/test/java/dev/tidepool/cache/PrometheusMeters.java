package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What Prometheus makes of the meters of a registry: underscores for periods, then the unit, and what the value is.
 *
 * @param labels by the name of the series
 */
record PrometheusMeters(Map<String, Set<String>> labels) {
    private static final Pattern SERIES = Pattern.compile("tidepool_\\w+");
    private static final Pattern SELECTOR = Pattern.compile("(tidepool_\\w+)\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)=~?\"");
    private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

    /** What Prometheus itself adds. */
    private static final String INSTANCE = "instance";

    static PrometheusMeters of(MeterRegistry registry) {
        Map<String, Set<String>> labels = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            Set<String> tags =
                    meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new));
            series(meter).forEach(name -> labels.put(name, tags));
        }
        return new PrometheusMeters(labels);
    }

    private static List<String> series(Meter meter) {
        String name = meter.getId().getName().replace('.', '_');
        String unit = meter.getId().getBaseUnit();
        String measured = unit == null || name.endsWith("_" + unit) ? name : name + "_" + unit;
        return switch (meter.getId().getType()) {
            case TIMER -> List.of(name + "_seconds_count", name + "_seconds_sum", name + "_seconds_max");
            case COUNTER -> List.of(measured + "_total");
            default -> List.of(measured);
        };
    }

    /** Returns the series that a text of PromQL names. */
    static Set<String> in(String promql) {
        return SERIES.matcher(promql).results().map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Fails unless all series and labels of an expression are registered. */
    void assertKnown(String promql) {
        Set<String> series = in(promql);
        assertThat(series).as(promql).isNotEmpty().isSubsetOf(labels.keySet());
        Set<String> grouping = GROUPING.matcher(promql)
                .results()
                .flatMap(by -> Arrays.stream(by.group(1).split(", ")))
                .filter(label -> !label.equals(INSTANCE))
                .collect(Collectors.toSet());
        series.forEach(name -> assertThat(grouping).as(promql).isSubsetOf(labels.get(name)));
        SELECTOR.matcher(promql)
                .results()
                .forEach(selector ->
                        assertThat(matched(selector.group(2))).as(promql).isSubsetOf(labels.get(selector.group(1))));
    }

    private static Stream<String> matched(String matchers) {
        return MATCHER.matcher(matchers).results().map(matcher -> matcher.group(1));
    }
}
