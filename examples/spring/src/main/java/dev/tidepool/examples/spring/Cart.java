package dev.tidepool.examples.spring;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** What a visitor wants to buy; an attribute of the session. */
final class Cart implements Serializable {
    private static final long serialVersionUID = 1L;

    private final List<Product> products = new ArrayList<>();

    void add(Product product) {
        products.add(product);
    }

    List<Product> products() {
        return List.copyOf(products);
    }
}
