package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.SessionMetrics;
import dev.tidepool.undertow.JCacheSessionManager;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guide to metrics, the alarms and the dashboard name the meters that there are. */
@ExtendWith(DynamoDbLocal.class)
final class MetricsGuideIT {
    private static final Guide GUIDE = Guide.of("docs/metrics.md").section("## Requests and sessions");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");
    private static final Pattern MESSAGE = Pattern.compile("\\{\\{ \\$labels\\.(\\w+) }}");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final Node node = Node.start();

    @BeforeEach
    void register() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        JCacheSessionManager sessions = JCacheSessionManager.builder(
                        node.cache("sessions", SessionCaches.configuration().table(Node.freshTable())))
                .build("shop");
        new SessionMetrics(sessions.engine()).bindTo(registry);
        node.cache(
                        "prices",
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .table(Node.freshTable()))
                .get("tea");
    }

    @AfterEach
    void close() {
        node.close();
    }

    private static Set<String> codes(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void tableOfMeters_namesAndTags_areThoseThatAreRegistered() {
        Map<String, Set<String>> described = new TreeMap<>();
        GUIDE.section("### Meters").rows().stream()
                .skip(1)
                .forEach(row -> codes(row.get(0)).forEach(name -> described.put(name, codes(row.get(1)))));

        Map<String, Set<String>> registered = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            registered.put(
                    meter.getId().getName(),
                    meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new)));
        }

        assertThat(described).isEqualTo(registered);
    }

    @ParameterizedTest
    @CsvSource({
        "tidepool.requests, outcome, The outcome is",
        "tidepool.sessions.failures, reason, The reason is",
        "tidepool.sessions.ended, reason, The reason is"
    })
    void values_ofTagsInGuide_areThoseThatAreRegistered(String meter, String tag, String begin) {
        Set<String> registered = registry.find(meter).meters().stream()
                .map(found -> String.valueOf(found.getId().getTag(tag)))
                .collect(Collectors.toSet());
        String row = GUIDE.text()
                .lines()
                .filter(line -> line.startsWith("| `" + meter + "`"))
                .findFirst()
                .orElseThrow();

        assertThat(codes(row.substring(row.indexOf(begin)))).isEqualTo(registered);
    }

    /** The expressions of the table; a pipe within a cell is escaped. */
    private static List<String> alarms() {
        return GUIDE.section("### Alarms")
                .text()
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| alarm"))
                .map(line -> line.split("(?<!\\\\)\\|", -1)[2].replace("\\|", "|"))
                .map(cell -> cell.substring(cell.indexOf('`') + 1, cell.lastIndexOf('`')))
                .toList();
    }

    @Test
    void alarms_seriesAndLabels_areThoseOfMeters() {
        PrometheusMeters meters = PrometheusMeters.of(registry);

        assertThat(alarms()).hasSizeGreaterThan(4).allSatisfy(meters::assertKnown);
    }

    /** A label that the expression has not kept is empty in a message. */
    @Test
    void alarmRules_labelsInMessages_areThoseOfExpressions() {
        PrometheusMeters meters = PrometheusMeters.of(registry);

        Arrays.stream(Guide.of("docs/monitoring/prometheus-alerts.yaml").text().split("- alert: "))
                .skip(1)
                .forEach(rule -> meters.assertShown(
                        rule.lines()
                                .filter(line -> line.contains("expr: "))
                                .findFirst()
                                .orElseThrow(),
                        MESSAGE,
                        rule));
    }

    @Test
    void alarmRules_all_areThoseOfTheTableAndSayWhatToDo() {
        String rules = Guide.of("docs/monitoring/prometheus-alerts.yaml").text();

        assertThat(Pattern.compile("(?m)^        expr: '(.*)'$")
                        .matcher(rules)
                        .results()
                        .map(expression -> expression.group(1)))
                .containsExactlyElementsOf(alarms());
        assertThat(rules.split("- alert: "))
                .hasSize(alarms().size() + 1)
                .allSatisfy(rule -> assertThat(rule)
                        .matches(Pattern.compile(
                                "(?s)# .*|Tidepool\\w+\n.* for: \\d+m\n.* severity: (critical|warning)\n"
                                        + ".* summary: \"[^\"\n]+\"\n.* action: \"[^\"\n]+\"\n\\s*")));
    }

    /** The panels of the dashboard but for the headings of rows. */
    private static List<Map<?, ?>> panels() {
        Map<?, ?> dashboard =
                (Map<?, ?>) Guide.json(Guide.of("docs/monitoring/grafana.json").text());
        return maps(dashboard.get("panels")).stream()
                .filter(panel -> !"row".equals(panel.get("type")))
                .toList();
    }

    private static List<Map<?, ?>> maps(@Nullable Object list) {
        return ((List<?>) requireNonNull(list))
                .stream().<Map<?, ?>>map(element -> (Map<?, ?>) element).toList();
    }

    private static String expressions(Map<?, ?> panel) {
        return maps(panel.get("targets")).stream()
                .map(target -> String.valueOf(target.get("expr")))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void dashboard_queries_areOfMetersAndOfAllOfThem() {
        PrometheusMeters meters = PrometheusMeters.of(registry);

        Set<String> shown = new TreeSet<>();
        for (Map<?, ?> panel : panels()) {
            maps(panel.get("targets")).forEach(target -> {
                String expression = String.valueOf(target.get("expr"));
                meters.assertKnown(expression);
                meters.assertShown(expression, LEGEND, String.valueOf(target.get("legendFormat")));
            });
            shown.addAll(PrometheusMeters.in(expressions(panel)));
        }

        assertThat(shown).isEqualTo(meters.labels().keySet());
    }

    @Test
    void dashboard_panels_sayWhatToDoAndHaveAPlaceAndTheChosenSource() {
        assertThat(panels())
                .allSatisfy(panel -> assertThat(String.valueOf(panel.get("description")))
                        .hasSizeGreaterThan(30)
                        .endsWith("."));
        assertThat(Pattern.compile("\"datasource\": \\{[^}]*\"uid\": \"([^\"]+)\"")
                        .matcher(Guide.of("docs/monitoring/grafana.json").text())
                        .results()
                        .map(source -> source.group(1)))
                .hasSizeGreaterThan(panels().size())
                .containsOnly("${datasource}");
        assertThat(panels()).extracting(panel -> panel.get("id")).doesNotHaveDuplicates();
        assertThat(panels()).extracting(panel -> panel.get("gridPos")).doesNotHaveDuplicates();
    }

    @Test
    void dashboard_variables_areThoseThatQueriesUse() {
        String dashboard = Guide.of("docs/monitoring/grafana.json").text();
        Set<String> used = Pattern.compile("\\$\\{?([a-z]+)")
                .matcher(dashboard)
                .results()
                .map(variable -> variable.group(1))
                .collect(Collectors.toSet());

        assertThat(maps(((Map<?, ?>) requireNonNull(((Map<?, ?>) Guide.json(dashboard)).get("templating")))
                        .get("list")))
                .extracting(variable -> String.valueOf(variable.get("name")))
                .containsExactlyInAnyOrderElementsOf(used);
        PrometheusMeters meters = PrometheusMeters.of(registry);
        assertThat(Pattern.compile("label_values\\((\\w+), (\\w+)\\)")
                        .matcher(dashboard)
                        .results())
                .isNotEmpty()
                .allSatisfy(values ->
                        assertThat(meters.labels().get(values.group(1))).contains(values.group(2)));
    }
}
