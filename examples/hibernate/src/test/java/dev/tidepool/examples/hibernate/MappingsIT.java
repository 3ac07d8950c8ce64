package dev.tidepool.examples.hibernate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Cacheable;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.DiscriminatorValue;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.Version;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import javax.cache.CacheException;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Any;
import org.hibernate.annotations.AnyDiscriminatorValue;
import org.hibernate.annotations.AnyKeyJavaClass;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What mappings put into the cache: the one line of the example's settings allows it, and the other node reads it,
 * whose codec is another.
 */
@Timeout(60)
final class MappingsIT {
    private static final UUID ID = UUID.fromString("6fa459ea-ee8a-3ca4-894e-db77e160355e");
    private static final Instant BORN = Instant.parse("2026-01-02T03:04:05.678Z");

    private static LocalDynamoDb store;
    private static SessionFactory first;
    private static SessionFactory second;

    /** A kind of something. */
    enum Kind {
        PLAIN,
        SPECIAL {
            @Override
            public String toString() {
                return "special";
            }
        }
    }

    /** Is stored as text. */
    record Weight(long grams) implements Serializable {}

    /** Makes a text of a weight. */
    public static final class WeightConverter implements AttributeConverter<Weight, String> {
        @Override
        public String convertToDatabaseColumn(Weight weight) {
            return weight == null ? null : weight.grams() + " g";
        }

        @Override
        public Weight convertToEntityAttribute(String text) {
            return text == null ? null : new Weight(Long.parseLong(text.split(" ")[0]));
        }
    }

    /** A part of another. */
    @Embeddable
    public static class Size implements Serializable {
        int width;
        BigDecimal height;

        protected Size() {}

        Size(int width, String height) {
            this.width = width;
            this.height = new BigDecimal(height);
        }
    }

    /** With every basic type that has a codec of its own, and some that have not. */
    @Entity(name = "Thing")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    public static class Thing {
        @Id
        UUID id = ID;

        boolean flag = true;
        char letter = '\u00e9';
        short small = -3;
        double ratio = 0.1;
        BigInteger big = BigInteger.TEN.pow(30);
        Instant born = BORN;
        LocalDate since = LocalDate.of(2026, 2, 28);
        OffsetDateTime meeting = OffsetDateTime.parse("2026-03-04T05:06:07Z");
        Duration duration = Duration.ofMinutes(61);
        Currency currency = Currency.getInstance("EUR");
        Locale language = Locale.GERMANY;
        byte[] picture = {1, 2, 3};
        String[] words = {"a", null, "b"};

        @Enumerated
        Kind kind = Kind.SPECIAL;

        @Convert(converter = WeightConverter.class)
        Weight weight = new Weight(1500);

        @Embedded
        Size size = new Size(3, "4.50");

        String none;

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
        Map<String, Size> sizes = new HashMap<>(Map.of("door", new Size(80, "200.0")));

        @ElementCollection
        @OrderColumn
        @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
        List<String> steps = new ArrayList<>(List.of("b", "a"));

        @ElementCollection
        @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
        Set<Kind> kinds = new HashSet<>(Set.of(Kind.PLAIN, Kind.SPECIAL));
    }

    /** An id of two columns. */
    @Embeddable
    public record OrderId(int number, Kind kind) implements Serializable {}

    /** Locked while it changes. */
    @Entity(name = "PurchaseOrder")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    @NaturalIdCache
    public static class PurchaseOrder {
        @EmbeddedId
        OrderId id = new OrderId(7, Kind.SPECIAL);

        @NaturalId
        String code = "code";

        @NaturalId
        @Column(name = "natural_kind")
        Kind kind = Kind.SPECIAL;

        @Version
        Instant changed;

        @OneToMany(cascade = CascadeType.ALL)
        @JoinColumn(name = "orderNumber", nullable = false)
        @JoinColumn(name = "orderKind", nullable = false)
        @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
        Set<Line> lines = new HashSet<>(Set.of(new Line()));
    }

