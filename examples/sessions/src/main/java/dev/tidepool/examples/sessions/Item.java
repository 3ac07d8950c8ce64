package dev.tidepool.examples.sessions;

import java.io.Serializable;

/** Something that lies in a cart. */
record Item(String name, int cents) implements Serializable {}
