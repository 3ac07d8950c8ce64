package com.acme.shop;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.cfg.Configuration;

public class FirstEntity {
    @Entity
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    public static class Book {
        @Id
        long id;

        String title;
    }

    public static void main(String[] arguments) {
        try (SessionFactory sessions = new Configuration()
                .addAnnotatedClass(Book.class)
                .setProperty("hibernate.connection.url", "jdbc:h2:./target/books")
                .setProperty("hibernate.hbm2ddl.auto", "update")
                .buildSessionFactory()) {
            sessions.inTransaction(session -> {
                if (session.find(Book.class, 1L) == null) {
                    Book book = new Book();
                    book.id = 1;
                    book.title = "Moby-Dick";
                    session.persist(book);
                }
            });
            for (int i = 0; i < 2; i++) {
                sessions.inSession(session -> System.out.println(session.find(Book.class, 1L).title));
            }
            System.out.println("hits: " + sessions.getStatistics().getSecondLevelCacheHitCount());
        }
    }
}