    /** Knows of its order by a column that it has no attribute for. */
    @Entity(name = "Line")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    public static class Line {
        @Id
        Long id = 1L;

        String text = "line";
        int count;
    }

    /** The root of a hierarchy. */
    @Entity(name = "Payment")
    @Inheritance
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    public abstract static class Payment {
        @Id
        Long id = 1L;

        @ManyToOne(fetch = FetchType.LAZY)
        PurchaseOrder order;

        @Any
        @AnyKeyJavaClass(Long.class)
        @AnyDiscriminatorValue(discriminator = "line", entity = Line.class)
        @Column(name = "subjectType")
        @JoinColumn(name = "subjectId")
        Object subject;
    }

    /** A leaf of it. */
    @Entity(name = "CardPayment")
    @DiscriminatorValue("card")
    public static class CardPayment extends Payment {
        String card = "card";
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        store = new LocalDynamoDb();
        CachedSessions nodes = new CachedSessions(folder, store.endpoint(), "mappings");
        first = open(nodes, "fst");
        second = open(nodes, "jdk");
        first.inTransaction(session -> {
            PurchaseOrder order = new PurchaseOrder();
            CardPayment payment = new CardPayment();
            payment.order = order;
            payment.subject = order.lines.iterator().next();
            session.persist(new Thing());
            session.persist(order);
            session.persist(payment);
        });
        first.getCache().evictAllRegions();
    }

    @AfterAll
    static void stop() throws Exception {
        first.close();
        second.close();
        store.close();
    }

    private static SessionFactory open(CachedSessions nodes, String codec) throws Exception {
        return nodes.open(
                nodes.settings(Map.of("tidepool.codec", codec)),
                new Configuration()
                        .addAnnotatedClass(Thing.class)
                        .addAnnotatedClass(PurchaseOrder.class)
                        .addAnnotatedClass(Line.class)
                        .addAnnotatedClass(Payment.class)
                        .addAnnotatedClass(CardPayment.class));
    }

    /**
     * Has one node fill the cache, and checks that the other asks the database for nothing; and the other way round.
     */
    private static <T> T cached(Function<Session, T> work) {
        cached(first, second, work);
        first.getCache().evictAllRegions();
        return cached(second, first, work);
    }

    private static <T> T cached(SessionFactory filling, SessionFactory reading, Function<Session, T> work) {
        filling.fromTransaction(work::apply);
        reading.getStatistics().clear();
        T answer = reading.fromTransaction(work::apply);
        assertEquals(0, reading.getStatistics().getPrepareStatementCount());
        return answer;
    }

    @Test
    void basicTypesAndParts_cached_areReadByTheOtherNode() {
        Thing expected = new Thing();
        Thing thing = cached(session -> session.find(Thing.class, ID));

        assertEquals(expected.flag, thing.flag);
        assertEquals(expected.letter, thing.letter);
        assertEquals(expected.small, thing.small);
        assertEquals(expected.ratio, thing.ratio);
        assertEquals(expected.big, thing.big);
        assertEquals(expected.born, thing.born);
        assertEquals(expected.since, thing.since);
        assertEquals(expected.meeting.toInstant(), thing.meeting.toInstant());
        assertEquals(expected.duration, thing.duration);
        assertEquals(expected.currency, thing.currency);
        assertEquals(expected.language, thing.language);
        assertArrayEquals(expected.picture, thing.picture);
        assertArrayEquals(expected.words, thing.words);
        assertSame(Kind.SPECIAL, thing.kind);
        assertEquals(expected.weight, thing.weight);
        assertEquals(3, thing.size.width);
        assertEquals(new BigDecimal("4.50"), thing.size.height);
        assertNull(thing.none);
    }

    @Test
    void collections_cached_areReadByTheOtherNode() {
        String shown = cached(session -> {
            Thing thing = session.find(Thing.class, ID);
            return thing.sizes.get("door").width + " " + List.copyOf(thing.steps) + " " + new TreeSet<>(thing.kinds);
        });

        assertEquals("80 [b, a] [PLAIN, special]", shown);
    }

