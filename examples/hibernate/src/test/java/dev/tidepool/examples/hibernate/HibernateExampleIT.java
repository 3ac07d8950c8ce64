package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The example's story: nodes in processes of their own, which share a database and a second-level cache. */
@Timeout(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class HibernateExampleIT {
    private static final String BOOKS = "library-dev.tidepool.examples.hibernate.library.Book";

    private static HibernateExample example;
    private static NodeProcess first;
    private static NodeProcess second;

    @BeforeAll
    static void startNodes() throws Exception {
        example = new HibernateExample();
        first = example.node();
        second = example.node();
        first.does("fill");
    }

    @AfterAll
    static void stopNodes() throws Exception {
        first.close();
        second.close();
        example.close();
    }

    @Test
    @Order(1)
    void entityCollectionNaturalIdAndQuery_loadedByOneNode_areReadByTheOtherWithoutSql() throws IOException {
        assertEquals("The Voyage, TRAVEL, 9.90 | 1 SQL, 0 hits, 1 misses", first.does("book 1"));
        assertEquals("[sea] | 1 SQL, 1 hits, 1 misses", first.does("tags 1"));
        assertEquals("[The Voyage] | 1 SQL, 0 hits, 1 misses", first.does("titles TRAVEL"));

        assertEquals("The Voyage, TRAVEL, 9.90 | 0 SQL, 1 hits, 0 misses", second.does("book 1"));
        assertEquals("[sea] | 0 SQL, 2 hits, 0 misses", second.does("tags 1"));
        assertEquals("The Voyage, TRAVEL, 9.90 | 0 SQL, 2 hits, 0 misses", second.does("isbn 978-0140449266"));
        assertEquals("[The Voyage] | 0 SQL, 1 hits, 0 misses", second.does("titles TRAVEL"));
    }

    @Test
    @Order(2)
    void change_ofOneNode_isSeenByTheOther() throws IOException {
        second.does("reprice 1 7.50");
        assertEquals("The Voyage, TRAVEL, 7.50 | 1 SQL, 0 hits, 1 misses", first.does("book 1"));

        second.does("tag 1 harbour");
        assertEquals("[harbour, sea] | 1 SQL, 1 hits, 1 misses", first.does("tags 1"));
        assertEquals("[The Voyage] | 1 SQL, 0 hits, 1 misses", first.does("titles TRAVEL"));
        assertEquals("The Voyage, TRAVEL, 7.50 | 0 SQL, 1 hits, 0 misses", second.does("book 1"));
    }

    /** The hash code of an enum is another one in each process, and Hibernate puts it into its keys. */
    @Test
    @Order(3)
    void entityWithEnumInItsId_isTheSameEntryOnBothNodes() throws IOException {
        assertEquals("3 | 1 SQL, 0 hits, 1 misses", first.does("copies 1 TRAVEL"));
        assertEquals("3 | 0 SQL, 1 hits, 0 misses", second.does("copies 1 TRAVEL"));

        second.does("add-copies 1 TRAVEL 4");

        assertEquals("7 | 1 SQL, 0 hits, 1 misses", first.does("copies 1 TRAVEL"));
    }

    @Test
    @Order(4)
    void bulkUpdate_clearsRegionOnBothNodes() throws IOException {
        first.does("book 1");
        second.does("reprice-all 5.00");

        assertEquals("The Voyage, TRAVEL, 5.00 | 1 SQL, 0 hits, 1 misses", first.does("book 1"));
    }

    @Test
    @Order(5)
    void eviction_ofOneRegion_scansItsTableAlone() throws IOException {
        first.does("book 1");
        first.does("tags 1");
        example.meter().taken();

        first.does("evict-books");

        assertEquals(
                List.of("Scan " + BOOKS, "BatchWriteItem " + BOOKS),
                example.meter().taken());
        assertTrue(second.does("book 1").endsWith("| 1 SQL, 0 hits, 1 misses"));
        assertTrue(second.does("tags 1").endsWith("| 0 SQL, 2 hits, 0 misses"));
    }

    @Test
    @Order(6)
    void node_killedAndStartedAgain_findsCacheWarm() throws IOException {
        first.does("book 1");
        first.does("titles SCIENCE");
        first.close();
        first = example.node();

        assertEquals("The Voyage, TRAVEL, 5.00 | 0 SQL, 1 hits, 0 misses", first.does("book 1"));
        assertEquals("[Algorithms] | 0 SQL, 1 hits, 0 misses", first.does("titles SCIENCE"));
    }

    @Test
    void application_all_knowsNothingOfTheProvider() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/tidepool/examples/hibernate/library"))) {
            List<Path> sources = files.toList();
            assertFalse(sources.isEmpty());
            for (Path source : sources) {
                String text = Files.readString(source, StandardCharsets.UTF_8);
                assertFalse(text.contains("dev.tidepool.cache") || text.contains("javax.cache"), source.toString());
            }
        }
    }
}
