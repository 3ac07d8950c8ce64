package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The alarms and the dashboard for CloudWatch are the same in both languages, and those of the guide. */
final class CloudWatchTemplatesTest {
    private static final Guide GUIDE = Guide.of("docs/tables.md").section("## Alarms and a dashboard");

    /** What DynamoDB sends to CloudWatch each minute of a table, as its documentation says. */
    private static final Set<String> METRICS = Set.of(
            "ConditionalCheckFailedRequests",
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "SuccessfulRequestLatency",
            "SystemErrors",
            "TimeToLiveDeletedItemCount",
            "UserErrors",
            "WriteThrottleEvents");

    /** Those that are counted for each operation. */
    private static final Set<String> OF_OPERATIONS = Set.of("SuccessfulRequestLatency", "SystemErrors");

    private static final String OF_ACCOUNT = "UserErrors";

    /**
     * An alarm as a template describes it.
     *
     * @param metrics with their tables, statistics, operations, and the expression that they are part of
     * @param when the comparison with its threshold, and how long
     * @param tells whom, when it begins and when it ends
     */
    private record Alarm(Set<String> metrics, List<String> when, List<String> tells, String whatToDo) {}

    private enum Language {
        YAML("cloudwatch.yaml", "(?m)^  (?=\\w+:\\n    Type: AWS::CloudWatch::Alarm)") {
            @Override
            Alarm alarm(String text) {
                List<String> when = Stream.of(
                                "ComparisonOperator",
                                "Threshold",
                                "EvaluationPeriods",
                                "DatapointsToAlarm",
                                "TreatMissingData")
                        .map(name -> found(text, name + ": (?:!Ref )?(\\S+)"))
                        .toList();
                String words = found(text, "AlarmDescription: >-\\n((?: {8}.*\\n)+)");
                return new Alarm(
                        metrics(
                                text,
                                "Id: ",
                                "MetricName: ",
                                "Operation\\s+Value: ",
                                "Stat(?:istic)?: ",
                                "Period: ",
                                "Namespace: AWS/",
                                "- Name: (?=TableName\\s+Value: !Ref TableName)"),
                        when,
                        tells(text, "AlarmActions:\\s+- !Ref (\\w+)", "OKActions:\\s+- !Ref (\\w+)"),
                        words.strip().replaceAll("\\s+", " "));
            }

            @Override
            String dashboard(String text) {
                return found(text, "(?s)DashboardBody: !Sub \\|\\n(.*)")
                        .replace("${TableName}", "TABLE")
                        .replace("${AWS::Region}", "REGION");
            }
        },
        HCL("cloudwatch.tf", "(?m)^resource \"aws_cloudwatch_metric_alarm\" ") {
            @Override
            Alarm alarm(String text) {
                List<String> when = Stream.of(
                                "comparison_operator",
                                "threshold",
                                "evaluation_periods",
                                "datapoints_to_alarm",
                                "treat_missing_data")
                        .map(name -> found(text, name + " += (?:var\\.)?\"?([^\\s\"]+)"))
                        .map(value -> value.matches("[a-z]+_[a-z_]+") ? camel(value) : value)
                        .toList();
                return new Alarm(
                        metrics(
                                text,
                                "id += \"",
                                "metric_name += \"",
                                "Operation = \"",
                                "stat(?:istic)? += \"",
                                "period += ",
                                "namespace += \"AWS/",
                                "(?=TableName = var\\.table_name)"),
                        when,
                        tells(text, "alarm_actions += \\[var\\.(\\w+)", "ok_actions += \\[var\\.(\\w+)"),
                        found(text, "alarm_description += \"([^\"]+)\""));
            }

            @Override
            String dashboard(String text) {
                return found(text, "(?s)<<-JSON\\n(.*?)\\n  JSON")
                        .replace("${var.table_name}", "TABLE")
                        .replace("${var.region}", "REGION");
            }
        };

        private final String text;
        private final String beginning;

        Language(String file, String beginning) {
            this.text = Guide.of("docs/monitoring/" + file).text();
            this.beginning = beginning;
        }

