package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example shows what it promises to show. */
@Timeout(60)
final class StoryIT {
    @Test
    void run_ofTheExample_showsHitsOfOtherNodesCostsAndItems() throws Exception {
        String shown = story();

        assertShown(shown, "node 1: book 1 -> .* 1 SQL, 0 hits, 1 misses . 2[.]0 RCU, 2[.]0 WCU: .*");
        assertShown(shown, "node 2: book 1 -> .*9[.]90 . 0 SQL, 1 hits, 0 misses . 2[.]0 RCU, 0[.]0 WCU: .*");
        assertShown(shown, "node 1: book 1 -> .*7[.]50 . 1 SQL, 0 hits, 1 misses .*");
        assertShown(shown, "node 3: book 1 -> .*7[.]50 . 0 SQL, 1 hits, 0 misses .*");
        assertShown(shown, "node 3: evict-books -> .*: 1 BatchWriteItem Book, 1 Scan Book");
        assertShown(shown, "library-.*[.]Book: 1");
        assertShown(shown, "~object:.*BasicCacheKeyImplementation.* [0-9]+ bytes, until .*Z");
        assertShown(shown, "Book, [0-9]+ bytes, never expires");
    }

    private static void assertShown(String shown, String line) {
        assertTrue(shown.lines().anyMatch(candidate -> candidate.strip().matches(line)), shown);
    }

    private static String story() throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (HibernateExample example = new HibernateExample()) {
            System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
            example.run();
        } finally {
            System.setOut(console);
        }
        return shown.toString(StandardCharsets.UTF_8);
    }
}
