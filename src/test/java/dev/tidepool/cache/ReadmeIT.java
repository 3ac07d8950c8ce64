package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The README tells the truth: its samples run, and its table of options is complete. */
@ExtendWith(DynamoDbLocal.class)
class ReadmeIT {
    private record Token(long secondsLeft) implements java.io.Serializable {}

    @Test
    void optionTable_namesEveryOptionAndNoOther() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String section = readme.substring(readme.indexOf("## Options"), readme.indexOf("## An item"));

        List<String> names = Pattern.compile("(?m)^\\| `(\\w+)` \\|")
                .matcher(section)
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList();

        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        Option.all().stream().map(Option::name).toList());
    }

    @Test
    void optionTable_defaultsAreThoseOfTheCode() throws IOException {
        String readme = Files.readString(Path.of("README.md"));

        assertThat(readme).containsPattern("\\| `table` \\|[^|]*\\| `" + Option.TABLE.defaultValue() + "` \\|");
        assertThat(readme)
                .containsPattern(
                        "\\| `consistentReads` \\|[^|]*\\| `" + Option.CONSISTENT_READS.defaultValue() + "` \\|");
    }

    @Test
    void firstCache_asShown_counts() {
        try (Node node = Node.start()) {
            CacheManager manager = node.manager();
            Cache<String, Long> counters = manager.createCache(
                    "counters",
                    new MutableConfiguration<String, Long>()
                            .setTypes(String.class, Long.class)
                            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_DAY)));

            counters.put("visitors", 1L);
            counters.invoke("visitors", (entry, arguments) -> {
                entry.setValue(entry.getValue() + 1);
                return null;
            });

            assertThat(counters.get("visitors")).isEqualTo(2L);
            manager.destroyCache("counters");
        }
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
