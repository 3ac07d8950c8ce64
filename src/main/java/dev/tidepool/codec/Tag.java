package dev.tidepool.codec;

/** The byte that begins an object in the stream of {@code fst}. The numbers are stored, so none is ever used again. */
final class Tag {

    static final int NULL = 0;

    /** An object that came before, by its number. */
    static final int HANDLE = 1;

    static final int STRING = 2;
    static final int INTEGER = 3;
    static final int LONG = 4;
    static final int FALSE = 5;
    static final int TRUE = 6;

    /** An object of the application's own class, or a record: its class, then its fields. */
    static final int OBJECT = 7;

    static final int ENUM = 8;
    static final int ARRAY = 9;
    static final int CLASS = 10;

    /** An object that Java's own serialization wrote. */
    static final int EMBEDDED = 11;

    /** An object whose class came before and has a number of at most {@link #CLASSES}: this and that number. */
    static final int OBJECT_OF = 11;

    /** The numbers of classes that are part of the tag. */
    static final int CLASSES = 20;

    /** The longest string whose length is part of the tag: it is written as the negative length, less one. */
    static final int SHORT_STRING = 127;

    private Tag() {}
}
