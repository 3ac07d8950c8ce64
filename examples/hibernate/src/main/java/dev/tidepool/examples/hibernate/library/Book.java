package dev.tidepool.examples.hibernate.library;

import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;

/** A book, cached with its tags and by its ISBN. */
@Entity
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
@NaturalIdCache
public class Book {
    @Id
    private Long id;

    @NaturalId
    private String isbn;

    private String title;
    private BigDecimal price;
    private Instant added;

    @Enumerated(EnumType.STRING)
    private Genre genre;

    @ElementCollection
    @Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
    private Set<String> tags = new HashSet<>();

    protected Book() {}

    public Book(long id, String isbn, String title, BigDecimal price, Genre genre, Instant added) {
        this.id = id;
        this.isbn = isbn;
        this.title = title;
        this.price = price;
        this.genre = genre;
        this.added = added;
    }

    public Long id() {
        return id;
    }

    public String isbn() {
        return isbn;
    }

    public String title() {
        return title;
    }

    public BigDecimal price() {
        return price;
    }

    public Genre genre() {
        return genre;
    }

    public Instant added() {
        return added;
    }

    public Set<String> tags() {
        return tags;
    }

    public void reprice(BigDecimal newPrice) {
        price = newPrice;
    }
}