        abstract Alarm alarm(String text);

        abstract String dashboard(String text);

        Object dashboard() {
            return Guide.json(dashboard(text));
        }

        Map<String, Alarm> alarms() {
            Map<String, Alarm> alarms = new TreeMap<>();
            Arrays.stream(text.split(beginning))
                    .skip(1)
                    .map(alarm -> alarm.split("\\n\\n(?=\\S|  Dashboard)", 2)[0] + "\n")
                    .forEach(alarm -> alarms.put(found(alarm, "[}] (\\w+)\"\\n"), alarm(alarm)));
            return alarms;
        }

        /** Returns the lines of metrics: which, of what operation and table, and how it is read. */
        private static Set<String> metrics(String text, String id, String name, String... more) {
            String expression = Pattern.compile("(?i)expression(?:: | += \")([^\"\\n]+)")
                    .matcher(text)
                    .results()
                    .map(found -> found.group(1))
                    .findFirst()
                    .orElse("");
            Set<String> metrics = new TreeSet<>(Set.of("= " + expression));
            for (String part : text.split("(?=" + id + ")", -1)) {
                if (Pattern.compile(name).matcher(part).find()) {
                    metrics.add(Stream.concat(Stream.of(id, name), Stream.of(more))
                            .map(begin -> Pattern.compile(begin + "(\\w+)")
                                    .matcher(part)
                                    .results()
                                    .map(found -> found.group(1))
                                    .collect(Collectors.joining(",")))
                            .collect(Collectors.joining(" ")));
                }
            }
            return metrics;
        }

        private static List<String> tells(String text, String... patterns) {
            return Stream.of(patterns)
                    .map(pattern -> camel(found(text, pattern)))
                    .toList();
        }

        static String found(String text, String pattern) {
            List<String> all = Pattern.compile(pattern)
                    .matcher(text)
                    .results()
                    .map(match -> match.group(1))
                    .toList();
            assertThat(all).as("%s in %s", pattern, text).hasSize(1);
            return all.get(0);
        }
    }

    /** Terraform's names have words with underscores between them. */
    private static String camel(String name) {
        return Arrays.stream(name.split("_"))
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
    }

    @Test
    void alarms_inBothLanguages_areTheSame() {
        assertThat(Language.HCL.alarms()).hasSizeGreaterThan(7).isEqualTo(Language.YAML.alarms());
    }

    @Test
    void dashboards_inBothLanguages_areTheSame() {
        assertThat(Language.HCL.dashboard()).isEqualTo(Language.YAML.dashboard());
    }

