package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.tidepool.cache.Guide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page about the architecture shows what the classes are, and uses names that there are. */
final class ArchitecturePageTest {
    private static final Guide PAGE = Guide.of("docs/architecture.md");
    private static final String ROOT = "dev.tidepool.";
    private static final Pattern ARROW = Pattern.compile("(?m)^    (\\w+ --> \\w+)$");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([\\w.]+);");

    /** The package in the name of a class, or of a package with a point at its end. */
    private static final Pattern INNER = Pattern.compile("^([a-z]+)\\.");

    private static final Pattern CODE = Pattern.compile("`(\\w+)`");

    /** The libraries of the first picture, by the beginning of their packages. */
    private static final Map<String, String> LIBRARIES = Map.of(
            "software.amazon.awssdk.", "SDK",
            "javax.cache.", "JCache",
            "org.nustaq.", "FST",
            "com.fasterxml.jackson.", "Jackson",
            "io.micrometer.", "Micrometer",
            "org.springframework.", "Spring",
            "io.undertow.", "Undertow",
            "org.xnio.", "Undertow",
            "jakarta.servlet.", "Servlets");

    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.tidepool");

    private static Set<String> arrows(int picture) {
        return ARROW.matcher(PAGE.blocks("mermaid").get(picture))
                .results()
                .map(arrow -> arrow.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void arrowsBetweenPackages_all_areThoseOfTheImports() throws IOException {
        Set<String> imports = new TreeSet<>();
        for (Path source : sources("src/main/java")) {
            String code = Files.readString(source);
            String user = node(PACKAGE.matcher(code)
                                    .results()
                                    .findFirst()
                                    .orElseThrow()
                                    .group(1) + ".")
                    .orElseThrow();
            IMPORT.matcher(code)
                    .results()
                    .flatMap(imported -> node(imported.group(1)).stream())
                    .filter(used -> !used.equals(user))
                    .forEach(used -> imports.add(user + " --> " + used));
        }

        assertThat(arrows(0)).as("arrows of docs/architecture.md").isEqualTo(imports);
    }

    private static List<Path> sources(String root) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    /** What stands for a name in the picture; nothing for the JDK's, and for those that all may use. */
    private static Optional<String> node(String name) {
        if (name.startsWith(ROOT)) {
            Matcher inner = INNER.matcher(name.substring(ROOT.length()));
            return Optional.of(inner.find() ? inner.group(1) : "settings");
        }
        return LIBRARIES.entrySet().stream()
                .filter(library -> name.startsWith(library.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    @Test
    void arrowsBetweenClasses_all_areUses() {
        Stream.of(1, 2).flatMap(picture -> arrows(picture).stream()).forEach(arrow -> {
            String[] ends = arrow.split(" --> ", 2);
            assertThat(named(ends[0]).stream()
                            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                            .map(dependency -> dependency.getTargetClass().getSimpleName()))
                    .as(arrow)
                    .contains(ends[1]);
        });
    }

    private static List<JavaClass> named(String simpleName) {
        return LIBRARY.stream()
                .filter(type -> type.getSimpleName().equals(simpleName))
                .toList();
    }

    @Test
    void packages_ofTable_areAllAndHaveTheClasses() {
        List<List<String>> rows = PAGE.section("## The packages").rows();

        assertThat(rows.stream().skip(1).map(row -> row.get(0).replace("`", "")))
                .containsExactlyInAnyOrderElementsOf(
                        LIBRARY.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()));
        rows.stream()
                .skip(1)
                .forEach(row -> assertThat(CODE.matcher(row.get(2))
                                .results()
                                .map(code -> row.get(0).replace("`", "") + "." + code.group(1)))
                        .isNotEmpty()
                        .allMatch(LIBRARY::contain));
    }

    @Test
    void namesOfClasses_all_areThoseOfClasses() throws IOException {
        Set<String> known = new TreeSet<>();
        for (String root : List.of("src/main/java", "src/test/java")) {
            sources(root).forEach(source -> known.add(String.valueOf(source.getFileName())));
        }
        List<String> named = CODE.matcher(PAGE.text())
                .results()
                .map(code -> code.group(1))
                .filter(name -> Character.isUpperCase(name.charAt(0)))
                .map(name -> name + ".java")
                .toList();

        assertThat(named).hasSizeGreaterThan(20);
        assertThat(known).containsAll(named);
    }
}
