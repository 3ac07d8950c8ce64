package dev.tidepool;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which tests the build runs where. */
final class SuitesTest {
    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .importPackages("dev.tidepool");

    /** They run once, those of {@code dev.tidepool.undertow} on each version of it. */
    @Test
    void testsOfSession_all_doNotKnowUndertow() {
        noClasses()
                .that()
                .resideInAPackage("dev.tidepool.session..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.tidepool.undertow..", "io.undertow..")
                .check(TESTS);
    }

    /** The profile for the long rounds runs no others. */
    @Test
    void testsWithRounds_all_haveTheTag() {
        DescribedPredicate<JavaClass> asking = DescribedPredicate.describe(
                "ask for rounds",
                type -> !Set.of(Rounds.class.getName(), SuitesTest.class.getName())
                                .contains(type.getName())
                        && type.getDirectDependenciesFromSelf().stream()
                                .anyMatch(used -> used.getTargetClass().isEquivalentTo(Rounds.class)));

        assertThat(TESTS.stream().filter(asking))
                .isNotEmpty()
                .allMatch(type -> tags(type.reflect()).contains(Rounds.LONG));
    }

    private static List<String> tags(Class<?> type) {
        return Arrays.stream(type.getAnnotationsByType(Tag.class))
                .map(Tag::value)
                .toList();
    }
}
