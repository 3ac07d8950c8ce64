package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guides show the files of their examples, which run. */
final class ExampleGuidesTest {
    @ParameterizedTest
    @CsvSource({
        "docs/hibernate.md, examples/hibernate/src/main/resources/hibernate.properties",
        "docs/hibernate.md, examples/hibernate/src/main/resources/tidepool.properties",
        "docs/spring.md, examples/spring/src/main/resources/application.properties",
        "docs/spring.md, examples/spring/src/main/resources/tidepool.properties"
    })
    void guide_filesOfItsExample_areShownWordForWord(String guide, String file) throws IOException {
        List<String> blocks = Guide.of(guide).blocks("properties");

        assertThat(blocks)
                .extracting(String::strip)
                .contains(Files.readString(Path.of(file)).strip());
    }

    @ParameterizedTest
    @CsvSource({"docs/hibernate.md, mvn -q -Pdemo -Ddemo=hibernate", "docs/spring.md, mvn -q -Pdemo -Ddemo=spring"})
    void guide_ofAnExample_namesTheOneCommandThatStartsIt(String guide, String command) {
        assertThat(Guide.of(guide).blocks("")).extracting(String::strip).contains(command);
    }
}
