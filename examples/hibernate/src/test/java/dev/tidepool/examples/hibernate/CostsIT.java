package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidepool.examples.hibernate.library.Book;
import dev.tidepool.examples.hibernate.library.Genre;
import dev.tidepool.examples.hibernate.library.Shelf;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.stat.CacheRegionStatistics;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The requests of each operation, in their order, and what Hibernate's statistics count. */
@Timeout(60)
final class CostsIT {
    private static final String TIMESTAMP = "UpdateItem default-update-timestamps-region";

    private static LocalDynamoDb store;
    private static Meter meter;
    private static SessionFactory sessions;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        store = new LocalDynamoDb();
        meter = new Meter(store.endpoint());
        CachedSessions nodes = new CachedSessions(folder, meter.endpoint(), "costs");
        sessions = nodes.open(
                nodes.settings(Map.of()),
                new Configuration().addAnnotatedClass(Book.class).addAnnotatedClass(Shelf.class));
        sessions.inTransaction(session -> {
            Book book = new Book(1, "isbn", "The Voyage", new BigDecimal("9.90"), Genre.TRAVEL, Instant.EPOCH);
            book.tags().add("sea");
            session.persist(book);
        });
    }

    @AfterAll
    static void stop() throws Exception {
        sessions.close();
        meter.close();
        store.close();
    }

    @BeforeEach
    void forget() {
        sessions.getCache().evictAllRegions();
    }

    /** Returns the requests of a transaction, with the names of the regions for those of the tables. */
    private static List<String> requests(Consumer<Session> work) {
        sessions.getStatistics().clear();
        meter.taken();
        sessions.inTransaction(work::accept);
        return meter.taken().stream()
                .map(request -> request.replaceFirst("costs-(dev[.].*[.])?", ""))
                .toList();
    }

    private static void find(Session session) {
        session.find(Book.class, 1L);
    }

    private static void findByIsbn(Session session) {
        session.bySimpleNaturalId(Book.class).load("isbn");
    }

    private static void readTags(Session session) {
        session.find(Book.class, 1L).tags().size();
    }

    private static void query(Session session) {
        session.createSelectionQuery("select title from Book where genre = :genre", String.class)
                .setParameter("genre", Genre.TRAVEL)
                .setCacheable(true)
                .list();
    }

    private static void reprice(Session session) {
        Book book = session.find(Book.class, 1L);
        book.reprice(book.price().add(BigDecimal.ONE));
    }

    @Test
    void entity_notCached_isReadAndWritten() {
        assertEquals(
                List.of("GetItem Book", "GetItem Book__NaturalId", "PutItem Book__NaturalId", "PutItem Book"),
                requests(CostsIT::find));
    }

    @Test
    void entity_cached_isRead() {
        requests(CostsIT::find);

        assertEquals(List.of("GetItem Book", "GetItem Book__NaturalId"), requests(CostsIT::find));
        assertEquals(List.of("GetItem Book__NaturalId", "GetItem Book"), requests(CostsIT::findByIsbn));
    }

    @Test
    void collection_notCachedAndCached_isReadWithItsOwner() {
        requests(CostsIT::find);

        assertEquals(
                List.of("GetItem Book", "GetItem Book__NaturalId", "GetItem tags", "PutItem tags"),
                requests(CostsIT::readTags));
        assertEquals(List.of("GetItem Book", "GetItem Book__NaturalId", "GetItem tags"), requests(CostsIT::readTags));
    }

    @Test
    void query_notCachedAndCached_isReadWithTheTimestamp() {
        assertEquals(
                List.of("GetItem default-query-results-region", "PutItem default-query-results-region"),
                requests(CostsIT::query));
        assertEquals(
                List.of("GetItem default-query-results-region", "GetItem default-update-timestamps-region"),
                requests(CostsIT::query));
    }

    @Test
    void change_ofAnEntity_evictsTwiceAndWritesTwoTimestamps() {
        requests(CostsIT::find);

        assertEquals(
                List.of(
                        "GetItem Book",
                        "GetItem Book__NaturalId",
                        "DeleteItem Book",
                        TIMESTAMP,
                        "DeleteItem Book",
                        TIMESTAMP),
                requests(CostsIT::reprice));
    }

    @Test
    void bulkUpdate_ofOneEntity_clearsItsRegionsTwice() {
        requests(CostsIT::find);

        assertEquals(
                List.of(
                        "Scan Book",
                        "BatchWriteItem Book",
                        "Scan Book__NaturalId",
                        "BatchWriteItem Book__NaturalId",
                        TIMESTAMP,
                        "Scan Book",
                        "Scan Book__NaturalId",
                        TIMESTAMP),
                requests(session ->
                        session.createMutationQuery("update Book set price = 1").executeUpdate()));
    }

    /** Hibernate does not read SQL: unless it is told what a statement changes, it takes it to change everything. */
    @Test
    void nativeUpdate_thatNamesNoEntity_clearsAllRegionsOfEntities() {
        String sql = "update Book set price = 1";

        assertEquals(2, scans(session -> session.createNativeMutationQuery(sql).executeUpdate(), "Shelf"));
        assertEquals(
                0,
                scans(
                        session -> session.createNativeQuery(sql, Object.class)
                                .addSynchronizedEntityClass(Book.class)
                                .executeUpdate(),
                        "Shelf"));
    }

    private static long scans(Consumer<Session> work, String region) {
        return requests(work).stream().filter(("Scan " + region)::equals).count();
    }

    @Test
    void statistics_ofRegions_countHitsMissesAndPuts() {
        Statistics statistics = sessions.getStatistics();
        statistics.clear();
        for (Consumer<Session> work :
                List.<Consumer<Session>>of(CostsIT::readTags, CostsIT::findByIsbn, CostsIT::query)) {
            sessions.inTransaction(work::accept);
            sessions.inTransaction(work::accept);
            sessions.inTransaction(work::accept);
        }
        String book = Book.class.getName();

        assertEquals("5 hits, 1 misses, 1 puts", counted(statistics.getDomainDataRegionStatistics(book)));
        assertEquals("2 hits, 1 misses, 1 puts", counted(statistics.getDomainDataRegionStatistics(book + ".tags")));
        assertEquals(
                "3 hits, 0 misses, 1 puts", counted(statistics.getDomainDataRegionStatistics(book + "##NaturalId")));
        assertEquals(
                "2 hits, 1 misses, 1 puts",
                counted(statistics.getQueryRegionStatistics("default-query-results-region")));
    }

    private static String counted(CacheRegionStatistics region) {
        return region.getHitCount() + " hits, " + region.getMissCount() + " misses, " + region.getPutCount() + " puts";
    }
}
