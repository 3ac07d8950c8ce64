package dev.tidepool.examples.express;

/**
 * Something that lies in a cart; in the session as Express writes it too: <code>{"name":"Bucket","cents":600}</code>.
 */
record Item(String name, int cents) {}
