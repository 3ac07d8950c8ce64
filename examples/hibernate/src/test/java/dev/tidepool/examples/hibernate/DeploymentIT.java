package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a cache that outlives its nodes means for the next version of the application. */
@Timeout(60)
final class DeploymentIT {
    /** All of them have the same type, so that Hibernate cannot tell one from another by it. */
    @Entity(name = "Note")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    public static class Note {
        @Id
        Long id = 1L;

        String author = "an author";
        String title = "a title";
        String words = "some words";
    }

    private static LocalDynamoDb store;

    @TempDir
    private Path folder;

    private final List<SessionFactory> opened = new ArrayList<>();
    private CachedSessions nodes;

    @BeforeAll
    static void startStore() throws Exception {
        store = new LocalDynamoDb();
    }

    @AfterAll
    static void stopStore() throws Exception {
        store.close();
    }

    @BeforeEach
    void fill() throws Exception {
        nodes = new CachedSessions(folder, store.endpoint(), "deployment");
        SessionFactory first = version(Map.of(), "none");
        first.inTransaction(session -> {
            session.createMutationQuery("delete from Note").executeUpdate();
            session.persist(new Note());
        });
        first.getCache().evictAllRegions();
    }

    @AfterEach
    void close() {
        opened.forEach(SessionFactory::close);
    }

    /** Opens a version of the application that does not have an attribute. */
    private SessionFactory version(Map<String, String> settings, String without) throws Exception {
        return version(nodes.settings(settings), without);
    }

    private SessionFactory version(String settings, String without) {
        Configuration mapping = new Configuration().addAnnotatedClass(Note.class);
        if (!without.equals("none")) {
            String xml =
                    "<entity-mappings xmlns='https://jakarta.ee/xml/ns/persistence/orm' version='3.2'><entity class='"
                            + Note.class.getName() + "'><attributes><transient name='" + without
                            + "'/></attributes></entity></entity-mappings>";
            mapping.addInputStream(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        }
        SessionFactory sessions = nodes.open(settings, mapping);
        opened.add(sessions);
        return sessions;
    }

    private static Note note(SessionFactory sessions) {
        return sessions.fromTransaction(session -> session.find(Note.class, 1L));
    }

    private static void retitle(SessionFactory sessions, String title) {
        sessions.inTransaction(session -> session.find(Note.class, 1L).title = title);
    }

    private static List<String> titles(SessionFactory sessions) {
        return sessions.fromTransaction(session -> session.createSelectionQuery("select title from Note", String.class)
                .setCacheable(true)
                .list());
    }

    /** Hibernate caches the values of an entity in the order of its attributes' names, without the names. */
    @Test
    void newMapping_sameCache_takesOneAttributeForAnother() throws Exception {
        assertEquals("a title", note(version(Map.of(), "words")).title);

        Note read = note(version(Map.of(), "author"));

        assertEquals("an author", read.title);
        assertEquals("a title", read.words);
    }

    @Test
    void newMapping_prefixOfItsOwn_readsTheDatabase() throws Exception {
        SessionFactory old = version(Map.of(), "words");
        note(old);

        Note read = note(version(Map.of("tidepool.prefix", "v2:"), "author"));

        assertEquals("a title", read.title);
        assertEquals("some words", read.words);
        old.getStatistics().clear();
        assertEquals("an author", note(old).author);
        assertEquals(1, old.getStatistics().getSecondLevelCacheHitCount());
    }

    /** With the timestamps in common, cached queries are up to date in both versions; entities are not. */
    @Test
    void oldAndNewVersion_atTheSameTime_shareChangesOfQueriesAlone() throws Exception {
        String timestamps = "tidepool.cache.default-update-timestamps-region.prefix";
        SessionFactory old = version(Map.of("tidepool.prefix", "v1:", timestamps, ""), "words");
        SessionFactory next = version(Map.of("tidepool.prefix", "v2:", timestamps, ""), "author");
        note(next);
        titles(next);

        retitle(old, "another title");

        assertEquals(List.of("another title"), titles(next));
        assertEquals("a title", note(next).title);
    }

    /** Without its timestamp Hibernate takes a table for one that has not changed. */
    @Test
    void timestamps_lost_leaveQueriesOutOfDate() throws Exception {
        SessionFactory node = version(Map.of(), "none");
        titles(node);
        retitle(node, "another title");
        node.getCache().evictAllRegions();
        assertEquals(List.of("another title"), titles(node));
        retitle(node, "a third title");

        CachedSessions.cacheOf(node, "default-update-timestamps-region").clear();

        assertEquals(List.of("another title"), titles(node));
    }

    /** Hibernate closes the manager, which is the same for the same settings and class loader. */
    @Test
    void sessionFactories_sameSettingsInOneJvm_endTogether() throws Exception {
        String settings = nodes.settings(Map.of());
        SessionFactory one = version(settings, "none");
        SessionFactory other = version(settings, "none");
        note(other);

        one.close();

        assertThrows(IllegalStateException.class, () -> note(other));
    }
}
