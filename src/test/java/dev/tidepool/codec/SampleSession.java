package dev.tidepool.codec;

import java.io.Serial;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * What a shop keeps of a visitor: a user of ten fields, three roles, a cart of twenty items, locale, time of login,
 * token and preferences. Once of classes that declare a serialVersionUID, once of such that do not.
 */
final class SampleSession {

    private static final int ITEMS = 20;

    private SampleSession() {}

    /** Returns the session of classes without serialVersionUID. */
    static Map<String, Object> plain() {
        List<Object> cart = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            cart.add(new Item("SKU-" + (10_000 + 37 * i), "Product number " + i, 1 + i % 3, 499 + 100 * i, i % 2 == 0));
        }
        return session(new User(), cart);
    }

    /** Returns the same session of classes that declare one. */
    static Map<String, Object> versioned() {
        List<Object> cart = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            cart.add(new VersionedItem(
                    "SKU-" + (10_000 + 37 * i), "Product number " + i, 1 + i % 3, 499 + 100 * i, i % 2 == 0));
        }
        return session(new VersionedUser(), cart);
    }

    private static Map<String, Object> session(Object user, List<Object> cart) {
        Map<String, Object> preferences = new HashMap<>();
        preferences.put("theme", "dark");
        preferences.put("pageSize", 50);
        preferences.put("newsletter", false);
        Map<String, Object> session = new HashMap<>();
        session.put("user", user);
        session.put("roles", new ArrayList<>(List.of("customer", "reviewer", "beta")));
        session.put("cart", cart);
        session.put("locale", Locale.GERMANY);
        session.put("loginTime", Instant.ofEpochSecond(1_767_312_000L, 123_000_000));
        session.put("csrfToken", "f3b0c442-98fc-4c14-9afb-f4c8996fb924");
        session.put("preferences", preferences);
        return session;
    }

    @SuppressWarnings("serial") // the point of this class
    static final class User implements Serializable {
        private final long id = 4_711_000_815L;
        private final String login = "anna.schmidt";
        private final String firstName = "Anna";
        private final String lastName = "Schmidt";
        private final String email = "anna.schmidt@example.com";
        private final boolean verified = true;
        private final int logins = 1_284;
        private final LocalDate birthday = LocalDate.of(1990, 5, 17);
        private final BigDecimal balance = new BigDecimal("1284.50");
        private final UUID tenant = new UUID(0x1122334455667788L, 0x99AABBCCDDEEFF00L);

        @Override
        public String toString() {
            return id + login + firstName + lastName + email + verified + logins + birthday + balance + tenant;
        }
    }

    @SuppressWarnings("serial") // the point of this class
    static final class Item implements Serializable {
        private final String sku;
        private final String name;
        private final int quantity;
        private final long cents;
        private final boolean gift;

        Item(String sku, String name, int quantity, long cents, boolean gift) {
            this.sku = sku;
            this.name = name;
            this.quantity = quantity;
            this.cents = cents;
            this.gift = gift;
        }

        @Override
        public String toString() {
            return sku + name + quantity + cents + gift;
        }
    }

    static final class VersionedUser implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        private final long id = 4_711_000_815L;
        private final String login = "anna.schmidt";
        private final String firstName = "Anna";
        private final String lastName = "Schmidt";
        private final String email = "anna.schmidt@example.com";
        private final boolean verified = true;
        private final int logins = 1_284;
        private final LocalDate birthday = LocalDate.of(1990, 5, 17);
        private final BigDecimal balance = new BigDecimal("1284.50");
        private final UUID tenant = new UUID(0x1122334455667788L, 0x99AABBCCDDEEFF00L);

        @Override
        public String toString() {
            return id + login + firstName + lastName + email + verified + logins + birthday + balance + tenant;
        }
    }

    static final class VersionedItem implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        private final String sku;
        private final String name;
        private final int quantity;
        private final long cents;
        private final boolean gift;

        VersionedItem(String sku, String name, int quantity, long cents, boolean gift) {
            this.sku = sku;
            this.name = name;
            this.quantity = quantity;
            this.cents = cents;
            this.gift = gift;
        }

        @Override
        public String toString() {
            return sku + name + quantity + cents + gift;
        }
    }
}
