package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.ManagerSettings;
import dev.tidepool.Option;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first pages say is so. */
@ExtendWith(DynamoDbLocal.class)
final class GettingStartedIT {
    private static final Guide FIRST = Guide.of("docs/getting-started.md");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]*)(?:#([^)]*))?\\)");

    /** Compiles and runs the program as it stands there, twice. */
    @Test
    void plainJcache_program_countsOn(@TempDir Path folder) throws Exception {
        Path source = folder.resolve("FirstCache.java");
        Files.writeString(
                source, FIRST.section("## Plain JCache").blocks("java").get(0));
        String classPath = System.getProperty("java.class.path");
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", classPath, "-d", folder.toString(), source.toString());
        assertThat(result).isZero();

        assertThat(run(folder, Node.freshTable(), 2)).isEqualTo("visits: 1\nvisits: 2\n");
    }

    private static String run(Path folder, String table, int times) throws Exception {
        Map<String, String> properties = Map.of(
                "tidepool.endpoint",
                DynamoDbLocal.endpoint().toString(),
                "tidepool.region",
                "us-east-1",
                "tidepool.table",
                table);
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        properties.forEach(System::setProperty);
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, GettingStartedIT.class.getClassLoader())) {
            for (int i = 0; i < times; i++) {
                loader.loadClass("FirstCache").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
            }
        } finally {
            System.setOut(before);
            properties.keySet().forEach(System::clearProperty);
        }
        return printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void propertiesOfTidepool_all_areOptions(@TempDir Path folder) throws Exception {
        List<String> blocks = FIRST.blocks("properties").stream()
                .filter(block -> block.startsWith("tidepool."))
                .toList();
        assertThat(blocks).hasSize(3);
        for (String block : blocks) {
            Path file = folder.resolve("tidepool.properties");
            Files.writeString(file, block);
            assertThat(ManagerSettings.load(file.toUri(), getClass().getClassLoader(), new Properties()))
                    .isNotNull();
        }
    }

    @Test
    void propertiesForDynamoDbLocal_withItsAddress_makeACache(@TempDir Path folder) throws Exception {
        Properties properties = new Properties();
        properties.load(new StringReader(FIRST.blocks("properties").get(0)));
        assertThat(URI.create(properties.getProperty("tidepool.endpoint"))).hasPort(8000);
        properties.put("tidepool.endpoint", DynamoDbLocal.endpoint());
        properties.put("tidepool.table", Node.freshTable());

        try (DynamoDbCachingProvider provider = new DynamoDbCachingProvider()) {
            javax.cache.Cache<String, String> cache = provider.getCacheManager(
                            URI.create("first"), getClass().getClassLoader(), properties)
                    .createCache("first", new javax.cache.configuration.MutableConfiguration<String, String>());
            cache.put("a", "b");
            assertThat(cache.get("a")).isEqualTo("b");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/getting-started.md",
                "docs/production.md",
                "docs/outages.md",
                "docs/hibernate.md",
                "docs/spring.md",
                "docs/metrics.md"
            })
    void links_all_leadToAHeading(String file) throws Exception {
        Path page = Path.of(file);
        Matcher link = LINK.matcher(Files.readString(page));
        int links = 0;
        while (link.find()) {
            if (!link.group(1).startsWith("http")) {
                Path target = link.group(1).isEmpty()
                        ? page
                        : page.resolveSibling(link.group(1)).normalize();
                assertThat(target).as("%s in %s", link.group(), file).exists();
                if (link.group(2) != null) {
                    assertThat(anchors(target))
                            .as("%s in %s", link.group(), file)
                            .contains(link.group(2));
                }
                links++;
            }
        }
        assertThat(links).isPositive();
    }

    private static List<String> anchors(Path page) throws Exception {
        return Files.readAllLines(page).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void checklist_options_areOptions() throws Exception {
        String text = Files.readString(Path.of("docs/production.md"));
        Matcher option = Pattern.compile("`([a-z][A-Za-z]+)=").matcher(text);
        int found = 0;
        while (option.find()) {
            assertThat(Option.named(option.group(1))).as(option.group(1)).isNotNull();
            found++;
        }
        assertThat(found).isGreaterThan(2);
    }
}
