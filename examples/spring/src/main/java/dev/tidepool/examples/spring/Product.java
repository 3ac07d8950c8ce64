package dev.tidepool.examples.spring;

import java.io.Serializable;

/**
 * What the shop sells.
 *
 * @param cents the price in euros
 */
record Product(String id, String name, int cents) implements Serializable {
    private static final long serialVersionUID = 1L;
}
