package dev.tidepool.examples.cache;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The example runs, and shows what it promises to show. */
final class CacheExampleTest {
    @Test
    void main_withoutArguments_showsItemsAndCosts() throws Exception {
        String shown = outputOf(() -> CacheExample.main(new String[0]));

        assertTrue(shown.contains("sold: 200 (expected 200)"), shown);
        assertTrue(shown.lines().anyMatch(line -> line.matches(" *get +1[.]0 +0[.]0 +1 GetItem")), shown);
        assertTrue(shown.lines().anyMatch(line -> line.matches(" *holds:12B +\\S+Z +\\d{13} .*bytes")), shown);
        assertTrue(shown.lines().anyMatch(line -> line.matches(" *counters:sold +never +- .*bytes")), shown);
        assertTrue(shown.contains("the hold of 12B has expired: get answers null"), shown);
    }

    private interface Run {
        void run() throws Exception;
    }

    private static String outputOf(Run run) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
        try {
            run.run();
        } finally {
            System.setOut(console);
        }
        return shown.toString(StandardCharsets.UTF_8);
    }
}
