package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guide shows what the shop does. */
final class GuideTest {
    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\n(.*?)^```$");
    private static final String LOGGER = "private static final Logger LOG = LoggerFactory.getLogger(StoreDown.class); ";

    private static Stream<String> blocks() {
        return JAVA.matcher(read(Path.of("../../docs/spring.md"))).results().map((MatchResult block) -> block.group(1));
    }

    @Test
    void program_ofTheGuide_isTheOneThatIsTested() {
        assertEquals(
                List.of(read(Path.of("src/test/java/com/acme/shop/Shop.java"))),
                blocks().filter(GuideTest::isProgram).toList());
    }

    private static boolean isProgram(String block) {
        return block.startsWith("package ");
    }

    @Test
    void samples_ofTheGuide_areThoseOfTheShop() throws Exception {
        List<String> samples = blocks().filter(block -> !isProgram(block))
                .map(GuideTest::oneLine)
                .toList();
        assertEquals(4, samples.size());
        String shop;
        try (Stream<Path> sources = Files.list(Path.of("src/main/java/dev/tidepool/examples/spring"))) {
            shop = oneLine(String.join("\n", sources.map(GuideTest::read).toList()))
                    .replace(LOGGER, "");
        }

        for (String sample : samples) {
            assertTrue(shop.contains(sample), sample);
        }
    }

    private static String read(Path source) {
        try {
            return Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
