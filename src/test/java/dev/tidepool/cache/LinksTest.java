package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links of the documentation lead to a file, and to a heading that it has. */
final class LinksTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]*)(?:#([^)]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    /** All pages of Markdown. */
    private static List<Path> pages() {
        try (Stream<Path> root = Files.list(Path.of(""));
                Stream<Path> guides = Files.list(Path.of("docs"))) {
            return Stream.concat(root, guides)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<MatchResult> links(Path page) {
        return LINK.matcher(Guide.of(page.toString()).text())
                .results()
                .filter(link -> !link.group(1).startsWith("http"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void links_toFilesAndHeadings_lead(Path page) {
        assertThat(links(page)).allSatisfy(link -> {
            Path target = link.group(1).isEmpty()
                    ? page
                    : page.resolveSibling(link.group(1)).normalize();
            assertThat(target).exists();
            if (link.group(2) != null) {
                assertThat(anchors(target)).contains(link.group(2));
            }
        });
    }

    /** The anchors of headings, as hosts of Markdown make them. */
    private static List<String> anchors(Path page) {
        return HEADING.matcher(Guide.of(page.toString()).text())
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void guides_all_canBeReachedFromReadme() {
        List<Path> linked = links(Path.of("README.md")).stream()
                .map(link -> Path.of(link.group(1)))
                .toList();

        assertThat(linked)
                .containsAll(pages().stream()
                        .filter(page -> !page.equals(Path.of("README.md")))
                        .toList());
    }
}
