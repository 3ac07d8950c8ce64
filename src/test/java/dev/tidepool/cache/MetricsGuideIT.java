package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.SessionMetrics;
import dev.tidepool.undertow.JCacheSessionManager;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guide to metrics names the meters that there are. */
@ExtendWith(DynamoDbLocal.class)
final class MetricsGuideIT {
    private static final Guide GUIDE = Guide.of("docs/metrics.md").section("## Requests and sessions");
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

    /** Prometheus has underscores for periods, then the unit, and what the value is. */
    @Test
    void alarms_names_areThoseOfMeters() {
        Set<String> known = new TreeSet<>();
        for (Meter meter : registry.getMeters()) {
            String name = meter.getId().getName().replace('.', '_');
            String unit = meter.getId().getBaseUnit();
            if (meter.getId().getType() == Meter.Type.TIMER) {
                known.addAll(List.of(name + "_seconds_count", name + "_seconds_sum"));
            } else if (meter.getId().getType() == Meter.Type.COUNTER) {
                known.add((unit == null || name.endsWith(unit) ? name : name + "_" + unit) + "_total");
            }
        }

        assertThat(Pattern.compile("tidepool_\\w+")
                        .matcher(GUIDE.section("### Alarms").text())
                        .results()
                        .map(MatchResult::group)
                        .collect(Collectors.toSet()))
                .hasSizeGreaterThan(4)
                .isSubsetOf(known);
    }
}
