package dev.tidepool.examples.sessions;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** What a visitor wants to buy; the session's attribute {@code cart}. */
final class Cart implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ArrayList<Item> items = new ArrayList<>();

    void add(Item item) {
        items.add(item);
    }

    List<Item> items() {
        return items;
    }
}
