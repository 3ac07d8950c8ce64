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
 * token and preferences. Of classes of four kinds, each with the same content.
 */
final class SampleSession {

    private static final int ITEMS = 20;

    private SampleSession() {}

    /** Makes an item of the cart, of a class of its own. */
    private interface Items {
        Object make(String sku, String name, int quantity, long cents, boolean gift);
    }

    /** Returns the session of classes without serialVersionUID. */
    static Map<String, Object> plain() {
        return session(new User(), Item::new);
    }

    /** Returns the same session of classes that declare one. */
    static Map<String, Object> versioned() {
        return session(new VersionedUser(), VersionedItem::new);
    }

    /** Returns the same session of classes without final fields. */
    static Map<String, Object> beans() {
        return session(new BeanUser(), BeanItem::new);
    }

    /** Returns the same session of records. */
    static Map<String, Object> records() {
        User user = new User();
        RecordUser same = new RecordUser(
                user.id,
                user.login,
                user.firstName,
                user.lastName,
                user.email,
                user.verified,
                user.logins,
                user.birthday,
                user.balance,
                user.tenant);
        return session(same, RecordItem::new);
    }

    private static Map<String, Object> session(Object user, Items items) {
        List<Object> cart = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            cart.add(items.make(
                    "SKU-" + (10_000 + 37 * i), "Product number " + i, 1 + i % 3, 499 + 100 * i, i % 2 == 0));
        }
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

    record RecordUser(
            long id,
            String login,
            String firstName,
            String lastName,
            String email,
            boolean verified,
            int logins,
            LocalDate birthday,
            BigDecimal balance,
            UUID tenant)
            implements Serializable {}

    record RecordItem(String sku, String name, int quantity, long cents, boolean gift) implements Serializable {}

    @SuppressWarnings({"FieldCanBeFinal", "FieldMayBeFinal", "serial"}) // the point of this class
    static final class BeanUser implements Serializable {
        private long id = 4_711_000_815L;
        private String login = "anna.schmidt";
        private String firstName = "Anna";
        private String lastName = "Schmidt";
        private String email = "anna.schmidt@example.com";
        private boolean verified = true;
        private int logins = 1_284;
        private LocalDate birthday = LocalDate.of(1990, 5, 17);
        private BigDecimal balance = new BigDecimal("1284.50");
        private UUID tenant = new UUID(0x1122334455667788L, 0x99AABBCCDDEEFF00L);

        @Override
        public String toString() {
            return id + login + firstName + lastName + email + verified + logins + birthday + balance + tenant;
        }
    }

    @SuppressWarnings({"FieldCanBeFinal", "FieldMayBeFinal", "serial"}) // the point of this class
    static final class BeanItem implements Serializable {
        private String sku;
        private String name;
        private int quantity;
        private long cents;
        private boolean gift;

        BeanItem(String sku, String name, int quantity, long cents, boolean gift) {
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
