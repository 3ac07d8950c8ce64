package dev.tidepool.examples.hibernate.library;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import java.io.Serializable;
import java.util.Objects;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** How many copies of the books of a genre stand in a room. */
@Entity
@Cacheable
@Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
public class Shelf {
    /** An id with an enum in it, whose hash code is another one in each JVM. */
    @Embeddable
    public static class Place implements Serializable {
        private int room;

        @Enumerated(EnumType.STRING)
        private Genre genre;

        protected Place() {}

        public Place(int room, Genre genre) {
            this.room = room;
            this.genre = genre;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Place place && room == place.room && genre == place.genre;
        }

        @Override
        public int hashCode() {
            return Objects.hash(room, genre);
        }
    }

    @EmbeddedId
    private Place place;

    private int copies;

    protected Shelf() {}

    public Shelf(Place place, int copies) {
        this.place = place;
        this.copies = copies;
    }

    public int copies() {
        return copies;
    }

    public void add(int more) {
        copies += more;
    }
}
