package dev.tidepool.examples.express;

import java.util.List;

/**
 * What a visitor sees, as JSON.
 *
 * @param side the server that answers
 * @param other the address of the other one
 * @param user null when nobody has logged in
 */
record Shown(String side, String other, String user, List<Item> cart) {}
