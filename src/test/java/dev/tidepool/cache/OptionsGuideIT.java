package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.AwsConfig;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The guide to options tells the truth: its samples run, and its table is that of the code. */
@ExtendWith(DynamoDbLocal.class)
class OptionsGuideIT {
    private static final Guide GUIDE = Guide.of("docs/options.md");

    private record Token(long secondsLeft) implements java.io.Serializable {}

    /** Cells of the row of an option, by the headings of their columns. */
    private static Map<String, Map<String, String>> optionTable() {
        List<List<String>> rows = GUIDE.section("## All options").rows();
        Map<String, Map<String, String>> table = new LinkedHashMap<>();
        for (List<String> row : rows.subList(1, rows.size())) {
            Map<String, String> cells = new LinkedHashMap<>();
            for (int i = 0; i < row.size(); i++) {
                cells.put(rows.get(0).get(i), row.get(i));
            }
            assertThat(table.put(row.get(0), cells))
                    .as("a second row of " + row)
                    .isNull();
        }
        return table;
    }

    @Test
    void optionTable_columns_areNameMeaningUnitAndDefault() {
        assertThat(GUIDE.section("## All options").rows().get(0))
                .containsExactly("option", "meaning", "unit", "default");
        assertThat(optionTable().values())
                .allSatisfy(cells -> assertThat(cells.get("meaning")).isNotBlank());
    }

    @Test
    void optionTable_names_areThoseOfTheCodeInItsOrder() {
        assertThat(optionTable().keySet())
                .containsExactlyElementsOf(Option.all().stream()
                        .map(option -> "`" + option.name() + "`")
                        .toList());
    }

    @Test
    void optionTable_units_areThoseOfTheCode() {
        Map<String, String> expected = new LinkedHashMap<>();
        Option.all().forEach(option -> expected.put("`" + option.name() + "`", unit(option)));

        assertThat(column("unit")).containsExactlyEntriesOf(expected);
    }

    private static Map<String, @Nullable String> column(String heading) {
        Map<String, @Nullable String> column = new LinkedHashMap<>();
        optionTable().forEach((name, cells) -> column.put(name, cells.get(heading)));
        return column;
    }

    @Test
    void optionTable_defaults_areThoseOfTheCode() {
        Map<String, @Nullable String> defaults = column("default");

        for (Option<?> option : Option.all()) {
            String cell = defaults.get("`" + option.name() + "`");
            Object value = option.defaultValue();
            if (value == null) {
                assertThat(cell).as(option.name()).startsWith("unset: ");
            } else if (value instanceof List<?> list) {
                assertThat(list).as(option.name()).isEmpty();
                assertThat(cell).as(option.name()).startsWith("empty: ");
            } else if (value instanceof InstantSource) {
                assertThat(cell).as(option.name()).isEqualTo("the system's clock");
            } else {
                assertThat(cell).as(option.name()).isEqualTo("`" + text(value) + "`");
            }
        }
    }

    private static String text(Object value) {
        if (!(value instanceof java.time.Duration time)) {
            return value.toString();
        }
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
    }

    /** How a value is written: what the option counts, or else which texts it takes. */
    private static String unit(Option<?> option) {
        if (!option.unit().isEmpty()) {
            return option.unit();
        }
        if (parsed(option, "true") instanceof Boolean) {
            return "`true` or `false`";
        }
        if (parsed(option, "a,b") instanceof List<?>) {
            return "list";
        }
        if (parsed(option, "http://example.org") instanceof URI) {
            return "URL";
        }
        if (parsed(option, "{}") instanceof AwsConfig) {
            return "JSON";
        }
        String refusal = String.valueOf(parsed(option, "text"));
        if (refusal.contains("the file cannot be read")) {
            return "file";
        }
        return refusal.contains("it is an object") ? "object" : "text";
    }

    private static @Nullable Object parsed(Option<?> option, String text) {
        try {
            return option.parse(text);
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    @Test
    void timeoutsAndConnections_asExplained_areTheDefaults() {
        String section = GUIDE.section("## Time-outs and connections").text();

        assertThat(section)
                .contains("- " + seconds(Option.CONNECTION_TIMEOUT) + " s to make a connection")
                .contains("- " + seconds(Option.ATTEMPT_TIMEOUT) + " s for an attempt")
                .contains("- " + seconds(Option.CALL_TIMEOUT) + " s for a call")
                .contains("- " + Option.MAX_CONNECTIONS.defaultValue() + " connections");
    }

    private static long seconds(Option<java.time.Duration> option) {
        java.time.Duration time = option.defaultValue();
        return time == null ? -1 : time.toSeconds();
    }

    @Test
    void awsConfig_asShown_isRead(@TempDir Path folder) throws IOException {
        String json =
                GUIDE.section("## Credentials in one place").blocks("json").get(0);
        Path file = Files.writeString(folder.resolve("aws.json"), json);

        AwsConfig config = Option.AWS_CONFIG_JSON.parse(json);

        assertThat(Guide.json(json))
                .isEqualTo(Map.of(
                        "accessKeyId", String.valueOf(config.accessKeyId()),
                        "secretAccessKey", String.valueOf(config.secretAccessKey()),
                        "sessionToken", String.valueOf(config.sessionToken()),
                        "region", String.valueOf(config.region()),
                        "endpoint", String.valueOf(config.endpoint())));
        assertThat(Option.AWS_CONFIG_PATH.parse(file.toString())).isEqualTo(config);
    }

    @Test
    void awsConfig_asShown_hasAllNames() {
        String json =
                GUIDE.section("## Credentials in one place").blocks("json").get(0);

        List<String> names = Arrays.stream(AwsConfig.class.getRecordComponents())
                .map(component -> component.getName())
                .toList();

        assertThat(((Map<?, ?>) Guide.json(json)).keySet()).isEqualTo(Set.copyOf(names));
    }

    @Test
    void typedConfiguration_asShown_keepsEntriesAsLongAsTheirTokens() {
        try (Node node = Node.start()) {
            EntryExpiryPolicy<String, Token> untilTokenEnds =
                    (key, token) -> new Duration(TimeUnit.SECONDS, Math.max(0, token.secondsLeft()));
            Cache<String, Token> tokens = node.manager()
                    .createCache(
                            "tokens",
                            DynamoDbConfiguration.builder(String.class, Token.class)
                                    .table("my-tokens")
                                    .allow("com.acme.users.*")
                                    .expiryPolicy(() -> untilTokenEnds)
                                    .build());

            tokens.put("short", new Token(10));
            tokens.put("long", new Token(100));
            tokens.put("over", new Token(-1));
            node.clock().advance(java.time.Duration.ofSeconds(11));

            assertThat(tokens.get("short")).isNull();
            assertThat(tokens.get("long")).isEqualTo(new Token(100));
            assertThat(tokens.get("over")).isNull();
        }
    }
}
