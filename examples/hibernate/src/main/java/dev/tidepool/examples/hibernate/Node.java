package dev.tidepool.examples.hibernate;

import dev.tidepool.examples.hibernate.library.Book;
import dev.tidepool.examples.hibernate.library.Genre;
import dev.tidepool.examples.hibernate.library.Library;
import dev.tidepool.examples.hibernate.library.Shelf;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Properties;
import org.hibernate.stat.Statistics;

/** A node in a process of its own: it does what it reads from its input, and prints what came of it. */
final class Node {
    static final String READY = "ready";

    private Node() {}

    /** @param arguments the URL of the database */
    public static void main(String[] arguments) throws IOException {
        Properties properties = new Properties();
        properties.put("hibernate.connection.url", arguments[0]);
        properties.put("hibernate.hbm2ddl.auto", "update");
        try (Library library = new Library(properties)) {
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            System.out.println(READY);
            for (String command = commands.readLine(); command != null; command = commands.readLine()) {
                library.statistics().clear();
                Object answer = answer(library, command.split(" "));
                System.out.println(answer + " | " + cost(library.statistics()));
            }
        }
    }

    private static Object answer(Library library, String[] words) {
        return switch (words[0]) {
            case "fill" -> fill(library);
            case "book" -> shown(library.book(Long.parseLong(words[1])));
            case "isbn" -> shown(library.bookByIsbn(words[1]));
            case "tags" -> library.tags(Long.parseLong(words[1]));
            case "titles" -> library.titles(Genre.valueOf(words[1]));
            case "copies" -> library.copies(place(words));
            case "reprice" -> done(() -> library.reprice(Long.parseLong(words[1]), new BigDecimal(words[2])));
            case "reprice-all" -> done(() -> library.repriceAll(new BigDecimal(words[1])));
            case "tag" -> done(() -> library.tag(Long.parseLong(words[1]), words[2]));
            case "add-copies" -> done(() -> library.addCopies(place(words), Integer.parseInt(words[3])));
            case "evict-books" -> done(library::evictBooks);
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static String fill(Library library) {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        Book book = new Book(1, "978-0140449266", "The Voyage", new BigDecimal("9.90"), Genre.TRAVEL, now);
        book.tags().add("sea");
        library.add(book);
        library.add(new Book(2, "978-0262033848", "Algorithms", new BigDecimal("59.00"), Genre.SCIENCE, now));
        library.add(new Shelf(new Shelf.Place(1, Genre.TRAVEL), 3));
        return "done";
    }

    private static Shelf.Place place(String[] words) {
        return new Shelf.Place(Integer.parseInt(words[1]), Genre.valueOf(words[2]));
    }

    private static String shown(Book book) {
        return book.title() + ", " + book.genre() + ", " + book.price();
    }

    private static String done(Runnable work) {
        work.run();
        return "done";
    }

    private static String cost(Statistics statistics) {
        return statistics.getPrepareStatementCount() + " SQL, "
                + (statistics.getSecondLevelCacheHitCount()
                        + statistics.getNaturalIdCacheHitCount()
                        + statistics.getQueryCacheHitCount())
                + " hits, "
                + (statistics.getSecondLevelCacheMissCount()
                        + statistics.getNaturalIdCacheMissCount()
                        + statistics.getQueryCacheMissCount())
                + " misses";
    }
}
