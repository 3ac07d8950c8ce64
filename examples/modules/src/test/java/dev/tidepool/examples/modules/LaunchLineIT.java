package dev.tidepool.examples.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The lines of the guide start an application on the module path. */
final class LaunchLineIT {
    private static final Pattern LINE = Pattern.compile("(?ms)^```sh\n(java --module-path .*?)\n```$");
    private static final String MAIN = "dev.tidepool.examples.modules/dev.tidepool.examples.modules.ModulesExample";
    private static final String MODULES = "target/modules";

    @Test
    void firstLine_ofTheGuide_runsCacheAndSessions() throws Exception {
        assertRuns(words(0, MODULES));
    }

    @Test
    void secondLine_ofTheGuide_runsCacheAndSessionsOfUndertow24() throws Exception {
        assertRuns(words(1, "target/undertow-2.4" + File.pathSeparator + MODULES));
    }

    private static void assertRuns(List<String> words) throws Exception {
        try (LocalDynamoDb dynamoDb = new LocalDynamoDb()) {
            assertEquals(
                    List.of("tea: 1.20", "module dev.tidepool", "visits: 2"),
                    run(words, "-Dtidepool.endpoint=" + dynamoDb.endpoint()));
        }
    }

    @Test
    void firstLine_withoutModulesAdded_lacksClasses() throws Exception {
        List<String> words = new ArrayList<>(words(0, MODULES));
        int option = words.indexOf("--add-modules");
        words.subList(option, option + 2).clear();

        assertTrue(String.join("\n", run(words)).contains("NoClassDefFoundError"));
    }

    @Test
    void moduleInfo_ofTheGuide_requiresWhatThatOfTheExampleDoes() throws IOException {
        String example = Files.readString(Path.of("src/main/java/module-info.java"));
        for (String directive : List.of("requires cache.api;", "requires dev.tidepool;", "requires undertow.core;")) {
            assertTrue(guide().contains(directive), directive);
            assertTrue(example.contains(directive), directive);
        }
    }

    /** The words of a line of the guide, for this application. */
    private static List<String> words(int line, String modulePath) throws IOException {
        String text = LINE.matcher(guide()).results().toList().get(line).group(1);
        return Stream.of(text.replace("\\\n", " ").split("\\s+"))
                .map(word -> word.replace("com.acme.shop/com.acme.shop.Shop", MAIN))
                .map(word -> word.equals("mods") ? modulePath : word)
                .toList();
    }

    private static String guide() throws IOException {
        return Files.readString(Path.of("../../docs/getting-started.md"));
    }

    private static List<String> run(List<String> words, String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(
                Path.of(System.getProperty("java.home"), "bin", words.get(0)).toString());
        command.addAll(List.of(
                "-Dtidepool.region=us-east-1",
                "-Daws.accessKeyId=local",
                "-Daws.secretAccessKey=local",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(List.of(flags));
        command.addAll(words.subList(1, words.size()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        // JDK 24 and later warn of what fast-serialization uses.
        return output.lines().filter(line -> !line.startsWith("WARNING: ")).toList();
    }
}
