package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The versions that the documentation names are those that the builds here are tested with. */
final class VersionsTest {
    private static final List<String> BUILDS = List.of(
            "pom.xml",
            "tck/pom.xml",
            "examples/cache/pom.xml",
            "examples/sessions/pom.xml",
            "examples/hibernate/pom.xml",
            "examples/spring/pom.xml",
            "examples/express/pom.xml");

    private static final Pattern DEPENDENCY = Pattern.compile("(?s)<dependency>(.*?)</dependency>");
    private static final Pattern PROPERTY = Pattern.compile("<([\\w.-]+)>([^<]*)</\\1>");
    private static final Pattern NPM = Pattern.compile("\"([\\w@/-]+)\": \"(\\d[^\"]*)\"");

    /** Two numbers or more, and what may follow them. */
    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+(?:[\\w.]*\\w)?");

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> properties(String text) {
        Map<String, String> properties = new LinkedHashMap<>();
        PROPERTY.matcher(text).results().forEach(match -> properties.putIfAbsent(match.group(1), match.group(2)));
        return properties;
    }

    /** Returns the dependencies of a build or a sample as group, artifact and version, where they have one. */
    private static Set<String> dependencies(String text, Map<String, String> properties) {
        return DEPENDENCY
                .matcher(text)
                .results()
                .map(match -> properties(match.group(1).replaceAll("(?s)<exclusions>.*?</exclusions>", "")))
                .filter(dependency -> dependency.containsKey("version"))
                .map(dependency -> Stream.of("groupId", "artifactId", "version")
                        .map(dependency::get)
                        .map(value -> value.startsWith("${")
                                ? properties.getOrDefault(value.substring(2, value.length() - 1), value)
                                : value)
                        .collect(Collectors.joining(":")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> tested() {
        Set<String> tested = new TreeSet<>();
        for (String build : BUILDS) {
            String text = read(Path.of(build));
            tested.addAll(dependencies(text, properties(text)));
        }
        Map<String, String> own = properties(read(Path.of("pom.xml")));
        tested.add("dev.tidepool:tidepool:" + own.get("version"));
        return tested;
    }

    static List<Path> pages() throws IOException {
        try (Stream<Path> guides = Files.list(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), guides)
                    .filter(page -> page.toString().endsWith(".md"))
                    .filter(page -> read(page).contains("<dependency>"))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void dependencies_ofPage_areTestedInTheirVersions(Path page) {
        Set<String> named = new TreeSet<>();
        Guide.of(page.toString()).blocks("xml").forEach(block -> named.addAll(dependencies(block, Map.of())));

        assertThat(named).isNotEmpty();
        assertThat(tested()).containsAll(named);
    }

    @Test
    void table_ofReadme_namesVersionsOfTheBuildsAlone() {
        Set<String> known = new TreeSet<>(Set.of("6.0", "6.1")); // of Servlet, which UndertowVersionIT looks at
        tested().forEach(dependency -> known.add(dependency.substring(dependency.lastIndexOf(':') + 1)));
        BUILDS.forEach(build -> known.addAll(properties(read(Path.of(build))).values()));
        for (String packages : List.of("examples/express/package.json", "src/test/dynalite/package.json")) {
            NPM.matcher(read(Path.of(packages))).results().forEach(match -> known.add(match.group(2)));
        }
        String table =
                Guide.of("README.md").section("## What it is tested with").text();
        List<String> named =
                VERSION.matcher(table).results().map(match -> match.group()).toList();

        assertThat(named).hasSizeGreaterThan(10);
        assertThat(known).containsAll(named);
    }

    /** The second JDK is that of the second run. */
    @Test
    void jdks_ofReadme_areThoseOfTheBuild() {
        String table =
                Guide.of("README.md").section("## What it is tested with").text();

        assertThat(table).contains("| JDK | 17 and 25 |");
        assertThat(read(Path.of("pom.xml"))).contains("<maven.compiler.release>17<");
        assertThat(read(Path.of(".ci/run"))).contains("/usr/lib/jvm/*25*/bin/java");
    }
}
