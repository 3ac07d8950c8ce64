package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityExistsException;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.HibernateException;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What Hibernate's strategies promise when nodes share the cache, and what they do while its store is down. */
@Timeout(60)
final class StrategiesIT {
    private static final String NAME = "strategies";
    private static final String OLD = "old";
    private static final String NEW = "new";

    @TempDir
    private static Path folder;

    private static LocalDynamoDb store;
    private static Node first;
    private static Node second;

    private final List<Node> others = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Never changes. */
    @Entity(name = "Country")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_ONLY, region = "countries")
    public static class Country extends Named {
        @Id
        private Long id = 1L;
    }

    /** Changes, and is evicted then. */
    @Entity(name = "Article")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE, region = "articles")
    public static class Article extends Named {
        @Id
        private Long id = 1L;
    }

    /** Changes, and is locked then. */
    @Entity(name = "Account")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE, region = "accounts")
    public static class Account extends Named {
        @Id
        private Long id = 1L;

        @Version
        private int version;
    }

    /** Changes, and is cached before the commit. */
    @Entity(name = "Draft")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.TRANSACTIONAL, region = "drafts")
    public static class Draft extends Named {
        @Id
        private Long id = 1L;
    }

    /** What the entities have in common. */
    @jakarta.persistence.MappedSuperclass
    public abstract static class Named {
        private String text = OLD;

        String text() {
            return text;
        }

        void change(String changed) {
            text = changed;
        }
    }

    /** A node with a way of its own to the store. */
    private static final class Node implements AutoCloseable {
        private final Meter meter = new Meter(store.endpoint());
        private final SessionFactory sessions;

        Node(Map<String, String> options) throws Exception {
            CachedSessions cached = new CachedSessions(folder, meter.endpoint(), NAME);
            sessions = cached.open(
                    cached.settings(options),
                    new Configuration()
                            .addAnnotatedClass(Country.class)
                            .addAnnotatedClass(Article.class)
                            .addAnnotatedClass(Account.class)
                            .addAnnotatedClass(Draft.class));
        }

        String read(Class<? extends Named> type) {
            return sessions.fromTransaction(session -> session.find(type, 1L).text());
        }

        void write(Class<? extends Named> type, String text) {
            sessions.inTransaction(session -> session.find(type, 1L).change(text));
        }

        String inDatabase(Class<? extends Named> type) {
            return sessions.fromTransaction(session ->
                    (String) session.createNativeQuery("select text from " + type.getSimpleName(), String.class)
                            .getSingleResult());
        }

        long hits() {
            return sessions.getStatistics().getSecondLevelCacheHitCount();
        }

        @Override
        public void close() {
            sessions.close();
            meter.close();
        }
    }

    @BeforeAll
    static void startNodes() throws Exception {
        store = new LocalDynamoDb();
        first = new Node(Map.of());
        second = new Node(Map.of());
    }

    @AfterAll
    static void stopNodes() throws Exception {
        first.close();
        second.close();
        store.close();
    }

    @BeforeEach
    void fill() {
        first.sessions.inTransaction(session -> {
            for (String entity : List.of("Country", "Article", "Account", "Draft")) {
                session.createMutationQuery("delete from " + entity).executeUpdate();
            }
        });
        // Hibernate looks into the cache for whether what is persisted exists.
        first.sessions.getCache().evictAllRegions();
        first.sessions.inTransaction(session -> {
            session.persist(new Country());
            session.persist(new Article());
            session.persist(new Account());
            session.persist(new Draft());
        });
        // READ_WRITE caches what it inserts.
        first.sessions.getCache().evictAllRegions();
        first.sessions.getStatistics().clear();
        second.sessions.getStatistics().clear();
    }

    @AfterEach
    void connect() {
        first.meter.before(request -> {});
        second.meter.before(request -> {});
        for (Node node : others) {
            node.meter.before(request -> {});
            node.close();
        }
        threads.shutdownNow();
    }

    private Node other(Map<String, String> options) throws Exception {
        Node node = new Node(options);
        others.add(node);
        return node;
    }

    @ParameterizedTest
    @ValueSource(classes = {Country.class, Article.class, Account.class})
    void entity_readByOneNode_isAHitOnTheOther(Class<? extends Named> type) throws Exception {
        first.read(type);

        assertEquals(OLD, second.read(type));
        assertEquals(1, second.hits());
        assertEquals(0, second.sessions.getStatistics().getSecondLevelCacheMissCount());
    }

    @ParameterizedTest
    @ValueSource(classes = {Article.class, Account.class})
    void entity_changedByOneNode_isReadAsChangedByTheOther(Class<? extends Named> type) throws Exception {
        first.read(type);
        second.read(type);

        second.write(type, NEW);

        assertEquals(NEW, first.read(type));
        assertEquals(NEW, second.read(type));
    }

    @Test
    void readOnly_change_isRefused() {
        Node node = first;
        node.read(Country.class);

        assertThrows(RuntimeException.class, () -> node.write(Country.class, NEW));
        assertEquals(OLD, node.inDatabase(Country.class));
    }

    /**
     * What is deleted behind Hibernate's back stays in the cache, and an id that the application gives counts as taken.
     */
    @Test
    void persist_idThatTheCacheStillHas_isRefusedUntilItIsEvicted() {
        first.read(Article.class);
        first.sessions.inTransaction(session -> session.doWork(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("delete from Article");
            }
        }));

        assertThrows(
                EntityExistsException.class,
                () -> second.sessions.inTransaction(session -> session.persist(new Article())));

        second.sessions.getCache().evictEntityData(Article.class, 1L);
        second.sessions.inTransaction(session -> session.persist(new Article()));
        assertEquals(OLD, second.inDatabase(Article.class));
    }

    /**
     * A reader that has loaded before a change and caches after it brings the old value back, whatever the strategy:
     * the locks of READ_WRITE hold within a JVM. The entry's deadline ends it.
     */
    @ParameterizedTest
    @ValueSource(classes = {Article.class, Account.class})
    void reader_loadsBeforeAChangeAndCachesAfterIt_isStaleUntilTheDeadline(Class<? extends Named> type)
            throws Exception {
        Node writer = first;
        Node reader = second;
        String table = NAME + "-" + (type == Article.class ? "articles" : "accounts");
        CountDownLatch loaded = new CountDownLatch(1);
        CountDownLatch changed = new CountDownLatch(1);
        reader.meter.before(request -> {
            if (request.equals("PutItem " + table)) {
                loaded.countDown();
                await(changed);
            }
        });
        Future<String> read = threads.submit(() -> reader.read(type));
        loaded.await();
        writer.write(type, NEW);
        changed.countDown();
        assertEquals(OLD, read.get());
        reader.meter.before(request -> {});

        assertEquals(OLD, writer.read(type));
        assertEquals(OLD, reader.read(type));

        expire(table);
        assertEquals(NEW, writer.read(type));
        assertEquals(NEW, reader.read(type));
    }

    /** The version and the time of the change are in the cache: what was loaded before it does not get in. */
    @Test
    void readWrite_readerThatLooksAtTheCacheAfterTheChange_doesNotCacheTheOldValue() throws Exception {
        Node writer = first;
        Node reader = second;
        String table = NAME + "-accounts";
        CountDownLatch loaded = new CountDownLatch(1);
        CountDownLatch changed = new CountDownLatch(1);
        AtomicInteger gets = new AtomicInteger();
        reader.meter.before(request -> {
            if (request.equals("GetItem " + table) && gets.incrementAndGet() == 2) {
                loaded.countDown();
                await(changed);
            }
        });
        Future<String> read = threads.submit(() -> reader.read(Account.class));
        loaded.await();
        writer.write(Account.class, NEW);
        changed.countDown();
        assertEquals(OLD, read.get());

        assertEquals(NEW, writer.read(Account.class));
        assertEquals(NEW, reader.read(Account.class));
    }

    /** There is no transaction in which the entry could be undone. */
    @Test
    void transactional_changeThatIsRolledBack_staysInTheCache() throws Exception {
        Node node = first;

        assertThrows(
                IllegalStateException.class,
                () -> node.sessions.inTransaction(session -> {
                    session.find(Draft.class, 1L).change(NEW);
                    session.flush();
                    throw new IllegalStateException("no");
                }));

        assertEquals(OLD, node.inDatabase(Draft.class));
        assertEquals(NEW, second.read(Draft.class));
    }

    @Test
    void change_nonstrict_evictsTwice() {
        Node node = first;
        node.read(Article.class);
        node.meter.taken();

        node.write(Article.class, NEW);

        String table = NAME + "-articles";
        assertEquals(
                List.of("GetItem " + table, "DeleteItem " + table, "DeleteItem " + table), requestsTo(node, table));
    }

    @Test
    void change_readWrite_locksAndWrites() {
        Node node = first;
        node.read(Account.class);
        node.meter.taken();

        node.write(Account.class, NEW);

        String table = NAME + "-accounts";
        assertEquals(
                List.of(
                        "GetItem " + table,
                        "GetItem " + table,
                        "PutItem " + table,
                        "GetItem " + table,
                        "PutItem " + table),
                requestsTo(node, table));
    }

    private static List<String> requestsTo(Node node, String table) {
        return node.meter.taken().stream()
                .filter(request -> request.endsWith(" " + table))
                .toList();
    }

    @Test
    void storeDown_afterTheCommit_isToldThoughTheChangeIsMade() {
        Node node = first;
        AtomicInteger evictions = new AtomicInteger();
        node.meter.before(request -> {
            if (request.startsWith("DeleteItem") && evictions.incrementAndGet() > 1) {
                throw new IllegalStateException("cut off");
            }
        });

        assertThrows(HibernateException.class, () -> node.write(Article.class, NEW));

        assertEquals(NEW, node.inDatabase(Article.class));
    }

    @Test
    void eviction_ofAllRegions_leavesNoEntry() {
        Node node = first;
        node.read(Article.class);
        node.read(Account.class);

        node.sessions.getCache().evictAllRegions();

        assertTrue(items(NAME + "-articles").isEmpty());
        assertTrue(items(NAME + "-accounts").isEmpty());
    }

    @Test
    void sessionFactory_closed_leavesEntries() throws Exception {
        Node node = other(Map.of());
        node.read(Article.class);

        node.sessions.close();

        assertEquals(1, items(NAME + "-articles").size());
    }

    @Test
    void storeDown_read_fails() {
        Node node = first;
        cutOff(node);

        assertThrows(RuntimeException.class, () -> node.read(Article.class));
    }

    /** What has been loaded is cached, and that is a change of the cache. */
    @Test
    void storeDown_readWithMisses_failsWhereItWouldCache() throws Exception {
        Node node = other(Map.of("tidepool.onStoreFailure", "miss"));
        cutOff(node);

        assertThrows(RuntimeException.class, () -> node.read(Article.class));
    }

    @Test
    void storeDown_change_isRolledBack() {
        Node node = first;
        node.read(Article.class);
        AtomicBoolean down = new AtomicBoolean();
        node.meter.before(request -> {
            if (down.get()) {
                throw new IllegalStateException("cut off");
            }
        });

        assertThrows(
                RuntimeException.class,
                () -> node.sessions.inTransaction(session -> {
                    session.find(Article.class, 1L).change(NEW);
                    down.set(true);
                }));

        assertEquals(OLD, node.inDatabase(Article.class));
    }

    private static void cutOff(Node node) {
        node.meter.before(request -> {
            throw new IllegalStateException("cut off");
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static DynamoDbClient client() {
        URI endpoint = store.endpoint();
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .build();
    }

    private static List<Map<String, AttributeValue>> items(String table) {
        try (DynamoDbClient client = client()) {
            return client.scan(request -> request.tableName(table).consistentRead(true))
                    .items();
        }
    }

    /** Moves the deadlines of a table's items into the past. */
    private static void expire(String table) {
        try (DynamoDbClient client = client()) {
            items(table)
                    .forEach(item -> client.updateItem(request -> request.tableName(table)
                            .key(Map.of("id", item.get("id")))
                            .updateExpression("SET expiresAt = :past, expires = :past")
                            .expressionAttributeValues(Map.of(":past", AttributeValue.fromN("1000")))));
        }
    }
}
