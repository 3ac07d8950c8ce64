package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.ManyToOne;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Calendar;
import java.util.Currency;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dates in ids and as parameters of cached queries, and other types of the JDK that Hibernate makes keys of. */
@Timeout(60)
final class DatesIT {
    private static final Date AT = new Date(1_700_000_000_123L);
    private static final java.sql.Date DAY = java.sql.Date.valueOf("2024-05-06");
    private static final UUID TOKEN = UUID.fromString("6fa459ea-ee8a-3ca4-894e-db77e160355e");

    private static LocalDynamoDb store;
    private static SessionFactory first;
    private static SessionFactory second;

    /** An id with a date, as the application makes it; read from the database, the date is a Timestamp. */
    @Embeddable
    public static class VisitId implements Serializable {
        String who;

        @Column(name = "moment")
        Date at;

        protected VisitId() {}

        VisitId(String who, Date at) {
            this.who = who;
            this.at = at;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof VisitId visit && who.equals(visit.who) && at.getTime() == visit.at.getTime();
        }

        @Override
        public int hashCode() {
            return Objects.hash(who, at.getTime());
        }
    }

    /** Is found by its date. */
    @Entity(name = "Visit")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public static class Visit {
        @EmbeddedId
        VisitId id;

        String page;

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        Set<String> tags = new HashSet<>(Set.of("tag"));

        protected Visit() {}

        Visit(VisitId id, String page) {
            this.id = id;
            this.page = page;
        }

        /** A proxy has no fields of its own. */
        String page() {
            return page;
        }
    }

    /** The id of a link; its names are those of the link. */
    public record LinkId(Date at, int number) implements Serializable {}

    /** Refers to a visit by its date, and has a date in its own id. */
    @Entity(name = "Link")
    @IdClass(LinkId.class)
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    @NaturalIdCache
    public static class Link {
        @Id
        @Column(name = "moment")
        Date at = AT;

        @Id
        int number = 1;

        @ManyToOne(fetch = FetchType.LAZY)
        Visit visit;

        @NaturalId
        Date made = AT;
    }

    /** Has what the queries ask for. */
    @Entity(name = "Rate")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public static class Rate {
        @Id
        Timestamp id = new Timestamp(AT.getTime());

        Date seen = AT;

        @Column(name = "valid_on")
        java.sql.Date day = DAY;

        @Column(name = "opening")
        java.sql.Time opens = java.sql.Time.valueOf("07:08:09");

        Calendar closed = calendar();
        Currency currency = Currency.getInstance("EUR");
        TimeZone zone = TimeZone.getTimeZone("Europe/Paris");
        Locale language = Locale.GERMANY;
        LocalDate since = LocalDate.of(2026, 2, 28);
        Instant born = AT.toInstant();
        UUID token = TOKEN;
        BigDecimal price = new BigDecimal("4.50");
        byte[] picture = {1, 2};
    }

