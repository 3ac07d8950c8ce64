package dev.tidepool.examples.spring;

import java.io.Serializable;

/** What was sold in a year. */
record Report(int year, long pieces) implements Serializable {
    private static final long serialVersionUID = 1L;
}
