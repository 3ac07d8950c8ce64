package dev.tidepool.examples.sessions;

import java.util.List;

/** What the shop sells. */
final class Catalogue {
    static final List<Item> ITEMS = List.of(
            new Item("Tide tables", 950),
            new Item("Dip net", 1400),
            new Item("Rubber boots", 3900),
            new Item("Bucket", 600));

    private Catalogue() {}

    /** The item of a name, the first of all without one, null when there is no such item. */
    static Item find(String name) {
        return ITEMS.stream()
                .filter(item -> name == null || item.name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
