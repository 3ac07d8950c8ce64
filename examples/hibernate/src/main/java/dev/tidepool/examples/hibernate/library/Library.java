package dev.tidepool.examples.hibernate.library;

import java.math.BigDecimal;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.function.Function;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.stat.Statistics;

/** The application: it knows Hibernate and nothing of where its second-level cache is. */
public final class Library implements AutoCloseable {
    private final SessionFactory sessions;

    /**
     * Starts a node.
     *
     * @param more properties that {@code hibernate.properties} leaves out, such as where the database is
     */
    public Library(Properties more) {
        sessions = new Configuration()
                .addAnnotatedClass(Book.class)
                .addAnnotatedClass(Shelf.class)
                .addProperties(more)
                .buildSessionFactory();
    }

    public void add(Object entity) {
        sessions.inTransaction(session -> session.persist(entity));
    }

    public Book book(long id) {
        return read(session -> session.find(Book.class, id));
    }

    public Book bookByIsbn(String isbn) {
        return read(session -> session.bySimpleNaturalId(Book.class).load(isbn));
    }

    public List<String> tags(long id) {
        return read(session ->
                List.copyOf(new TreeSet<>(session.find(Book.class, id).tags())));
    }

    public List<String> titles(Genre genre) {
        return read(session -> session.createSelectionQuery(
                        "select title from Book where genre = :genre order by title", String.class)
                .setParameter("genre", genre)
                .setCacheable(true)
                .list());
    }

    public void reprice(long id, BigDecimal price) {
        sessions.inTransaction(session -> session.find(Book.class, id).reprice(price));
    }

    /** By one statement, past all that is cached: Hibernate then clears the region. */
    public void repriceAll(BigDecimal price) {
        sessions.inTransaction(session -> session.createMutationQuery("update Book set price = :price")
                .setParameter("price", price)
                .executeUpdate());
    }

    public void tag(long id, String tag) {
        sessions.inTransaction(session -> session.find(Book.class, id).tags().add(tag));
    }

    public int copies(Shelf.Place place) {
        return read(session -> session.find(Shelf.class, place).copies());
    }

    public void addCopies(Shelf.Place place, int more) {
        sessions.inTransaction(session -> session.find(Shelf.class, place).add(more));
    }

    /** Forgets the cached books, and nothing else. */
    public void evictBooks() {
        sessions.getCache().evict(Book.class);
    }

    public Statistics statistics() {
        return sessions.getStatistics();
    }

    public SessionFactory sessions() {
        return sessions;
    }

    private <T> T read(Function<Session, T> work) {
        return sessions.fromTransaction(work::apply);
    }

    @Override
    public void close() {
        sessions.close();
    }
}
