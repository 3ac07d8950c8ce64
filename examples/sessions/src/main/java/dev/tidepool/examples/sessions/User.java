package dev.tidepool.examples.sessions;

import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Set;

/** Who is logged in; the session's attribute {@code user}. */
record User(
        long id,
        String name,
        String email,
        LocalDate born,
        String language,
        String city,
        String country,
        Set<Role> roles,
        boolean newsletter,
        Instant loggedIn)
        implements Serializable {

    enum Role {
        READER,
        BUYER
    }

    /** The only visitor that there is. */
    static User ada() {
        return new User(
                1815,
                "Ada Lovelace",
                "ada@example.org",
                LocalDate.of(1815, 12, 10),
                "en",
                "London",
                "GB",
                Set.of(Role.READER, Role.BUYER),
                true,
                Instant.now());
    }
}
