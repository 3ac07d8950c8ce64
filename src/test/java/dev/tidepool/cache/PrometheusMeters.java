package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What Prometheus makes of the meters of a registry: underscores for periods, then the unit, and what the value is.
 *
 * @param labels by the name of the series
 * @param tags the labels with their values, likewise
 */
record PrometheusMeters(Map<String, Set<String>> labels, Map<String, Set<Tag>> tags) {
    private static final Pattern SERIES = Pattern.compile("tidepool_\\w+");
    private static final Pattern SELECTOR = Pattern.compile("(tidepool_\\w+)\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)=~?\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

    /** What Prometheus itself adds. */
    private static final String INSTANCE = "instance";

    static PrometheusMeters of(MeterRegistry registry) {
        Map<String, Set<String>> labels = new TreeMap<>();
        Map<String, Set<Tag>> all = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            Set<String> tags =
                    meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new));
            series(meter).forEach(name -> {
                labels.put(name, tags);
                all.computeIfAbsent(name, unused -> new HashSet<>())
                        .addAll(meter.getId().getTags());
            });
        }
        return new PrometheusMeters(labels, all);
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
        SELECTOR.matcher(promql).results().forEach(selector -> requireSelected(selector.group(1), selector.group(2)));
    }

    /** A variable of a dashboard stands for values that are chosen. */
    private void requireSelected(String name, String matchers) {
        MATCHER.matcher(matchers).results().forEach(matcher -> {
            assertThat(labels.get(name)).as(matchers).contains(matcher.group(1));
            if (!matcher.group(2).startsWith("$")) {
                assertThat(tags.get(name))
                        .as(matchers)
                        .containsAll(Arrays.stream(matcher.group(2).split("\\|"))
                                .map(value -> Tag.of(matcher.group(1), value))
                                .toList());
            }
        });
    }

    /**
     * Fails unless the labels in a text are those that the results of an expression have.
     *
     * @param label finds a label in the text, as its first group
     */
    void assertShown(String promql, Pattern label, String text) {
        Set<String> kept = GROUPING.matcher(promql)
                .results()
                .flatMap(by -> Arrays.stream(by.group(1).split(", ")))
                .collect(Collectors.toSet());
        assertThat(label.matcher(text).results().map(found -> found.group(1)))
                .as(promql)
                .isNotEmpty()
                .isSubsetOf(kept);
    }
}