    private static Calendar calendar() {
        Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("Europe/Paris"), Locale.US);
        calendar.setTime(AT);
        return calendar;
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        store = new LocalDynamoDb();
        CachedSessions nodes = new CachedSessions(folder, store.endpoint(), "dates");
        first = open(nodes);
        second = open(nodes);
        first.inTransaction(session -> {
            Link link = new Link();
            link.visit = new Visit(new VisitId("ann", AT), "/");
            session.persist(link.visit);
            session.persist(link);
            session.persist(new Rate());
        });
    }

    @AfterAll
    static void stop() throws Exception {
        first.close();
        second.close();
        store.close();
    }

    private static SessionFactory open(CachedSessions nodes) throws Exception {
        return nodes.open(
                nodes.settings(Map.of()),
                new Configuration()
                        .addAnnotatedClass(Visit.class)
                        .addAnnotatedClass(Link.class)
                        .addAnnotatedClass(Rate.class));
    }

    /** Has one node fill the cache, and checks that the other asks the database for nothing. */
    private static <T> T cached(Function<Session, T> work) {
        first.fromTransaction(work::apply);
        second.getStatistics().clear();
        T answer = second.fromTransaction(work::apply);
        assertEquals(0, second.getStatistics().getPrepareStatementCount());
        return answer;
    }

    static Stream<Date> dates() {
        return Stream.of(AT, new Timestamp(AT.getTime()));
    }

    @ParameterizedTest
    @MethodSource("dates")
    void embeddedId_withDate_isReadByTheOtherNode(Date at) {
        assertEquals("/ [tag]", cached(session -> {
            Visit visit = session.find(Visit.class, new VisitId("ann", at));
            return visit.page + " " + Set.copyOf(visit.tags);
        }));
    }

    @ParameterizedTest
    @MethodSource("dates")
    void idClass_withDate_isReadByTheOtherNode(Date at) {
        assertEquals(
                AT.getTime(),
                cached(session -> session.find(Link.class, new LinkId(at, 1)))
                        .made
                        .getTime());
        assertEquals(
                "/",
                cached(session ->
                        session.find(Link.class, new LinkId(at, 1)).visit.page()));
        assertEquals(1, entries(Link.class.getName()));
    }

    @ParameterizedTest
    @MethodSource("dates")
    void naturalId_ofDate_isReadByTheOtherNode(Date made) {
        assertEquals(1, cached(session -> session.bySimpleNaturalId(Link.class).load(made)).number);
        assertEquals(1, entries(Link.class.getName() + "##NaturalId"));
    }

    @Test
    void id_ofTimestamp_isReadByTheOtherNode() {
        assertEquals(DAY, cached(session -> session.find(Rate.class, new Timestamp(AT.getTime()))).day);
    }

    /** Else a change on one way would leave an old state on the other. */
    @Test
    void visit_reachedOnEveryWay_isOneEntry() {
        first.getCache().evictAllRegions();
        first.inTransaction(session -> session.find(Visit.class, new VisitId("ann", AT)));
        second.inTransaction(session -> session.find(Visit.class, new VisitId("ann", new Timestamp(AT.getTime()))));
        first.getCache().evict(Visit.class, new VisitId("ann", AT));
        second.inTransaction(session ->
                session.createSelectionQuery("from Visit", Visit.class).getSingleResult());
        first.inTransaction(session -> session.createSelectionQuery("from Link", Link.class)
                .getSingleResult()
                .visit
                .page()
                .isEmpty());
        assertEquals(1, entries(Visit.class.getName()));

        second.inTransaction(session ->
                session.createSelectionQuery("from Visit", Visit.class).getSingleResult().page = "/new");

        assertEquals("/new", cached(session -> session.find(Visit.class, new VisitId("ann", AT)).page));
        assertEquals(1, entries(Visit.class.getName()));
        second.inTransaction(session -> session.find(Visit.class, new VisitId("ann", AT)).page = "/");
    }

    private static long entries(String region) {
        return StreamSupport.stream(CachedSessions.cacheOf(first, region).spliterator(), false)
                .count();
    }

    static Stream<Arguments> parameters() {
        return Stream.of(
                arguments("seen", AT),
                arguments("seen", new Timestamp(AT.getTime())),
                arguments("day", DAY),
                arguments("opens", java.sql.Time.valueOf("07:08:09")),
                arguments("closed", calendar()),
                arguments("currency", Currency.getInstance("EUR")),
                arguments("zone", TimeZone.getTimeZone("Europe/Paris")),
                arguments("language", Locale.GERMANY),
                arguments("since", LocalDate.of(2026, 2, 28)),
                arguments("born", AT.toInstant()),
                arguments("token", TOKEN),
                arguments("price", new BigDecimal("4.50")),
                arguments("picture", new byte[] {1, 2}));
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void cachedQuery_withParameter_isHitByTheOtherNode(String attribute, Object value) {
        Function<Session, Integer> query =
                session -> session.createSelectionQuery("from Rate r where r." + attribute + " = :value", Rate.class)
                        .setParameter("value", value)
                        .setCacheable(true)
                        .list()
                        .size();

        assertEquals(1, cached(query));
        assertEquals(1, second.getStatistics().getQueryCacheHitCount());
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void cachedQuery_withListOfParameters_isHitByTheOtherNode(String attribute, Object value) {
        Function<Session, Integer> query =
                session -> session.createSelectionQuery("from Rate r where r." + attribute + " in :values", Rate.class)
                        .setParameterList("values", List.of(value, value))
                        .setCacheable(true)
                        .list()
                        .size();

        assertEquals(1, cached(query));
        assertEquals(1, second.getStatistics().getQueryCacheHitCount());
    }
}
