package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.acme.shop.FirstEntity;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The program of the guide does what is said of it. */
final class GuideProgramIT {
    @Test
    void program_ofTheGuide_isTheOneThatIsTested() throws Exception {
        String program = Files.readString(Path.of("src/test/java/com/acme/shop/FirstEntity.java"));

        assertTrue(Files.readString(Path.of("../../docs/hibernate.md")).contains("```java\n" + program + "```\n"));
    }

    @Test
    void program_runAgain_findsWhatTheFirstRunHasCached() throws Exception {
        Files.deleteIfExists(Path.of("target/books.mv.db")); // of an earlier build
        try (LocalDynamoDb dynamoDb = new LocalDynamoDb()) {
            Map<String, String> settings = Map.of(
                    "tidepool.endpoint", dynamoDb.endpoint().toString(),
                    "tidepool.region", "us-east-1",
                    "aws.accessKeyId", "local",
                    "aws.secretAccessKey", "local");
            settings.forEach(System::setProperty);
            try {
                assertEquals("Moby-Dick Moby-Dick hits: 1", run());
                assertEquals("Moby-Dick Moby-Dick hits: 3", run());
            } finally {
                settings.keySet().forEach(System::clearProperty);
            }
        }
    }

    private static String run() {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            FirstEntity.main(new String[0]);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).strip().replaceAll("\\s+", " ");
    }
}
