package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class LicencesTest {
    private static final Path MADE = Path.of("target", "licences", "licences.md");

    @Test
    void table_ofDependencies_isWhatTheBuildHasMade() throws IOException {
        assertThat(Files.readString(Path.of("docs", "licences.md")))
                .as("docs/licences.md: once you have looked at what is new, copy %s there", MADE)
                .isEqualTo(Files.readString(MADE));
    }
}
