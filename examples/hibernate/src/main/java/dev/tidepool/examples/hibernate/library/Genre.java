package dev.tidepool.examples.hibernate.library;

/** What kind of book it is. */
public enum Genre {
    NOVEL,
    SCIENCE,
    TRAVEL
}
