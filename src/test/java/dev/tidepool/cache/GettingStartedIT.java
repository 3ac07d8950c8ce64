package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.ManagerSettings;
import dev.tidepool.Option;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the first pages say is so. */
@ExtendWith(DynamoDbLocal.class)
final class GettingStartedIT {
    private static final Guide FIRST = Guide.of("docs/getting-started.md");

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