    @Test
    void alarms_namesInGuide_areThoseOfTheTemplates() {
        Set<String> named = GUIDE.rows().stream()
                .skip(1)
                .flatMap(row -> Pattern.compile("`(\\w+)`").matcher(row.get(0)).results())
                .map(name -> name.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(named).isEqualTo(Language.YAML.alarms().keySet());
    }

    @Test
    void thresholds_ofParametersInGuide_areTheirDefaults() {
        Map<String, String> inGuide = new TreeMap<>();
        Pattern.compile("([\\d,]+)(?: ms)? \\(`(\\w+)`\\)")
                .matcher(GUIDE.text())
                .results()
                .forEach(found -> inGuide.put(found.group(2), found.group(1).replace(",", "")));

        assertThat(inGuide)
                .hasSize(4)
                .isEqualTo(defaults(Language.YAML, "(?m)^  (\\w+):\\n    Type: Number\\n    Default: (\\d+)"))
                .isEqualTo(defaults(Language.HCL, "variable \"(\\w+)\" \\{\\n.*number\\n  default +=.(\\d+)"));
    }

    private static Map<String, String> defaults(Language language, String pattern) {
        Map<String, String> defaults = new TreeMap<>();
        Pattern.compile(pattern)
                .matcher(language.text)
                .results()
                .forEach(found -> defaults.put(
                        found.group(1).contains("_") ? camel(found.group(1)) : found.group(1), found.group(2)));
        return defaults;
    }

    /** A name or a dimension that DynamoDB does not send is an alarm that never rings. */
    @ParameterizedTest
    @EnumSource(Language.class)
    void metrics_namesAndDimensions_areThoseOfDynamoDb(Language language) {
        Set<String> used = Pattern.compile("\\[\"AWS/DynamoDB\", \"(\\w+)\"([^\\]]*)]")
                .matcher(language.dashboard(language.text))
                .results()
                .map(CloudWatchTemplatesTest::requireDimensions)
                .collect(Collectors.toCollection(TreeSet::new));
        language.alarms().values().stream()
                .flatMap(alarm -> alarm.metrics().stream())
                .filter(metric -> !metric.startsWith("="))
                .map(CloudWatchTemplatesTest::requireMetric)
                .forEach(used::add);

        assertThat(used).isEqualTo(METRICS);
    }

    /** The words are those of {@link Language#metrics}. */
    private static String requireMetric(String metric) {
        String[] words = metric.split(" ", -1);
        String name = words[1];
        assertThat(words[2]).as(metric).matches(OF_OPERATIONS.contains(name) ? "(Get|Put|Update|Delete)Item" : "");
        assertThat(words[5]).as(metric).isEqualTo("DynamoDB");
        assertThat(words[6]).as(metric).isEqualTo(name.equals(OF_ACCOUNT) ? "" : "TableName");
        return name;
    }

    /** An expression of a metric that there is not has no value. */
    @ParameterizedTest
    @EnumSource(Language.class)
    void expressions_ofAlarms_areOfTheirMetrics(Language language) {
        assertThat(language.alarms().values()).allSatisfy(alarm -> {
            Set<String> inExpressions = new TreeSet<>();
            Set<String> ids = new TreeSet<>();
            for (String metric : alarm.metrics()) {
                if (metric.startsWith("=")) {
                    Pattern.compile("\\b[a-z]+\\b")
                            .matcher(metric)
                            .results()
                            .forEach(id -> inExpressions.add(id.group()));
                } else if (!metric.startsWith(" ")) {
                    ids.add(metric.split(" ", -1)[0]);
                }
            }
            assertThat(ids).isEqualTo(inExpressions);
        });
    }

    /** CloudWatch takes an alarm that has one result; in CloudFormation a metric is one unless it says no. */
    @Test
    void metrics_thatExpressionsUse_areNoResults() {
        assertThat(count(Language.YAML, "ReturnData: false"))
                .isPositive()
                .isEqualTo(count(Language.YAML, "MetricStat:"));
        assertThat(count(Language.HCL, "return_data = true")).isEqualTo(count(Language.HCL, "  expression "));
    }

    private static long count(Language language, String text) {
        return language.text.lines().filter(line -> line.contains(text)).count();
    }

    @Test
    void parameters_all_areThoseThatAreUsed() {
        assertThat(all(Language.YAML, "(?:!Ref |\\$\\{)(\\w+)(?!\\w|:)"))
                .isEqualTo(all(Language.YAML, "(?m)^  (\\w+):\\n    Type: (?:String|Number)"));
        assertThat(all(Language.HCL, "\\bvar\\.(\\w+)")).isEqualTo(all(Language.HCL, "variable \"(\\w+)\""));
    }

    private static Set<String> all(Language language, String pattern) {
        return Pattern.compile(pattern)
                .matcher(language.text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String requireDimensions(MatchResult metric) {
        String name = metric.group(1);
        assertThat(metric.group(2).contains("\"TableName\", \"TABLE\"")).isEqualTo(!name.equals(OF_ACCOUNT));
        assertThat(metric.group(2).contains("\"Operation\", ")).isEqualTo(OF_OPERATIONS.contains(name));
        return name;
    }

    @Test
    void descriptions_ofAlarms_sayWhatToDo() {
        assertThat(Language.YAML.alarms().values())
                .allSatisfy(alarm ->
                        assertThat(alarm.whatToDo()).hasSizeGreaterThan(50).endsWith("."));
    }
}
