package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.cache.Guide;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages of the Javadoc have examples that compile, and speak of what their readers can open. */
final class JavadocTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern EXAMPLE = Pattern.compile("(?s) [*] <pre>[{]@code\n(.*?) [*] [}]</pre>");
    private static final Pattern COMMENT = Pattern.compile("(?s)/[*][*](.*?)[*]/\\s*(?:@[^\n]*\\s+)*(\\w+)");
    private static final Pattern LINKED =
            Pattern.compile("(?m)^import (?:static )?((?:io[.]undertow|javax[.]cache)[a-z0-9.]*)[.][A-Z]");
    private static final Pattern NAME = Pattern.compile("(?:[{]@(?:link|code) |@see )[^}\n]*?\\b([A-Z]\\w+)");

    /** What the examples find there, by the names that it has in the guides. */
    private static final String SURROUNDINGS = """
            import dev.tidepool.cache.*;
            import dev.tidepool.session.*;
            import dev.tidepool.undertow.*;
            import io.micrometer.core.instrument.MeterRegistry;
            import io.undertow.security.api.AuthenticationMechanism;
            import io.undertow.security.impl.SingleSignOnAuthenticationMechanism;
            import io.undertow.server.HttpHandler;
            import io.undertow.server.handlers.BlockingHandler;
            import io.undertow.server.session.*;
            import io.undertow.servlet.api.DeploymentInfo;
            import java.io.Serializable;
            import javax.cache.*;
            import javax.cache.expiry.*;

            abstract class Example {
                record User(String name) implements Serializable {}

                Cache<String, StoredSession> cache;
                CacheManager manager;
                CacheManager cacheManager;
                DeploymentInfo deployment;
                HttpHandler visits;
                JCacheSessionManager sessionManager;
                JCacheSessionManager sessions;
                MeterRegistry registry;
                String secret;

                void example() {
                    %s
                }
            }
            """;

    /** What Java is needs a semicolon; the others are commands and samples of text. */
    private record Example(String file, String code) {
        static Stream<Example> of(Path source) {
            return EXAMPLE.matcher(read(source))
                    .results()
                    .map(block -> block.group(1).replaceAll("(?m)^ [*] ?", ""))
                    .filter(block -> block.contains(";"))
                    .map(block -> new Example(source.getFileName().toString(), block));
        }

        List<String> statements() {
            return Arrays.stream(oneLine(code).split(";"))
                    .filter(Predicate.not(String::isEmpty))
                    .toList();
        }

        @Override
        public String toString() {
            return file + ": " + code.lines().findFirst().orElseThrow();
        }
    }

    private static String oneLine(String code) {
        return code.replaceAll("//[^\n]*", "").replaceAll("\\s+", "");
    }

    private static String read(Path source) {
        try {
            return Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }

    static List<Example> examples() throws IOException {
        return sources().stream()
                .filter(JavadocTest::isPublic)
                .flatMap(Example::of)
                .toList();
    }

    @Test
    void examples_ofWhatUsersBeginWith_areThere() throws IOException {
        assertThat(examples().stream().map(Example::file))
                .contains(
                        "CacheRequestMetrics.java",
                        "DynamoDbConfiguration.java",
                        "ExpressSessionConfig.java",
                        "JCacheSessionManager.java",
                        "JCacheSessionManagerFactory.java",
                        "SessionMetrics.java",
                        "SingleSignOnExtension.java");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void example_withWhatItNeeds_compiles(Example example, @TempDir Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve("Example.java"), SURROUNDINGS.formatted(example.code()));
        ByteArrayOutputStream said = new ByteArrayOutputStream();

        ToolProvider.getSystemJavaCompiler()
                .run(null, said, said, "-proc:none", "-d", folder.toString(), source.toString());

        assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void example_isWhatAGuideSays(Example example) throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        try (Stream<Path> guides = Files.list(Path.of("docs"))) {
            guides.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
        }
        String programs = pages.stream()
                .flatMap(page -> Guide.of(page.toString()).blocks("java").stream())
                .map(JavadocTest::oneLine)
                .collect(Collectors.joining("\n"));

        assertThat(example.statements())
                .allSatisfy(statement -> assertThat(programs).contains(statement + ";"));
    }

    /** A package that is not listed has no links, and nobody is told. */
    @Test
    void packages_ofUndertowAndJCache_areListedForLinks() throws IOException {
        Set<String> listed = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/javadoc"))) {
            files.filter(Files::isRegularFile)
                    .flatMap(list -> read(list).lines())
                    .forEach(listed::add);
        }

        assertThat(sources().stream()
                        .flatMap(source -> LINKED.matcher(read(source)).results())
                        .map(imported -> imported.group(1)))
                .hasSizeGreaterThan(20)
                .isSubsetOf(listed);
    }

    private static boolean isPublic(Path source) {
        return Pattern.compile("(?m)^public ").matcher(read(source)).find();
    }

    private static boolean isPublicInterface(Path source) {
        return Pattern.compile("(?m)^public (?:sealed )?interface ")
                .matcher(read(source))
                .find();
    }

    @Test
    void pages_all_speakOfNoClassThatHasNone() throws IOException {
        Set<String> hidden = sources().stream()
                .filter(source -> !isPublic(source))
                .map(source -> source.getFileName().toString().replace(".java", ""))
                .collect(Collectors.toSet());
        List<String> spokenOf = new ArrayList<>();
        for (Path source : sources()) {
            boolean isAllShown = source.endsWith("package-info.java") || isPublicInterface(source);
            if (isAllShown || isPublic(source)) {
                pagesOf(source, isAllShown)
                        .flatMap(page -> NAME.matcher(page).results())
                        .map(name -> name.group(1))
                        .filter(hidden::contains)
                        .forEach(name -> spokenOf.add(name + " in " + source));
            }
        }

        assertThat(hidden).contains("DynamoDbCache", "SessionWriter");
        assertThat(spokenOf).isEmpty();
    }

    /** The comments that the Javadoc tool shows: not those of what is private, or for the package alone. */
    private static Stream<String> pagesOf(Path source, boolean isAllShown) {
        Matcher comment = COMMENT.matcher(read(source));
        return comment.results()
                .filter(match -> isAllShown || Set.of("public", "protected").contains(match.group(2)))
                .map(match -> match.group(1));
    }
}