    @Test
    void idAndNaturalIdOfSeveralColumns_cached_areReadByTheOtherNode() {
        assertEquals("code", cached(session -> session.find(PurchaseOrder.class, new OrderId(7, Kind.SPECIAL))).code);
        assertEquals(
                "code",
                cached(session -> session.byNaturalId(PurchaseOrder.class)
                                .using("code", "code")
                                .using("kind", Kind.SPECIAL)
                                .load())
                        .code);
    }

    @Test
    void collectionOfEntities_cached_isReadByTheOtherNode() {
        assertEquals(
                "line",
                cached(session -> session.find(PurchaseOrder.class, new OrderId(7, Kind.SPECIAL))
                        .lines
                        .iterator()
                        .next()
                        .text));
    }

    /** A change caches a placeholder for the column that has no attribute. */
    @Test
    void placeholderOfAParent_cached_isReadByTheOtherNode() {
        first.inTransaction(session -> session.find(Line.class, 1L).count++);

        assertEquals(1, cached(session -> session.find(Line.class, 1L)).count);
    }

    @Test
    void associationsOfASubclass_cached_areReadByTheOtherNode() {
        assertEquals("card code line", cached(session -> {
            CardPayment payment = (CardPayment) session.find(Payment.class, 1L);
            return payment.card + " " + payment.order.code + " " + ((Line) payment.subject).text;
        }));
    }

    @Test
    void queryForEntities_cached_isReadByTheOtherNode() {
        assertEquals(
                "card",
                cached(session -> session.createSelectionQuery(
                                "from CardPayment p join fetch p.order", CardPayment.class)
                        .setCacheable(true)
                        .getSingleResult()
                        .card));
    }

    @Test
    void queryWithParametersOfManyTypes_cached_isReadByTheOtherNode() {
        assertEquals(
                List.of(ID),
                cached(session -> session.createSelectionQuery(
                                "select t.id from Thing t where t.kind = :kind and t.born = :born and t.weight = :weight and t.since in :days and t.id = :id and t.picture = :picture and t.size.height = :height",
                                UUID.class)
                        .setParameter("kind", Kind.SPECIAL)
                        .setParameter("born", BORN)
                        .setParameter("weight", new Weight(1500))
                        .setParameter("days", List.of(LocalDate.of(2026, 2, 28), LocalDate.of(2026, 3, 1)))
                        .setParameter("id", ID)
                        .setParameter("picture", new byte[] {1, 2, 3})
                        .setParameter("height", new BigDecimal("4.50"))
                        .setCacheable(true)
                        .list()));
    }

    @Test
    void queryForSeveralValues_cached_isReadByTheOtherNode() {
        assertEquals("special 1500", cached(session -> {
            Object[] row = session.createSelectionQuery(
                            "select t.kind, t.weight, t.size, t.words from Thing t", Object[].class)
                    .setCacheable(true)
                    .getSingleResult();
            return row[0] + " " + ((Weight) row[1]).grams();
        }));
    }

    /** Hibernate would cache the types of its columns with it, and would not know them again. */
    @Test
    void nativeQuery_cacheable_isRefused() {
        CacheException refused = assertThrows(
                CacheException.class,
                () -> first.fromTransaction(session -> session.createNativeQuery("select text from Line", String.class)
                        .setCacheable(true)
                        .list()));

        assertTrue(refused.getMessage().contains("CachedJdbcValuesMetadata, "), refused.getMessage());
        assertTrue(refused.getMessage().contains("are not allowed to be stored"), refused.getMessage());
    }

    /** What stands in the state of an entity for an attribute that is not loaded, with bytecode enhancement. */
    @Test
    void placeholderOfALazyAttribute_cached_isItselfAgain() {
        Object[] state = {LazyPropertyInitializer.UNFETCHED_PROPERTY};
        String region = Line.class.getName();

        CachedSessions.cacheOf(first, region).put("lazy", state);

        assertSame(state[0], ((Object[]) CachedSessions.cacheOf(second, region).get("lazy"))[0]);
    }
}
